//! Reading a script's `JOB_TYPE`: from what the script wrote to the description that the interface gives out.
//!
//! As in Flamenco, text is made of whatever stands where text is wanted, a boolean of whatever stands for one, and
//! unknown members are dropped. Name and etag are not the script's to give. The type of a setting may be any text. A
//! subtype or a visibility that the interface does not have is dropped, since the client of the Flamenco add-on raises
//! an exception there; what was dropped is told, so that a typing error can be found in the log.

use std::str::FromStr;

use farandole_protocol::api::{
    AvailableJobSettingSubtype, AvailableJobSettingVisibility, AvailableJobType,
};
use serde_json::{Map, Value};

use super::etag::{etag, number_text};

/// Why a `JOB_TYPE` cannot be used, for the author of the script.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("does not define a proper JOB_TYPE object: {0}")]
pub(super) struct ImproperJobTypeError(String);

/// A job type as its script defines it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct JobType {
    /// Its description, with its etag.
    pub(super) description: AvailableJobType,
    /// The hints that were dropped, each with its setting.
    pub(super) dropped: Vec<String>,
}

/// Reads the job type `name`.
pub(super) fn read(name: &str, raw: &Value) -> Result<JobType, ImproperJobTypeError> {
    let mut description = normal(name, raw).map_err(ImproperJobTypeError)?;
    // Of the description with all that the script wrote, so that it is the etag that Flamenco gives.
    let etag = etag(&description);
    let mut dropped = Vec::new();
    if let Some(members) = description.as_object_mut() {
        members.insert("etag".to_owned(), Value::String(etag));
        let settings = members.get_mut("settings").and_then(Value::as_array_mut);
        for setting in settings.into_iter().flatten() {
            dropped.extend(drop_unknown(setting));
        }
    }
    let description = serde_json::from_value(description)
        .map_err(|error| ImproperJobTypeError(error.to_string()))?;
    Ok(JobType {
        description,
        dropped,
    })
}

/// Drops the hints of a setting that the interface does not have.
fn drop_unknown(setting: &mut Value) -> Vec<String> {
    let key = setting["key"].clone();
    let Some(members) = setting.as_object_mut() else {
        return Vec::new();
    };
    let mut dropped = Vec::new();
    let mut check = |name: &str, is_known: fn(&str) -> bool| {
        let is_unknown = |value: &&Value| !value.as_str().is_some_and(is_known);
        if let Some(value) = members.get(name).filter(is_unknown) {
            dropped.push(format!("{name} {value} of setting {key}"));
            members.shift_remove(name);
        }
    };
    check("subtype", is_one::<AvailableJobSettingSubtype>);
    check("visible", is_one::<AvailableJobSettingVisibility>);
    dropped
}

fn is_one<T: FromStr>(text: &str) -> bool {
    text.parse::<T>().is_ok()
}

fn normal(name: &str, raw: &Value) -> Result<Value, String> {
    let raw = raw.as_object().ok_or("it is not an object")?;
    let mut out = Map::new();
    out.insert("name".to_owned(), Value::String(name.to_owned()));
    out.insert(
        "label".to_owned(),
        Value::String(text(raw, "label")?.unwrap_or_default()),
    );
    copy_text(raw, &mut out, "description")?;
    out.insert("etag".to_owned(), Value::String(String::new()));
    let settings = match given(raw, "settings") {
        None => Value::Null,
        Some(Value::Array(settings)) => settings.iter().map(setting).collect::<Result<_, _>>()?,
        Some(_) => return Err("settings is not a list".to_owned()),
    };
    out.insert("settings".to_owned(), settings);
    Ok(Value::Object(out))
}

fn setting(raw: &Value) -> Result<Value, String> {
    let raw = raw.as_object().ok_or("a setting is not an object")?;
    let key = text(raw, "key")?
        .filter(|key| !key.is_empty())
        .ok_or("a setting has no key")?;
    let mut out = Map::new();
    for name in [
        "key",
        "type",
        "subtype",
        "description",
        "label",
        "eval",
        "visible",
    ] {
        copy_text(raw, &mut out, name).map_err(|fault| format!("setting {key:?}: {fault}"))?;
    }
    // As in Flamenco, whose type is the empty text then.
    out.entry("type").or_insert_with(|| Value::from(""));
    for name in ["required", "editable"] {
        if let Some(value) = given(raw, name) {
            out.insert(name.to_owned(), Value::Bool(truth(value)));
        }
    }
    if let Some(default) = given(raw, "default") {
        out.insert("default".to_owned(), default.clone());
    }
    let more = members(raw).map_err(|fault| format!("setting {key:?}: {fault}"))?;
    out.extend(more);
    Ok(Value::Object(out))
}

/// The members of a setting that have parts of their own.
fn members(raw: &Map<String, Value>) -> Result<Map<String, Value>, &'static str> {
    let mut out = Map::new();
    match given(raw, "choices") {
        None => {}
        Some(Value::Array(choices)) => {
            let choices: Option<Vec<String>> = choices.iter().map(as_text).collect();
            let choices = choices.ok_or("a choice is not text")?;
            out.insert("choices".to_owned(), Value::from(choices));
        }
        Some(_) => return Err("choices is not a list"),
    }
    match given(raw, "propargs") {
        None => {}
        Some(Value::Object(arguments)) => {
            out.insert("propargs".to_owned(), Value::Object(arguments.clone()));
        }
        Some(_) => return Err("propargs is not an object"),
    }
    match given(raw, "evalInfo") {
        None => {}
        Some(Value::Object(info)) => {
            out.insert("evalInfo".to_owned(), eval_info(info)?);
        }
        Some(_) => return Err("evalInfo is not an object"),
    }
    Ok(out)
}

