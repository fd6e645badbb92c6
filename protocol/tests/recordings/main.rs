//! Every body of every recorded exchange with a Flamenco Manager is read as the type of its operation and written
//! back as an equal value; so are the events of the recorded Socket.IO sessions.
//!
//! Which type belongs to which operation is said in `operations.rs`; what differed from run to run is put back by
//! `labels.rs`; when two values are equal is said in `equal.rs`.

#![expect(clippy::expect_used, reason = "helpers of tests fail the test")]

mod equal;
mod labels;
mod operations;

use std::fs;
use std::path::PathBuf;

use farandole_protocol::event::{Event, EventKind, SocketIOSubscription};
use serde_json::Value;

use crate::equal::difference;
use crate::operations::{Body, operation, round_trip};

/// Answers of that Manager which ours does not give, so that they need not be read: scenario and number.
const FLAWS: [(&str, u64); 1] = [
    // The shared storage for an audience that does not exist: ours refuses the audience.
    ("meta-variables", 17),
];

/// Members of requests that the contract does not know, and that Manager read over as well: scenario, number, member.
const UNKNOWN: [(&str, u64, &str); 4] = [
    ("errors-bodies", 28, "unknown"),
    ("errors-bodies", 29, "Name"),
    ("task-update", 21, "unknown"),
    ("worker-sign-on", 19, "platform"),
];

/// All scenarios by name, with their labels filled in.
fn scenarios() -> Vec<(String, Value)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/contract/recordings");
    let mut scenarios = Vec::new();
    for entry in fs::read_dir(folder).expect("the recordings are there") {
        let path = entry.expect("an entry can be read").path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let text = fs::read_to_string(&path).expect("a recording can be read");
            let mut scenario = serde_json::from_str(&text).expect("a recording is JSON");
            labels::fill_in(&mut scenario);
            let name = path
                .file_stem()
                .expect("a file has a name")
                .to_string_lossy()
                .into_owned();
            scenarios.push((name, scenario));
        }
    }
    assert!(scenarios.len() > 30, "only {} recordings", scenarios.len());
    scenarios
}

/// The exchanges of one kind, each with its place for messages. HTTP exchanges have no kind.
fn exchanges<'a>(scenarios: &'a [(String, Value)], kind: &str) -> Vec<(String, &'a Value)> {
    let mut found = Vec::new();
    for (name, scenario) in scenarios {
        for exchange in scenario["exchanges"]
            .as_array()
            .expect("a scenario has exchanges")
        {
            if exchange
                .get("kind")
                .map_or("http", |kind| kind.as_str().expect("a kind is text"))
                == kind
            {
                found.push((format!("{name} {}", exchange["n"]), exchange));
            }
        }
    }
    found
}

/// The body without a member that nobody knows.
fn known_part(place: &str, body: &Value) -> Value {
    let mut body = body.clone();
    for (scenario, n, member) in UNKNOWN {
        if place == format!("{scenario} {n}") {
            let removed = body
                .as_object_mut()
                .and_then(|members| members.remove(member));
            assert!(removed.is_some(), "{place} has no {member}");
        }
    }
    body
}

fn is_flaw(place: &str) -> bool {
    FLAWS
        .iter()
        .any(|(scenario, n)| place == format!("{scenario} {n}"))
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

#[test]
fn every_answer_is_read_and_written_back() {
    let scenarios = scenarios();
    let mut count = 0;
    for (place, exchange) in exchanges(&scenarios, "http") {
        let (method, path) = (
            text(exchange, "/request/method"),
            text(exchange, "/request/path"),
        );
        let status = exchange
            .pointer("/response/status")
            .and_then(Value::as_u64)
            .expect("an answer has a status");
        let body = exchange.pointer("/response/body/json");
        let expected = operation(method, path).and_then(|operation| operation.answer(status));
        let expected =
            expected.unwrap_or_else(|| panic!("{place}: {method} {path} → {status} is unknown"));
        match (expected, body) {
            (Body::Json(check), Some(body)) => {
                let result =
                    check(body).and_then(|ours| difference(body, &ours).map_or(Ok(()), Err));
                assert_eq!(
                    result.is_err(),
                    is_flaw(&place),
                    "{place}: {method} {path} → {status}: {result:?}"
                );
                count += 1;
            }
            (Body::Other, None) => {}
            (_, body) => panic!("{place}: {method} {path} → {status}: unexpected {body:?}"),
        }
    }
    assert!(count > 500, "only {count} bodies");
}

#[test]
fn every_request_is_read_and_written_back() {
    let scenarios = scenarios();
    let mut count = 0;
    for (place, exchange) in exchanges(&scenarios, "http") {
        let Some(body) = exchange.pointer("/request/body/json") else {
            continue;
        };
        let (method, path) = (
            text(exchange, "/request/method"),
            text(exchange, "/request/path"),
        );
        let check = operation(method, path).and_then(|operation| operation.request);
        let check = check.unwrap_or_else(|| panic!("{place}: {method} {path} has no body"));
        let known = known_part(&place, body);
        let result = check(body).and_then(|ours| difference(&known, &ours).map_or(Ok(()), Err));
        // A body that was refused may be none of its type; with bad credentials (403) nobody looked at it. All other
        // refusals had other reasons.
        let status = exchange.pointer("/response/status").and_then(Value::as_u64);
        let was_refused = matches!(status, Some(400 | 403));
        assert!(
            result.is_ok() || was_refused,
            "{place}: {method} {path}: {result:?}"
        );
        count += u32::from(!was_refused);
    }
    assert!(count > 200, "only {count} bodies");
}

#[test]
fn every_event_is_read_and_written_back() {
    let scenarios = scenarios();
    let mut seen = Vec::new();
    for (place, exchange) in exchanges(&scenarios, "events") {
        for event in exchange["events"]
            .as_array()
            .expect("there is a list of events")
        {
            let (name, payload) = (text(event, "/event"), &event["payload"]);
            let kind = EventKind::ALL
                .iter()
                .copied()
                .find(|kind| kind.socket_io_name() == name);
            let kind = kind.unwrap_or_else(|| panic!("{place}: {name} is unknown"));
            let read = Event::from_json(kind, &payload.to_string())
                .unwrap_or_else(|error| panic!("{place}: {error}"));
            assert_eq!(read.kind(), kind);
            let written = serde_json::from_str(&read.to_json().expect("an event is JSON"))
                .expect("it is JSON");
            assert_eq!(difference(payload, &written), None, "{place}: {name}");
            seen.push(kind);
        }
    }
    // The recorded sessions saw no start or end of the Manager, no log text (a known flaw of it) and no picture.
    let missing = EventKind::ALL
        .iter()
        .filter(|kind| !seen.contains(kind))
        .collect::<Vec<_>>();
    assert_eq!(
        missing,
        [
            &EventKind::Lifecycle,
            &EventKind::TaskLog,
            &EventKind::LastRendered
        ]
    );
}

#[test]
fn every_subscription_that_was_accepted_is_read_and_written_back() {
    let scenarios = scenarios();
    let emits = exchanges(&scenarios, "emit");
    assert!(emits.len() > 20, "only {} messages", emits.len());
    for (place, emit) in emits {
        let result = round_trip::<SocketIOSubscription>(&emit["payload"]);
        let result =
            result.and_then(|ours| difference(&emit["payload"], &ours).map_or(Ok(()), Err));
        let was_accepted = emit
            .pointer("/acknowledgement/0")
            .is_some_and(|answer| answer == "ok");
        assert!(result.is_ok() || !was_accepted, "{place}: {result:?}");
    }
}
