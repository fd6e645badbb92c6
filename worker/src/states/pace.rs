//! When to ask for the next task, after what answer. Pure.

use std::time::Duration;

use farandole_protocol::api::AssignedTask;
use farandole_protocol::client::{ClientError, TaskAnswer, TaskReply};
use farandole_protocol::status::WorkerStatus;

use crate::contact::Backoff;

/// A Manager that does not wait with its answer is asked again after this, when it has nothing.
const IDLE: Backoff = Backoff::new(Duration::from_secs(3), Duration::from_secs(20));

/// A Manager in trouble is asked again after this.
const TROUBLE: Backoff = Backoff::new(Duration::from_secs(2), Duration::from_secs(30));

/// A Manager that says it waited, but did not, is asked again after this, so that nobody runs in circles.
const AT_LEAST: Duration = Duration::from_secs(1);

/// The longest time that the Manager may ask us to wait.
const LONGEST_WISH: Duration = Duration::from_mins(1);

/// What to do after an answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Next {
    /// Run this task, then ask again at once.
    Run(Box<AssignedTask>),
    /// Go to another state.
    ChangeTo(WorkerStatus),
    /// Ask again after this time.
    AskAfter(Duration),
    /// Tell the state once more, and ask again after this time: the Manager thinks of us as in another one.
    AnnounceAndAskAfter(Duration),
}

/// The pace of asking.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    idle: Backoff,
    trouble: Backoff,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            idle: IDLE,
            trouble: TROUBLE,
        }
    }
}

impl Pace {
    /// What to do after this answer, which took so long.
    pub(super) fn next(&mut self, reply: Result<TaskReply, ClientError>, took: Duration) -> Next {
        let TaskReply { answer, waited } = match reply {
            Ok(reply) => reply,
            Err(error) => return self.after_trouble(&error),
        };
        self.trouble.reset();
        match answer {
            TaskAnswer::Task { task } => {
                self.idle.reset();
                Next::Run(task)
            }
            TaskAnswer::StatusChange(status) => Next::ChangeTo(status),
            TaskAnswer::NoTask if waited => {
                self.idle.reset();
                Next::AskAfter(AT_LEAST.saturating_sub(took))
            }
            TaskAnswer::NoTask => Next::AskAfter(self.idle.next_wait()),
        }
    }

    fn after_trouble(&mut self, error: &ClientError) -> Next {
        let wait = self.trouble.next_wait();
        match error {
            ClientError::Refused { status: 409, .. } => Next::AnnounceAndAskAfter(wait),
            ClientError::Refused { retry_after, .. } => {
                Next::AskAfter(wait.max(retry_after.unwrap_or_default().min(LONGEST_WISH)))
            }
            ClientError::Unreachable(_) | ClientError::NotUnderstood(_) => Next::AskAfter(wait),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing(waited: bool) -> Result<TaskReply, ClientError> {
        Ok(TaskReply {
            answer: TaskAnswer::NoTask,
            waited,
        })
    }

    fn refused(status: u16, retry_after: Option<u64>) -> Result<TaskReply, ClientError> {
        let retry_after = retry_after.map(Duration::from_secs);
        Err(ClientError::Refused {
            status,
            message: String::new(),
            retry_after,
        })
    }

    fn seconds(next: &Next) -> u64 {
        match next {
            Next::AskAfter(wait) | Next::AnnounceAndAskAfter(wait) => wait.as_secs(),
            Next::Run(_) | Next::ChangeTo(_) => panic!("{next:?}"),
        }
    }

    const LONG: Duration = Duration::from_secs(30);

    #[test]
    fn a_manager_that_waits_is_asked_again_at_once() {
        let mut pace = Pace::default();
        assert_eq!(
            pace.next(nothing(true), LONG),
            Next::AskAfter(Duration::ZERO)
        );
        assert_eq!(
            pace.next(nothing(true), LONG),
            Next::AskAfter(Duration::ZERO)
        );
        let hurried = pace.next(nothing(true), Duration::from_millis(10));
        assert_eq!(hurried, Next::AskAfter(Duration::from_millis(990)));
    }

    #[test]
    fn a_stock_manager_is_asked_less_and_less_often() {
        let mut pace = Pace::default();
        let waits: Vec<_> = (0..5)
            .map(|_| seconds(&pace.next(nothing(false), Duration::ZERO)))
            .collect();
        assert_eq!(waits, [3, 6, 12, 20, 20]);
    }

    #[test]
    fn trouble_is_waited_out_from_two_seconds() {
        let mut pace = Pace::default();
        let replies = [
            refused(500, None),
            refused(503, Some(10)),
            refused(503, Some(3600)),
            Err(ClientError::Unreachable("gone".into())),
            Err(ClientError::NotUnderstood(String::new())),
        ];
        let waits = replies.map(|reply| seconds(&pace.next(reply, Duration::ZERO)));
        assert_eq!(waits, [2, 10, 60, 16, 30]);
        assert_eq!(seconds(&pace.next(nothing(false), Duration::ZERO)), 3);
        assert_eq!(seconds(&pace.next(refused(500, None), Duration::ZERO)), 2);
    }

    #[test]
    fn a_conflict_means_that_the_state_is_told_again() {
        let mut pace = Pace::default();
        let next = pace.next(refused(409, None), Duration::ZERO);
        assert_eq!(next, Next::AnnounceAndAskAfter(Duration::from_secs(2)));
    }

    #[test]
    fn wishes_are_followed() {
        let wish = TaskReply {
            answer: TaskAnswer::StatusChange(WorkerStatus::Asleep),
            waited: false,
        };
        assert_eq!(
            Pace::default().next(Ok(wish), Duration::ZERO),
            Next::ChangeTo(WorkerStatus::Asleep)
        );
    }
}
