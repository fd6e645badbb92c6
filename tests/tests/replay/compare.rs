//! Whether an answer is as recorded: status, content type, headers of note, and every member and value of the body.

use serde_json::Value;

use farandole_tests::harness::Answer;
use farandole_tests::wire::Labels;

use super::recording::{Body, Recorded};

/// All that is not as recorded, each with its place.
pub(crate) fn mismatches(recorded: &Recorded, answer: &Answer, labels: &mut Labels) -> Vec<String> {
    let mut found = Mismatches {
        labels,
        list: Vec::new(),
    };
    if recorded.status != answer.status {
        found.note(
            "status",
            &recorded.status,
            &format!("{} {}", answer.status, answer.text()),
        );
        return found.list;
    }
    let content_type = answer.header("content-type");
    let has_body = recorded.status < 400 || !answer.body.is_empty();
    if has_body && !is_same_type(recorded.content_type.as_deref(), content_type) {
        found.note("content type", &recorded.content_type, &content_type);
    }
    for (name, value) in &recorded.headers {
        let header = answer.header(name);
        if !header.is_some_and(|header| found.labels.fit(value, header)) {
            found.note(&format!("header {name}"), value, &header);
        }
    }
    match &recorded.body {
        None if answer.body.is_empty() => {}
        None => found.note("body", &"nothing", &answer.text()),
        Some(Body::Json { json }) => found.value("", json, &answer.json()),
        Some(Body::Text { text }) => {
            let mut whole = answer.text();
            // A sentence of the server's own may be a line of its own.
            if text == "<text>" {
                whole.truncate(whole.trim_end().len());
            }
            if !found.labels.fit(text, &whole) {
                found.note("body", text, &whole);
            }
        }
        Some(Body::Image { image }) => found.image(image, &answer.body),
        Some(Body::Bytes { bytes, .. }) => {
            if *bytes != answer.body.len() {
                found.note("length of the body", bytes, &answer.body.len());
            }
        }
    }
    found.list
}

/// All in a value that is not as recorded, each with its place.
pub(crate) fn mismatches_of_json(
    recorded: &Value,
    found: &Value,
    labels: &mut Labels,
) -> Vec<String> {
    let mut mismatches = Mismatches {
        labels,
        list: Vec::new(),
    };
    mismatches.value("", recorded, found);
    mismatches.list
}

/// The name of a character set says the same in either case.
fn is_same_type(recorded: Option<&str>, found: Option<&str>) -> bool {
    match (recorded, found) {
        (Some(recorded), Some(found)) => recorded.eq_ignore_ascii_case(found),
        (recorded, found) => recorded == found,
    }
}

struct Mismatches<'a> {
    labels: &'a mut Labels,
    list: Vec<String>,
}

impl Mismatches<'_> {
    fn note(&mut self, place: &str, expected: &dyn std::fmt::Debug, found: &dyn std::fmt::Debug) {
        self.list
            .push(format!("{place}: expected {expected:?}, got {found:?}"));
    }

    fn value(&mut self, place: &str, recorded: &Value, found: &Value) {
        match (recorded, found) {
            (Value::Object(old), Value::Object(new)) => {
                for (name, old) in old {
                    let place = format!("{place}/{name}");
                    match new.get(name) {
                        Some(new) => self.value(&place, old, new),
                        None => self.note(&place, old, &"nothing"),
                    }
                }
                for (name, new) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
                    self.note(&format!("{place}/{name}"), &"nothing", new);
                }
            }
            (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
                for (index, (old, new)) in old.iter().zip(new).enumerate() {
                    self.value(&format!("{place}/{index}"), old, new);
                }
            }
            (Value::String(old), Value::String(new)) if self.labels.fit(old, new) => {}
            (Value::String(old), _) if old == "<anything>" => {}
            (Value::String(old), Value::Number(new)) if old == "<count>" => {
                if !self.labels.fit(old, &new.to_string()) {
                    self.note(place, old, new);
                }
            }
            _ if recorded == found => {}
            _ => self.note(place, recorded, found),
        }
    }

    fn image(&mut self, recorded: &super::recording::Image, body: &[u8]) {
        let format = image::guess_format(body).map(|format| format!("{format:?}").to_lowercase());
        let size = image::load_from_memory(body).map(|image| (image.width(), image.height()));
        let found = (format.ok(), size.ok());
        let expected = (
            Some(recorded.format.clone()),
            Some((recorded.width, recorded.height)),
        );
        if found != expected {
            self.note("picture", &expected, &found);
        }
    }
}
