//! How the outputs and the findings of tasks are written.

use diesel::prelude::*;
use diesel::upsert::excluded;
use farandole_protocol::api::OutputState;
use farandole_protocol::status::TaskStatus;

use super::codes::{output_code, status_code};
use super::connection::Connection;
use super::error::StoreError;
use super::schema::{outputs, task_findings, task_states};
use crate::farm::keys::TaskKey;
use crate::farm::write::{FindingRow, OutputRows, OutputsOf};

/// Writes what an attempt has finished. A file that it kept stays the output of the attempt that wrote it.
pub(super) fn add_outputs(conn: &mut Connection, rows: &OutputRows) -> Result<(), StoreError> {
    for output in &rows.outputs {
        let insert = diesel::insert_into(outputs::table).values((
            outputs::key.eq(rows.key.pack()),
            outputs::path.eq(&output.path),
            outputs::frame.eq(output.frame),
            outputs::view.eq(&output.view),
            outputs::size.eq(output.size),
            outputs::attempt.eq(i32::try_from(rows.attempt).unwrap_or(i32::MAX)),
            outputs::state.eq(output_code(output.state)),
        ));
        match output.state {
            OutputState::Kept => insert.on_conflict_do_nothing().execute(conn)?,
            OutputState::Written => insert
                .on_conflict((outputs::key, outputs::path))
                .do_update()
                .set((
                    outputs::frame.eq(excluded(outputs::frame)),
                    outputs::view.eq(excluded(outputs::view)),
                    outputs::size.eq(excluded(outputs::size)),
                    outputs::attempt.eq(excluded(outputs::attempt)),
                    outputs::state.eq(excluded(outputs::state)),
                ))
                .execute(conn)?,
        };
    }
    Ok(())
}

/// Forgets outputs, so that the Worker that gets the task next renders them again.
pub(super) fn forget_outputs(conn: &mut Connection, of: OutputsOf) -> Result<(), StoreError> {
    match of {
        OutputsOf::Task(key) => {
            let of_task = outputs::table.filter(outputs::key.eq(key.pack()));
            diesel::delete(of_task).execute(conn)?;
        }
        OutputsOf::Frame(key, frame) => {
            let of_frame = outputs::table
                .filter(outputs::key.eq(key.pack()))
                .filter(outputs::frame.eq(frame));
            diesel::delete(of_frame).execute(conn)?;
        }
        OutputsOf::QueuedTasks(job) => {
            let keys = TaskKey::range_of(job);
            let queued = task_states::table
                .filter(task_states::key.between(*keys.start(), *keys.end()))
                .filter(task_states::status.eq(status_code(TaskStatus::Queued)))
                .select(task_states::key);
            diesel::delete(outputs::table.filter(outputs::key.eq_any(queued))).execute(conn)?;
        }
    }
    Ok(())
}

/// Writes the findings of one class of a task.
pub(super) fn set_finding(conn: &mut Connection, row: &FindingRow) -> Result<(), StoreError> {
    let values = (
        task_findings::key.eq(row.key.pack()),
        task_findings::class.eq(row.class.as_str()),
        task_findings::count.eq(i64::from(row.count)),
        task_findings::line.eq(&row.line),
    );
    diesel::insert_into(task_findings::table)
        .values(values)
        .on_conflict((task_findings::key, task_findings::class))
        .do_update()
        .set((
            task_findings::count.eq(excluded(task_findings::count)),
            task_findings::line.eq(excluded(task_findings::line)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Forgets the findings of a task.
pub(super) fn clear_findings(conn: &mut Connection, key: TaskKey) -> Result<(), StoreError> {
    let of_task = task_findings::table.filter(task_findings::key.eq(key.pack()));
    diesel::delete(of_task).execute(conn)?;
    Ok(())
}
