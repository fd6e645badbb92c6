//! Recordings have labels where values differed from run to run. A label is bound to the value with which it appears
//! first, and stands for that value from then on. Labels of times and texts stand for any such value each time.

use std::collections::BTreeMap;

use regex::Regex;

const UUID: &str = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const TIME: &str = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?";

/// What labels stand for in one run of a scenario.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    bound: BTreeMap<String, String>,
}

impl Labels {
    /// Binds a label.
    pub fn bind(&mut self, label: &str, value: &str) {
        self.bound.insert(label.to_owned(), value.to_owned());
    }

    /// What a label stands for.
    pub fn value(&self, label: &str) -> Option<&str> {
        self.bound.get(label).map(String::as_str)
    }

    /// How many labels of one kind are bound, such as `worker-`.
    pub fn count(&self, kind: &str) -> usize {
        let fits = |label: &&String| label.starts_with(kind) && !label.contains('.');
        self.bound.keys().filter(fits).count()
    }

    /// The labels in a text that is to be sent, and that have no value yet.
    pub fn unbound<'a>(&self, text: &'a str) -> Vec<&'a str> {
        parts(text)
            .into_iter()
            .filter_map(|part| match part {
                Part::Label(label) if may_be_bound(label) && self.value(label).is_none() => {
                    Some(label)
                }
                Part::Label(_) | Part::Text(_) => None,
            })
            .collect()
    }

    /// A text that is to be sent, with values for its labels.
    pub fn filled_in(&self, text: &str) -> String {
        let mut result = String::new();
        for part in parts(text) {
            match part {
                Part::Text(text) => result += text,
                Part::Label("4") => result += "<4>",
                Part::Label(label) => match self.value(label) {
                    Some(value) => {
                        // A job's folder lies in one that is named after the first four characters of its id.
                        if let Some(before) = result.strip_suffix("job-<4>/") {
                            result = format!("{before}job-{}/", value.split_at(4).0);
                        }
                        result += value;
                    }
                    None => result.extend(["<", label, ">"]),
                },
            }
        }
        result
    }

    /// Whether a text is as recorded. Labels that appear for the first time are bound.
    pub fn fit(&mut self, recorded: &str, found: &str) -> bool {
        let mut pattern = "(?s)^".to_owned();
        let mut labels = Vec::new();
        for part in parts(recorded) {
            match part {
                Part::Text(text) => pattern += &regex::escape(text),
                Part::Label(label) => {
                    if let Some(value) = self.value(label) {
                        pattern += &regex::escape(value);
                    } else {
                        pattern.extend(["(", &shape(label).unwrap_or_default(), ")"]);
                        labels.push(label);
                    }
                }
            }
        }
        let regex = Regex::new(&(pattern + "$")).expect("a pattern that was made here");
        let Some(captures) = regex.captures(found) else {
            return false;
        };
        labels
            .into_iter()
            .zip(captures.iter().skip(1))
            .all(|(label, value)| {
                let value = value.map_or("", |value| value.as_str());
                if !may_be_bound(label) {
                    return true;
                }
                self.bound
                    .entry(label.to_owned())
                    .or_insert_with(|| value.to_owned())
                    == value
            })
    }
}

enum Part<'a> {
    Text(&'a str),
    Label(&'a str),
}

/// Splits a text at its labels. What looks like one, but stands for nothing, is text.
fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut start, mut from) = (0, 0);
    while let Some(open) = text[from..].find('<').map(|at| from + at) {
        let close = text[open..].find('>').map(|at| open + at);
        match close {
            Some(close) if shape(&text[open + 1..close]).is_some() => {
                parts.push(Part::Text(&text[start..open]));
                parts.push(Part::Label(&text[open + 1..close]));
                (start, from) = (close + 1, close + 1);
            }
            _ => from = open + 1,
        }
    }
    parts.push(Part::Text(&text[start..]));
    parts
}

/// What a value of this label looks like, as a pattern.
fn shape(label: &str) -> Option<String> {
    let shape = match label {
        "time" => format!("{TIME}Z"),
        "time+offset" => format!(r"{TIME}(?:Z|[+-]\d\d:\d\d)"),
        "stamp" => r"\d{4}-\d\d-\d\d_\d{6}(-[0-9a-f]{8})?".to_owned(),
        "http-date" => r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT".to_owned(),
        "version" | "python-expr" | "dir" | "address" | "base" => ".+".to_owned(),
        "text" => r"[^\n]+".to_owned(),
        "count" => r"[1-9]\d*".to_owned(),
        "4" => "[0-9a-z]{4}".to_owned(),
        "20 characters" => ".{20}".to_owned(),
        _ => {
            let (kind, number) = label.split_once('-')?;
            let is_id = ["worker", "job", "tag", "uuid"].contains(&kind)
                && number.starts_with(|c: char| c.is_ascii_digit());
            is_id.then(|| UUID.to_owned())?
        }
    };
    Some(shape)
}

/// Whether a label stands for the same value each time.
fn may_be_bound(label: &str) -> bool {
    ["worker-", "job-", "tag-", "uuid-"]
        .iter()
        .any(|kind| label.starts_with(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_bound_at_its_first_appearance() {
        let mut labels = Labels::default();
        let (one, two) = (
            "11111111-2222-4333-8444-555555555555",
            "21111111-2222-4333-8444-555555555555",
        );
        assert!(!labels.fit("<job-1>", "nonsense"));
        assert!(labels.fit(
            "a <job-1> <time> <text>",
            &format!("a {one} 2026-01-01T00:00:00.5Z some text")
        ));
        assert!(labels.fit("<job-1>", one) && !labels.fit("<job-1>", two));
        assert!(labels.fit("<b>&</b>", "<b>&</b>"));
        assert_eq!(
            labels.filled_in("/job-<4>/<job-1>/x"),
            format!("/job-1111/{one}/x")
        );
        assert_eq!(labels.unbound("<job-1> <job-2> <time>"), ["job-2"]);
    }
}
