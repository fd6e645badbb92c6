//! How changes of tags and sleep schedules are written.

use diesel::prelude::*;
use farandole_protocol::ids::TagId;
use farandole_protocol::time::Timestamp;

use super::codes::micros;
use super::connection::Connection;
use super::error::StoreError;
use super::schema::{jobs, sleep_schedules, worker_tag_members, worker_tags};
use super::update::update;
use crate::farm::keys::WorkerNo;
use crate::farm::sleep::Sleep;
use crate::farm::write::TagRow;

pub(super) fn add_tag(
    conn: &mut Connection,
    row: TagRow,
    created: Timestamp,
) -> Result<(), StoreError> {
    let values = (
        worker_tags::id.eq(row.id.to_string()),
        worker_tags::name.eq(row.name),
        worker_tags::description.eq(row.description),
        worker_tags::created.eq(micros(created)),
    );
    diesel::insert_into(worker_tags::table)
        .values(values)
        .execute(conn)?;
    Ok(())
}

pub(super) fn change_tag(conn: &mut Connection, row: TagRow) -> Result<(), StoreError> {
    update(
        worker_tags::table,
        worker_tags::id.eq(row.id.to_string()),
        (
            worker_tags::name.eq(row.name),
            worker_tags::description.eq(row.description),
        ),
    )
    .execute(conn)?;
    Ok(())
}

/// Memberships go with the tag; jobs do not name it by reference.
pub(super) fn delete_tag(conn: &mut Connection, id: TagId) -> Result<(), StoreError> {
    let id = id.to_string();
    diesel::update(jobs::table.filter(jobs::worker_tag.eq(&id)))
        .set(jobs::worker_tag.eq(None::<String>))
        .execute(conn)?;
    diesel::delete(worker_tags::table.find(id)).execute(conn)?;
    Ok(())
}

pub(super) fn set_tags(
    conn: &mut Connection,
    worker: WorkerNo,
    tags: &[TagId],
) -> Result<(), StoreError> {
    let of_worker = worker_tag_members::table.filter(worker_tag_members::worker.eq(worker.0));
    diesel::delete(of_worker).execute(conn)?;
    for tag in tags {
        let member = (
            worker_tag_members::tag.eq(tag.to_string()),
            worker_tag_members::worker.eq(worker.0),
        );
        diesel::insert_into(worker_tag_members::table)
            .values(member)
            .execute(conn)?;
    }
    Ok(())
}

pub(super) fn set_schedule(
    conn: &mut Connection,
    worker: WorkerNo,
    sleep: &Sleep,
) -> Result<(), StoreError> {
    let written = sleep.schedule.written();
    let since = sleep
        .in_force_since
        .map(|clock| clock.and_utc().timestamp_micros());
    let values = (
        sleep_schedules::worker.eq(worker.0),
        sleep_schedules::is_active.eq(written.is_active),
        sleep_schedules::days_of_week.eq(written.days_of_week),
        sleep_schedules::start_time.eq(written.start_time),
        sleep_schedules::end_time.eq(written.end_time),
        sleep_schedules::in_force_since.eq(since),
    );
    diesel::delete(sleep_schedules::table.find(worker.0)).execute(conn)?;
    diesel::insert_into(sleep_schedules::table)
        .values(values)
        .execute(conn)?;
    Ok(())
}
