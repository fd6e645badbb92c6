//! Where ours is meant to answer otherwise than the recorded Manager: `differences.yaml`, each with its reason.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::recording::{Body, Recorded, Sent};

/// A difference, or the same one in many places.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Difference {
    /// Why it is so.
    why: String,
    /// In which scenario; everywhere, and in all steps, if none is named.
    #[serde(default)]
    scenario: Option<String>,
    /// In which of its steps.
    #[serde(default)]
    steps: Vec<u32>,
    /// Only for this method and the end of this path.
    #[serde(default)]
    request: Option<String>,
    /// Ours answers with this status.
    #[serde(default)]
    status: Option<u16>,
    /// With a body of this type, though it is empty.
    #[serde(default)]
    content_type: Option<String>,
    /// The place in the body, nothing for all of it; `*` stands for any one segment, a leading `**` for any number.
    #[serde(default)]
    at: Option<String>,
    /// Only where this is there, too.
    #[serde(default)]
    beside: Option<String>,
    /// Not in things that have this member.
    #[serde(default)]
    unless: Option<String>,
    /// Only where this was recorded.
    #[serde(default)]
    recorded: Option<Value>,
    /// Ours has this there; nothing if it is absent.
    #[serde(default)]
    ours: Option<Value>,
    /// A header, which ours has with the value of `ours`, or not at all.
    #[serde(default)]
    header: Option<String>,
    /// What changes in the body of ours that is text: this, for what `ours` says.
    #[serde(default)]
    text: Option<String>,
    /// The things with these ids are missing in the list of ours.
    #[serde(default)]
    without: Vec<String>,
    /// The step is left out.
    #[serde(default)]
    skip: bool,
    /// The steps in which it was met.
    #[serde(skip)]
    met: RefCell<BTreeSet<u32>>,
}

/// All differences that may occur in a scenario.
pub(crate) fn of(scenario: &str) -> Vec<Difference> {
    all()
        .into_iter()
        .filter(|difference| {
            difference
                .scenario
                .as_deref()
                .is_none_or(|name| name == scenario)
        })
        .collect()
}

fn all() -> Vec<Difference> {
    yaml_serde::from_str(include_str!("differences.yaml")).expect("a list of differences")
}

impl Difference {
    /// What is expected of ours in a step, if it is meant to differ from what was recorded.
    /// A step without a request is none of those that a difference names by theirs.
    pub(crate) fn apply(&self, n: u32, sent: Option<&Sent>, expected: &mut Recorded) {
        let in_step = self.steps.is_empty() || self.steps.contains(&n);
        let in_request = self.request.as_deref().is_none_or(|request| {
            let (method, path) = request.split_once(' ').expect("method and path");
            sent.is_some_and(|sent| sent.method == method && sent.path.ends_with(path))
        });
        if !in_step || !in_request || !self.change(expected) {
            return;
        }
        self.met.borrow_mut().insert(n);
    }

    fn change(&self, expected: &mut Recorded) -> bool {
        if let Some(status) = self.status {
            let was_refused = expected.content_type.as_deref() == Some("application/json");
            let changed = expected.status != status || !was_refused;
            if expected.status != status {
                expected.headers.clear();
            }
            expected.status = status;
            let refused = (status >= 400).then(|| json!({ "message": "<text>" }));
            let body = self.ours.clone().or(refused);
            let json_type = body.is_some().then(|| "application/json".to_owned());
            expected.content_type = self.content_type.clone().or(json_type);
            expected.body = body.map(|json| Body::Json { json });
            return changed;
        }
        if let Some(header) = &self.header {
            let old = expected.headers.remove(header);
            if let Some(Value::String(ours)) = &self.ours {
                expected.headers.insert(header.clone(), ours.clone());
            }
            return old.as_ref() != expected.headers.get(header);
        }
        match (&mut expected.body, &self.at, &self.text) {
            (Some(Body::Json { json }), Some(at), _) => {
                let is_beside = |beside: &str| json.pointer(beside).is_some();
                if !self.beside.as_deref().is_none_or(is_beside) {
                    return false;
                }
                let path: Vec<&str> = at.split('/').skip(1).collect();
                self.replace(json, &path)
            }
            (Some(Body::Text { text }), _, Some(old)) => {
                let ours = self
                    .ours
                    .as_ref()
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                let changed = text.contains(old.as_str());
                *text = text.replace(old.as_str(), ours);
                changed
            }
            _ => false,
        }
    }

    /// Replaces what is at a path. Says whether anything changed.
    fn replace(&self, value: &mut Value, path: &[&str]) -> bool {
        let [first, rest @ ..] = path else {
            if let (Value::Array(list), [_, ..]) = (&mut *value, self.without.as_slice()) {
                let all = list.len();
                list.retain(|thing| !self.without.iter().any(|id| thing["id"] == id.as_str()));
                return list.len() < all;
            }
            let fits = self
                .recorded
                .as_ref()
                .is_none_or(|recorded| recorded == value);
            if let (true, Some(ours)) = (fits, &self.ours) {
                let changed = value != ours;
                *value = ours.clone();
                return changed;
            }
            return false;
        };
        if self
            .unless
            .as_deref()
            .is_some_and(|unless| value.get(unless).is_some())
        {
            return false;
        }
        if *first == "**" {
            let inside = self.each(value, path);
            return self.replace(value, rest) || inside;
        }
        if *first == "*" {
            return self.each(value, rest);
        }
        if rest.is_empty()
            && let Value::Object(members) = value
        {
            return match (&self.ours, members.get(*first)) {
                (None, Some(_)) if self.without.is_empty() => members.remove(*first).is_some(),
                (Some(ours), None) if self.recorded.is_none() => {
                    members.insert((*first).to_owned(), ours.clone()).is_none()
                }
                (_, Some(_)) => self.replace(&mut members[*first], rest),
                (_, None) => false,
            };
        }
        value
            .pointer_mut(&format!("/{first}"))
            .is_some_and(|value| self.replace(value, rest))
    }

    fn each(&self, value: &mut Value, path: &[&str]) -> bool {
        let mut changed = false;
        match value {
            Value::Object(members) => {
                for (_, value) in members {
                    changed |= self.replace(value, path);
                }
            }
            Value::Array(values) => {
                for value in values {
                    changed |= self.replace(value, path);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
        changed
    }

    /// Whether a step is left out.
    pub(crate) fn skips(&self, n: u32) -> bool {
        let skips = self.skip && self.steps.contains(&n);
        if skips {
            self.met.borrow_mut().insert(n);
        }
        skips
    }

    /// Says in which steps a difference of one scenario was not met, though it names them.
    pub(crate) fn unmet(&self) -> Option<String> {
        let met = self.met.borrow();
        let unmet: Vec<u32> = self
            .steps
            .iter()
            .copied()
            .filter(|n| !met.contains(n))
            .collect();
        (!unmet.is_empty()).then(|| {
            format!(
                "  a difference that is none: steps {unmet:?} {:?}: {}",
                self.at, self.why
            )
        })
    }
}

#[test]
fn every_difference_has_a_reason_and_a_scenario_that_exists() {
    let names = super::recording::names();
    for difference in all() {
        assert!(difference.why.len() > 20, "{difference:?}");
        let is_general = difference.scenario.is_none();
        assert_eq!(is_general, difference.steps.is_empty(), "{difference:?}");
        assert!(
            difference
                .scenario
                .as_ref()
                .is_none_or(|name| names.contains(name)),
            "{difference:?}"
        );
    }
}
