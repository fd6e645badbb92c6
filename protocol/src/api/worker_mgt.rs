//! Workers, their tags and sleep schedules, as people see and change them.
//!
//! A tag's id is text here, not a `TagId`: the contract lets the one who makes a tag choose any text, and a list
//! with one odd id must stay readable. Ours only makes UUIDs; `id.parse::<TagId>()` says whether it is one.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::condition::WorkerCondition;
use super::tasks::TaskWorker;
use crate::ids::{JobId, TaskId, WorkerId};
use crate::status::{TaskStatus, WorkerStatus};
use crate::wire::null_as_default;
use chrono::{DateTime, Utc};

/// All Workers.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct WorkerList {
    /// The Workers, oldest first.
    #[serde(deserialize_with = "null_as_default")]
    pub workers: Vec<WorkerSummary>,
}

/// A Worker in a list.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct WorkerSummary {
    /// Its id.
    pub id: WorkerId,
    /// Its name.
    pub name: String,
    /// Its state.
    pub status: WorkerStatus,
    /// The state it was asked to go to, until it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_change: Option<WorkerStatusChangeRequest>,
    /// When it was last heard of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<DateTime<Utc>>,
    /// Its version; empty until it signs on.
    pub version: String,
    /// Whether it comes back by itself when told to restart.
    pub can_restart: bool,
    /// Whether it is forgotten when it is gone for long. Absent is no. Not in the contract.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ephemeral: Option<bool>,
    /// What it has found on its host, if it said so. Not in the contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<WorkerCondition>,
}

/// A Worker, with all there is to say: all of [`WorkerSummary`], and more.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct Worker {
    /// Its id.
    pub id: WorkerId,
    /// Its name.
    pub name: String,
    /// Its state.
    pub status: WorkerStatus,
    /// The state it was asked to go to, until it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_change: Option<WorkerStatusChangeRequest>,
    /// When it was last heard of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<DateTime<Utc>>,
    /// Its version; empty until it signs on.
    pub version: String,
    /// Whether it comes back by itself when told to restart.
    pub can_restart: bool,
    /// Whether it is forgotten when it is gone for long. Absent is no. Not in the contract.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ephemeral: Option<bool>,
    /// The address it called from.
    pub ip_address: String,
    /// Its platform.
    pub platform: String,
    /// The types of task that it can run.
    #[serde(deserialize_with = "null_as_default")]
    pub supported_task_types: Vec<String>,
    /// The task it runs, or else ran last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<WorkerTask>,
    /// Its tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<WorkerTag>>,
    /// What it has found on its host, if it said so. Not in the contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<WorkerCondition>,
}

/// A Worker's task: all of [`TaskSummary`](super::TaskSummary), and its job.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct WorkerTask {
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
    /// The Worker once more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker: Option<TaskWorker>,
    /// The steps that are done.
    pub steps_completed: i64,
    /// The steps there are.
    pub steps_total: i64,
    /// Its job.
    pub job_id: JobId,
}

/// A state that a Worker is asked to go to.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct WorkerStatusChangeRequest {
    /// The state.
    pub status: WorkerStatus,
    /// Whether it may finish its task before.
    pub is_lazy: bool,
}

/// When a Worker sleeps, in the Manager's local time.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct WorkerSleepSchedule {
    /// Whether the schedule counts.
    pub is_active: bool,
    /// The first two letters of each day, with a space between; empty is every day.
    pub days_of_week: String,
    /// When it goes to sleep, as `HH:MM`; empty is midnight.
    #[schema(format = "HH:MM")]
    pub start_time: String,
    /// When it wakes up, as `HH:MM`; empty is midnight.
    #[schema(format = "HH:MM")]
    pub end_time: String,
}

/// A tag, which binds jobs to Workers.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct WorkerTag {
    /// Its id; empty or absent in a new tag that shall be given one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// All tags.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct WorkerTagList {
    /// The tags, oldest first. A Manager always sends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<WorkerTag>>,
}

/// The tags that a Worker shall have from now on.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct WorkerTagChangeRequest {
    /// The ids of all of them; unknown ones are passed over.
    pub tag_ids: Vec<String>,
}
