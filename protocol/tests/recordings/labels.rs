//! Recordings have labels where values differed from run to run. Here they get values again: ids and times, always
//! the same for the same label. Labels inside of free text stay as they are, since any text is as good there.

use serde_json::Value;
use uuid::Uuid;

const TIME: &str = "2026-03-14T15:09:26.535897932Z";
const TIME_WITH_OFFSET: &str = "2026-03-14T17:09:26.535897932+02:00";

/// Replaces all labels in a document.
pub(crate) fn fill_in(value: &mut Value) {
    match value {
        Value::String(text) => *text = filled_in(text),
        Value::Array(values) => values.iter_mut().for_each(fill_in),
        Value::Object(members) => members.values_mut().for_each(fill_in),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn filled_in(text: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, label_on)) = rest.split_once('<') {
        let Some((label, after)) = label_on.split_once('>') else {
            break;
        };
        result.push_str(before);
        match value_of(label) {
            Some(value) => result.push_str(&value),
            None => result.extend(["<", label, ">"]),
        }
        rest = after;
    }
    result + rest
}

fn value_of(label: &str) -> Option<String> {
    match label {
        "time" => Some(TIME.to_owned()),
        "time+offset" => Some(TIME_WITH_OFFSET.to_owned()),
        _ => {
            let (kind, number) = label.split_once('-')?;
            let is_id = matches!(kind, "worker" | "job" | "tag" | "uuid")
                && number.starts_with(|c: char| c.is_ascii_digit());
            is_id.then(|| uuid_of(label))
        }
    }
}

/// A UUID with the label's text in it, which also helps to read messages of failed tests.
fn uuid_of(label: &str) -> String {
    let mut bytes = [0; 16];
    bytes
        .iter_mut()
        .zip(label.bytes())
        .for_each(|(byte, letter)| *byte = letter);
    Uuid::from_bytes(bytes).to_string()
}

#[test]
fn the_same_label_is_the_same_value() {
    assert_eq!(filled_in("<job-1>"), filled_in("<job-1>"));
    assert_ne!(filled_in("<job-1>"), filled_in("<job-1.task-1>"));
    assert_ne!(filled_in("<job-1.task-1>"), filled_in("<job-1.task-2>"));
    assert_eq!(
        filled_in("a <time> b <text> <"),
        format!("a {TIME} b <text> <")
    );
}
