//! When a value that was read and written back says the same as before: times are compared as points in time, `null`
//! counts as absent or as an empty list, and a default that was not given may be written.

use farandole_protocol::time::Timestamp;
use serde_json::Value;

/// Where the two differ, in words.
pub(crate) fn difference(before: &Value, after: &Value) -> Option<String> {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let added = new.keys().filter(|name| !old.contains_key(*name));
            old.keys().chain(added).find_map(|name| {
                let inside = match (old.get(name), new.get(name)) {
                    (None | Some(Value::Null), Some(new)) if name == "priority" && *new == 50 => {
                        None
                    }
                    (Some(Value::Null), None) => None,
                    (Some(old), Some(new)) => difference(old, new),
                    (old, new) => Some(format!("{old:?} became {new:?}")),
                };
                inside.map(|text| format!(".{name}{text}"))
            })
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => old
            .iter()
            .zip(new)
            .enumerate()
            .find_map(|(i, (old, new))| difference(old, new).map(|text| format!("[{i}]{text}"))),
        (Value::Null, Value::Array(new)) if new.is_empty() => None,
        (Value::String(old), Value::String(new)) if is_same_time(old, new) => None,
        _ if before == after => None,
        _ => Some(format!(": {before} became {after}")),
    }
}

fn is_same_time(old: &str, new: &str) -> bool {
    old.parse::<Timestamp>()
        .is_ok_and(|old| new.parse() == Ok(old))
}
