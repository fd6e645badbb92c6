//! The rows of a Flamenco Manager's database, job by job, as they stand there.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};

use super::source::Source;

/// A job.
#[derive(Clone, Debug, QueryableByName)]
pub(super) struct JobRow {
    #[diesel(sql_type = BigInt)]
    pub(super) id: i64,
    #[diesel(sql_type = Text)]
    pub(super) uuid: String,
    #[diesel(sql_type = Text)]
    pub(super) name: String,
    #[diesel(sql_type = Text)]
    pub(super) job_type: String,
    #[diesel(sql_type = BigInt)]
    pub(super) priority: i64,
    #[diesel(sql_type = Text)]
    pub(super) status: String,
    #[diesel(sql_type = Text)]
    pub(super) activity: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) settings: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) metadata: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) created: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) updated: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) doomed: Option<String>,
    #[diesel(sql_type = Text)]
    pub(super) checkout: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(super) tag: Option<i64>,
}

/// A task.
#[derive(Clone, Debug, QueryableByName)]
pub(super) struct TaskRow {
    #[diesel(sql_type = BigInt)]
    pub(super) id: i64,
    #[diesel(sql_type = Text)]
    pub(super) uuid: String,
    #[diesel(sql_type = Text)]
    pub(super) name: String,
    #[diesel(sql_type = Text)]
    pub(super) task_type: String,
    #[diesel(sql_type = BigInt)]
    pub(super) priority: i64,
    #[diesel(sql_type = Text)]
    pub(super) status: String,
    #[diesel(sql_type = Text)]
    pub(super) activity: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(super) worker: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) updated: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) touched: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) commands: Option<String>,
    #[diesel(sql_type = BigInt)]
    pub(super) steps_completed: i64,
}

/// Two numbers that belong together.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub(super) struct Pair {
    #[diesel(sql_type = BigInt)]
    pub(super) one: i64,
    #[diesel(sql_type = BigInt)]
    pub(super) other: i64,
}

/// A Worker that gets no more tasks of a type.
#[derive(Clone, Debug, QueryableByName)]
pub(super) struct BlockRow {
    #[diesel(sql_type = BigInt)]
    pub(super) worker: i64,
    #[diesel(sql_type = Text)]
    pub(super) task_type: String,
}

/// A Worker.
#[derive(Clone, Debug, QueryableByName)]
pub(super) struct WorkerRow {
    #[diesel(sql_type = BigInt)]
    pub(super) id: i64,
    #[diesel(sql_type = Text)]
    pub(super) uuid: String,
    #[diesel(sql_type = Text)]
    pub(super) secret: String,
    #[diesel(sql_type = Text)]
    pub(super) name: String,
    #[diesel(sql_type = Text)]
    pub(super) address: String,
    #[diesel(sql_type = Text)]
    pub(super) platform: String,
    #[diesel(sql_type = Text)]
    pub(super) software: String,
    #[diesel(sql_type = Text)]
    pub(super) status: String,
    #[diesel(sql_type = Text)]
    pub(super) requested: String,
    #[diesel(sql_type = Bool)]
    pub(super) lazy: bool,
    #[diesel(sql_type = Text)]
    pub(super) task_types: String,
    #[diesel(sql_type = Bool)]
    pub(super) can_restart: bool,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) created: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) updated: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) seen: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) deleted: Option<String>,
}

/// A tag.
#[derive(Clone, Debug, QueryableByName)]
pub(super) struct TagRow {
    #[diesel(sql_type = BigInt)]
    pub(super) id: i64,
    #[diesel(sql_type = Text)]
    pub(super) uuid: String,
    #[diesel(sql_type = Text)]
    pub(super) name: String,
    #[diesel(sql_type = Text)]
    pub(super) description: String,
}

/// When a Worker sleeps.
#[derive(Clone, Debug, QueryableByName)]
pub(super) struct ScheduleRow {
    #[diesel(sql_type = BigInt)]
    pub(super) worker: i64,
    #[diesel(sql_type = Bool)]
    pub(super) is_active: bool,
    #[diesel(sql_type = Text)]
    pub(super) days: String,
    #[diesel(sql_type = Text)]
    pub(super) start: String,
    #[diesel(sql_type = Text)]
    pub(super) end: String,
}

// JSON and times are read as the text that they are, whatever type SQLite gave them. Old versions left columns empty.
const JOBS: &str = "SELECT id, coalesce(uuid, '') AS uuid, coalesce(name, '') AS name,
    coalesce(job_type, '') AS job_type, coalesce(priority, 50) AS priority, coalesce(status, '') AS status,
    coalesce(activity, '') AS activity, CAST(settings AS TEXT) AS settings, CAST(metadata AS TEXT) AS metadata,
    CAST(created_at AS TEXT) AS created, CAST(updated_at AS TEXT) AS updated,
    CAST(delete_requested_at AS TEXT) AS doomed, coalesce(storage_shaman_checkout_id, '') AS checkout,
    worker_tag_id AS tag
    FROM jobs ORDER BY id";
