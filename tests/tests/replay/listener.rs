//! Steps about Socket.IO: connecting, subscribing, and what is told since the step before.

use farandole_tests::harness::retried;
use farandole_tests::wire::{Labels, Stage};
use serde_json::{Value, json};

use super::compare::mismatches_of_json;
use super::player::PATIENCE;
use super::recording::{Kind, Step};
use super::socket::Socket;

const LATE: &str = "not all was told in time";

/// Who listens.
#[derive(Debug)]
pub(crate) struct Listener {
    pub(crate) socket: Socket,
    /// Whether the state of the farm is what the scenario is about: it is told to everybody, but recorded only there.
    is_about_the_farm: bool,
    marks: u32,
}

impl Listener {
    /// Connects before the first step, if the scenario listens and has no step for that.
    pub(crate) fn for_scenario(name: &str, steps: &[Step], stage: &mut Stage) -> Option<Self> {
        let listens = |step: &Step| matches!(step.kind, Kind::Emit { .. } | Kind::Events { .. });
        let connects = |step: &Step| matches!(step.kind, Kind::Socket { .. });
        (steps.iter().any(listens) && !steps.iter().any(connects)).then(|| {
            let is_about_the_farm = name == "socketio-farm-status";
            if is_about_the_farm {
                stage.carry_out("farm-is inoperative");
            }
            Self {
                is_about_the_farm,
                ..Self::new(Socket::open(&stage.manager.address()).0)
            }
        })
    }

    fn new(socket: Socket) -> Self {
        Self {
            socket,
            is_about_the_farm: false,
            marks: 0,
        }
    }

    /// Connects in a step of its own.
    pub(crate) fn connect(stage: &mut Stage, status: u16, received: &Value) -> (Self, Vec<String>) {
        let (socket, found_status, [open, packet]) = Socket::open(&stage.manager.address());
        let open: Value = open
            .strip_prefix('0')
            .and_then(|open| serde_json::from_str(open).ok())
            .unwrap_or_default();
        let expected = json!([status, received]);
        let found = json!([found_status, [{ "open": open }, { "packet": packet }]]);
        let wrong = mismatches_of_json(&expected, &found, &mut stage.labels);
        (Self::new(socket), wrong)
    }

    /// Emits an event.
    pub(crate) fn emit(
        &mut self,
        stage: &mut Stage,
        event: &str,
        payload: &Value,
        expected: &Value,
    ) -> Vec<String> {
        let payload = stage.fill_in(&payload.to_string());
        let payload = serde_json::from_str(&payload).expect("what is filled in stays JSON");
        let found = self.socket.emit(event, &payload);
        mismatches_of_json(expected, &found, &mut stage.labels)
    }

    /// All that was told up to now. All news of the farm come from one place, in order, so a tag is made, and awaited.
    pub(crate) fn up_to_now(&mut self, stage: &Stage) -> Vec<Value> {
        self.marks += 1;
        let mark = format!("mark {}", self.marks);
        let wish = json!({ "op": "subscribe", "type": "allWorkerTags" });
        assert_eq!(self.socket.emit("/subscription", &wish), json!(["ok"]));
        let tag = json!({ "name": mark });
        let (status, _) = stage.manager.api().post("/api/v3/worker-mgt/tags", &tag);
        assert_eq!(status, 200);
        let mut events = self
            .socket
            .events_until(|event| event["payload"]["tag"]["name"] == mark.as_str());
        events.retain(|event| self.is_about_the_farm || event["event"] != "/status");
        events
    }

    /// Awaits what was recorded, in any order, and says what is missing or was told besides.
    pub(crate) fn hear(&mut self, stage: &mut Stage, expected: &Value) -> Vec<String> {
        let mut missing = expected.as_array().cloned().unwrap_or_default();
        let mut wrong = Vec::new();
        let attempt = || {
            for event in self.up_to_now(stage) {
                match position(&missing, &event, &mut stage.labels) {
                    Some(at) => drop(missing.remove(at)),
                    None => wrong.push(format!("nobody expected {event}")),
                }
            }
            if missing.is_empty() || !wrong.is_empty() {
                Ok(())
            } else {
                Err(LATE)
            }
        };
        let late = retried(PATIENCE, attempt).err();
        wrong.extend(late.map(str::to_owned));
        wrong.extend(missing.iter().map(|event| format!("missing: {event}")));
        wrong
    }
}

/// Which of the recorded events this is.
fn position(recorded: &[Value], event: &Value, labels: &mut Labels) -> Option<usize> {
    recorded.iter().position(|recorded| {
        let mut tried = labels.clone();
        let is_it = mismatches_of_json(recorded, event, &mut tried).is_empty();
        if is_it {
            *labels = tried;
        }
        is_it
    })
}
