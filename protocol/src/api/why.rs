//! Why a task, or a job, is not being worked on: for each Worker the first reason, what is so for all before what is so
//! for one, and what lasts before what will pass. Not in the contract.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::condition::WorkerCondition;
use super::outputs::JobFinding;
use crate::ids::{JobId, TaskId, WorkerId};
use crate::status::{JobStatus, TaskStatus};

/// Why a task is not being worked on.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct TaskWhy {
    /// The task.
    pub task_id: TaskId,
    /// Its name.
    pub task_name: String,
    /// Its state.
    pub task_status: TaskStatus,
    /// Its job.
    pub job_id: JobId,
    /// The job's state.
    pub job_status: JobStatus,
    /// The answer in a sentence.
    pub summary: String,
    /// What keeps it from all Workers alike, if something does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// What keeps it from each Worker, oldest Worker first.
    pub workers: Vec<WorkerReason>,
}

/// Why a job is not being worked on.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct JobWhy {
    /// The job.
    pub job_id: JobId,
    /// Its name.
    pub job_name: String,
    /// Its state.
    pub job_status: JobStatus,
    /// The answer in a sentence.
    pub summary: String,
    /// What keeps it from all Workers alike, if something does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// What keeps it from each Worker, oldest Worker first.
    pub workers: Vec<WorkerReason>,
    /// The warnings about its outputs, by class.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<JobFinding>,
}

/// A reason.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct Reason {
    /// For programs; stays as it is.
    pub code: ReasonCode,
    /// For people; the wording may change.
    pub text: String,
}

/// What keeps something from a Worker.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct WorkerReason {
    /// The Worker.
    pub worker_id: WorkerId,
    /// Its name.
    pub worker_name: String,
    /// For programs; stays as it is.
    pub code: ReasonCode,
    /// For people; the wording may change.
    pub text: String,
    /// What the Worker has found on its host, if it said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<WorkerCondition>,
}

/// Why something is not being worked on, for programs.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReasonCode {
    /// Nothing, it may run: the Worker gets it when it next asks for a task.
    MayRun,
    /// Something else comes first for this Worker.
    OthersFirst,
    /// It is being worked on by this Worker.
    Running,
    /// The Worker is not awake.
    WorkerNotAwake,
    /// The Worker is asked to take another state first.
    StatusRequested,
    /// The Worker is busy with something else.
    WorkerBusy,
    /// The job does not give out tasks in its state: paused, ended, and so on.
    JobNotRunning,
    /// The job is about to be deleted.
    JobBeingDeleted,
    /// The Worker lacks the job's tag.
    TagMissing,
    /// The Worker does not take tasks of this type.
    TaskTypeUnsupported,
    /// The Worker has failed so many tasks of this type in this job that it gets no more.
    Blocklisted,
    /// The task does not wait for a Worker: it is done, paused, and so on.
    TaskNotWaiting,
    /// The task waits for other tasks.
    DependenciesUnfinished,
    /// The Worker has failed this very task, and another is to try.
    FailedBefore,
    /// No task of the job waits for a Worker at the moment.
    NothingReady,
    /// There are no Workers.
    NoWorkers,
}
