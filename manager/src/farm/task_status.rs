//! Which state of a task may follow which. Pure.
//!
//! ```text
//! queued ──► active ──► completed
//!   ▲  ▲       │  └───► failed
//!   │  └───────┤ returned
//!   │          ▼
//!   └── soft-failed ──► active (another Worker)
//! ```
//!
//! `canceled`, `paused`, `queued`, `completed` and `failed` can follow any other state, since people and changes of
//! the job may say so at any time. Only a hand-out makes a task `active`, only a failing attempt `soft-failed`.

use farandole_protocol::status::TaskStatus;

/// What asking for a state of a task comes to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TaskStep {
    /// It has that state already.
    Unchanged,
    /// It takes the state.
    Changes,
}

/// A task cannot go from the one state to the other.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a task cannot go from {from} to {to}")]
pub struct IllegalTaskTransition {
    /// The state that it has.
    pub from: TaskStatus,
    /// The state that it cannot take.
    pub to: TaskStatus,
}

/// Whether a task may go from one state to another.
pub fn transition(from: TaskStatus, to: TaskStatus) -> Result<TaskStep, IllegalTaskTransition> {
    use TaskStatus as T;
    match (from, to) {
        (T::Active, T::Active)
        | (T::Canceled, T::Canceled)
        | (T::Completed, T::Completed)
        | (T::Failed, T::Failed)
        | (T::Queued, T::Queued)
        | (T::SoftFailed, T::SoftFailed)
        | (T::Paused, T::Paused) => Ok(TaskStep::Unchanged),
        (T::Queued | T::SoftFailed, T::Active)
        | (T::Active, T::SoftFailed)
        | (
            T::Active
            | T::Canceled
            | T::Completed
            | T::Failed
            | T::Queued
            | T::SoftFailed
            | T::Paused,
            T::Canceled | T::Completed | T::Failed | T::Queued | T::Paused,
        ) => Ok(TaskStep::Changes),
        (T::Canceled | T::Completed | T::Failed | T::Paused, T::Active)
        | (T::Canceled | T::Completed | T::Failed | T::Queued | T::Paused, T::SoftFailed) => {
            Err(IllegalTaskTransition { from, to })
        }
    }
}

/// Whether a task in this state waits for a Worker.
pub fn is_schedulable(status: TaskStatus) -> bool {
    matches!(status, TaskStatus::Queued | TaskStatus::SoftFailed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: from; columns: to, both in the order of [`TaskStatus::ALL`]. `=` unchanged, `+` changes, `.` illegal.
    const TABLE: &[(&str, &str)] = &[
        //             active canceled completed failed queued soft-failed paused
        ("active", "= + + + + + +"),
        ("canceled", ". = + + + . +"),
        ("completed", ". + = + + . +"),
        ("failed", ". + + = + . +"),
        ("queued", "+ + + + = . +"),
        ("soft-failed", "+ + + + + = +"),
        ("paused", ". + + + + . ="),
    ];

    #[test]
    fn every_pair_of_task_states_is_as_the_table_says() {
        assert_eq!(TABLE.len(), TaskStatus::ALL.len());
        for (from, row) in TABLE {
            let from: TaskStatus = from.parse().unwrap();
            for (to, cell) in TaskStatus::ALL.iter().zip(row.split(' ')) {
                let expected = match cell {
                    "=" => Ok(TaskStep::Unchanged),
                    "+" => Ok(TaskStep::Changes),
                    "." => Err(IllegalTaskTransition { from, to: *to }),
                    other => panic!("{other}"),
                };
                assert_eq!(transition(from, *to), expected, "{from} -> {to}");
            }
        }
    }
}
