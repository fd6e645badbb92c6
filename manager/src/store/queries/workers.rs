//! Workers as people see them, and their credentials.

use diesel::prelude::*;
use farandole_protocol::api::{
    TaskWorker, Worker, WorkerStatusChangeRequest, WorkerSummary, WorkerTask,
};
use farandole_protocol::ids::WorkerId;

use super::tags::tags_of;
use super::tasks::find_summary;
use crate::farm::keys::TaskKey;
use crate::store::codes::{from_json, parse, parse_opt, time_opt};
use crate::store::connection::Connection;
use crate::store::error::StoreError;
use crate::store::query::Query;
use crate::store::schema::{manager_instance, workers};

/// The hash of a Worker's secret, if there is such a Worker and it is not deleted. From the Gatekeeper.
#[derive(Clone, Copy, Debug)]
pub struct FindCredentials {
    /// Which Worker.
    pub id: WorkerId,
}

impl Query for FindCredentials {
    type Reply = Option<String>;

    fn run(self, conn: &mut Connection) -> Result<Self::Reply, StoreError> {
        Ok(workers::table
            .filter(workers::id.eq(self.id.to_string()))
            .filter(workers::deleted.is_null())
            .select(workers::secret_hash)
            .first(conn)
            .optional()?)
    }
}

/// Which Manager this is: the id that was made with the database. From the Gatekeeper.
#[derive(Clone, Copy, Debug)]
pub struct FindInstance;

impl Query for FindInstance {
    type Reply = String;

    fn run(self, conn: &mut Connection) -> Result<String, StoreError> {
        Ok(manager_instance::table
            .select(manager_instance::id)
            .first(conn)?)
    }
}

/// The hash of a Worker's secret is replaced by another of the same secret, unless it has changed. From the Gatekeeper.
#[derive(Clone)]
pub struct ReplaceCredentials {
    /// Which Worker.
    pub worker: WorkerId,
    /// The hash that is stored.
    pub old: String,
    /// The one to be stored.
    pub new: String,
}

impl std::fmt::Debug for ReplaceCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReplaceCredentials")
            .field("worker", &self.worker)
            .finish_non_exhaustive()
    }
}

impl Query for ReplaceCredentials {
    type Reply = ();

    fn run(self, conn: &mut Connection) -> Result<(), StoreError> {
        let which = workers::table
            .filter(workers::id.eq(self.worker.to_string()))
            .filter(workers::secret_hash.eq(self.old));
        diesel::update(which)
            .set(workers::secret_hash.eq(self.new))
            .execute(conn)?;
        Ok(())
    }
}

/// All Workers that are not deleted, oldest first.
#[derive(Clone, Copy, Debug)]
pub struct ListWorkers;

impl Query for ListWorkers {
    type Reply = Vec<WorkerSummary>;

    fn run(self, conn: &mut Connection) -> Result<Self::Reply, StoreError> {
        let rows: Vec<WorkerColumns> = workers::table
            .filter(workers::deleted.is_null())
            .order(workers::no)
            .select(WorkerColumns::as_select())
            .load(conn)?;
        rows.iter().map(WorkerColumns::summary).collect()
    }
}

/// A Worker with all there is to say, if there is one with this id and it is not deleted.
#[derive(Clone, Copy, Debug)]
pub struct FindWorker {
    /// Which Worker.
    pub id: WorkerId,
}

impl Query for FindWorker {
    type Reply = Option<Worker>;

    fn run(self, conn: &mut Connection) -> Result<Self::Reply, StoreError> {
        let row: Option<WorkerColumns> = workers::table
            .filter(workers::id.eq(self.id.to_string()))
            .filter(workers::deleted.is_null())
            .select(WorkerColumns::as_select())
            .first(conn)
            .optional()?;
        let Some(row) = row else { return Ok(None) };
        let tags = tags_of(conn, row.no)?;
        let task = row
            .last_task
            .map(|key| find_summary(conn, TaskKey::unpack(key)))
            .transpose()?
            .flatten();
        let summary = row.summary()?;
        // The task may be somebody else's by now; here it is shown as this Worker's.
        let this = TaskWorker {
            id: Some(summary.id),
            name: summary.name.clone(),
            address: row.address.clone(),
        };
        Ok(Some(Worker {
            id: summary.id,
            name: summary.name,
            status: summary.status,
            status_change: summary.status_change,
            last_seen: summary.last_seen,
            version: summary.version,
            can_restart: summary.can_restart,
            ephemeral: summary.ephemeral,
            ip_address: row.address,
            platform: row.platform,
            supported_task_types: from_json("workers.task_types", &row.task_types)?,
            task: task.map(|(job_id, task)| WorkerTask {
                id: task.id,
                name: task.name,
                status: task.status,
                index_in_job: task.index_in_job,
                priority: task.priority,
                task_type: task.task_type,
                updated: task.updated,
                worker: Some(this),
                steps_completed: task.steps_completed,
                steps_total: task.steps_total,
                job_id,
            }),
            tags: (!tags.is_empty()).then_some(tags),
            condition: summary.condition,
        }))
    }
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
    task_types: String,
    can_restart: bool,
    ephemeral: bool,
    last_seen: Option<i64>,
    last_task: Option<i64>,
    condition: Option<String>,
}

impl WorkerColumns {
    fn summary(&self) -> Result<WorkerSummary, StoreError> {
        let requested = parse_opt("workers.requested_status", self.requested_status.as_deref())?;
        Ok(WorkerSummary {
            id: parse("workers.id", &self.id)?,
            name: self.name.clone(),
            status: parse("workers.status", &self.status)?,
            status_change: requested.map(|status| WorkerStatusChangeRequest {
                status,
                is_lazy: self.requested_lazy,
            }),
            last_seen: time_opt("workers.last_seen", self.last_seen)?,
            version: self.software.clone(),
            can_restart: self.can_restart,
            ephemeral: self.ephemeral.then_some(true),
            condition: self
                .condition
                .as_deref()
                .map(|text| from_json("workers.condition", text))
                .transpose()?,
        })
    }
}
