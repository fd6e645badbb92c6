//! Jobs: what is submitted, what is told about them, and the changes that people ask for.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::outputs::{FindingClass, JobFinding, TaskFinding};
use crate::ids::{JobId, WorkerId};
use crate::status::JobStatus;
use crate::wire::null_as_default;
use chrono::{DateTime, Utc};

/// The priority of a job that does not say one.
pub const DEFAULT_PRIORITY: i32 = 50;

/// Settings of a job, in the order in which they were given. Free-form: the job type's script reads them.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(transparent)]
pub struct JobSettings(pub Map<String, Value>);

/// What a submitter wants to remember about a job.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(transparent)]
pub struct JobMetadata(pub BTreeMap<String, String>);

/// Where a job's files are.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct JobStorageInfo {
    /// The checkout that Shaman made for the job; empty or absent when it made none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shaman_checkout_id: Option<String>,
}

/// A job on its way to the farm.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct SubmittedJob {
    /// Its name, for people.
    pub name: String,
    /// Its type's name.
    #[serde(rename = "type")]
    pub job_type: String,
    /// The etag of the type as the submitter knows it; empty or absent when it does not care.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub type_etag: Option<String>,
    /// Higher comes first. Absent and `null` are [`DEFAULT_PRIORITY`].
    #[serde(default = "default_priority", deserialize_with = "priority_or_default")]
    #[schema(required = true)]
    pub priority: i32,
    /// The type's settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<JobSettings>,
    /// What the submitter wants to remember.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<JobMetadata>,
    /// The platform that the paths in it are of; `manager` is the Manager's own.
    pub submitter_platform: String,
    /// Where its files are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage: Option<JobStorageInfo>,
    /// The id of the tag whose Workers alone may run it; empty or absent is any Worker. Text, because a Flamenco
    /// Manager takes any text for a tag's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker_tag: Option<String>,
    /// The state to begin with: queued when absent, or paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial_status: Option<JobStatus>,
    /// The findings that are warnings of this job instead of failures. Absent, as from a stock client, allows
    /// `missing-files`. Not in the contract.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow: Option<Vec<FindingClass>>,
    /// Whether whole frames that exist already, but are not known to be of this job, count as rendered. Absent is
    /// no: they are moved aside. Not in the contract.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_existing: Option<bool>,
    /// What the submitter has found in the scene and allows. These are warnings of the job from the beginning. Not in
    /// the contract.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub findings: Option<Vec<TaskFinding>>,
}

const fn default_priority() -> i32 {
    DEFAULT_PRIORITY
}

fn priority_or_default<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
    Option::deserialize(deserializer).map(|given| given.unwrap_or(DEFAULT_PRIORITY))
}

/// A job of the farm: all of [`SubmittedJob`], and what became of it.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct Job {
    /// Its name, for people.
    pub name: String,
    /// Its type's name.
    #[serde(rename = "type")]
    pub job_type: String,
    /// The etag of the type; not told by a Manager.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub type_etag: Option<String>,
    /// Higher comes first.
    #[serde(default = "default_priority", deserialize_with = "priority_or_default")]
    #[schema(required = true)]
    pub priority: i32,
    /// The settings, as the type's script left them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<JobSettings>,
    /// What the submitter wanted to remember.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<JobMetadata>,
    /// Empty: a Manager does not remember it.
    pub submitter_platform: String,
    /// Where its files are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage: Option<JobStorageInfo>,
    /// The id of the tag whose Workers alone may run it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker_tag: Option<String>,
    /// The state it began with; not told by a Manager.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial_status: Option<JobStatus>,
    /// Its id.
    pub id: JobId,
    /// When it was stored.
    pub created: DateTime<Utc>,
    /// When it last changed.
    pub updated: DateTime<Utc>,
    /// Its state.
    pub status: JobStatus,
    /// What happened last, for people.
    pub activity: String,
    /// The steps that its tasks have done.
    pub steps_completed: i64,
    /// The steps that its tasks have.
    pub steps_total: i64,
    /// When a person asked to delete it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete_requested_at: Option<DateTime<Utc>>,
    /// The warnings about its outputs, by class; absent when there are none. Not in the contract.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub findings: Option<Vec<JobFinding>>,
}

/// All jobs.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct JobsQueryResult {
    /// The jobs, oldest first.
    #[serde(deserialize_with = "null_as_default")]
    pub jobs: Vec<Job>,
}

/// Which jobs to list. Part of the contract, used by no operation of it.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct JobsQuery {
    /// How many to pass over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0)]
    pub offset: Option<i64>,
    /// How many to list at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub limit: Option<i64>,
    /// Members to order by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_by: Option<Vec<String>>,
    /// Only jobs in one of these states.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_in: Option<Vec<JobStatus>>,
    /// Only jobs with these metadata.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, String>>,
    /// Only jobs with these settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<Map<String, Value>>,
}

/// What deleting a job would take with it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct JobDeletionInfo {
    /// Whether the files that Shaman checked out for it go, too.
    pub shaman_checkout: bool,
}

/// Which jobs to delete at once.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct JobMassDeletionSelection {
    /// All that did not change after this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_updated_max: Option<DateTime<Utc>>,
}

/// A state that a person wants a job in.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct JobStatusChange {
    /// The state.
    pub status: JobStatus,
    /// Why, for people.
    pub reason: String,
    /// With a requeue: whether frames that exist already are moved aside and rendered again. Absent is no: whole
    /// frames of this job are kept. Not in the contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overwrite: Option<bool>,
}

/// A job's new priority.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct JobPriorityChange {
    /// The priority, from 0 to 100.
    #[schema(minimum = 0, maximum = 100)]
    pub priority: i32,
}

/// A job's new tag, by id or by name; the id wins, and without either the job may run anywhere.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct JobTagChange {
    /// The tag's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The tag's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Which Workers may not run which tasks of a job.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(transparent)]
pub struct JobBlocklist(pub Vec<JobBlocklistEntry>);

/// A Worker that may not run one type of task of a job.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct JobBlocklistEntry {
    /// The Worker.
    pub worker_id: WorkerId,
    /// The type of task.
    pub task_type: String,
    /// The Worker's name; only told, not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker_name: Option<String>,
}

/// Where the pictures of what was rendered last are.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct JobLastRenderedImageInfo {
    /// The URL that the names are to be put after, without a host.
    #[schema(format = "url")]
    pub base: String,
    /// The pictures' names, from large to small.
    #[serde(deserialize_with = "null_as_default")]
    pub suffixes: Vec<String>,
}
