//! Plays a scenario against a Manager of its own, step by step, and says all that is not as recorded.

use std::path::Path;
use std::time::Duration;

use farandole_tests::harness::{Answer, Opened, retried};
use farandole_tests::wire::Stage;
use serde_json::Value;

use super::compare::{mismatches, mismatches_of_json};
use super::differences::{self, Difference};
use super::files::files_below;
use super::listener::Listener;
use super::preparation::{self, Preparations};
use super::recording::{Body, FoundFile, Kind, Recorded, Sent, Step, recording};
use super::sending::request;
use super::values::observe;

/// How long something that happens by itself may take, where a step waits for it: long enough for a slow machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A scenario that is being played.
pub(crate) struct Player<'a> {
    pub(crate) scenario: &'a str,
    pub(crate) steps: &'a [Step],
    pub(crate) stage: Stage,
    listener: Option<Listener>,
    differences: Vec<Difference>,
    /// An upload that was begun, and the step that ends it.
    begun: Option<(u32, Opened)>,
    /// Whether the step is asked for again until the answer is as recorded.
    waits: bool,
}

/// Plays a scenario.
pub(crate) fn play(scenario: &str) {
    let recorded = recording(scenario);
    let mut stage = Stage::with(&recorded.configuration);
    let mut player = Player {
        scenario,
        steps: &recorded.exchanges,
        listener: Listener::for_scenario(scenario, &recorded.exchanges, &mut stage),
        stage,
        differences: differences::of(scenario),
        begun: None,
        waits: false,
    };
    let wrong = player.play(&preparation::of(scenario));
    assert!(
        wrong.is_empty(),
        "{scenario}: {} steps are not as recorded\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

impl Player<'_> {
    fn play(&mut self, preparations: &Preparations) -> Vec<String> {
        let mut wrong = Vec::new();
        for step in self.steps {
            self.prepare(preparations.before(step.n));
            let found = self.step(step);
            if !found.is_empty() {
                let (n, note) = (step.n, &step.note);
                let (what, found) = (what(&step.kind), found.join("\n    "));
                wrong.push(format!("  step {n} {what} ({note})\n    {found}"));
            }
        }
        wrong.extend(self.differences.iter().filter_map(Difference::unmet));
        wrong
    }

    fn prepare(&mut self, lines: &[String]) {
        self.waits = false;
        for line in lines {
            if line == "waits" {
                self.waits = true;
            } else if line == "unheard" {
                let listener = self.listener.as_mut().expect(LISTENS);
                drop(listener.up_to_now(&self.stage));
            } else if let Some(n) = line.strip_prefix("begins ") {
                self.begin(n.parse().expect("a step"));
            } else {
                self.stage.carry_out(line);
            }
        }
    }

    /// Begins the request of a later step: sends half of it.
    fn begin(&mut self, n: u32) {
        let step = self.steps.iter().find(|step| step.n == n);
        let Some(Kind::Http { request: sent, .. }) = step.map(|step| &step.kind) else {
            panic!("step {n} has no request");
        };
        let request = request(&mut self.stage, sent);
        self.begun = Some((n, request.open(&self.stage.manager.address())));
    }

    /// Does what was done in a step, and says what is not as recorded.
    fn step(&mut self, step: &Step) -> Vec<String> {
        let is_skipped = |difference: &Difference| difference.skips(step.n);
        if self.differences.iter().any(is_skipped) {
            return Vec::new();
        }
        match &step.kind {
            Kind::Http { request, response } => self.exchange(step.n, request, response),
            Kind::Files { root, files } => self.files(root, files),
            Kind::Socket { status, received } => {
                let (listener, wrong) = Listener::connect(&mut self.stage, *status, received);
                self.listener = Some(listener);
                wrong
            }
            Kind::Emit {
                event,
                payload,
                acknowledgement,
            } => {
                let listener = self.listener.as_mut().expect(LISTENS);
                listener.emit(&mut self.stage, event, payload, acknowledgement)
            }
            Kind::Events { events } => {
                let mut expected = Recorded::of_json(events.clone());
                for difference in &self.differences {
                    difference.apply(step.n, None, &mut expected);
                }
                let expected = expected.json().unwrap_or_default();
                let listener = self.listener.as_mut().expect(LISTENS);
                listener.hear(&mut self.stage, &expected)
            }
            Kind::Value { value } => self.value(step.n, value),
        }
    }

    /// Who listens in this scenario.
    pub(crate) fn listener(&mut self) -> &mut Listener {
        self.listener.as_mut().expect(LISTENS)
    }

    fn exchange(&mut self, n: u32, sent: &Sent, response: &Recorded) -> Vec<String> {
        let mut expected = response.clone();
        for difference in &self.differences {
            difference.apply(n, Some(sent), &mut expected);
        }
        complete_refusal(&mut expected);
        let begun = self.begun.take_if(|(of, _)| *of == n);
        if let Some((_, opened)) = begun {
            return mismatches(&expected, &opened.finish(), &mut self.stage.labels);
        }
        self.until_right(|player| {
            let answer = player.send(sent);
            mismatches(&expected, &answer, &mut player.stage.labels)
        })
    }

    /// Tries again until nothing is wrong, if the step waits. Gives what was wrong the last time.
    fn until_right(&mut self, mut attempt: impl FnMut(&mut Self) -> Vec<String>) -> Vec<String> {
        let patience = if self.waits { PATIENCE } else { Duration::ZERO };
        let tried = retried(patience, || {
            let wrong = attempt(self);
            if wrong.is_empty() { Ok(()) } else { Err(wrong) }
        });
        tried.err().unwrap_or_default()
    }

    /// Sends the request of a step.
    pub(crate) fn send(&mut self, sent: &Sent) -> Answer {
        let request = request(&mut self.stage, sent);
        self.stage.send(&request)
    }

    fn files(&mut self, root: &str, expected: &[FoundFile]) -> Vec<String> {
        let root = self.stage.fill_in(root);
        self.until_right(|_| {
            let found = files_below(Path::new(&root));
            let wrong =
                (found != *expected).then(|| format!("expected {expected:#?}, got {found:#?}"));
            wrong.into_iter().collect()
        })
    }

    fn value(&mut self, n: u32, expected: &Value) -> Vec<String> {
        self.until_right(|player| {
            let found = observe(player, n);
            mismatches_of_json(expected, &found, &mut player.stage.labels)
        })
    }
}

const LISTENS: &str = "somebody listens in this scenario";

/// What a step is about, for messages.
fn what(kind: &Kind) -> String {
    match kind {
        Kind::Http { request, .. } => format!("{} {}", request.method, request.path),
        Kind::Files { root, .. } => format!("files below {root}"),
        Kind::Socket { .. } => "connecting".to_owned(),
        Kind::Emit { event, payload, .. } => format!("emitting {event} {payload}"),
        Kind::Events { .. } => "events".to_owned(),
        Kind::Value { .. } => "what is observed".to_owned(),
    }
}

/// Our refusals always carry a code and a message, where the recorded Manager has forms without a code.
fn complete_refusal(expected: &mut Recorded) {
    if expected.status < 400 {
        return;
    }
    if let Some(Body::Json { json }) = &mut expected.body
        && (json.is_string() || json.get("message").is_some())
    {
        *json = serde_json::json!({ "code": expected.status, "message": "<text>" });
    }
}
