//! From the database into memory: the whole farm, one job, or one task.

use std::ops::RangeInclusive;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use farandole_protocol::ids::{JobId, TaskId};

use super::codes::{end, from_json, parse, parse_opt, status, time, time_opt};
use super::connection::Connection;
use super::error::StoreError;
use super::imported;
use super::load_workers::{load_tags, load_workers};
use super::query::Query;
use super::schema::{job_blocks, jobs, task_failures, task_findings, task_states, tasks, workers};
use crate::farm::image::{BlockImage, FarmImage, JobImage, TaskImage};
use crate::farm::keys::{JobNo, TaskKey, WorkerNo};
use crate::farm::write::{FindingRow, JobRow, TaskRow};

/// Which jobs are live. Word for word as in the index `jobs_live`, which is used for nothing else.
pub(super) const IS_LIVE: &str = "status NOT IN ('completed', 'canceled', 'failed')";

/// The farm as it is stored: all Workers that are not deleted, and all released jobs that have not ended. From the
/// Scheduler when it starts a new life.
#[derive(Clone, Copy, Debug)]
pub struct LoadFarm {
    /// The number of that life; commits of earlier ones are refused from now on.
    pub generation: u64,
}

impl Query for LoadFarm {
    type Reply = FarmImage;

    fn run(self, conn: &mut Connection) -> Result<FarmImage, StoreError> {
        let last: Option<i64> = workers::table
            .select(diesel::dsl::max(workers::no))
            .get_result(conn)?;
        let live: Vec<JobColumns> = jobs::table
            .filter(jobs::released.eq(true))
            .filter(sql::<Bool>(IS_LIVE))
            .order(jobs::no)
            .select(JobColumns::as_select())
            .load(conn)?;
        let jobs = live
            .into_iter()
            .map(|job| load_job(conn, job))
            .collect::<Result<_, _>>()?;
        Ok(FarmImage {
            tags: load_tags(conn)?,
            workers: load_workers(conn)?,
            next_worker: last.unwrap_or(0) + 1,
            jobs,
        })
    }
}

/// A job with all its tasks, if there is one with this id.
#[derive(Clone, Copy, Debug)]
pub struct LoadJob {
    /// Which job.
    pub id: JobId,
}

impl Query for LoadJob {
    type Reply = Option<JobImage>;

    fn run(self, conn: &mut Connection) -> Result<Self::Reply, StoreError> {
        // One that is under construction, but none whose rows are being removed.
        let there = jobs::released.eq(true).or(jobs::delete_requested.is_null());
        let found = jobs::table
            .filter(jobs::id.eq(self.id.to_string()))
            .filter(there)
            .select(JobColumns::as_select())
            .first(conn)
            .optional()?;
        found.map(|job| load_job(conn, job)).transpose()
    }
}

/// The job of a task, with all its tasks, if there is such a task.
#[derive(Clone, Copy, Debug)]
pub struct LoadJobOfTask {
    /// Which task.
    pub id: TaskId,
}

impl Query for LoadJobOfTask {
    type Reply = Option<JobImage>;

    fn run(self, conn: &mut Connection) -> Result<Self::Reply, StoreError> {
        match find_task(conn, self.id)? {
            Some((id, _)) => LoadJob { id }.run(conn),
            None => Ok(None),
        }
    }
}

/// The state of a task, by one read.
#[derive(Clone, Copy, Debug)]
pub struct FindTaskState {
    /// Which task.
    pub id: TaskId,
}

impl Query for FindTaskState {
    type Reply = Option<(JobId, TaskRow)>;

    fn run(self, conn: &mut Connection) -> Result<Self::Reply, StoreError> {
        let Some((job, key)) = find_task(conn, self.id)? else {
            return Ok(None);
        };
        let state: StateColumns = task_states::table
            .find(key.pack())
            .select(StateColumns::as_select())
            .first(conn)?;
        Ok(Some((job, state.row()?)))
    }
}

/// The job and the key of the task with this id.
pub(super) fn find_task(
    conn: &mut Connection,
    id: TaskId,
) -> Result<Option<(JobId, TaskKey)>, StoreError> {
    match find_own_task(conn, id)? {
        Some(found) => Ok(Some(found)),
        None => imported::find_task(conn, id),
    }
}

fn find_own_task(
    conn: &mut Connection,
    id: TaskId,
) -> Result<Option<(JobId, TaskKey)>, StoreError> {
    let Some((upper, index)) = id.parts().filter(|(_, index)| *index <= TaskKey::MAX_TASKS) else {
        return Ok(None);
    };
    let found: Option<(i64, String)> = jobs::table
        .filter(jobs::id_upper.eq(upper.cast_signed()))
        .filter(jobs::released.eq(true))
        .select((jobs::no, jobs::id))
        .first(conn)
        .optional()?;
    let Some((no, job)) = found else {
        return Ok(None);
    };
    let (job, key) = (
        parse("jobs.id", &job)?,
        TaskKey {
            job: JobNo(no),
            index,
        },
    );
    let known: i64 = task_states::table
        .filter(task_states::key.eq(key.pack()))
        .count()
        .get_result(conn)?;
    Ok((known == 1 && imported::task_id(conn, job, key)? == id).then_some((job, key)))
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = jobs)]
struct JobColumns {
    no: i64,
    id: String,
    name: String,
    job_type: String,
    priority: i32,
    status: String,
    activity: String,
    worker_tag: Option<String>,
    created: i64,
    updated: i64,
    delete_requested: Option<i64>,
    allow: String,
    keep_existing: bool,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = task_states)]
