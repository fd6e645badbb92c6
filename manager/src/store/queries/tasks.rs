//! Tasks as people see them, and the commands that Workers run.

use std::collections::HashMap;

use diesel::prelude::*;
use farandole_protocol::api::{Command, Task, TaskSummary, TaskWorker};
use farandole_protocol::ids::{JobId, TaskId};

use crate::farm::keys::{JobNo, TaskKey};
use crate::store::codes::{from_json, parse, status, time, time_opt};
use crate::store::connection::Connection;
use crate::store::error::StoreError;
use crate::store::imported::{self, TaskIds};
use crate::store::load::find_task;
use crate::store::query::Query;
use crate::store::schema::{jobs, task_failures, task_states, tasks, workers};

/// What a task consists of. From Handout, with every task that is handed out.
#[derive(Clone, Copy, Debug)]
pub struct FindCommands {
    /// Which task.
    pub key: TaskKey,
}

impl Query for FindCommands {
    type Reply = Vec<Command>;

    fn run(self, conn: &mut Connection) -> Result<Vec<Command>, StoreError> {
        let commands: String = tasks::table
            .find(self.key.pack())
            .select(tasks::commands)
            .first(conn)?;
        from_json("tasks.commands", &commands)
    }
}

/// Of which job is this task? `None` if there is no such task.
#[derive(Clone, Copy, Debug)]
pub struct FindTaskPlace {
    /// Which task.
    pub id: TaskId,
}

impl Query for FindTaskPlace {
    type Reply = Option<JobId>;

    fn run(self, conn: &mut Connection) -> Result<Self::Reply, StoreError> {
        Ok(find_task(conn, self.id)?.map(|(job, _)| job))
    }
}

/// The tasks of a job, by index. Empty if there is no such job.
#[derive(Clone, Copy, Debug)]
pub struct ListTasks {
    /// Which job.
    pub job: JobId,
}

impl Query for ListTasks {
    type Reply = Vec<TaskSummary>;

    fn run(self, conn: &mut Connection) -> Result<Vec<TaskSummary>, StoreError> {
        let no: Option<i64> = jobs::table
            .filter(jobs::id.eq(self.job.to_string()))
            .filter(jobs::released.eq(true))
            .select(jobs::no)
            .first(conn)
            .optional()?;
        let Some(no) = no else { return Ok(Vec::new()) };
        let keys = TaskKey::range_of(JobNo(no));
        let mut workers = Workers::default();
        let ids = TaskIds::of_job(conn, self.job, JobNo(no))?;
        let rows: Vec<SummaryColumns> = tasks::table
            .inner_join(task_states::table.on(task_states::key.eq(tasks::key)))
            .filter(tasks::key.between(*keys.start(), *keys.end()))
            .order(tasks::key)
            .select(summary_columns())
            .load(conn)?;
        rows.into_iter()
            .map(|row| {
                let id = ids.get(TaskKey::unpack(row.0).index);
                summary(conn, &mut workers, id, row)
            })
            .collect()
    }
}

/// Columns of a task in a list: fixed ones, then those of its state.
type SummaryColumns = (i64, String, i32, String, i64, i16, i64, Option<i64>, i64);

#[diesel::dsl::auto_type]
fn summary_columns() -> _ {
    (
        tasks::key,
        tasks::name,
        tasks::priority,
        tasks::task_type,
        tasks::steps_total,
        task_states::status,
        task_states::updated,
        task_states::worker,
        task_states::steps_completed,
    )
}

fn summary(
    conn: &mut Connection,
    workers: &mut Workers,
    id: TaskId,
    row: SummaryColumns,
) -> Result<TaskSummary, StoreError> {
    let (key, name, priority, task_type, steps_total, state, updated, worker, steps_completed) =
        row;
    let index = TaskKey::unpack(key).index;
    Ok(TaskSummary {
        id,
        name,
        status: status(state)?,
        index_in_job: i64::from(index),
        priority,
        task_type,
        updated: time("task_states.updated", updated)?,
        worker: Some(workers.find(conn, worker)?),
        steps_completed,
        steps_total,
    })
}