/// Both members are there once `evalInfo` is.
fn eval_info(raw: &Map<String, Value>) -> Result<Value, &'static str> {
    let description = match given(raw, "description") {
        None => String::new(),
        Some(value) => as_text(value).ok_or("the description in evalInfo is not text")?,
    };
    let mut info = Map::new();
    info.insert("description".to_owned(), Value::String(description));
    let linked = given(raw, "showLinkButton").is_some_and(truth);
    info.insert("showLinkButton".to_owned(), Value::Bool(linked));
    Ok(Value::Object(info))
}

fn given<'a>(raw: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    raw.get(name).filter(|value| !value.is_null())
}

fn text(raw: &Map<String, Value>, name: &str) -> Result<Option<String>, String> {
    given(raw, name)
        .map(|value| as_text(value).ok_or_else(|| format!("{name} is not text")))
        .transpose()
}

fn copy_text(
    raw: &Map<String, Value>,
    out: &mut Map<String, Value>,
    name: &str,
) -> Result<(), String> {
    if let Some(text) = text(raw, name)? {
        out.insert(name.to_owned(), Value::String(text));
    }
    Ok(())
}

fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number_text(number)),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null => Some(String::new()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// What JavaScript takes for yes.
fn truth(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(yes) => *yes,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_coerced_and_unknown_ones_dropped() {
        let raw = json!({
            "label": 5,
            "name": "mine",
            "etag": "mine",
            "extra": true,
            "settings": [{
                "key": "a", "type": "int32", "required": "yes", "editable": 0, "default": 0,
                "description": 7, "propargs": {"min": 0}, "unknown": 1, "evalInfo": {"showLinkButton": 1},
                "choices": ["x", 2], "visible": "web", "subtype": null,
            }],
        });
        let read = read("a-type", &raw).unwrap();
        assert!(read.dropped.is_empty());
        let mut json = serde_json::to_value(&read.description).unwrap();
        let etag = json.as_object_mut().unwrap().remove("etag").unwrap();
        assert_eq!(etag.as_str().unwrap().len(), 40);
        assert_eq!(
            json,
            json!({
                "name": "a-type",
                "label": "5",
                "settings": [{
                    "key": "a", "type": "int32", "required": true, "editable": false, "default": 0,
                    "description": "7", "propargs": {"min": 0}, "choices": ["x", "2"], "visible": "web",
                    "evalInfo": {"showLinkButton": true, "description": ""},
                }],
            })
        );
    }

    #[test]
    fn an_empty_job_type_is_one() {
        let read = read("empty", &json!({})).unwrap().description;
        assert_eq!((read.label.as_str(), read.settings.len()), ("", 0));
    }

    #[test]
    fn what_is_no_job_type_is_reported() {
        for (raw, fault) in [
            (json!(null), "it is not an object"),
            (json!("x"), "it is not an object"),
            (json!({"settings": 5}), "settings is not a list"),
            (json!({"settings": [5]}), "a setting is not an object"),
            (
                json!({"settings": [{"type": "string"}]}),
                "a setting has no key",
            ),
            (
                json!({"settings": [{"key": "a", "type": "string", "evalInfo": 1}]}),
                "evalInfo is not",
            ),
            (json!({"label": {}}), "label is not text"),
        ] {
            let error = read("x", &raw).unwrap_err().to_string();
            assert!(error.contains(fault), "{raw}: {error}");
            assert!(error.starts_with("does not define a proper JOB_TYPE object"));
        }
    }

    #[test]
    fn the_etag_changes_with_the_description_only() {
        let etag = |raw: Value| read("x", &raw).unwrap().description.etag;
        let one = etag(json!({"label": "a"}));
        assert_eq!(one, etag(json!({"label": "a", "ignored": 1})));
        assert_ne!(one, etag(json!({"label": "b"})));
    }

    #[test]
    fn unknown_types_are_kept_and_unknown_hints_are_dropped_and_told() {
        let raw = json!({"settings": [
            {"key": "tasks", "type": "list", "required": true},
            {"key": "file", "type": "string", "subtype": "FILE_PATH", "visible": false},
            {"key": "size", "type": "int"},
            {"key": "untyped", "subtype": "dir_path", "visible": "hidden"},
        ]});
        let JobType {
            description,
            dropped,
        } = read("x", &raw).unwrap();
        assert_eq!(
            serde_json::to_value(&description.settings).unwrap(),
            json!([
                {"key": "tasks", "type": "list", "required": true},
                {"key": "file", "type": "string"},
                {"key": "size", "type": "int"},
                {"key": "untyped", "type": "", "subtype": "dir_path", "visible": "hidden"},
            ])
        );
        assert_eq!(
            description
                .foreign_setting()
                .map(|setting| setting.key.as_str()),
            Some("tasks")
        );
        assert_eq!(
            dropped,
            [
                "subtype \"FILE_PATH\" of setting \"file\"",
                "visible \"false\" of setting \"file\"",
            ]
        );
    }
}
