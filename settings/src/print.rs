//! The configuration in force, for people: YAML, with where each value comes from.

use std::fmt::Write;

use yaml_serde::Value;

use crate::error::Layer;
use crate::layers::{Loaded, shown};

impl Loaded {
    /// All keys with their values, as a file could have them. What is secret is not shown.
    pub fn print(&self) -> String {
        let mut out = String::new();
        let mut open: Vec<&str> = Vec::new();
        for key in self.program.keys {
            let parts: Vec<&str> = key.path.split('.').collect();
            let (name, parents) = parts
                .split_last()
                .map_or(("", &[][..]), |(name, rest)| (*name, rest));
            let shared = open.iter().zip(parents).take_while(|(a, b)| a == b).count();
            open.truncate(shared);
            for parent in parents.iter().skip(shared) {
                line(&mut out, open.len(), &format!("{parent}:"));
                open.push(parent);
            }
            let (text, origin) = match self.values.get(key.path) {
                None => (key.default.to_owned(), Layer::Default.to_string()),
                Some((_, layer)) if key.secret => ("\"(hidden)\"".to_owned(), layer.to_string()),
                Some((value, layer)) => (inline(value), layer.to_string()),
            };
            line(&mut out, open.len(), &format!("{name}: {text} # {origin}"));
        }
        out
    }
}

fn line(out: &mut String, depth: usize, text: &str) {
    // Writing to a String cannot fail.
    let written = writeln!(out, "{:width$}{text}", "", width = depth * 2);
    debug_assert!(written.is_ok());
}

/// On one line: JSON is YAML.
fn inline(value: &Value) -> String {
    match value {
        Value::Sequence(_) | Value::Mapping(_) => {
            serde_json::to_string(value).unwrap_or_else(|_| shown(value))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Tagged(_) => {
            shown(value)
        }
    }
}
