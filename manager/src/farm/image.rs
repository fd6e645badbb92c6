//! What the store knows of the farm, on its way into memory. Pure data, no rules.
//!
//! The Store builds these from rows; `JobIntake` builds a [`JobImage`] of a job that has just been stored.

use farandole_protocol::api::{FindingClass, WorkerCondition};
use farandole_protocol::ids::{JobId, TagId, TaskId, WorkerId};
use farandole_protocol::time::Timestamp;

use super::keys::WorkerNo;
use super::sleep::Sleep;
use super::write::{FindingRow, JobRow, TagRow, TaskRow, WorkerRow};

/// Everything live: all Workers that are not deleted and all released jobs that have not ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FarmImage {
    /// The tags.
    pub tags: Vec<TagRow>,
    /// The Workers.
    pub workers: Vec<WorkerImage>,
    /// The number that the next new Worker gets.
    pub next_worker: i64,
    /// The jobs, in any order.
    pub jobs: Vec<JobImage>,
}

/// A Worker.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkerImage {
    /// Its public id.
    pub id: WorkerId,
    /// The tags it has.
    pub tags: Vec<TagId>,
    /// When it sleeps, if it has a schedule.
    pub sleep: Option<Sleep>,
    /// What it has found on its host, if it said so.
    pub condition: Option<WorkerCondition>,
    /// Everything else.
    pub row: WorkerRow,
}

/// A job with all its tasks.
#[derive(Clone, Debug, PartialEq)]
pub struct JobImage {
    /// Its public id.
    pub id: JobId,
    /// Its name.
    pub name: String,
    /// Its job type.
    pub job_type: String,
    /// When it was submitted.
    pub created: Timestamp,
    /// The changeable part; `steps_completed` is ignored and summed anew from the tasks.
    pub row: JobRow,
    /// Its tasks, by index from 1 without a gap.
    pub tasks: Vec<TaskImage>,
    /// The ids of its tasks, in the same order, if it was imported; empty if the ids follow from the job's.
    pub task_ids: Vec<TaskId>,
    /// Who failed which task (by index).
    pub failures: Vec<(u32, WorkerNo)>,
    /// Who gets no more tasks of which type.
    pub blocks: Vec<BlockImage>,
    /// The findings that are warnings of this job instead of failures.
    pub allow: Vec<FindingClass>,
    /// What was found in the latest attempts of its tasks; from it the sums in `row` are made again.
    pub findings: Vec<FindingRow>,
}

/// A Worker that gets no more tasks of a type. Who was deleted is still on the list.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct BlockImage {
    /// Its number.
    pub worker: WorkerNo,
    /// Its public id.
    pub id: WorkerId,
    /// Which type.
    pub task_type: String,
}

/// A task.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskImage {
    /// Its name.
    pub name: String,
    /// Its type.
    pub task_type: String,
    /// Higher is earlier within the job.
    pub priority: i32,
    /// Indices of the tasks that must be completed first.
    pub dependencies: Vec<u32>,
    /// Sum over its commands of max(1, announced steps).
    pub steps_total: i64,
    /// Whether the job completes although this task has failed.
    pub optional: bool,
    /// The changeable part.
    pub state: TaskRow,
}
