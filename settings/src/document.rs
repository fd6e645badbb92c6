//! Pure: the text of a configuration file, changed in places and kept otherwise: comments, order, unknown keys.
//!
//! A key at the top is changed as a whole, with all below it. Where a file is written in such a way that its lines
//! cannot be told apart, it is written anew; what it says stays, its comments do not.

use std::fmt::Write;

use yaml_serde::{Mapping, Value};

/// The keys and values of a file; an empty one has none.
pub(crate) fn parse(text: &str) -> Result<Mapping, String> {
    match yaml_serde::from_str(text).map_err(|error| error.to_string())? {
        Value::Null => Ok(Mapping::new()),
        Value::Mapping(tree) => Ok(tree),
        Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Sequence(_)
        | Value::Tagged(_) => Err("it is not a list of keys with values".to_owned()),
    }
}

/// The text with these keys, given with dots between the levels, set to other values, or taken out.
pub fn edit(text: &str, changes: &[(&str, Option<Value>)]) -> Result<String, String> {
    let mut wanted = parse(text)?;
    let mut tops: Vec<&str> = Vec::new();
    for (path, value) in changes {
        let top = path.split('.').next().unwrap_or(path);
        if !tops.contains(&top) {
            tops.push(top);
        }
        set(&mut wanted, path, value.as_ref());
    }
    let mut edited = text.to_owned();
    for top in tops {
        let block = match wanted.get(top) {
            Some(value) => block(top, value)?,
            None => String::new(),
        };
        edited = with_block(&edited, top, &block);
    }
    if parse(&edited).is_ok_and(|found| found == wanted) {
        return Ok(edited);
    }
    yaml_serde::to_string(&wanted).map_err(|error| error.to_string())
}

fn set(tree: &mut Mapping, path: &str, value: Option<&Value>) {
    match (path.split_once('.'), value) {
        (None, Some(value)) => {
            tree.insert(Value::String(path.to_owned()), value.clone());
        }
        (None, None) => {
            tree.shift_remove(path);
        }
        (Some((first, _)), None) if tree.get(first).is_none() => {}
        (Some((first, rest)), value) => {
            let entry = tree
                .entry(Value::String(first.to_owned()))
                .or_insert(Value::Null);
            if !entry.is_mapping() {
                *entry = Value::Mapping(Mapping::new());
            }
            if let Value::Mapping(inner) = entry {
                set(inner, rest, value);
                if inner.is_empty() {
                    tree.shift_remove(first);
                }
            }
        }
    }
}

fn block(name: &str, value: &Value) -> Result<String, String> {
    let mut alone = Mapping::new();
    alone.insert(Value::String(name.to_owned()), value.clone());
    yaml_serde::to_string(&alone).map_err(|error| error.to_string())
}

/// The text with the lines of a key at the top replaced, or added at the end.
fn with_block(text: &str, name: &str, block: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let Some(start) = lines.iter().position(|line| begins(line, name)) else {
        let gap = if text.is_empty() || text.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        return format!("{text}{gap}{block}");
    };
    let below = lines.iter().skip(start + 1);
    let mut end = start + 1 + below.take_while(|line| is_below(line)).count();
    // Comments above the next key are its own.
    while end > start + 1 && lines.get(end - 1).is_some_and(|line| is_apart(line)) {
        end -= 1;
    }
    let mut edited = String::new();
    for (at, line) in lines.iter().enumerate() {
        if at == start {
            edited.push_str(block);
        }
        if !(start..end).contains(&at) {
            // Writing to a String cannot fail.
            writeln!(edited, "{line}").unwrap_or_default();
        }
    }
    edited
}

fn begins(line: &str, name: &str) -> bool {
    let unquoted = line
        .strip_prefix(['"', '\''])
        .and_then(|line| line.strip_prefix(name))
        .and_then(|line| line.strip_prefix(['"', '\'']));
    unquoted
        .or_else(|| line.strip_prefix(name))
        .and_then(|rest| rest.trim_start().strip_prefix(':'))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

/// Whether a line can belong to the key above it. A list may stand as far left as its key.
fn is_below(line: &str) -> bool {
    is_apart(line) || line.starts_with([' ', '\t']) || line == "-" || line.starts_with("- ")
}

fn is_apart(line: &str) -> bool {
    line.trim().is_empty() || line.starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, changes: &[(&str, Option<&str>)], expected: &str) {
        let changes: Vec<_> = changes
            .iter()
            .map(|(path, value)| (*path, value.map(|text| yaml_serde::from_str(text).unwrap())))
            .collect();
        assert_eq!(edit(text, &changes).unwrap(), expected);
    }

    const FILE: &str = "\
# Ours
_meta: {version: 3}

# How long
worker_timeout: 1m # a minute
shaman:
  enabled: true
  garbageCollect:
    period: 24h

# What nobody knows
other: [1, 2]
";

    #[test]
    fn what_is_not_changed_stays_to_the_letter() {
        check(FILE, &[], FILE);
        check(
            FILE,
            &[("worker_timeout", Some("2m0s"))],
            &FILE.replace("1m # a minute", "2m0s"),
        );
        check(
            FILE,
            &[("manager_name", Some("anna"))],
            &format!("{FILE}manager_name: anna\n"),
        );
        check(
            FILE,
            &[("shaman.enabled", Some("false"))],
            &FILE.replace("true", "false"),
        );
        check(
            FILE,
            &[("shaman.enabled", None), ("worker_timeout", None)],
            &FILE
                .replace("  enabled: true\n", "")
                .replace("worker_timeout: 1m # a minute\n", ""),
        );
        check(
            FILE,
            &[("other", None)],
            &FILE.replace("other: [1, 2]\n", ""),
        );
    }

    #[test]
    fn what_is_not_there_cannot_be_taken_out_and_does_not_leave_a_trace() {
        check(FILE, &[("mqtt.client.password", None)], FILE);
        check(
            "",
            &[("mqtt.client.enabled", Some("true"))],
            "mqtt:\n  client:\n    enabled: true\n",
        );
        check(
            "mqtt:\n  client:\n    enabled: true\n",
            &[("mqtt.client.enabled", None)],
            "",
        );
        check(
            "shaman:\n",
            &[("shaman.enabled", Some("true"))],
            "shaman:\n  enabled: true\n",
        );
    }

    #[test]
    fn lists_and_quotes_are_understood() {
        check(
            "a:\n- x\n- y\n'b': 1\n",
            &[("a", Some("z"))],
            "a: z\n'b': 1\n",
        );
        check("'b': 1\nc: 2", &[("b", Some("3"))], "b: 3\nc: 2\n");
        check("ab: 1\na : 2\n", &[("a", Some("3"))], "ab: 1\na: 3\n");
    }

    #[test]
    fn a_file_whose_lines_cannot_be_told_apart_is_written_anew() {
        check(
            "{a: 1, b: {c: 2}}",
            &[("b.c", Some("3"))],
            "a: 1\nb:\n  c: 3\n",
        );
        assert!(edit("- a list", &[]).is_err());
    }
}
