//! The etag of a job type: SHA-1 over its description as compact JSON, byte for byte as the reference writes it, so
//! that add-ons with a stored etag need not fetch an unchanged type again.
//!
//! Keys are sorted at every level; text is escaped as Go does it, `<`, `>` and `&` included. Only the description
//! counts: a change of the compile function alone leaves the etag as it is.

use std::fmt::{self, Display, Formatter, Write};

use data_encoding::HEXLOWER;
use serde_json::{Number, Value};
use sha1::{Digest, Sha1};

/// The etag of this description, whose own etag is still the empty text.
pub(super) fn etag(description: &Value) -> String {
    let json = GoJson(description).to_string();
    HEXLOWER.encode(&Sha1::digest(json.as_bytes()))
}

/// Compact JSON as Go writes it, with sorted keys.
struct GoJson<'a>(&'a Value);

impl Display for GoJson<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Null => f.write_str("null"),
            Value::Bool(yes) => write!(f, "{yes}"),
            Value::Number(number) => f.write_str(&number_text(number)),
            Value::String(text) => write!(f, "{}", GoText(text)),
            Value::Array(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    let comma = if index > 0 { "," } else { "" };
                    write!(f, "{comma}{}", GoJson(item))?;
                }
                f.write_str("]")
            }
            Value::Object(members) => {
                let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
                sorted.sort_unstable_by_key(|(key, _)| *key);
                f.write_str("{")?;
                for (index, (key, member)) in sorted.into_iter().enumerate() {
                    let comma = if index > 0 { "," } else { "" };
                    write!(f, "{comma}{}:{}", GoText(key), GoJson(member))?;
                }
                f.write_str("}")
            }
        }
    }
}

struct GoText<'a>(&'a str);

impl Display for GoText<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for next in self.0.chars() {
            match next {
                '"' => f.write_str("\\\""),
                '\\' => f.write_str("\\\\"),
                '\n' => f.write_str("\\n"),
                '\r' => f.write_str("\\r"),
                '\t' => f.write_str("\\t"),
                '\u{8}' => f.write_str("\\b"),
                '\u{c}' => f.write_str("\\f"),
                '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                    write!(f, "\\u{:04x}", u32::from(next))
                }
                other => f.write_char(other),
            }?;
        }
        f.write_char('"')
    }
}

/// A number as JavaScript and Go both write it: without a fraction when it has none, with an exponent only when very
/// large or very small.
pub(super) fn number_text(number: &Number) -> String {
    let Some(float) = number.as_f64().filter(|_| number.is_f64()) else {
        return number.to_string();
    };
    let size = float.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{float:e}");
        return match text.split_once('e') {
            Some((digits, power)) if !power.starts_with('-') => format!("{digits}e+{power}"),
            _ => text,
        };
    }
    float.to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(value: &Value, expected: &str) {
        assert_eq!(GoJson(value).to_string(), expected);
    }

    #[test]
    fn the_reference_value_of_echo_sleep_test() {
        let description = json!({
            "name": "echo-sleep-test",
            "label": "Echo Sleep Test",
            "etag": "",
            "settings": [
                {"key": "message", "type": "string", "required": true},
                {"key": "sleep_duration_seconds", "type": "int32", "default": 1},
                {"key": "sleep_repeats", "type": "int32", "default": 1},
            ],
        });
        assert_eq!(
            etag(&description),
            "eba586e16d6b55baaa43e32f9e78ae514b457fee"
        );
    }

    #[test]
    fn keys_are_sorted_and_text_is_escaped_as_go_does() {
        check(
            &json!({"b": [1, null], "a": {"d": true, "c": "<&>"}}),
            r#"{"a":{"c":"\u003c\u0026\u003e","d":true},"b":[1,null]}"#,
        );
        check(
            &json!("\"\\\n\r\t\u{8}\u{c}\u{1}\u{2028}\u{7f}é🎬"),
            "\"\\\"\\\\\\n\\r\\t\\b\\f\\u0001\\u2028\u{7f}é🎬\"",
        );
    }

    #[test]
    fn numbers_have_a_fraction_only_when_they_need_one() {
        for (number, expected) in [
            (json!(24.0), "24"),
            (json!(0.5), "0.5"),
            (json!(-3), "-3"),
            (json!(0.0), "0"),
            (json!(1e21), "1e+21"),
            (json!(1.5e-7), "1.5e-7"),
            (json!(1e20), "100000000000000000000"),
            (json!(0.000_001), "0.000001"),
        ] {
            check(&number, expected);
        }
    }
}
