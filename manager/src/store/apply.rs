//! How each row change is written.

use std::ops::RangeInclusive;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};

use super::codes::{end_code, micros, status_code, to_json};
use super::connection::Connection;
use super::error::StoreError;
use super::schema::{
    attempts, job_blocks, jobs, last_rendered, task_failures, task_states, workers,
};
use super::update::update;
use super::{apply_outputs, apply_tags};
use crate::farm::keys::{JobNo, TaskKey};
use crate::farm::write::{
    AttemptRow, Heartbeats, JobRow, NewWorker, TaskRow, TasksChange, WorkerRow, Write,
};
use farandole_protocol::status::{TaskStatus, WorkerStatus};

diesel::define_sql_function! {
    /// The first value that is not null.
    fn coalesce(first: Nullable<BigInt>, second: Nullable<BigInt>) -> Nullable<BigInt>;
}

/// Writes one change.
pub(super) fn apply(conn: &mut Connection, write: Write) -> Result<(), StoreError> {
    match write {
        Write::Job(row) => update_job(conn, &row),
        Write::JobReleased(no) => release_job(conn, no),
        Write::JobRemoved(no) => remove_job(conn, no),
        Write::Task(row) => update_task(conn, &row),
        Write::Tasks(change) => update_tasks(conn, &change),
        Write::Attempt(row) => write_attempt(conn, &row),
        Write::Outputs(rows) => apply_outputs::add_outputs(conn, &rows),
        Write::OutputsForgotten(of) => apply_outputs::forget_outputs(conn, of),
        Write::Finding(row) => apply_outputs::set_finding(conn, &row),
        Write::FindingsCleared(key) => apply_outputs::clear_findings(conn, key),
        Write::Failure(key, worker) => {
            let row = (
                task_failures::key.eq(key.pack()),
                task_failures::worker.eq(worker.0),
            );
            diesel::insert_into(task_failures::table)
                .values(row)
                .execute(conn)?;
            Ok(())
        }
        Write::TaskFailuresCleared(key) => {
            let of_task = task_failures::table.filter(task_failures::key.eq(key.pack()));
            diesel::delete(of_task).execute(conn)?;
            clear_losses(conn, key.pack()..=key.pack())
        }
        Write::JobFailuresCleared(no) => clear_failures(conn, no),
        Write::Block(job, worker, task_type) => {
            let row = (
                job_blocks::job.eq(job.0),
                job_blocks::worker.eq(worker.0),
                job_blocks::task_type.eq(task_type),
            );
            diesel::insert_into(job_blocks::table)
                .values(row)
                .execute(conn)?;
            Ok(())
        }
        Write::Unblock(job, worker, task_type) => {
            let block = job_blocks::table.find((job.0, worker.0, task_type));
            diesel::delete(block).execute(conn)?;
            Ok(())
        }
        Write::TagAdded(row, created) => apply_tags::add_tag(conn, row, created),
        Write::Tag(row) => apply_tags::change_tag(conn, row),
        Write::TagDeleted(id) => apply_tags::delete_tag(conn, id),
        Write::WorkerTags(worker, tags) => apply_tags::set_tags(conn, worker, &tags),
        Write::Sleep(worker, sleep) => apply_tags::set_schedule(conn, worker, &sleep),
        Write::Condition(worker, condition) => {
            let condition = to_json("workers.condition", &condition)?;
            update(
                workers::table,
                workers::no.eq(worker.0),
                workers::condition.eq(condition),
            )
            .execute(conn)?;
            Ok(())
        }
        Write::WorkerAdded(new) => add_worker(conn, *new),
        Write::Worker(row) => update_worker(conn, *row),
        Write::Heartbeats(heartbeats) => save_heartbeats(conn, &heartbeats),
    }
}

fn update_job(conn: &mut Connection, row: &JobRow) -> Result<(), StoreError> {
    update(
        jobs::table,
        jobs::no.eq(row.no.0),
        (
            jobs::status.eq(row.status.as_str()),
            jobs::activity.eq(&row.activity),
            jobs::priority.eq(row.priority),
            jobs::worker_tag.eq(row.tag.map(|tag| tag.to_string())),
            jobs::updated.eq(micros(row.updated)),
            jobs::steps_completed.eq(row.steps_completed),
            jobs::delete_requested.eq(row.delete_requested.map(micros)),
            jobs::keep_existing.eq(row.keep_existing),
            jobs::findings.eq(to_json("jobs.findings", &row.findings)?),
        ),
    )
    .execute(conn)?;
    Ok(())
}

fn release_job(conn: &mut Connection, no: JobNo) -> Result<(), StoreError> {
    update(jobs::table, jobs::no.eq(no.0), jobs::released.eq(true)).execute(conn)?;
    Ok(())
}

/// From now on no list shows it. Its rows may be many, and go little by little.
fn remove_job(conn: &mut Connection, no: JobNo) -> Result<(), StoreError> {
    update(jobs::table, jobs::no.eq(no.0), jobs::released.eq(false)).execute(conn)?;
    let shown = last_rendered::table.filter(last_rendered::job.eq(no.0));
    diesel::delete(shown).execute(conn)?;
    Ok(())
}

fn update_task(conn: &mut Connection, row: &TaskRow) -> Result<(), StoreError> {
    update(
        task_states::table,
        task_states::key.eq(row.key.pack()),
        (
            task_states::status.eq(status_code(row.status)),
            task_states::worker.eq(row.worker.map(|worker| worker.0)),
            task_states::attempt.eq(attempt_number(row.attempt)),
            task_states::ended.eq(row.ended.map(end_code)),
            task_states::lost.eq(loss_count(row.lost)),
            task_states::steps_completed.eq(row.steps_completed),
            task_states::activity.eq(&row.activity),
            task_states::updated.eq(micros(row.updated)),
            task_states::touched.eq(coalesce(row.touched.map(micros), task_states::touched)),
        ),
    )
    .execute(conn)?;
    Ok(())
}

