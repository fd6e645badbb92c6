//! Orders of people about tasks, and the return of hand-outs that nobody took. Pure.

use farandole_protocol::ids::TaskId;
use farandole_protocol::status::TaskStatus;
use farandole_protocol::time::Timestamp;

use crate::farm::decision::{Decision, FarmCommand, Subject};
use crate::farm::keys::TaskKey;
use crate::farm::state::Farm;
use crate::farm::turn::Turn;
use crate::farm::write::{AttemptEnd, OutputsOf, Write};

/// Why an order about a task changes nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TaskOrderError {
    /// There is no such task.
    #[error("there is no such task")]
    NotFound,
    /// That state of a task comes about by itself only.
    #[error("a task cannot be made {0} by hand")]
    NotByHand(TaskStatus),
}

/// A person wants a task to take a state.
#[derive(Clone, Debug)]
pub struct SetTaskStatus {
    /// Which task.
    pub task: TaskId,
    /// `queued`, `canceled`, `paused`, `completed` or `failed`.
    pub status: TaskStatus,
    /// Why, in the person's words; becomes the task's activity.
    pub reason: String,
    /// Whether the frames of a task that is queued again are rendered again instead of kept.
    pub overwrite: bool,
}

impl FarmCommand for SetTaskStatus {
    type Reply = Result<(), TaskOrderError>;

    fn subject(&self) -> Subject {
        Subject::Task(self.task)
    }

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<Self::Reply> {
        farm.turn(now, |turn| {
            let key = turn
                .farm
                .find_task(self.task)
                .ok_or(TaskOrderError::NotFound)?;
            let end = match self.status {
                TaskStatus::Queued => AttemptEnd::Requeued,
                TaskStatus::Canceled => AttemptEnd::Canceled,
                TaskStatus::Paused => AttemptEnd::Paused,
                TaskStatus::Completed | TaskStatus::Failed => AttemptEnd::Overruled,
                TaskStatus::Active | TaskStatus::SoftFailed => {
                    return Err(TaskOrderError::NotByHand(self.status));
                }
            };
            if self.status == TaskStatus::Queued {
                forget_failures(turn, key);
                run_dependents_again(turn, key);
                if self.overwrite {
                    turn.forget_outputs(key.job, OutputsOf::Task(key));
                }
            }
            turn.change_task(key, self.status, Some(self.reason), end);
            Ok(())
        })
    }
}

fn forget_failures(turn: &mut Turn<'_>, key: TaskKey) {
    let forgotten = turn.job_mut(key.job).is_some_and(|job| {
        let kind = job.task(key.index).map(|task| task.kind);
        kind.is_some_and(|kind| job.record.clear_task(key.index, kind))
    });
    if forgotten {
        turn.write(Write::TaskFailuresCleared(key));
    }
}

/// What was made from the result of a task that runs again has to be made again; what is being made from it, too.
fn run_dependents_again(turn: &mut Turn<'_>, key: TaskKey) {
    if turn.task_status(key) != Some(TaskStatus::Completed) {
        return;
    }
    let dependents = turn
        .job(key.job)
        .map(|job| job.built_upon(key.index))
        .unwrap_or_default();
    for index in dependents {
        let dependent = TaskKey {
            job: key.job,
            index,
        };
        let Some(from) = turn.task_status(dependent) else {
            continue;
        };
        turn.set_activity(
            dependent,
            Some("queued again, because a task it depends on was".to_owned()),
        );
        turn.move_task(dependent, from, TaskStatus::Queued, AttemptEnd::Requeued);
    }
}

/// A hand-out did not reach its Worker: the task goes back, unless something else has happened to it since.
#[derive(Clone, Copy, Debug)]
pub struct TakeBack {
    /// Which task.
    pub key: TaskKey,
    /// Which hand-out of it.
    pub attempt: u32,
}

impl FarmCommand for TakeBack {
    type Reply = ();

    fn decide(self, farm: &mut Farm, now: Timestamp) -> Decision<()> {
        farm.turn(now, |turn| {
            let attempt = turn
                .job(self.key.job)
                .and_then(|job| Some(job.task(self.key.index)?.attempt));
            if turn.task_status(self.key) == Some(TaskStatus::Active)
                && attempt == Some(self.attempt)
            {
                turn.return_task(
                    self.key,
                    "it did not reach its worker",
                    AttemptEnd::Undelivered,
                );
            }
        })
    }
}
