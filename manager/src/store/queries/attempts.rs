//! The attempts at a task: every hand-out to a Worker, and how it ended.

use diesel::prelude::*;
use farandole_protocol::api::{AttemptOutcome, TaskAttempt, TaskAttempts};
use farandole_protocol::ids::TaskId;

use crate::farm::write::AttemptEnd;
use crate::store::codes::{end, parse, time, time_opt};
use crate::store::connection::Connection;
use crate::store::error::StoreError;
use crate::store::load::find_task;
use crate::store::query::Query;
use crate::store::schema::{attempts, workers};

/// The attempts at a task, oldest first; `None` if there is no such task.
#[derive(Clone, Copy, Debug)]
pub struct ListAttempts {
    /// Which task.
    pub task: TaskId,
}

impl Query for ListAttempts {
    type Reply = Option<TaskAttempts>;

    fn run(self, conn: &mut Connection) -> Result<Option<TaskAttempts>, StoreError> {
        let Some((_, key)) = find_task(conn, self.task)? else {
            return Ok(None);
        };
        let rows: Vec<AttemptColumns> = attempts::table
            .inner_join(workers::table.on(workers::no.eq(attempts::worker)))
            .filter(attempts::key.eq(key.pack()))
            .order(attempts::attempt)
            .select(AttemptColumns::as_select())
            .load(conn)?;
        let attempts: Result<_, _> = rows.into_iter().map(AttemptColumns::attempt).collect();
        Ok(Some(TaskAttempts {
            attempts: attempts?,
        }))
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = attempts)]
struct AttemptColumns {
    attempt: i32,
    #[diesel(select_expression = workers::id)]
    worker_id: String,
    #[diesel(select_expression = workers::name)]
    worker_name: String,
    started: i64,
    ended: Option<i64>,
    outcome: Option<i16>,
}

impl AttemptColumns {
    fn attempt(self) -> Result<TaskAttempt, StoreError> {
        Ok(TaskAttempt {
            attempt: u32::try_from(self.attempt)
                .map_err(|_| StoreError::unreadable("attempts.attempt", self.attempt))?,
            worker_id: parse("workers.id", &self.worker_id)?,
            worker_name: self.worker_name,
            started: time("attempts.started", self.started)?,
            ended: time_opt("attempts.ended", self.ended)?,
            outcome: self.outcome.map(end).transpose()?.map(outcome),
        })
    }
}

const fn outcome(end: AttemptEnd) -> AttemptOutcome {
    match end {
        AttemptEnd::Completed => AttemptOutcome::Completed,
        AttemptEnd::Failed => AttemptOutcome::Failed,
        AttemptEnd::TimedOut => AttemptOutcome::TimedOut,
        AttemptEnd::Canceled => AttemptOutcome::Canceled,
        AttemptEnd::Paused => AttemptOutcome::Paused,
        AttemptEnd::Requeued => AttemptOutcome::Requeued,
        AttemptEnd::Overruled => AttemptOutcome::Overruled,
        AttemptEnd::Lost => AttemptOutcome::Lost,
        AttemptEnd::Undelivered => AttemptOutcome::Undelivered,
    }
}
