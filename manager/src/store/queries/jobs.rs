//! Jobs as people see them.

use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::sql_types::Text;
use farandole_protocol::api::{Job, JobBlocklist, JobBlocklistEntry, JobFinding, JobStorageInfo};
use farandole_protocol::ids::JobId;

use crate::field_limits::LISTED;
use crate::store::codes::{from_json, parse, time, time_opt};
use crate::store::connection::Connection;
use crate::store::error::StoreError;
use crate::store::query::Query;
use crate::store::schema::{job_blocks, jobs, workers};

define_sql_function! {
    /// The bytes of a text, which SQLite knows without reading it.
    fn octet_length(text: Text) -> Integer;
}

/// All jobs, oldest first. Large settings and metadata are left out: a list is for all, and fetched often.
#[derive(Clone, Copy, Debug)]
pub struct ListJobs;

impl Query for ListJobs {
    type Reply = Vec<Job>;

    fn run(self, conn: &mut Connection) -> Result<Vec<Job>, StoreError> {
        let most = i32::try_from(LISTED.most).unwrap_or(i32::MAX);
        let rows: Vec<(JobColumns, Option<String>, Option<String>)> = jobs::table
            .filter(jobs::released.eq(true))
            .order(jobs::no)
            .select((
                JobColumns::as_select(),
                case_when(octet_length(jobs::settings).le(most), jobs::settings),
                case_when(octet_length(jobs::metadata).le(most), jobs::metadata),
            ))
            .load(conn)?;
        let jobs = rows.into_iter();
        jobs.map(|(columns, settings, metadata)| columns.into_api(settings, metadata))
            .collect()
    }
}

/// A job, if there is one with this id.
#[derive(Clone, Copy, Debug)]
pub struct FindJob {
    /// Which job.
    pub id: JobId,
}

impl Query for FindJob {
    type Reply = Option<Job>;

    fn run(self, conn: &mut Connection) -> Result<Option<Job>, StoreError> {
        let row: Option<(JobColumns, String, String)> = jobs::table
            .filter(jobs::id.eq(self.id.to_string()))
            .filter(jobs::released.eq(true))
            .select((JobColumns::as_select(), jobs::settings, jobs::metadata))
            .first(conn)
            .optional()?;
        row.map(|(columns, settings, metadata)| columns.into_api(Some(settings), Some(metadata)))
            .transpose()
    }
}

/// Whether there is a job with this id.
#[derive(Clone, Copy, Debug)]
pub struct JobExists {
    /// Which job.
    pub id: JobId,
}

impl Query for JobExists {
    type Reply = bool;

    fn run(self, conn: &mut Connection) -> Result<bool, StoreError> {
        let found: i64 = jobs::table
            .filter(jobs::id.eq(self.id.to_string()))
            .filter(jobs::released.eq(true))
            .count()
            .get_result(conn)?;
        Ok(found > 0)
    }
}

/// Who gets no more tasks of which type of a job, by the Workers' names. Empty if there is no such job.
#[derive(Clone, Copy, Debug)]
pub struct ListBlocklist {
    /// Which job.
    pub id: JobId,
}

impl Query for ListBlocklist {
    type Reply = JobBlocklist;

    fn run(self, conn: &mut Connection) -> Result<JobBlocklist, StoreError> {
        let rows: Vec<(String, String, String)> = job_blocks::table
            .inner_join(jobs::table.on(jobs::no.eq(job_blocks::job)))
            .inner_join(workers::table.on(workers::no.eq(job_blocks::worker)))
            .filter(jobs::id.eq(self.id.to_string()))
            .order((workers::name, workers::no, job_blocks::task_type))
            .select((workers::id, job_blocks::task_type, workers::name))
            .load(conn)?;
        let entries = rows.into_iter().map(|(worker, task_type, name)| {
            Ok(JobBlocklistEntry {
                worker_id: parse("workers.id", &worker)?,
                task_type,
                worker_name: Some(name),
            })
        });
        Ok(JobBlocklist(entries.collect::<Result<_, StoreError>>()?))
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = jobs)]
struct JobColumns {
    id: String,
    name: String,
    job_type: String,
    priority: i32,
    status: String,
    activity: String,
    shaman_checkout_id: Option<String>,
    worker_tag: Option<String>,
    created: i64,
    updated: i64,
    steps_completed: i64,
    steps_total: i64,
    delete_requested: Option<i64>,
    findings: String,
}

impl JobColumns {
    fn into_api(
        self,
        settings: Option<String>,
        metadata: Option<String>,
    ) -> Result<Job, StoreError> {
        Ok(Job {
            id: parse("jobs.id", &self.id)?,
            name: self.name,
            job_type: self.job_type,
            type_etag: None,
            priority: self.priority,
            settings: settings
                .map(|text| from_json("jobs.settings", &text))
                .transpose()?,
            metadata: metadata
                .map(|text| from_json("jobs.metadata", &text))
                .transpose()?,
            submitter_platform: String::new(),
            storage: self.shaman_checkout_id.map(|id| JobStorageInfo {
                shaman_checkout_id: Some(id),
            }),
            worker_tag: self.worker_tag,
            initial_status: None,
            created: time("jobs.created", self.created)?,
            updated: time("jobs.updated", self.updated)?,
            status: parse("jobs.status", &self.status)?,
            activity: self.activity,
            steps_completed: self.steps_completed,
            steps_total: self.steps_total,
            delete_requested_at: time_opt("jobs.delete_requested", self.delete_requested)?,
            findings: Some(from_json("jobs.findings", &self.findings)?)
                .filter(|findings: &Vec<JobFinding>| !findings.is_empty()),
        })
    }
}
