//! Reading a job's submitted settings by what its job type says about them.
//!
//! `null` counts as not given. A value that is not of its setting's type is converted when there is only one way to
//! understand it: the stock add-on and hand-written submissions send `"3"`, `3.0` and the like. Defaults are filled
//! in. Settings that the type does not know are kept as they are. Choices and the other hints for user interfaces
//! are not enforced: the reference does not, and scripts check what they need.

use std::fmt;

use farandole_protocol::api::{AvailableJobSetting, AvailableJobSettingType, JobSettings};
use serde_json::{Number, Value};

use super::etag::number_text;

/// A setting that cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("setting {key:?} {fault}")]
pub struct SettingError {
    /// The setting.
    pub key: String,
    /// What is wrong with it.
    pub fault: SettingFault,
}

/// What is wrong with a setting.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SettingFault {
    /// It is required, was not given and has no default.
    Missing,
    /// Its value cannot be read as the setting's type.
    Unreadable {
        /// The setting's type.
        expected: AvailableJobSettingType,
        /// The value, shortened.
        value: String,
    },
}

impl fmt::Display for SettingFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is required"),
            Self::Unreadable { expected, value } => {
                write!(
                    f,
                    "must be of type {expected}, and {value} cannot be read as that"
                )
            }
        }
    }
}

/// The settings with which the job is compiled.
pub(super) fn read(
    given: JobSettings,
    defined: &[AvailableJobSetting],
) -> Result<JobSettings, SettingError> {
    let JobSettings(mut settings) = given;
    for definition in defined {
        let key = &definition.key;
        let value = settings
            .get(key)
            .filter(|value| !value.is_null())
            .or(definition.default.as_ref());
        match value {
            Some(value) => {
                let value = convert(definition.setting_type, value)
                    .ok_or_else(|| unreadable(definition, value))?;
                settings.insert(key.clone(), value);
            }
            None if definition.required == Some(true) => {
                return Err(SettingError {
                    key: key.clone(),
                    fault: SettingFault::Missing,
                });
            }
            None => {
                settings.shift_remove(key);
            }
        }
    }
    Ok(JobSettings(settings))
}

fn unreadable(definition: &AvailableJobSetting, value: &Value) -> SettingError {
    const LONGEST: usize = 60;
    let text = value.to_string();
    SettingError {
        key: definition.key.clone(),
        fault: SettingFault::Unreadable {
            expected: definition.setting_type,
            value: match text.char_indices().nth(LONGEST) {
                Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
                None => text,
            },
        },
    }
}

fn convert(wanted: AvailableJobSettingType, value: &Value) -> Option<Value> {
    match wanted {
        AvailableJobSettingType::String => as_text(value).map(Value::String),
        AvailableJobSettingType::Int32 => as_int32(value).map(Value::from),
        AvailableJobSettingType::Float => as_number(value).map(Value::Number),
        AvailableJobSettingType::Bool => as_bool(value).map(Value::Bool),
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

    fn read_one(kind: &str, more: &Value, given: &Value) -> Result<Value, SettingError> {
        let given = serde_json::from_value(given.clone()).unwrap();
        read(given, &[definition(kind, more)]).map(|settings| Value::Object(settings.0))
    }

    #[track_caller]
    fn converts(kind: &str, given: &Value, expected: &Value) {
        assert_eq!(
            read_one(kind, &json!({}), &json!({"it": given})),
            Ok(json!({"it": expected})),
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
    fn what_cannot_be_read_is_named() {
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
            let error = read_one(kind, &json!({}), &json!({"it": given})).unwrap_err();
            assert_eq!(error.key, "it");
            assert!(
                matches!(error.fault, SettingFault::Unreadable { .. }),
                "{kind} {given}"
            );
        }
        assert_eq!(
            read_one("int32", &json!({}), &json!({"it": "long"}))
                .unwrap_err()
                .to_string(),
            r#"setting "it" must be of type int32, and "long" cannot be read as that"#
        );
    }

    #[test]
    fn null_counts_as_not_given() {
        let null = json!({"it": null});
        assert_eq!(read_one("string", &json!({}), &null), Ok(json!({})));
        assert_eq!(
            read_one("int32", &json!({"default": 7}), &null),
            Ok(json!({"it": 7}))
        );
        assert_eq!(
            read_one("string", &json!({"required": true}), &null),
            Err(SettingError {
                key: "it".into(),
                fault: SettingFault::Missing
            })
        );
    }

    #[test]
    fn defaults_fill_what_is_not_given_even_when_required() {
        let more = json!({"default": 1, "required": true});
        assert_eq!(read_one("int32", &more, &json!({})), Ok(json!({"it": 1})));
        assert_eq!(
            read_one("int32", &more, &json!({"it": 2})),
            Ok(json!({"it": 2}))
        );
    }

    #[test]
    fn unknown_settings_are_kept() {
        let given = json!({"extra": {"a": [1, null]}, "none": null});
        assert_eq!(read_one("string", &json!({}), &given), Ok(given));
    }
}
