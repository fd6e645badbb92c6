//! Tasks as people see them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::ids::{JobId, TaskId, WorkerId};
use crate::status::TaskStatus;
use crate::wire::{empty_as_none, null_as_default};
use chrono::{DateTime, Utc};

/// One thing to do, such as rendering some frames.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct Command {
    /// Which of the Worker's commands.
    pub name: String,
    /// Its parameters, free-form: the command reads them.
    pub parameters: Map<String, Value>,
    /// The steps it reports; 0 when it reports none. Managers before Flamenco 3.9 do not say.
    #[serde(default)]
    #[schema(required = true)]
    pub total_step_count: i64,
}

/// A task, with all there is to say.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// When it was stored.
    pub created: DateTime<Utc>,
    /// When it last changed.
    pub updated: DateTime<Utc>,
    /// Its job.
    pub job_id: JobId,
    /// Its place in the job, counted from 1.
    pub index_in_job: i64,
    /// Its name.
    pub name: String,
    /// Its state.
    pub status: TaskStatus,
    /// Its priority within the job.
    pub priority: i32,
    /// Its type, which a Worker has to support.
    pub task_type: String,
    /// What happened last, for people.
    pub activity: String,
    /// What is to be done, in order, with its variables not resolved.
    #[serde(deserialize_with = "null_as_default")]
    pub commands: Vec<Command>,
    /// The steps that are done.
    pub steps_completed: i64,
    /// The steps there are.
    pub steps_total: i64,
    /// Who runs it or ran it last. A Manager always sends it, see [`TaskWorker`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker: Option<TaskWorker>,
    /// When a Worker was last heard of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_touched: Option<DateTime<Utc>>,
    /// The Workers that failed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_by_workers: Option<Vec<TaskWorker>>,
}

/// A task in a list.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct TaskSummary {
    /// Its id.
    pub id: TaskId,
    /// Its name.
    pub name: String,
    /// Its state.
    pub status: TaskStatus,
    /// Its place in the job, counted from 1.
    pub index_in_job: i64,
    /// Its priority within the job.
    pub priority: i32,
    /// Its type.
    pub task_type: String,
    /// When it last changed.
    pub updated: DateTime<Utc>,
    /// Who runs it or ran it last. A Manager always sends it, see [`TaskWorker`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker: Option<TaskWorker>,
    /// The steps that are done.
    pub steps_completed: i64,
    /// The steps there are.
    pub steps_total: i64,
}

/// The Worker of a task. It is all empty when the task never had one, and only an id when the Worker was deleted.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct TaskWorker {
    /// The Worker; the empty text on the wire when there is none.
    #[serde(with = "empty_as_none")]
    #[schema(value_type = String)]
    pub id: Option<WorkerId>,
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
}

/// The tasks of a job.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct JobTasksSummary {
    /// The tasks, by their place in the job. A Manager always sends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tasks: Option<Vec<TaskSummary>>,
}

/// Where a task's log can be read.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct TaskLogInfo {
    /// The task.
    pub task_id: TaskId,
    /// Its job.
    pub job_id: JobId,
    /// The log's URL, without a host.
    pub url: String,
    /// The log's size in bytes.
    pub size: i64,
}

/// A state that a person wants a task in.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct TaskStatusChange {
    /// The state.
    pub status: TaskStatus,
    /// Why, for people.
    pub reason: String,
    /// With a requeue: whether frames that exist already are moved aside and rendered again. Absent is no: whole
    /// frames of this job are kept. Not in the contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overwrite: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_of_a_manager_that_counts_no_steps_has_none() {
        let text = r#"{"name": "echo", "parameters": {"message": "hello"}}"#;
        let command: Command = serde_json::from_str(text).unwrap();
        assert_eq!(command.total_step_count, 0);
    }
}
