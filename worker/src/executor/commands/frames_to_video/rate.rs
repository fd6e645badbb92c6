//! The frame rate of a video: a decimal number, or a fraction for the rates of television, which have no exact one.

use std::fmt;

use serde_json::Value;

use crate::executor::parameters::decimal;

/// Frames per second, more than zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum FrameRate {
    /// A fraction, such as 24000/1001.
    Fraction(u32, u32),
    /// Any other number.
    Decimal(f64),
}

impl FrameRate {
    /// Reads a number, or a text with a number or a fraction.
    pub(super) fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => Self::decimal(number.as_f64()?),
            Value::String(text) => Self::parse(text),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let Some((numerator, denominator)) = text.split_once('/') else {
            return Self::decimal(text.trim().parse().ok()?);
        };
        let whole = |text: &str| text.trim().parse().ok().filter(|number| *number > 0_u32);
        Some(Self::Fraction(whole(numerator)?, whole(denominator)?))
    }

    fn decimal(number: f64) -> Option<Self> {
        (number.is_finite() && number > 0.0).then_some(Self::Decimal(number))
    }
}

impl fmt::Display for FrameRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fraction(numerator, denominator) => write!(f, "{numerator}/{denominator}"),
            Self::Decimal(number) => f.write_str(&decimal(*number)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rates_are_numbers_or_fractions() {
        for (value, expected) in [
            (json!("24000/1001"), "24000/1001"),
            (json!(" 30000 / 1001 "), "30000/1001"),
            (json!("25"), "25"),
            (json!("12.5"), "12.5"),
            (json!(23.976), "23.976"),
            (json!(60), "60"),
        ] {
            assert_eq!(FrameRate::read(&value).unwrap().to_string(), expected);
        }
        for value in [
            json!("24000/0"),
            json!("0/1"),
            json!("-24"),
            json!(0),
            json!("24/1/1"),
            json!("24fps"),
            json!(""),
            json!("inf"),
            json!("NaN"),
            json!(null),
        ] {
            assert_eq!(FrameRate::read(&value), None, "{value}");
        }
    }
}