struct StateColumns {
    key: i64,
    status: i16,
    worker: Option<i64>,
    attempt: i32,
    ended: Option<i16>,
    steps_completed: i64,
    activity: String,
    updated: i64,
    touched: Option<i64>,
    optional: bool,
    lost: i32,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = tasks)]
struct TaskColumns {
    name: String,
    task_type: String,
    priority: i32,
    dependencies: String,
    steps_total: i64,
}

impl StateColumns {
    fn row(self) -> Result<TaskRow, StoreError> {
        Ok(TaskRow {
            key: TaskKey::unpack(self.key),
            status: status(self.status)?,
            worker: self.worker.map(WorkerNo),
            attempt: u32::try_from(self.attempt)
                .map_err(|_| StoreError::unreadable("task_states.attempt", self.attempt))?,
            ended: self.ended.map(end).transpose()?,
            lost: u32::try_from(self.lost)
                .map_err(|_| StoreError::unreadable("task_states.lost", self.lost))?,
            steps_completed: self.steps_completed,
            activity: self.activity,
            updated: time("task_states.updated", self.updated)?,
            touched: time_opt("task_states.touched", self.touched)?,
        })
    }
}

fn load_job(conn: &mut Connection, job: JobColumns) -> Result<JobImage, StoreError> {
    let no = JobNo(job.no);
    let keys = TaskKey::range_of(no);
    let rows = tasks::table
        .inner_join(task_states::table.on(task_states::key.eq(tasks::key)))
        .filter(tasks::key.between(*keys.start(), *keys.end()))
        .order(tasks::key)
        .select((TaskColumns::as_select(), StateColumns::as_select()))
        .load_iter::<(TaskColumns, StateColumns), _>(conn)?;
    let tasks = rows
        .map(|row| task_image(row?))
        .collect::<Result<Vec<_>, StoreError>>()?;
    let failures: Vec<(i64, i64)> = task_failures::table
        .filter(task_failures::key.between(*keys.start(), *keys.end()))
        .select((task_failures::key, task_failures::worker))
        .load(conn)?;
    let blocks: Vec<(i64, String, String)> = job_blocks::table
        .inner_join(workers::table.on(workers::no.eq(job_blocks::worker)))
        .filter(job_blocks::job.eq(job.no))
        .select((workers::no, workers::id, job_blocks::task_type))
        .load(conn)?;
    let id = parse("jobs.id", &job.id)?;
    let task_ids = imported::TaskIds::of_job(conn, id, no)?.into_list();
    Ok(JobImage {
        id,
        name: job.name,
        job_type: job.job_type,
        created: time("jobs.created", job.created)?,
        row: JobRow {
            no,
            status: parse("jobs.status", &job.status)?,
            activity: job.activity,
            priority: job.priority,
            tag: parse_opt("jobs.worker_tag", job.worker_tag.as_deref())?,
            updated: time("jobs.updated", job.updated)?,
            steps_completed: 0,
            delete_requested: time_opt("jobs.delete_requested", job.delete_requested)?,
            keep_existing: job.keep_existing,
            findings: Vec::new(),
        },
        tasks,
        task_ids,
        failures: failures
            .into_iter()
            .map(|(key, worker)| (TaskKey::unpack(key).index, WorkerNo(worker)))
            .collect(),
        blocks: blocks
            .into_iter()
            .map(block_image)
            .collect::<Result<_, StoreError>>()?,
        allow: from_json("jobs.allow", &job.allow)?,
        findings: load_findings(conn, &keys)?,
    })
}

fn load_findings(
    conn: &mut Connection,
    keys: &RangeInclusive<i64>,
) -> Result<Vec<FindingRow>, StoreError> {
    let rows: Vec<(i64, String, i64, String)> = task_findings::table
        .filter(task_findings::key.between(*keys.start(), *keys.end()))
        .select(task_findings::all_columns)
        .load(conn)?;
    let row = |(key, class, count, line): (i64, String, i64, String)| {
        Ok(FindingRow {
            key: TaskKey::unpack(key),
            class: parse("task_findings.class", &class)?,
            count: u32::try_from(count).unwrap_or(u32::MAX),
            line,
        })
    };
    rows.into_iter().map(row).collect()
}

fn block_image((worker, id, task_type): (i64, String, String)) -> Result<BlockImage, StoreError> {
    Ok(BlockImage {
        worker: WorkerNo(worker),
        id: parse("workers.id", &id)?,
        task_type,
    })
}

fn task_image((task, state): (TaskColumns, StateColumns)) -> Result<TaskImage, StoreError> {
    let dependencies = if task.dependencies == "[]" {
        Vec::new()
    } else {
        from_json("tasks.dependencies", &task.dependencies)?
    };
    Ok(TaskImage {
        name: task.name,
        task_type: task.task_type,
        priority: task.priority,
        dependencies,
        steps_total: task.steps_total,
        optional: state.optional,
        state: state.row()?,
    })
}
