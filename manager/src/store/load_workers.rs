//! From the database into memory: Workers, their tags and their schedules.

use std::collections::HashMap;

use diesel::prelude::*;
use farandole_protocol::ids::TagId;

use super::codes::{from_json, parse, parse_opt, time, time_opt};
use super::connection::Connection;
use super::error::StoreError;
use super::schema::{sleep_schedules, worker_tag_members, worker_tags, workers};
use crate::farm::image::WorkerImage;
use crate::farm::keys::{TaskKey, WorkerNo};
use crate::farm::sleep::{Sleep, SleepSchedule};
use crate::farm::write::{StatusRequest, TagRow, WorkerRow};

pub(super) fn load_tags(conn: &mut Connection) -> Result<Vec<TagRow>, StoreError> {
    let rows: Vec<(String, String, String)> = worker_tags::table
        .select((worker_tags::id, worker_tags::name, worker_tags::description))
        .load(conn)?;
    rows.into_iter()
        .map(|(id, name, description)| {
            Ok(TagRow {
                id: parse("worker_tags.id", &id)?,
                name,
                description,
            })
        })
        .collect()
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = workers)]
struct WorkerColumns {
    no: i64,
    id: String,
    name: String,
    address: String,
    platform: String,
    software: String,
    status: String,
    requested_status: Option<String>,
    requested_lazy: bool,
    timed_out_from: Option<String>,
    task_types: String,
    can_restart: bool,
    ephemeral: bool,
    updated: i64,
    last_seen: Option<i64>,
    last_task: Option<i64>,
    run: Option<String>,
    condition: Option<String>,
}

pub(super) fn load_workers(conn: &mut Connection) -> Result<Vec<WorkerImage>, StoreError> {
    let members: Vec<(i64, String)> = worker_tag_members::table
        .select((worker_tag_members::worker, worker_tag_members::tag))
        .load(conn)?;
    let mut tags = HashMap::<i64, Vec<TagId>>::new();
    for (worker, tag) in members {
        let tag = parse("worker_tag_members.tag", &tag)?;
        tags.entry(worker).or_default().push(tag);
    }
    let rows: Vec<WorkerColumns> = workers::table
        .filter(workers::deleted.is_null())
        .order(workers::no)
        .select(WorkerColumns::as_select())
        .load(conn)?;
    let mut schedules = load_schedules(conn)?;
    rows.into_iter()
        .map(|row| {
            let tags = tags.remove(&row.no).unwrap_or_default();
            let sleep = schedules.remove(&row.no);
            worker_image(row, tags, sleep)
        })
        .collect()
}

fn worker_image(
    row: WorkerColumns,
    tags: Vec<TagId>,
    sleep: Option<Sleep>,
) -> Result<WorkerImage, StoreError> {
    let requested: Option<_> =
        parse_opt("workers.requested_status", row.requested_status.as_deref())?;
    Ok(WorkerImage {
        id: parse("workers.id", &row.id)?,
        tags,
        sleep,
        condition: row
            .condition
            .map(|text| from_json("workers.condition", &text))
            .transpose()?,
        row: WorkerRow {
            no: WorkerNo(row.no),
            name: row.name,
            address: row.address,
            platform: row.platform,
            software: row.software,
            status: parse("workers.status", &row.status)?,
            requested: requested.map(|status| StatusRequest {
                status,
                lazy: row.requested_lazy,
            }),
            timed_out_from: parse_opt("workers.timed_out_from", row.timed_out_from.as_deref())?,
            task_types: from_json("workers.task_types", &row.task_types)?,
            can_restart: row.can_restart,
            ephemeral: row.ephemeral,
            last_seen: time_opt("workers.last_seen", row.last_seen)?,
            last_task: row.last_task.map(TaskKey::unpack),
            run: parse_opt("workers.run", row.run.as_deref())?,
            updated: time("workers.updated", row.updated)?,
            deleted: None,
        },
    })
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = sleep_schedules)]
struct ScheduleColumns {
    worker: i64,
    is_active: bool,
    days_of_week: String,
    start_time: String,
    end_time: String,
    in_force_since: Option<i64>,
}

fn load_schedules(conn: &mut Connection) -> Result<HashMap<i64, Sleep>, StoreError> {
    let rows: Vec<ScheduleColumns> = sleep_schedules::table
        .select(ScheduleColumns::as_select())
        .load(conn)?;
    rows.into_iter().map(sleep).collect()
}

fn sleep(row: ScheduleColumns) -> Result<(i64, Sleep), StoreError> {
    // Empty is midnight.
    let time_of_day =
        |column, text: &str| parse_opt(column, Some(text).filter(|text| !text.is_empty()));
    let since = time_opt("sleep_schedules.in_force_since", row.in_force_since)?;
    let sleep = Sleep {
        schedule: SleepSchedule {
            active: row.is_active,
            days: parse("sleep_schedules.days_of_week", &row.days_of_week)?,
            start: time_of_day("sleep_schedules.start_time", &row.start_time)?,
            end: time_of_day("sleep_schedules.end_time", &row.end_time)?,
        },
        in_force_since: since.map(|since| since.naive_utc()),
    };
    Ok((row.worker, sleep))
}
