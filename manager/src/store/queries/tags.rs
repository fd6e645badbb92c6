//! Tags and sleep schedules as people see them.

use diesel::prelude::*;
use farandole_protocol::api::{WorkerSleepSchedule, WorkerTag};
use farandole_protocol::ids::{TagId, WorkerId};

use crate::store::connection::Connection;
use crate::store::error::StoreError;
use crate::store::query::Query;
use crate::store::schema::{sleep_schedules, worker_tag_members, worker_tags, workers};

/// All tags, oldest first.
#[derive(Clone, Copy, Debug)]
pub struct ListTags;

impl Query for ListTags {
    type Reply = Vec<WorkerTag>;

    fn run(self, conn: &mut Connection) -> Result<Self::Reply, StoreError> {
        let rows: Vec<TagColumns> = worker_tags::table
            .order((worker_tags::created, worker_tags::name))
            .select(TagColumns::as_select())
            .load(conn)?;
        Ok(rows.into_iter().map(TagColumns::shown).collect())
    }
}

/// A tag, if there is one with this id.
#[derive(Clone, Copy, Debug)]
pub struct FindTag {
    /// Which tag.
    pub id: TagId,
}

impl Query for FindTag {
    type Reply = Option<WorkerTag>;

    fn run(self, conn: &mut Connection) -> Result<Self::Reply, StoreError> {
        let row: Option<TagColumns> = worker_tags::table
            .find(self.id.to_string())
            .select(TagColumns::as_select())
            .first(conn)
            .optional()?;
        Ok(row.map(TagColumns::shown))
    }
}

/// The tags of the Worker with this number, oldest first.
pub(super) fn tags_of(conn: &mut Connection, worker: i64) -> Result<Vec<WorkerTag>, StoreError> {
    let rows: Vec<TagColumns> = worker_tags::table
        .inner_join(worker_tag_members::table)
        .filter(worker_tag_members::worker.eq(worker))
        .order((worker_tags::created, worker_tags::name))
        .select(TagColumns::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(TagColumns::shown).collect())
}

/// A Worker's schedule, if there is such a Worker and it has one. Also of a Worker that is deleted.
#[derive(Clone, Copy, Debug)]
pub struct FindSleepSchedule {
    /// Which Worker.
    pub worker: WorkerId,
}

impl Query for FindSleepSchedule {
    type Reply = Option<WorkerSleepSchedule>;

    fn run(self, conn: &mut Connection) -> Result<Self::Reply, StoreError> {
        let row: Option<ScheduleColumns> = sleep_schedules::table
            .inner_join(workers::table)
            .filter(workers::id.eq(self.worker.to_string()))
            .select(ScheduleColumns::as_select())
            .first(conn)
            .optional()?;
        Ok(row.map(|row| WorkerSleepSchedule {
            is_active: row.is_active,
            days_of_week: row.days_of_week,
            start_time: row.start_time,
            end_time: row.end_time,
        }))
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = worker_tags)]
struct TagColumns {
    id: String,
    name: String,
    description: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = sleep_schedules)]
struct ScheduleColumns {
    is_active: bool,
    days_of_week: String,
    start_time: String,
    end_time: String,
}

impl TagColumns {
    fn shown(self) -> WorkerTag {
        WorkerTag {
            id: Some(self.id),
            name: self.name,
            description: (!self.description.is_empty()).then_some(self.description),
        }
    }
}
