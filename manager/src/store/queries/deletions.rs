//! Jobs on their way out: which are to be deleted, what belongs to one, and its rows, removed slice by slice.

use diesel::prelude::*;
use farandole_protocol::ids::JobId;
use farandole_protocol::time::Timestamp;

use crate::farm::keys::{JobNo, TaskKey};
use crate::store::codes::{micros, parse};
use crate::store::connection::Connection;
use crate::store::error::StoreError;
use crate::store::query::Query;
use crate::store::schema::{
    attempts, imported_tasks, job_blocks, jobs, last_rendered, outputs, task_failures,
    task_findings, task_states, tasks,
};

/// So many tasks are removed at once, between other commits.
const SLICE: i64 = 1_000;

/// The jobs whose deletion was asked for and is not done, oldest request first. From the `JobDeleter` when it starts.
#[derive(Clone, Copy, Debug)]
pub struct ListDoomed;

impl Query for ListDoomed {
    type Reply = Vec<JobId>;

    fn run(self, conn: &mut Connection) -> Result<Vec<JobId>, StoreError> {
        let ids: Vec<String> = jobs::table
            .filter(jobs::delete_requested.is_not_null())
            .order(jobs::delete_requested)
            .select(jobs::id)
            .load(conn)?;
        ids.iter().map(|id| parse("jobs.id", id)).collect()
    }
}

/// The jobs that have not changed since some time, oldest first. From the `JobDeleter`.
#[derive(Clone, Copy, Debug)]
pub struct ListJobsUntil {
    /// The last change may be so late.
    pub updated: Timestamp,
}

impl Query for ListJobsUntil {
    type Reply = Vec<JobId>;

    fn run(self, conn: &mut Connection) -> Result<Vec<JobId>, StoreError> {
        let ids: Vec<String> = jobs::table
            .filter(jobs::released.eq(true))
            .filter(jobs::updated.le(micros(self.updated)))
            .order(jobs::no)
            .select(jobs::id)
            .load(conn)?;
        ids.iter().map(|id| parse("jobs.id", id)).collect()
    }
}

/// What there is of a job, if there is anything. From the `JobDeleter`.
#[derive(Clone, Copy, Debug)]
pub struct FindRemains {
    /// Which job.
    pub id: JobId,
}

/// What there is of a job.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Remains {
    /// Its number.
    pub no: JobNo,
    /// Whether it is still in lists; otherwise there are only rows left.
    pub listed: bool,
    /// Whether its deletion was asked for.
    pub doomed: bool,
    /// Its Shaman checkout, unless another job has the same.
    pub checkout: Option<String>,
}

impl Query for FindRemains {
    type Reply = Option<Remains>;

    fn run(self, conn: &mut Connection) -> Result<Self::Reply, StoreError> {
        let row: Option<(i64, bool, Option<i64>, Option<String>)> = jobs::table
            .filter(jobs::id.eq(self.id.to_string()))
            .select((
                jobs::no,
                jobs::released,
                jobs::delete_requested,
                jobs::shaman_checkout_id,
            ))
            .first(conn)
            .optional()?;
        let Some((no, listed, doomed, checkout)) = row else {
            return Ok(None);
        };
        let mut checkout = checkout.filter(|checkout| !checkout.is_empty());
        if let Some(path) = &checkout {
            let shared: Option<i64> = jobs::table
                .filter(jobs::shaman_checkout_id.eq(path))
                .filter(jobs::released.eq(true))
                .filter(jobs::no.ne(no))
                .select(jobs::no)
                .first(conn)
                .optional()?;
            if shared.is_some() {
                checkout = None;
            }
        }
        Ok(Some(Remains {
            no: JobNo(no),
            listed,
            doomed: doomed.is_some(),
            checkout,
        }))
    }
}

/// Some of the rows of a job that is in no list any more; with the last the job's own. From the `JobDeleter`, again and
/// again until it says `false`: nothing is left.
#[derive(Clone, Copy, Debug)]
pub struct RemoveSlice {
    /// Which job.
    pub job: JobNo,
}

impl Query for RemoveSlice {
    type Reply = bool;

    fn run(self, conn: &mut Connection) -> Result<bool, StoreError> {
        let (first, last) = TaskKey::range_of(self.job).into_inner();
        let next: Option<i64> = tasks::table
            .filter(tasks::key.between(first, last))
            .select(diesel::dsl::min(tasks::key))
            .first(conn)?;
        if let Some(next) = next {
            let end = last.min(next + SLICE - 1);
            remove_tasks(conn, first, end)?;
            return Ok(true);
        }
        remove_tasks(conn, first, last)?;
        diesel::delete(job_blocks::table.filter(job_blocks::job.eq(self.job.0))).execute(conn)?;
        diesel::delete(last_rendered::table.filter(last_rendered::job.eq(self.job.0)))
            .execute(conn)?;
        diesel::delete(jobs::table.find(self.job.0)).execute(conn)?;
        Ok(false)
    }
}

/// All that is stored of the tasks with these keys.
pub(super) fn remove_tasks(conn: &mut Connection, first: i64, last: i64) -> Result<(), StoreError> {
    diesel::delete(attempts::table.filter(attempts::key.between(first, last))).execute(conn)?;
    diesel::delete(task_failures::table.filter(task_failures::key.between(first, last)))
        .execute(conn)?;
    diesel::delete(outputs::table.filter(outputs::key.between(first, last))).execute(conn)?;
    diesel::delete(task_findings::table.filter(task_findings::key.between(first, last)))
        .execute(conn)?;
    diesel::delete(task_states::table.filter(task_states::key.between(first, last)))
        .execute(conn)?;
    diesel::delete(imported_tasks::table.filter(imported_tasks::key.between(first, last)))
        .execute(conn)?;
    diesel::delete(tasks::table.filter(tasks::key.between(first, last))).execute(conn)?;
    Ok(())
}
