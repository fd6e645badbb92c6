//! Reading a job's submitted settings by what its job type says about them.
//!
//! A value that is not of its setting's type is converted when there is only one way to understand it: the Flamenco
//! add-on and hand-written submissions send `"3"`, `3.0` and the like. Defaults are filled in where a setting is absent
//! or `null`. Settings that the type does not know, and those of a type of value that is not known here, are kept as
//! they are. Choices and the other hints for user interfaces are not enforced.
//!
//! As in Flamenco, nothing is refused here: released tools leave out required settings, and send lists where text is
//! wanted. What does not fit is passed on as it was given, since the script decides what it needs. A remark says so,
//! which the job shows.

use farandole_protocol::api::{AvailableJobSetting, AvailableJobSettingType, JobSettings};
use serde_json::{Number, Value};

use super::etag::number_text;

/// The settings with which a job is compiled.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ReadSettings {
    /// The settings.
    pub(super) settings: JobSettings,
    /// What does not fit the job type, for people: one sentence for each such setting.
    pub(super) remarks: Vec<String>,
}

/// Reads the settings with which the job is compiled.
pub(super) fn read(given: JobSettings, defined: &[AvailableJobSetting]) -> ReadSettings {
    let JobSettings(mut settings) = given;
    let mut remarks = Vec::new();
    for definition in defined {
        let key = &definition.key;
        let is_null = settings.get(key).is_some_and(Value::is_null);
        let value = settings
            .get(key)
            .filter(|value| !value.is_null())
            .or(definition.default.as_ref());
        match value {
            Some(value) => {
                let value = convert(&definition.setting_type, value).unwrap_or_else(|| {
                    remarks.push(unreadable(definition, value));
                    value.clone()
                });
                settings.insert(key.clone(), value);
            }
            None if definition.required == Some(true) => remarks.push(missing(key, is_null)),
            None => {
                settings.shift_remove(key);
            }
        }
    }
    ReadSettings {
        settings: JobSettings(settings),
        remarks,
    }
}

fn missing(key: &str, is_null: bool) -> String {
    let found = if is_null { "is null" } else { "was not given" };
    format!("setting {key:?} is required by the job type, but {found}; passed on as it is")
}

fn unreadable(definition: &AvailableJobSetting, value: &Value) -> String {
    const LONGEST: usize = 60;
    let mut text = value.to_string();
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
        text.push('…');
    }
    format!(
        "setting {:?} is of type {}, and {text} cannot be read as that; passed on as it is",
        definition.key, definition.setting_type
    )
}

/// The value as one of this type. `None` if it cannot be read as that.
fn convert(wanted: &AvailableJobSettingType, value: &Value) -> Option<Value> {
    match wanted {
        AvailableJobSettingType::String => as_text(value).map(Value::String),
        AvailableJobSettingType::Int32 => as_int32(value).map(Value::from),
        AvailableJobSettingType::Float => as_number(value).map(Value::Number),
        AvailableJobSettingType::Bool => as_bool(value).map(Value::Bool),
        AvailableJobSettingType::Foreign(_) => Some(value.clone()),
    }
}

fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number_text(number)),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn as_number(value: &Value) -> Option<Number> {
    match value {
        Value::Number(number) => Some(number.clone()),
        Value::String(text) => {
            let text = text.trim();
            text.parse::<i64>()
                .ok()
                .map(Number::from)
                // Rust also reads "inf" and "nan", which are no JSON numbers.
                .or_else(|| text.parse().ok().and_then(Number::from_f64))
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn as_int32(value: &Value) -> Option<i32> {
    let number = as_number(value)?;
    if let Some(whole) = number.as_i64() {
        return i32::try_from(whole).ok();
    }
    let float = number.as_f64()?;
    let fits = float.fract() == 0.0 && (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&float);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "whole and within the range of i32"
    )]
    fits.then_some(float as i32)
}

fn as_bool(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(yes) => Some(*yes),
        Value::String(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
        Value::Number(number) => match number.as_i64() {
            Some(0) => Some(false),
            Some(1) => Some(true),
            _ => None,
        },
        Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn definition(kind: &str, more: &Value) -> AvailableJobSetting {
        let mut definition = json!({"key": "it", "type": kind});
        for (key, value) in more.as_object().unwrap() {
            definition[key] = value.clone();
        }
        serde_json::from_value(definition).unwrap()
    }

    /// The settings that are read, and what is remarked about them.
    fn read_one(kind: &str, more: &Value, given: &Value) -> (Value, Vec<String>) {
        let given = serde_json::from_value(given.clone()).unwrap();
        let read = read(given, &[definition(kind, more)]);
        (Value::Object(read.settings.0), read.remarks)
    }

    fn fitting(settings: Value) -> (Value, Vec<String>) {
        (settings, Vec::new())
    }

    #[track_caller]
    fn converts(kind: &str, given: &Value, expected: &Value) {
        assert_eq!(
            read_one(kind, &json!({}), &json!({"it": given})),
            fitting(json!({"it": expected})),
            "{kind} {given}"
        );
    }

    #[test]
    fn values_of_the_right_type_are_kept() {
        converts("string", &json!("a"), &json!("a"));
        converts("string", &json!(""), &json!(""));
        converts("int32", &json!(-3), &json!(-3));
        converts("float", &json!(23.976), &json!(23.976));
        converts("float", &json!(24), &json!(24));
        converts("bool", &json!(false), &json!(false));
    }

    #[test]
    fn values_with_only_one_meaning_are_converted() {
        converts("int32", &json!("3"), &json!(3));
        converts("int32", &json!(" 3.0 "), &json!(3));
        converts("int32", &json!(3.0), &json!(3));
        converts("float", &json!("23.976"), &json!(23.976));
        converts("float", &json!("24"), &json!(24));
        converts("bool", &json!("True"), &json!(true));
        converts("bool", &json!(0), &json!(false));
        converts("string", &json!(5), &json!("5"));
        converts("string", &json!(24.0), &json!("24"));
    }

    #[test]
    fn values_of_foreign_types_are_kept() {
        let tasks = json!([{"name": "a"}, 5, null]);
        converts("list", &tasks, &tasks);
        converts("", &json!("x"), &json!("x"));
    }

    #[test]
    fn what_cannot_be_read_is_passed_on_and_remarked() {
        for (kind, given) in [
            ("int32", json!("long")),
            ("int32", json!(1.5)),
            ("int32", json!(2_147_483_648_i64)),
            ("int32", json!(1e300)),
            ("int32", json!("")),
            ("int32", json!(true)),
            ("float", json!("nan")),
            ("float", json!([1])),
            ("bool", json!("maybe")),
            ("bool", json!(2)),
            ("string", json!({"a": 1})),
            ("string", json!(["1-10"])),
        ] {
            let (settings, remarks) = read_one(kind, &json!({}), &json!({"it": given}));
            assert_eq!(settings, json!({"it": given}), "{kind}");
            assert_eq!(remarks.len(), 1, "{kind} {given}");
        }
        let (_, remarks) = read_one("int32", &json!({}), &json!({"it": "long"}));
        assert_eq!(
            remarks,
            [
                r#"setting "it" is of type int32, and "long" cannot be read as that; passed on as it is"#
            ]
        );
        let (_, remarks) = read_one("int32", &json!({}), &json!({"it": "é".repeat(1_000)}));
        assert!(remarks[0].len() < 250, "{remarks:?}");
    }

    #[test]
    fn null_has_the_default_and_is_left_out_or_passed_on_without_one() {
        let null = json!({"it": null});
        let of = |kind, more: Value| read_one(kind, &more, &null);
        assert_eq!(of("string", json!({})), fitting(json!({})));
        assert_eq!(
            of("int32", json!({"default": 7})),
            fitting(json!({"it": 7}))
        );
        let (settings, remarks) = of("string", json!({"required": true}));
        assert_eq!(settings, null);
        assert_eq!(
            remarks,
            [r#"setting "it" is required by the job type, but is null; passed on as it is"#]
        );
    }

    #[test]
    fn what_is_required_and_absent_stays_absent() {
        let (settings, remarks) = read_one("string", &json!({"required": true}), &json!({}));
        assert_eq!(settings, json!({}));
        assert_eq!(
            remarks,
            [r#"setting "it" is required by the job type, but was not given; passed on as it is"#]
        );
    }

    #[test]
    fn defaults_fill_what_is_not_given_even_when_required() {
        let more = json!({"default": 1, "required": true});
        let of = |given: Value| read_one("int32", &more, &given);
        assert_eq!(of(json!({})), fitting(json!({"it": 1})));
        assert_eq!(of(json!({"it": 2})), fitting(json!({"it": 2})));
    }

    #[test]
    fn unknown_settings_are_kept() {
        let given = json!({"extra": {"a": [1, null]}, "none": null});
        assert_eq!(read_one("string", &json!({}), &given), fitting(given));
    }
}
