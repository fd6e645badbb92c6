//! Pure: durations as Go writes them, which is how Flamenco's files have them: `1m30s`, `744h`, `500ms`, `0`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A duration that is read and written in Go's notation.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct GoDuration(pub Duration);

/// The text is not a duration.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0:?} is not a duration; write numbers with units, such as 90s, 1m30s or 24h")]
pub struct InvalidDuration(pub String);

/// Units and their length in nanoseconds.
const UNITS: [(&str, u64); 7] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

impl FromStr for GoDuration {
    type Err = InvalidDuration;

    fn from_str(text: &str) -> Result<Self, InvalidDuration> {
        parse(text.trim())
            .map(Self)
            .ok_or_else(|| InvalidDuration(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at_checked(digits)?;
        let unit_end = tail
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(unit_end)?;
        total = total.checked_add(amount(number, unit)?)?;
        rest = tail;
    }
    (!text.is_empty()).then_some(total)
}

fn amount(number: &str, unit: &str) -> Option<Duration> {
    let (_, nanos) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole: u64 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let mut total = u128::from(whole) * u128::from(nanos);
    let mut place = u128::from(nanos);
    for digit in fraction.chars() {
        place /= 10;
        total += u128::from(digit.to_digit(10)?) * place;
    }
    let seconds = u64::try_from(total / 1_000_000_000).ok()?;
    let nanos = u32::try_from(total % 1_000_000_000).ok()?;
    Some(Duration::new(seconds, nanos))
}

impl fmt::Display for GoDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.subsec_nanos();
        if self.0 < Duration::from_secs(1) {
            return match nanos {
                0 => f.write_str("0s"),
                1..1_000 => write!(f, "{nanos}ns"),
                1_000..1_000_000 => write!(f, "{}µs", fraction(nanos / 1_000, nanos % 1_000, 3)),
                _ => write!(f, "{}ms", fraction(nanos / 1_000_000, nanos % 1_000_000, 6)),
            };
        }
        let seconds = self.0.as_secs();
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        if hours > 0 {
            write!(f, "{hours}h")?;
        }
        if hours > 0 || minutes > 0 {
            write!(f, "{minutes}m")?;
        }
        write!(f, "{}s", fraction(seconds, nanos, 9))
    }
}

fn fraction(whole: impl fmt::Display, part: u32, digits: usize) -> String {
    if part == 0 {
        return whole.to_string();
    }
    let part = format!("{part:0digits$}");
    format!("{whole}.{}", part.trim_end_matches('0'))
}

impl Serialize for GoDuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for GoDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, seconds: f64, printed: &str) {
        let read: GoDuration = text.parse().unwrap();
        assert!(
            (read.0.as_secs_f64() - seconds).abs() < 1e-9,
            "{text}: {read:?}"
        );
        assert_eq!(read.to_string(), printed);
    }

    #[test]
    fn durations_are_read_and_written_as_go_does() {
        check("0", 0.0, "0s");
        check("1m30s", 90.0, "1m30s");
        check("744h", 744.0 * 3600.0, "744h0m0s");
        check("10m", 600.0, "10m0s");
        check("500ms", 0.5, "500ms");
        check("1.5h", 5400.0, "1h30m0s");
        check("1500ms", 1.5, "1.5s");
        check("250us", 0.000_25, "250µs");
    }

    #[test]
    fn a_number_needs_a_unit() {
        for text in [
            "",
            "600",
            "1m30",
            "m",
            "-1s",
            "1 s",
            "1x",
            ".s",
            "1..5s",
            "99999999999999999999h",
        ] {
            assert!(text.parse::<GoDuration>().is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(nanos in 0..u64::MAX / 4) {
            let duration = GoDuration(Duration::from_nanos(nanos));
            prop_assert_eq!(duration.to_string().parse(), Ok(duration));
        }
    }
}
