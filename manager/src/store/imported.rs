//! The ids of tasks. Those of our own jobs follow from the job's id; imported ones keep the ids that they had, in a
//! table of their own. Nobody but this file looks into it, besides who fills it and who deletes jobs.

use std::collections::HashMap;

use diesel::prelude::*;
use farandole_protocol::ids::{JobId, TaskId};

use super::codes::parse;
use super::connection::Connection;
use super::error::StoreError;
use super::schema::{imported_tasks, jobs};
use crate::farm::keys::{JobNo, TaskKey};

/// The ids of a job's tasks.
#[derive(Debug)]
pub(super) struct TaskIds {
    job: JobId,
    imported: HashMap<u32, TaskId>,
}

impl TaskIds {
    /// Of a job: costs one look, and one more per task that was imported.
    pub(super) fn of_job(conn: &mut Connection, job: JobId, no: JobNo) -> Result<Self, StoreError> {
        let keys = TaskKey::range_of(no);
        let rows: Vec<(i64, String)> = imported_tasks::table
            .filter(imported_tasks::key.between(*keys.start(), *keys.end()))
            .select((imported_tasks::key, imported_tasks::id))
            .load(conn)?;
        let imported: Result<_, StoreError> = rows
            .into_iter()
            .map(|(key, id)| Ok((TaskKey::unpack(key).index, parse("imported_tasks.id", &id)?)))
            .collect();
        Ok(Self {
            job,
            imported: imported?,
        })
    }

    /// The id of the task with this index.
    pub(super) fn get(&self, index: u32) -> TaskId {
        let imported = self.imported.get(&index).copied();
        imported.unwrap_or_else(|| TaskId::of_job(self.job, index))
    }

    /// All ids of an imported job by index; nothing for a job of our own.
    pub(super) fn into_list(self) -> Vec<TaskId> {
        let mut ids: Vec<_> = self.imported.into_iter().collect();
        ids.sort_unstable_by_key(|(index, _)| *index);
        ids.into_iter().map(|(_, id)| id).collect()
    }
}

/// The id of one task.
pub(super) fn task_id(
    conn: &mut Connection,
    job: JobId,
    key: TaskKey,
) -> Result<TaskId, StoreError> {
    let imported: Option<String> = imported_tasks::table
        .find(key.pack())
        .select(imported_tasks::id)
        .first(conn)
        .optional()?;
    match imported {
        Some(id) => parse("imported_tasks.id", &id),
        None => Ok(TaskId::of_job(job, key.index)),
    }
}

/// The job and the key of the imported task with this id.
pub(super) fn find_task(
    conn: &mut Connection,
    id: TaskId,
) -> Result<Option<(JobId, TaskKey)>, StoreError> {
    let key: Option<i64> = imported_tasks::table
        .filter(imported_tasks::id.eq(id.to_string()))
        .select(imported_tasks::key)
        .first(conn)
        .optional()?;
    let Some(key) = key.map(TaskKey::unpack) else {
        return Ok(None);
    };
    let job: Option<String> = jobs::table
        .find(key.job.0)
        .filter(jobs::released.eq(true))
        .select(jobs::id)
        .first(conn)
        .optional()?;
    let job = job.map(|job| parse("jobs.id", &job)).transpose()?;
    Ok(job.map(|job| (job, key)))
}
