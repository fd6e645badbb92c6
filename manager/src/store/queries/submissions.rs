//! A submission on its way into the database: begun, filled slice by slice, released by a decision of the farm.

use diesel::prelude::*;
use farandole_protocol::api::{Command, FindingClass, JobMetadata, JobSettings};
use farandole_protocol::ids::{JobId, TagId};
use farandole_protocol::status::{JobStatus, TaskStatus};
use farandole_protocol::time::Timestamp;

use super::deletions::remove_tasks;
use crate::farm::keys::{JobNo, TaskKey};
use crate::store::codes::{micros, status_code, to_json};
use crate::store::connection::Connection;
use crate::store::error::StoreError;
use crate::store::query::Query;
use crate::store::schema::{job_blocks, jobs, last_numbers, task_states, tasks};

/// A new job, which no list shows yet. From JobIntake. Gives its number, which no other job ever had.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the members are those of a job")]
pub struct BeginJob {
    pub id: JobId,
    pub name: String,
    pub job_type: String,
    pub priority: i32,
    pub settings: JobSettings,
    pub metadata: JobMetadata,
    pub shaman_checkout_id: Option<String>,
    pub tag: Option<TagId>,
    pub created: Timestamp,
    pub steps_total: i64,
    pub allow: Vec<FindingClass>,
    pub keep_existing: bool,
}

impl Query for BeginJob {
    type Reply = JobNo;

    fn run(self, conn: &mut Connection) -> Result<JobNo, StoreError> {
        let no: i64 = diesel::update(last_numbers::table.find("job"))
            .set(last_numbers::no.eq(last_numbers::no + 1))
            .returning(last_numbers::no)
            .get_result(conn)?;
        let created = micros(self.created);
        let identity = (
            jobs::no.eq(no),
            jobs::id.eq(self.id.to_string()),
            jobs::id_upper.eq(self.id.upper_half().cast_signed()),
            jobs::name.eq(self.name),
            jobs::job_type.eq(self.job_type),
            jobs::settings.eq(to_json("jobs.settings", &self.settings)?),
            jobs::metadata.eq(to_json("jobs.metadata", &self.metadata)?),
            jobs::shaman_checkout_id.eq(self.shaman_checkout_id),
            jobs::created.eq(created),
            jobs::steps_total.eq(self.steps_total),
            jobs::allow.eq(to_json("jobs.allow", &self.allow)?),
        );
        let state = (
            jobs::priority.eq(self.priority),
            jobs::status.eq(JobStatus::UnderConstruction.as_str()),
            jobs::activity.eq(""),
            jobs::worker_tag.eq(self.tag.map(|tag| tag.to_string())),
            jobs::updated.eq(created),
            jobs::steps_completed.eq(0),
            jobs::released.eq(false),
            jobs::keep_existing.eq(self.keep_existing),
        );
        diesel::insert_into(jobs::table)
            .values((identity, state))
            .execute(conn)?;
        Ok(JobNo(no))
    }
}

/// A slice of the tasks of a job that is not released yet. From JobIntake.
#[derive(Clone, Debug)]
pub struct StoreTasks {
    /// Which job.
    pub job: JobNo,
    /// The index of the first.
    pub first_index: u32,
    /// The tasks, at most some thousand.
    pub tasks: Vec<NewTask>,
    /// When the job was submitted.
    pub created: Timestamp,
}

/// A task as its script made it.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the members are those of a task")]
pub struct NewTask {
    pub name: String,
    pub task_type: String,
    pub priority: i32,
    pub commands: Vec<Command>,
    pub dependencies: Vec<u32>,
    pub steps_total: i64,
    pub optional: bool,
}

impl Query for StoreTasks {
    type Reply = ();

    fn run(self, conn: &mut Connection) -> Result<(), StoreError> {
        let created = micros(self.created);
        for (index, task) in (self.first_index..).zip(self.tasks) {
            let key = TaskKey {
                job: self.job,
                index,
            }
            .pack();
            let fixed = (
                tasks::key.eq(key),
                tasks::name.eq(task.name),
                tasks::task_type.eq(task.task_type),
                tasks::priority.eq(task.priority),
                tasks::commands.eq(to_json("tasks.commands", &task.commands)?),
                tasks::dependencies.eq(to_json("tasks.dependencies", &task.dependencies)?),
                tasks::steps_total.eq(task.steps_total),
            );
            diesel::insert_into(tasks::table)
                .values(fixed)
                .execute(conn)?;
            let state = (
                task_states::key.eq(key),
                task_states::status.eq(status_code(TaskStatus::Queued)),
                task_states::attempt.eq(0),
                task_states::steps_completed.eq(0),
                task_states::activity.eq(""),
                task_states::updated.eq(created),
                task_states::optional.eq(task.optional),
            );
            diesel::insert_into(task_states::table)
                .values(state)
                .execute(conn)?;
        }
        Ok(())
    }
}

/// A job that was not stored whole is removed. From JobIntake.
#[derive(Clone, Copy, Debug)]
pub struct DiscardJob {
    /// Which job.
    pub job: JobNo,
}

impl Query for DiscardJob {
    type Reply = ();

    fn run(self, conn: &mut Connection) -> Result<(), StoreError> {
        let (first, last) = TaskKey::range_of(self.job).into_inner();
        remove_tasks(conn, first, last)?;
        diesel::delete(job_blocks::table.filter(job_blocks::job.eq(self.job.0))).execute(conn)?;
        diesel::delete(jobs::table.find(self.job.0)).execute(conn)?;
        Ok(())
    }
}

/// Jobs that were being stored when the process ended are removed. Only when the process starts. Gives their number.
#[derive(Clone, Copy, Debug)]
pub struct RemoveUnreleased;

impl Query for RemoveUnreleased {
    type Reply = usize;

    fn run(self, conn: &mut Connection) -> Result<usize, StoreError> {
        let half_stored: Vec<i64> = jobs::table
            .filter(jobs::released.eq(false))
            // What is being deleted is the JobDeleter's.
            .filter(jobs::delete_requested.is_null())
            .select(jobs::no)
            .load(conn)?;
        for no in &half_stored {
            DiscardJob { job: JobNo(*no) }.run(conn)?;
        }
        Ok(half_stored.len())
    }
}
