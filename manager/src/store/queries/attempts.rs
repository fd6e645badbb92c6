//! The attempts at a task: every hand-out to a Worker, and how it ended.

use diesel::prelude::*;
use farandole_protocol::ids::{TaskId, WorkerId};
use farandole_protocol::time::Timestamp;

use crate::farm::write::AttemptEnd;
use crate::store::codes::{end, parse, time};
use crate::store::connection::Connection;
use crate::store::error::StoreError;
use crate::store::load::find_task;
use crate::store::query::Query;
use crate::store::schema::{attempts, workers};

/// An attempt at a task.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Attempt {
    /// Its number: 1 for the first.
    pub attempt: u32,
    /// Who was given the task.
    pub worker: WorkerId,
    /// When.
    pub started: Timestamp,
    /// When and how it ended, if it has.
    pub ended: Option<(Timestamp, AttemptEnd)>,
}

/// The attempts at a task, oldest first. Empty if there is no such task.
#[derive(Clone, Copy, Debug)]
pub struct ListAttempts {
    /// Which task.
    pub task: TaskId,
}

impl Query for ListAttempts {
    type Reply = Vec<Attempt>;

    fn run(self, conn: &mut Connection) -> Result<Vec<Attempt>, StoreError> {
        let Some((_, key)) = find_task(conn, self.task)? else {
            return Ok(Vec::new());
        };
        let rows: Vec<AttemptColumns> = attempts::table
            .inner_join(workers::table.on(workers::no.eq(attempts::worker)))
            .filter(attempts::key.eq(key.pack()))
            .order(attempts::attempt)
            .select((
                attempts::attempt,
                workers::id,
                attempts::started,
                attempts::ended,
                attempts::outcome,
            ))
            .load(conn)?;
        rows.into_iter().map(attempt).collect()
    }
}

type AttemptColumns = (i32, String, i64, Option<i64>, Option<i16>);

fn attempt(row: AttemptColumns) -> Result<Attempt, StoreError> {
    let (number, worker, started, ended, outcome) = row;
    Ok(Attempt {
        attempt: u32::try_from(number)
            .map_err(|_| StoreError::unreadable("attempts.attempt", number))?,
        worker: parse("workers.id", &worker)?,
        started: time("attempts.started", started)?,
        ended: match ended.zip(outcome) {
            Some((ended, outcome)) => Some((time("attempts.ended", ended)?, end(outcome)?)),
            None => None,
        },
    })
}
