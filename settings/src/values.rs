//! Pure: a value of a layer, brought to the form that its key wants.

use yaml_serde::Value;

use crate::duration::GoDuration;
use crate::keys::Kind;

/// The value in its normal form; `None` if it is not of the kind.
pub(crate) fn normal(kind: Kind, value: &Value) -> Option<Value> {
    match kind {
        Kind::Text | Kind::Path => text(value).map(Value::String),
        Kind::Bool => boolean(value).map(Value::Bool),
        Kind::Int => match value {
            Value::Number(number) if number.is_i64() || number.is_u64() => Some(value.clone()),
            Value::String(text) => text
                .trim()
                .parse::<i64>()
                .ok()
                .map(|number| Value::Number(number.into())),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Sequence(_)
            | Value::Mapping(_)
            | Value::Tagged(_) => None,
        },
        Kind::Duration => {
            let duration: GoDuration = text(value)?.parse().ok()?;
            Some(Value::String(duration.to_string()))
        }
        Kind::List => list(value),
        Kind::Yaml => Some(value.clone()),
    }
}

/// What a variable or a flag says, as YAML would have it.
pub(crate) fn from_text(kind: Kind, text: &str) -> Option<Value> {
    match kind {
        Kind::Yaml => yaml_serde::from_str(text).ok(),
        Kind::List if text.trim_start().starts_with('[') => list(&yaml_serde::from_str(text).ok()?),
        Kind::Text | Kind::Path | Kind::Bool | Kind::Int | Kind::Duration | Kind::List => {
            normal(kind, &Value::String(text.to_owned()))
        }
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null => Some(String::new()),
        Value::Sequence(_) | Value::Mapping(_) | Value::Tagged(_) => None,
    }
}

/// Both spellings: that of YAML 1.1, which Flamenco's files are in, and that of 1.2.
fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(yes) => Some(*yes),
        Value::String(text) => match text.trim().to_lowercase().as_str() {
            "true" | "yes" | "on" | "y" | "1" => Some(true),
            "false" | "no" | "off" | "n" | "0" => Some(false),
            _ => None,
        },
        Value::Number(number) => match number.as_i64() {
            Some(1) => Some(true),
            Some(0) => Some(false),
            _ => None,
        },
        Value::Null | Value::Sequence(_) | Value::Mapping(_) | Value::Tagged(_) => None,
    }
}

fn list(value: &Value) -> Option<Value> {
    match value {
        Value::Sequence(items) => {
            let items: Option<Vec<Value>> = items
                .iter()
                .map(|item| text(item).map(Value::String))
                .collect();
            items.map(Value::Sequence)
        }
        Value::String(text) => {
            let items = text
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty());
            Some(Value::Sequence(
                items.map(|item| Value::String(item.to_owned())).collect(),
            ))
        }
        Value::Null => Some(Value::Sequence(Vec::new())),
        Value::Bool(_) | Value::Number(_) | Value::Mapping(_) | Value::Tagged(_) => None,
    }
}
