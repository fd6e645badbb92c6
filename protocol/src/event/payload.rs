//! The payloads of events and the subscription message of Socket.IO, as the contract has them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::{
    FarmStatusReport, JobLastRenderedImageInfo, WorkerStatusChangeRequest, WorkerTag,
};
use crate::ids::{JobId, TaskId, WorkerId};
use crate::status::{JobStatus, TaskStatus, WorkerStatus, wire_enum};
use chrono::{DateTime, Utc};

/// A job is new, changed, or was deleted.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct EventJobUpdate {
    /// The job.
    pub id: JobId,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When it changed. It grows with every change, so that older events can be told apart.
    pub updated: DateTime<Utc>,
    /// Its state.
    pub status: JobStatus,
    /// The state before, if that is what changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_status: Option<JobStatus>,
    /// Its type.
    #[serde(rename = "type")]
    pub job_type: String,
    /// Its priority.
    #[schema(default = 50)]
    pub priority: i32,
    /// Whether many of its tasks changed without an event of their own, so that they should be read again.
    pub refresh_tasks: bool,
    /// The steps that its tasks have done.
    pub steps_completed: i64,
    /// The steps that its tasks have.
    pub steps_total: i64,
    /// When a person asked to delete it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete_requested_at: Option<DateTime<Utc>>,
    /// True in the last event of a job; then only its id counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was_deleted: Option<bool>,
}

/// A task changed.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct EventTaskUpdate {
    /// The task.
    pub id: TaskId,
    /// Its job.
    pub job_id: JobId,
    /// Who runs it or ran it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker: Option<AssignedWorker>,
    /// Its name.
    pub name: String,
    /// When it changed. It grows with every change, so that older events can be told apart.
    pub updated: DateTime<Utc>,
    /// Its state.
    pub status: TaskStatus,
    /// The state before, if that is what changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_status: Option<TaskStatus>,
    /// What happened last, for people.
    pub activity: String,
    /// The steps that are done.
    pub steps_completed: i64,
    /// The steps there are.
    pub steps_total: i64,
}

/// The Worker of a task, in an event.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct AssignedWorker {
    /// Its name.
    pub name: String,
    /// Its id.
    pub uuid: WorkerId,
}

/// Text was appended to a task's log.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct EventTaskLogUpdate {
    /// The task.
    pub task_id: TaskId,
    /// The text: lines, a part of one, or nothing.
    pub log: String,
    /// Where in the log's file the text begins, in bytes. Ours; a Flamenco Manager does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// How large the file is with it: a line end that the text lacks was added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
}

/// A job has new pictures.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct EventLastRenderedUpdate {
    /// The job.
    pub job_id: JobId,
    /// Where the pictures are.
    pub thumbnail: JobLastRenderedImageInfo,
}

/// A Worker changed, or was deleted.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct EventWorkerUpdate {
    /// The Worker.
    pub id: WorkerId,
    /// Its name.
    pub name: String,
    /// When it changed. It grows with every change, so that older events can be told apart.
    pub updated: DateTime<Utc>,
    /// When it was last heard of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<DateTime<Utc>>,
    /// Its state.
    pub status: WorkerStatus,
    /// The state before, if that is what changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_status: Option<WorkerStatus>,
    /// The state it was asked to go to, until it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_change: Option<WorkerStatusChangeRequest>,
    /// Its version.
    pub version: String,
    /// When it was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<DateTime<Utc>>,
    /// Whether it comes back by itself when told to restart.
    pub can_restart: bool,
}

/// A tag is new, changed, or was deleted.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct EventWorkerTagUpdate {
    /// The tag.
    pub tag: WorkerTag,
    /// True in the last event of a tag; then only its id counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was_deleted: Option<bool>,
}

/// The Manager started or is about to end.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct EventLifeCycle {
    /// Which of the two.
    #[serde(rename = "type")]
    pub event_type: LifeCycleEventType,
}

wire_enum!(
    /// What happened to the Manager.
    LifeCycleEventType, "lifecycle event", {
        /// It started.
        ManagerStartup = "manager-startup",
        /// It is about to end.
        ManagerShutdown = "manager-shutdown",
    }
);

/// The farm's state changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(transparent)]
pub struct EventFarmStatus(pub FarmStatusReport);

/// What a Socket.IO client sends to hear of something, or no longer.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct SocketIOSubscription {
    /// To hear, or no longer.
    pub op: SocketIOSubscriptionOperation,
    /// What of.
    #[serde(rename = "type")]
    pub subscription_type: SocketIOSubscriptionType,
    /// Of which job or task, where one is needed. Text, because a refusal is to say what was wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uuid: Option<String>,
}

wire_enum!(
    /// What is done to a subscription.
    SocketIOSubscriptionOperation, "subscription operation", {
        /// It begins.
        Subscribe = "subscribe",
        /// It ends.
        Unsubscribe = "unsubscribe",
    }
);

wire_enum!(
    /// What can be subscribed to.
    SocketIOSubscriptionType, "subscription type", {
        /// All jobs.
        AllJobs = "allJobs",
        /// All Workers.
        AllWorkers = "allWorkers",
        /// The tasks and pictures of one job.
        Job = "job",
        /// The log of one task.
        Tasklog = "tasklog",
        /// The pictures of whatever was rendered last.
        AllLastRendered = "allLastRendered",
        /// All tags.
        AllWorkerTags = "allWorkerTags",
    }
);