const TAGS: &str = "SELECT id, coalesce(uuid, '') AS uuid, coalesce(name, '') AS name,
    coalesce(description, '') AS description FROM worker_tags ORDER BY id";
const MEMBERS: &str = "SELECT worker_tag_id AS one, worker_id AS other FROM worker_tag_membership";
const WORKERS: &str = "SELECT id, coalesce(uuid, '') AS uuid, coalesce(CAST(secret AS TEXT), '') AS secret,
    coalesce(name, '') AS name, coalesce(address, '') AS address, coalesce(platform, '') AS platform,
    coalesce(software, '') AS software, coalesce(status, '') AS status,
    coalesce(status_requested, '') AS requested, coalesce(lazy_status_request, 0) AS lazy,
    coalesce(supported_task_types, '') AS task_types, coalesce(can_restart, 0) AS can_restart,
    CAST(created_at AS TEXT) AS created, CAST(updated_at AS TEXT) AS updated,
    CAST(last_seen_at AS TEXT) AS seen, CAST(deleted_at AS TEXT) AS deleted FROM workers ORDER BY id";
const SCHEDULES: &str = "SELECT worker_id AS worker, coalesce(is_active, 0) AS is_active,
    coalesce(days_of_week, '') AS days, coalesce(start_time, '') AS start, coalesce(end_time, '') AS \"end\"
    FROM sleep_schedules ORDER BY worker_id";
const DEPENDENCIES: &str = "SELECT task_id AS one, dependency_id AS other FROM task_dependencies
    WHERE task_id IN (SELECT id FROM tasks WHERE job_id = ?)";
const FAILURES: &str = "SELECT task_id AS one, worker_id AS other FROM task_failures
    WHERE task_id IN (SELECT id FROM tasks WHERE job_id = ?)";
const BLOCKS: &str =
    "SELECT DISTINCT worker_id AS worker, task_type FROM job_blocks WHERE job_id = ?";
const LAST_RENDERED: &str =
    "SELECT id AS one, job_id AS other FROM last_rendereds ORDER BY id LIMIT 1";

impl Source {
    pub(super) fn jobs(&mut self) -> QueryResult<Vec<JobRow>> {
        diesel::sql_query(JOBS).load(&mut self.conn)
    }

    pub(super) fn tags(&mut self) -> QueryResult<Vec<TagRow>> {
        diesel::sql_query(TAGS).load(&mut self.conn)
    }

    /// Tags and Workers.
    pub(super) fn members(&mut self) -> QueryResult<Vec<Pair>> {
        diesel::sql_query(MEMBERS).load(&mut self.conn)
    }

    pub(super) fn workers(&mut self) -> QueryResult<Vec<WorkerRow>> {
        diesel::sql_query(WORKERS).load(&mut self.conn)
    }

    pub(super) fn schedules(&mut self) -> QueryResult<Vec<ScheduleRow>> {
        diesel::sql_query(SCHEDULES).load(&mut self.conn)
    }

    /// The job that was rendered last.
    pub(super) fn last_rendered(&mut self) -> QueryResult<Option<i64>> {
        let row: Option<Pair> = diesel::sql_query(LAST_RENDERED)
            .get_result(&mut self.conn)
            .optional()?;
        Ok(row.map(|row| row.other))
    }

    /// The tasks of a job, in their order.
    pub(super) fn tasks(&mut self, job: i64) -> QueryResult<Vec<TaskRow>> {
        let steps = if self.has_steps {
            "steps_completed"
        } else {
            "0"
        };
        let place = if self.has_places {
            "index_in_job"
        } else {
            "id"
        };
        let sql = format!(
            "SELECT id, coalesce(uuid, '') AS uuid, coalesce(name, '') AS name, coalesce(type, '') AS task_type,
                coalesce(priority, 50) AS priority, coalesce(status, '') AS status,
                coalesce(activity, '') AS activity, worker_id AS worker,
                CAST(updated_at AS TEXT) AS updated, CAST(last_touched_at AS TEXT) AS touched,
                CAST(commands AS TEXT) AS commands, {steps} AS steps_completed
             FROM tasks WHERE job_id = ? ORDER BY {place}, id"
        );
        diesel::sql_query(sql)
            .bind::<BigInt, _>(job)
            .load(&mut self.conn)
    }

    /// Tasks of a job, and those that each waits for.
    pub(super) fn dependencies(&mut self, job: i64) -> QueryResult<Vec<Pair>> {
        diesel::sql_query(DEPENDENCIES)
            .bind::<BigInt, _>(job)
            .load(&mut self.conn)
    }

    /// Tasks of a job, and Workers that failed them.
    pub(super) fn failures(&mut self, job: i64) -> QueryResult<Vec<Pair>> {
        diesel::sql_query(FAILURES)
            .bind::<BigInt, _>(job)
            .load(&mut self.conn)
    }

    pub(super) fn blocks(&mut self, job: i64) -> QueryResult<Vec<BlockRow>> {
        diesel::sql_query(BLOCKS)
            .bind::<BigInt, _>(job)
            .load(&mut self.conn)
    }
}