/// A task in a list, with its job, by its key. For a Worker's last task.
pub(super) fn find_summary(
    conn: &mut Connection,
    key: TaskKey,
) -> Result<Option<(JobId, TaskSummary)>, StoreError> {
    let job: Option<String> = jobs::table
        .find(key.job.0)
        .filter(jobs::released.eq(true))
        .select(jobs::id)
        .first(conn)
        .optional()?;
    let Some(job) = job else { return Ok(None) };
    let job: JobId = parse("jobs.id", &job)?;
    let row: Option<SummaryColumns> = tasks::table
        .inner_join(task_states::table.on(task_states::key.eq(tasks::key)))
        .filter(tasks::key.eq(key.pack()))
        .select(summary_columns())
        .first(conn)
        .optional()?;
    let id = imported::task_id(conn, job, key)?;
    let found = row
        .map(|row| summary(conn, &mut Workers::default(), id, row))
        .transpose()?;
    Ok(found.map(|task| (job, task)))
}

/// A task with all there is to say, if there is one with this id.
#[derive(Clone, Copy, Debug)]
pub struct FindTask {
    /// Which task.
    pub id: TaskId,
}

impl Query for FindTask {
    type Reply = Option<Task>;

    fn run(self, conn: &mut Connection) -> Result<Option<Task>, StoreError> {
        let Some((job_id, key)) = find_task(conn, self.id)? else {
            return Ok(None);
        };
        let Some((_, summary)) = find_summary(conn, key)? else {
            return Ok(None);
        };
        let created: i64 = jobs::table
            .find(key.job.0)
            .select(jobs::created)
            .first(conn)?;
        let (activity, touched): (String, Option<i64>) = task_states::table
            .find(key.pack())
            .select((task_states::activity, task_states::touched))
            .first(conn)?;
        let failed_by: Vec<i64> = task_failures::table
            .filter(task_failures::key.eq(key.pack()))
            .order(task_failures::worker)
            .select(task_failures::worker)
            .load(conn)?;
        let mut workers = Workers::default();
        let failed_by: Result<_, StoreError> = failed_by
            .into_iter()
            .map(|worker| workers.find(conn, Some(worker)))
            .collect();
        Ok(Some(Task {
            id: summary.id,
            created: time("jobs.created", created)?,
            updated: summary.updated,
            job_id,
            index_in_job: summary.index_in_job,
            name: summary.name,
            status: summary.status,
            priority: summary.priority,
            task_type: summary.task_type,
            activity,
            commands: FindCommands { key }.run(conn)?,
            steps_completed: summary.steps_completed,
            steps_total: summary.steps_total,
            worker: summary.worker,
            last_touched: time_opt("task_states.touched", touched)?,
            failed_by_workers: Some(failed_by?),
        }))
    }
}

/// Workers as they are shown with tasks: of a deleted one only its id. Each is read once per query.
#[derive(Default)]
struct Workers {
    known: HashMap<i64, TaskWorker>,
}

impl Workers {
    fn find(&mut self, conn: &mut Connection, no: Option<i64>) -> Result<TaskWorker, StoreError> {
        let Some(no) = no else {
            return Ok(TaskWorker::default());
        };
        if let Some(known) = self.known.get(&no) {
            return Ok(known.clone());
        }
        let row: Option<(String, String, String, Option<i64>)> = workers::table
            .find(no)
            .select((
                workers::id,
                workers::name,
                workers::address,
                workers::deleted,
            ))
            .first(conn)
            .optional()?;
        let found = match row {
            None => TaskWorker::default(),
            Some((id, name, address, deleted)) => {
                let id = Some(parse("workers.id", &id)?);
                match deleted {
                    None => TaskWorker { id, name, address },
                    Some(_) => TaskWorker {
                        id,
                        ..TaskWorker::default()
                    },
                }
            }
        };
        self.known.insert(no, found.clone());
        Ok(found)
    }
}
