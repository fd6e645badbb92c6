//! How ids, states, times and lists are written in columns, and read again. What cannot be read is an error that
//! names the column.

use std::str::FromStr;

use chrono::DateTime;
use farandole_protocol::api::OutputState;
use farandole_protocol::status::TaskStatus;
use farandole_protocol::time::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::StoreError;
use crate::farm::write::AttemptEnd;

/// Microseconds since 1970.
pub(super) fn micros(time: Timestamp) -> i64 {
    time.timestamp_micros()
}

/// The time of so many microseconds since 1970.
pub(super) fn time(column: &'static str, micros: i64) -> Result<Timestamp, StoreError> {
    DateTime::from_timestamp_micros(micros).ok_or_else(|| StoreError::unreadable(column, micros))
}

/// The same for a column that may be empty.
pub(super) fn time_opt(
    column: &'static str,
    micros: Option<i64>,
) -> Result<Option<Timestamp>, StoreError> {
    micros.map(|micros| time(column, micros)).transpose()
}

/// An id or a state from its text.
pub(super) fn parse<T: FromStr>(column: &'static str, text: &str) -> Result<T, StoreError> {
    text.parse()
        .map_err(|_| StoreError::unreadable(column, text))
}

/// The same for a column that may be empty.
pub(super) fn parse_opt<T: FromStr>(
    column: &'static str,
    text: Option<&str>,
) -> Result<Option<T>, StoreError> {
    text.map(|text| parse(column, text)).transpose()
}

/// A list or map as JSON.
pub(super) fn to_json<T: Serialize>(column: &'static str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value)
        .map_err(|_| StoreError::unreadable(column, "a value that is no JSON"))
}

/// A list or map from JSON.
pub(super) fn from_json<T: DeserializeOwned>(
    column: &'static str,
    text: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| {
        // Some texts are very long, and an error is read by people.
        let begin: String = text.chars().take(200).collect();
        StoreError::unreadable(column, begin)
    })
}

/// The code of a task's state.
pub(super) const fn status_code(status: TaskStatus) -> i16 {
    match status {
        TaskStatus::Active => 1,
        TaskStatus::Canceled => 2,
        TaskStatus::Completed => 3,
        TaskStatus::Failed => 4,
        TaskStatus::Queued => 5,
        TaskStatus::SoftFailed => 6,
        TaskStatus::Paused => 7,
    }
}

/// The task's state with this code.
pub(super) fn status(code: i16) -> Result<TaskStatus, StoreError> {
    let found = TaskStatus::ALL
        .iter()
        .copied()
        .find(|status| status_code(*status) == code);
    found.ok_or_else(|| StoreError::unreadable("task_states.status", code))
}

pub(super) const ENDS: [AttemptEnd; 9] = [
    AttemptEnd::Completed,
    AttemptEnd::Failed,
    AttemptEnd::TimedOut,
    AttemptEnd::Canceled,
    AttemptEnd::Paused,
    AttemptEnd::Requeued,
    AttemptEnd::Overruled,
    AttemptEnd::Lost,
    AttemptEnd::Undelivered,
];

/// The code of an attempt's end.
pub(super) const fn end_code(end: AttemptEnd) -> i16 {
    match end {
        AttemptEnd::Completed => 1,
        AttemptEnd::Failed => 2,
        AttemptEnd::TimedOut => 3,
        AttemptEnd::Canceled => 4,
        AttemptEnd::Paused => 5,
        AttemptEnd::Requeued => 6,
        AttemptEnd::Overruled => 7,
        AttemptEnd::Lost => 8,
        AttemptEnd::Undelivered => 9,
    }
}

/// The attempt's end with this code.
pub(super) fn end(code: i16) -> Result<AttemptEnd, StoreError> {
    let found = ENDS.iter().copied().find(|end| end_code(*end) == code);
    found.ok_or_else(|| StoreError::unreadable("attempts.outcome", code))
}

/// The code of how a file came to be an output.
pub(super) const fn output_code(state: OutputState) -> i16 {
    match state {
        OutputState::Written => 1,
        OutputState::Kept => 2,
    }
}

/// How a file came to be an output, by its code. What is not known was kept: that claims less.
pub(super) const fn output_state(code: i16) -> OutputState {
    match code {
        1 => OutputState::Written,
        _ => OutputState::Kept,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back() {
        for known in TaskStatus::ALL {
            assert_eq!(status(status_code(*known)).unwrap(), *known);
        }
        for known in ENDS {
            assert_eq!(end(end_code(known)).unwrap(), known);
        }
        for known in OutputState::ALL {
            assert_eq!(output_state(output_code(*known)), *known);
        }
    }

    #[test]
    fn an_unknown_code_names_its_column() {
        assert_eq!(
            status(0).unwrap_err().to_string(),
            "column task_states.status holds \"0\", which cannot be read"
        );
        assert!(end(77).is_err());
    }
}
