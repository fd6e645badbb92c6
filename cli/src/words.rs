//! Numbers and times in people's words. Pure: what time it is comes as a parameter.

use std::fmt::Display;
use std::time::Duration;

use chrono::{DateTime, Local, Utc};
use serde::Serialize;

/// The beginning of an id, which is enough to name it among a few thousand.
pub(crate) fn short(id: impl Display) -> String {
    id.to_string().chars().take(8).collect()
}

/// A task by its job and its place in it, as a person can type it.
pub(crate) fn task_name(job: impl Display, index_in_job: i64) -> String {
    format!("{}/{index_in_job}", short(job))
}

/// How much of something is done; -1 and 101 do not exist.
pub(crate) fn percent(done: i64, total: i64) -> Option<i64> {
    let percent = i128::from(done) * 100;
    let percent = percent.checked_div(i128::from(total.max(0)))?;
    i64::try_from(percent.clamp(0, 100)).ok()
}

/// The same as text, for a table.
pub(crate) fn percent_done(done: i64, total: i64) -> String {
    percent(done, total).map_or_else(|| "-".to_owned(), |percent| format!("{percent} %"))
}

/// A length of time, in its two largest units.
pub(crate) fn duration(length: Duration) -> String {
    let seconds = length.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{minutes} min {} s", seconds % 60),
        3600..86_400 => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

/// How long ago something was.
pub(crate) fn ago(then: DateTime<Utc>, now: DateTime<Utc>) -> String {
    // The Manager's clock may be ahead of ours.
    let passed = (now - then).to_std().unwrap_or_default();
    if passed < Duration::from_secs(1) {
        "just now".to_owned()
    } else {
        format!("{} ago", duration(passed))
    }
}

/// A point in time, on the person's own clock.
pub(crate) fn local_time(time: DateTime<Utc>) -> String {
    time.with_timezone(&Local)
        .format("%Y-%m-%d %H:%M:%S")
        .to_string()
}

/// The code of a reason or an outcome, as it is on the wire.
pub(crate) fn word(code: impl Serialize) -> String {
    let text = code.serialize(serde_json::value::Serializer).ok();
    let text = text.as_ref().and_then(serde_json::Value::as_str);
    text.unwrap_or_default().to_owned()
}

/// A number of things.
pub(crate) fn count(number: usize, one: &str) -> String {
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{number} {one}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_told_in_two_units() {
        let check = |seconds, text| assert_eq!(duration(Duration::from_secs(seconds)), text);
        check(0, "0 s");
        check(59, "59 s");
        check(60, "1 min 0 s");
        check(3599, "59 min 59 s");
        check(7260, "2 h 1 min");
        check(90_000, "1 d 1 h");
    }

    #[test]
    fn what_a_faster_clock_stamped_was_just_now() {
        let now: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
        let check = |then: &str, text| assert_eq!(ago(then.parse().unwrap(), now), text);
        check("2026-01-01T00:00:05Z", "just now");
        check("2025-12-31T23:59:18Z", "42 s ago");
    }

    #[test]
    fn nothing_to_do_has_no_percentage() {
        assert_eq!(percent(0, 0), None);
        assert_eq!(percent(1, 3), Some(33));
        assert_eq!(percent(4, 3), Some(100));
        assert_eq!(percent(i64::MAX, i64::MAX), Some(100));
        assert_eq!(percent_done(0, 0), "-");
    }

    #[test]
    fn things_are_counted() {
        assert_eq!(count(1, "task"), "1 task");
        assert_eq!(count(0, "task"), "0 tasks");
    }
}
