//! Workers, tags and sleep schedules on their way from a Flamenco Manager's database into ours.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};
use farandole_protocol::ids::{TagId, WorkerId};
use farandole_protocol::status::WorkerStatus;
use farandole_protocol::time::Timestamp;

use super::rows::WorkerRow as Row;
use super::source::Source;
use super::{ImportError, Imported, rules};
use crate::farm::keys::{TaskKey, WorkerNo};
use crate::farm::write::{NewWorker, StatusRequest, WorkerRow, Write};
use crate::store::commit::carry_out;
use crate::store::connection::Connection;
use crate::store::schema::{worker_tag_members, worker_tags, workers};

/// What became of the Workers, by their numbers in the source.
#[derive(Debug, Default)]
pub(super) struct Workers {
    numbers: HashMap<i64, WorkerNo>,
    /// The rows of those that are new here.
    new: HashMap<WorkerNo, WorkerRow>,
}

impl Workers {
    /// The number that a Worker has here.
    pub(super) fn number(&self, source: i64) -> Option<WorkerNo> {
        self.numbers.get(&source).copied()
    }

    /// Takes over those that are not here yet.
    pub(super) fn take_over(
        conn: &mut Connection,
        source: &mut Source,
        now: Timestamp,
        imported: &mut Imported,
    ) -> Result<Self, ImportError> {
        let mut taken = Self::default();
        let last: Option<i64> = workers::table
            .select(diesel::dsl::max(workers::no))
            .first(conn)?;
        let mut next = last.unwrap_or(0);
        for row in source.workers()? {
            let Ok(id) = row.uuid.parse::<WorkerId>() else {
                imported.warnings.push(format!(
                    "worker {:?} is left out: its id {:?} is none",
                    row.name, row.uuid
                ));
                continue;
            };
            let here: Option<i64> = workers::table
                .filter(workers::id.eq(id.to_string()))
                .select(workers::no)
                .first(conn)
                .optional()?;
            if let Some(no) = here {
                taken.numbers.insert(row.id, WorkerNo(no));
                imported.here_already += 1;
                continue;
            }
            next += 1;
            taken.numbers.insert(row.id, WorkerNo(next));
            let worker = taken.add(id, WorkerNo(next), row, now);
            carry_out(conn, vec![Write::WorkerAdded(Box::new(worker))])?;
            imported.workers += 1;
        }
        Ok(taken)
    }

    fn add(&mut self, id: WorkerId, no: WorkerNo, source: Row, now: Timestamp) -> NewWorker {
        let time = |text: Option<String>| text.and_then(|text| rules::time(&text));
        let created = time(source.created).unwrap_or(now);
        let requested = source.requested.parse().ok().map(|status| StatusRequest {
            status,
            lazy: source.lazy,
        });
        let types = source.task_types.split(',').map(str::trim);
        let row = WorkerRow {
            no,
            name: source.name,
            address: source.address,
            platform: source.platform,
            software: source.software,
            // Before its first sign-on a Worker has no state there.
            status: source.status.parse().unwrap_or(WorkerStatus::Offline),
            requested,
            timed_out_from: None,
            task_types: types
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
            can_restart: source.can_restart,
            ephemeral: false,
            last_seen: time(source.seen),
            last_task: None,
            updated: time(source.updated).unwrap_or(created),
            deleted: time(source.deleted),
            run: None,
        };
        self.new.insert(no, row.clone());
        NewWorker {
            id,
            secret_hash: source.secret,
            created,
            row,
        }
    }

    /// Stores what was not known when they were added: the task that each was given last.
    pub(super) fn finish(
        self,
        conn: &mut Connection,
        last_tasks: &HashMap<WorkerNo, (Timestamp, TaskKey)>,
    ) -> Result<(), ImportError> {
        let rows = self.new.into_values().map(|row| {
            let last_task = last_tasks.get(&row.no).map(|(_, key)| *key);
            Write::Worker(Box::new(WorkerRow { last_task, ..row }))
        });
        Ok(carry_out(conn, rows.collect())?)
    }

    /// Takes over the sleep schedules of those that are new here.
    pub(super) fn take_over_schedules(
        &self,
        conn: &mut Connection,
        source: &mut Source,
        imported: &mut Imported,
    ) -> Result<(), ImportError> {
        for row in source.schedules()? {
            let Some(no) = self
                .number(row.worker)
                .filter(|no| self.new.contains_key(no))
            else {
                continue;
            };
            let read = (
                rules::days(&row.days),
                rules::time_of_day(&row.start),
                rules::time_of_day(&row.end),
            );
            let (Some(days), Some(start), Some(end)) = read else {
                let name = self.new.get(&no).map_or("", |worker| &worker.name);
                imported.warnings.push(format!(
                    "the sleep schedule of worker {name:?} is left out: it cannot be read ({:?}, {:?} to {:?})",
                    row.days, row.start, row.end
                ));
                continue;
            };
            diesel::sql_query(
                "INSERT INTO sleep_schedules (worker, is_active, days_of_week, start_time, end_time)
                 VALUES (?, ?, ?, ?, ?)",
            )
            .bind::<BigInt, _>(no.0)
            .bind::<Bool, _>(row.is_active)
            .bind::<Text, _>(days)
            .bind::<Text, _>(start)
            .bind::<Text, _>(end)
            .execute(conn)?;
            imported.schedules += 1;
        }
        Ok(())
    }

    /// Takes over tags, and who has them. Gives the tags by their numbers in the source. One with the id or the name of
    /// one that is here is that one.
    pub(super) fn take_over_tags(
        &self,
        conn: &mut Connection,
        source: &mut Source,
        imported: &mut Imported,
    ) -> Result<HashMap<i64, TagId>, ImportError> {
        let mut tags = HashMap::new();
        for row in source.tags()? {
            // Clients may make up an id that is none.
            let id = row.uuid.parse().unwrap_or_else(|_| TagId::random());
            let here: Option<String> = worker_tags::table
                .filter(
                    worker_tags::id
                        .eq(id.to_string())
                        .or(worker_tags::name.eq(&row.name)),
                )
                .select(worker_tags::id)
                .first(conn)
                .optional()?;
            if let Some(here) = here.and_then(|here| here.parse().ok()) {
                tags.insert(row.id, here);
                continue;
            }
            diesel::insert_into(worker_tags::table)
                .values((
                    worker_tags::id.eq(id.to_string()),
                    worker_tags::name.eq(row.name),
                    worker_tags::description.eq(row.description),
                ))
                .execute(conn)?;
            tags.insert(row.id, id);
            imported.tags += 1;
        }
        for pair in source.members()? {
            let (Some(tag), Some(no)) = (tags.get(&pair.one), self.number(pair.other)) else {
                continue;
            };
            if self.new.contains_key(&no) {
                diesel::insert_into(worker_tag_members::table)
                    .values((
                        worker_tag_members::tag.eq(tag.to_string()),
                        worker_tag_members::worker.eq(no.0),
                    ))
                    .on_conflict_do_nothing()
                    .execute(conn)?;
            }
        }
        Ok(tags)
    }
}
