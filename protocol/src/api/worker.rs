//! What a Worker and its Manager say to each other.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::outputs::{FindingClass, TaskFinding, TaskOutput};
use super::tasks::Command;
use crate::ids::{JobId, RunId, TaskId, WorkerId};
use crate::status::{TaskStatus, WorkerStatus};
use crate::wire::null_as_default;

/// A Worker that wants to be known. Its `Debug` form hides the secret.
#[derive(Clone, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct WorkerRegistration {
    /// What the Worker will prove itself with from now on; of its own choice.
    pub secret: String,
    /// The platform, which variables are resolved for: `linux`, `windows`, `darwin` or another.
    pub platform: String,
    /// The types of task that it can run.
    pub supported_task_types: Vec<String>,
    /// Its name, for people; need not be unique.
    pub name: String,
}

impl fmt::Debug for WorkerRegistration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerRegistration")
            .field("name", &self.name)
            .field("platform", &self.platform)
            .field("supported_task_types", &self.supported_task_types)
            .finish_non_exhaustive()
    }
}

/// A Worker that is known now.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct RegisteredWorker {
    /// Its id, and its user name from now on.
    pub uuid: WorkerId,
    /// Its name.
    pub name: String,
    /// The address it called from.
    pub address: String,
    /// Its state; a Flamenco Manager says the empty string.
    pub status: WorkerStatus,
    /// Its platform.
    pub platform: String,
    /// Its version; empty until it signs on.
    pub software: String,
    /// The types of task that it can run.
    #[serde(deserialize_with = "null_as_default")]
    pub supported_task_types: Vec<String>,
}

/// A Worker that begins its work.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct WorkerSignOn {
    /// Its name.
    pub name: String,
    /// The types of task that it can run.
    pub supported_task_types: Vec<String>,
    /// Its version.
    pub software_version: String,
    /// Whether it comes back by itself when told to restart. Absent is no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_restart: Option<bool>,
    /// Whether the Manager may forget it when it is gone for long, as that of a container that was thrown away. Absent
    /// is no. Not in the contract.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ephemeral: Option<bool>,
    /// The run of the Worker's process. By it the Manager notices two processes with one identity, as a copied data
    /// directory makes them. Not in the contract.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// The run before this one on the same data directory. It has certainly ended, since this one holds the lock of
    /// that directory; a process on a copy of the directory does not say it. Not in the contract.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_run: Option<RunId>,
}

/// The state that a Worker shall go to.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct WorkerStateChange {
    /// The state.
    pub status_requested: WorkerStatus,
}

/// The state that a Worker went to.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct WorkerStateChanged {
    /// The state.
    pub status: WorkerStatus,
}

/// A task, handed out.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct AssignedTask {
    /// The task.
    pub uuid: TaskId,
    /// Its job.
    pub job: JobId,
    /// The task's name.
    pub name: String,
    /// Its state: active.
    pub status: TaskStatus,
    /// Its priority within the job.
    pub priority: i32,
    /// The job's priority.
    pub job_priority: i32,
    /// The job's type.
    pub job_type: String,
    /// The task's type.
    pub task_type: String,
    /// What is to be done, in order, with variables resolved for the Worker.
    #[serde(deserialize_with = "null_as_default")]
    pub commands: Vec<Command>,
    /// The steps that are already done.
    pub steps_completed: i64,
    /// The steps there are.
    pub steps_total: i64,
    /// Which hand-out of the task this is, counted from 1. Ours only; comes back in
    /// [`headers::ATTEMPT`](crate::headers::ATTEMPT).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// The files that earlier attempts of this task have written, as this Worker sees them. Ours only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outputs: Option<Vec<TaskOutput>>,
    /// The findings that are warnings of this job instead of failures. Ours only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow: Option<Vec<FindingClass>>,
    /// Whether whole frames that exist already, but are not in `outputs`, count as rendered. Ours only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_existing: Option<bool>,
}

/// News of a running task. Without any member it only says that the Worker is still at it.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct TaskUpdate {
    /// How far it came: active, completed or failed.
    #[serde(rename = "taskStatus", skip_serializing_if = "Option::is_none")]
    pub task_status: Option<TaskStatus>,
    /// What is being done, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity: Option<String>,
    /// Text for the end of the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
    /// The steps that are done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps_completed: Option<i64>,
    /// The files that were finished since the last report. The report that ends a task always has this member: a
    /// task that ends without one was run by a stock Worker. Ours only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outputs: Option<Vec<TaskOutput>>,
    /// What was noticed since the last report. Ours only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub findings: Option<Vec<TaskFinding>>,
}

/// Whether a Worker shall go on with its task.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MayKeepRunning {
    /// Whether to go on.
    pub may_keep_running: bool,
    /// Why not, for people; empty when it may.
    pub reason: String,
    /// Whether the Worker has to change its state, so that it should ask for that.
    pub status_change_requested: bool,
}
