//! Attempts at a task: every hand-out to a Worker, and how it ended. Not in the contract.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::WorkerId;

/// The attempts at a task, oldest first.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct TaskAttempts {
    /// None yet if nobody was given the task.
    pub attempts: Vec<TaskAttempt>,
}

/// An attempt at a task.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct TaskAttempt {
    /// Its number: 1 for the first.
    pub attempt: u32,
    /// Who was given the task.
    pub worker_id: WorkerId,
    /// The Worker's name.
    pub worker_name: String,
    /// When.
    pub started: DateTime<Utc>,
    /// When it ended, if it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<DateTime<Utc>>,
    /// How it ended, if it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<AttemptOutcome>,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AttemptOutcome {
    /// The Worker did it.
    Completed,
    /// The Worker reported failure.
    Failed,
    /// Nothing was heard of the task for `task_timeout`.
    TimedOut,
    /// The task, or its job, was canceled.
    Canceled,
    /// The task was paused.
    Paused,
    /// The task went back to the queue: its Worker left or fell silent, or a person asked for it.
    Requeued,
    /// A person declared the task completed or failed.
    Overruled,
    /// The Worker asked for a task although it held this one: it has lost it.
    Lost,
    /// The hand-out did not reach the Worker.
    Undelivered,
}
