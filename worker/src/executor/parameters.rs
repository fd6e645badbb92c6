//! Typed reading of a command's free-form parameters.

use serde_json::{Map, Value};

/// What is wrong with a parameter.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ParameterFault {
    /// It is needed, and not there, empty, or of another type.
    #[error("parameter {name:?} is missing or not {expected}")]
    Missing {
        /// The parameter.
        name: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// It is there but cannot be used.
    #[error("parameter {name:?} is invalid ({fault}): {value}")]
    Invalid {
        /// The parameter.
        name: &'static str,
        /// Why not.
        fault: String,
        /// What was given.
        value: Value,
    },
}

/// The parameters of one command.
#[derive(Clone, Copy, Debug)]
pub struct Parameters<'a>(pub &'a Map<String, Value>);

impl<'a> Parameters<'a> {
    /// A parameter of any type.
    pub fn any(self, name: &'static str) -> Result<&'a Value, ParameterFault> {
        self.0.get(name).ok_or(ParameterFault::Missing {
            name,
            expected: "given",
        })
    }

    /// A text, which may be empty.
    pub fn text(self, name: &'static str) -> Result<&'a str, ParameterFault> {
        self.optional_text(name).ok_or(ParameterFault::Missing {
            name,
            expected: "a text",
        })
    }

    /// A text that says something.
    pub fn filled_text(self, name: &'static str) -> Result<&'a str, ParameterFault> {
        let text = self.optional_text(name).filter(|text| !text.is_empty());
        text.ok_or(ParameterFault::Missing {
            name,
            expected: "a text that is not empty",
        })
    }

    /// A text, if there is one.
    pub fn optional_text(self, name: &'static str) -> Option<&'a str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// A number.
    pub fn number(self, name: &'static str) -> Result<f64, ParameterFault> {
        self.0
            .get(name)
            .and_then(Value::as_f64)
            .ok_or(ParameterFault::Missing {
                name,
                expected: "a number",
            })
    }

    /// A list of texts; absent is empty. Numbers and booleans become texts: the stock job types mix them in.
    pub fn texts(self, name: &'static str) -> Result<Vec<String>, ParameterFault> {
        let Some(value) = self.0.get(name) else {
            return Ok(Vec::new());
        };
        let invalid = |fault: &str| invalid(name, fault, value);
        let list = value.as_array().ok_or_else(|| invalid("not a list"))?;
        list.iter()
            .map(|element| match element {
                Value::String(text) => Ok(text.clone()),
                Value::Bool(_) | Value::Number(_) => Ok(element_text(element)),
                Value::Null | Value::Array(_) | Value::Object(_) => {
                    Err(invalid("an element is no text"))
                }
            })
            .collect()
    }

    /// A text that is split into words as a shell would do it; absent is empty.
    pub fn words(self, name: &'static str) -> Result<Vec<String>, ParameterFault> {
        let text = self.optional_text(name).unwrap_or_default();
        farandole_protocol::shell_split::shell_split(text)
            .map_err(|error| invalid(name, &error.to_string(), &Value::from(text)))
    }
}

/// A parameter that is there but cannot be used.
pub(super) fn invalid(name: &'static str, fault: &str, value: &Value) -> ParameterFault {
    ParameterFault::Invalid {
        name,
        fault: fault.to_owned(),
        value: value.clone(),
    }
}

/// A number in its shortest form without an exponent, everything else as JSON.
fn element_text(value: &Value) -> String {
    match value.as_f64() {
        Some(number) if !value.is_i64() && !value.is_u64() => decimal(number),
        _ => value.to_string(),
    }
}

/// A number in its shortest decimal form, without an exponent and without `.0`.
pub(super) fn decimal(number: f64) -> String {
    format!("{number}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[track_caller]
    fn check_list(list: Value, expected: Result<&[&str], ()>) {
        let map = map(json!({ "args": list }));
        let texts = Parameters(&map).texts("args").map_err(|_| ());
        assert_eq!(
            texts,
            expected.map(|list| list.iter().map(|&text| text.to_owned()).collect())
        );
    }

    #[test]
    fn lists_may_mix_texts_and_numbers() {
        check_list(
            json!(["-r", 24, 23.976, 24.0, true, 1_000_000, 1e21, 1e-7]),
            Ok(&[
                "-r",
                "24",
                "23.976",
                "24",
                "true",
                "1000000",
                "1000000000000000000000",
                "0.0000001",
            ]),
        );
        check_list(json!([]), Ok(&[]));
    }

    #[test]
    fn what_is_no_list_of_texts_is_invalid() {
        for value in [
            json!(null),
            json!("text"),
            json!({}),
            json!([null]),
            json!([["nested"]]),
        ] {
            check_list(value, Err(()));
        }
        assert_eq!(Parameters(&Map::new()).texts("args"), Ok(Vec::new()));
    }

    #[test]
    fn texts_and_numbers_are_told_apart() {
        let map = map(json!({"text": "x", "empty": "", "number": 1.5, "null": null}));
        let parameters = Parameters(&map);
        assert_eq!(parameters.filled_text("text"), Ok("x"));
        assert_eq!(parameters.text("empty"), Ok(""));
        assert!(parameters.filled_text("empty").is_err());
        assert!(parameters.text("number").is_err() && parameters.text("none").is_err());
        assert_eq!(parameters.number("number"), Ok(1.5));
        assert!(parameters.number("text").is_err());
        assert!(parameters.any("null").is_ok() && parameters.any("none").is_err());
    }

    #[test]
    fn faults_name_the_parameter() {
        let map = map(json!({"args": "x"}));
        let fault = Parameters(&map).texts("args").unwrap_err();
        assert_eq!(
            fault.to_string(),
            r#"parameter "args" is invalid (not a list): "x""#
        );
        let fault = Parameters(&map).filled_text("exe").unwrap_err();
        assert_eq!(
            fault.to_string(),
            r#"parameter "exe" is missing or not a text that is not empty"#
        );
    }
}