fn update_tasks(conn: &mut Connection, change: &TasksChange) -> Result<(), StoreError> {
    let keys = TaskKey::range_of(change.job);
    let from: Vec<i16> = change.from.iter().copied().map(status_code).collect();
    let concerned = task_states::table
        .filter(task_states::key.between(*keys.start(), *keys.end()))
        .filter(task_states::status.eq_any(from));
    let set = (
        task_states::status.eq(status_code(change.to)),
        task_states::activity.eq(&change.activity),
        task_states::updated.eq(micros(change.updated)),
    );
    if change.to == TaskStatus::Queued {
        diesel::update(concerned)
            .set((set, task_states::steps_completed.eq(0)))
            .execute(conn)?;
    } else {
        diesel::update(concerned).set(set).execute(conn)?;
    }
    Ok(())
}

fn write_attempt(conn: &mut Connection, row: &AttemptRow) -> Result<(), StoreError> {
    let end = (
        attempts::ended.eq(row.ended.map(|(when, _)| micros(when))),
        attempts::outcome.eq(row.ended.map(|(_, how)| end_code(how))),
    );
    if let Some(started) = row.started {
        let begin = (
            attempts::key.eq(row.key.pack()),
            attempts::attempt.eq(attempt_number(row.attempt)),
            attempts::worker.eq(row.worker.0),
            attempts::started.eq(micros(started)),
        );
        diesel::insert_into(attempts::table)
            .values((begin, end))
            .execute(conn)?;
    } else {
        let which = attempts::key
            .eq(row.key.pack())
            .and(attempts::attempt.eq(attempt_number(row.attempt)));
        update(attempts::table, which, end).execute(conn)?;
    }
    Ok(())
}

fn clear_failures(conn: &mut Connection, no: JobNo) -> Result<(), StoreError> {
    let keys = TaskKey::range_of(no);
    let of_job =
        task_failures::table.filter(task_failures::key.between(*keys.start(), *keys.end()));
    diesel::delete(of_job).execute(conn)?;
    diesel::delete(job_blocks::table.filter(job_blocks::job.eq(no.0))).execute(conn)?;
    clear_losses(conn, keys)
}

fn clear_losses(conn: &mut Connection, keys: RangeInclusive<i64>) -> Result<(), StoreError> {
    let lost = task_states::table
        .filter(task_states::key.between(*keys.start(), *keys.end()))
        .filter(task_states::lost.gt(0));
    diesel::update(lost)
        .set(task_states::lost.eq(0))
        .execute(conn)?;
    Ok(())
}

fn add_worker(conn: &mut Connection, new: NewWorker) -> Result<(), StoreError> {
    let NewWorker {
        id,
        secret_hash,
        created,
        row,
    } = new;
    let identity = (
        workers::no.eq(row.no.0),
        workers::id.eq(id.to_string()),
        workers::secret_hash.eq(secret_hash),
        workers::platform.eq(row.platform),
        workers::created.eq(micros(created)),
    );
    let state = (
        workers::name.eq(row.name),
        workers::address.eq(row.address),
        workers::software.eq(row.software),
        workers::status.eq(row.status.as_str()),
        workers::requested_lazy.eq(false),
        workers::task_types.eq(to_json("workers.task_types", &row.task_types)?),
        workers::can_restart.eq(row.can_restart),
        workers::ephemeral.eq(row.ephemeral),
        workers::updated.eq(micros(row.updated)),
    );
    diesel::insert_into(workers::table)
        .values((identity, state))
        .execute(conn)?;
    Ok(())
}

fn update_worker(conn: &mut Connection, row: WorkerRow) -> Result<(), StoreError> {
    update(
        workers::table,
        workers::no.eq(row.no.0),
        (
            workers::name.eq(row.name),
            workers::address.eq(row.address),
            workers::software.eq(row.software),
            workers::status.eq(row.status.as_str()),
            workers::requested_status.eq(row.requested.map(|request| request.status.as_str())),
            workers::requested_lazy.eq(row.requested.is_some_and(|request| request.lazy)),
            workers::timed_out_from.eq(row.timed_out_from.map(WorkerStatus::as_str)),
            workers::task_types.eq(to_json("workers.task_types", &row.task_types)?),
            workers::can_restart.eq(row.can_restart),
            workers::ephemeral.eq(row.ephemeral),
            workers::updated.eq(micros(row.updated)),
            workers::last_seen.eq(row.last_seen.map(micros)),
            workers::last_task.eq(row.last_task.map(TaskKey::pack)),
            workers::deleted.eq(row.deleted.map(micros)),
            workers::run.eq(row.run.map(|run| run.to_string())),
        ),
    )
    .execute(conn)?;
    Ok(())
}

fn save_heartbeats(conn: &mut Connection, heartbeats: &Heartbeats) -> Result<(), StoreError> {
    for (worker, seen) in &heartbeats.seen {
        update(
            workers::table,
            workers::no.eq(worker.0),
            workers::last_seen.eq(micros(*seen)),
        )
        .execute(conn)?;
    }
    for (key, touched) in &heartbeats.touched {
        update(
            task_states::table,
            task_states::key.eq(key.pack()),
            task_states::touched.eq(micros(*touched)),
        )
        .execute(conn)?;
    }
    Ok(())
}

fn loss_count(lost: u32) -> i32 {
    i32::try_from(lost).unwrap_or(i32::MAX)
}

/// Attempts are counted from 1 by one.
fn attempt_number(attempt: u32) -> i32 {
    i32::try_from(attempt).unwrap_or(i32::MAX)
}
