//! Databases in memory, and what is put into them.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use farandole_protocol::api::{Command, JobMetadata, JobSettings};
use farandole_protocol::ids::{JobId, WorkerId};
use farandole_protocol::status::{JobStatus, TaskStatus, WorkerStatus};
use farandole_protocol::time::Timestamp;
use serde_json::json;

use crate::farm::keys::{JobNo, TaskKey, WorkerNo};
use crate::farm::write::{AttemptEnd, AttemptRow, JobRow, NewWorker, TaskRow, WorkerRow, Write};
use crate::store::commit::carry_out;
use crate::store::connection::{Connection, open_in_present_form};
use crate::store::{BeginJob, NewTask, Query, StoreError, StoreTasks};

/// A database with the present schema and nothing in it.
pub(super) struct World {
    pub(super) conn: Connection,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            conn: open_in_present_form(Path::new(":memory:")).unwrap(),
        }
    }

    #[track_caller]
    pub(super) fn run<Q: Query>(&mut self, query: Q) -> Q::Reply {
        query.run(&mut self.conn).unwrap()
    }

    #[track_caller]
    pub(super) fn refusal<Q: Query>(&mut self, query: Q) -> String
    where
        Q::Reply: std::fmt::Debug,
    {
        query.run(&mut self.conn).unwrap_err().to_string()
    }

    #[track_caller]
    pub(super) fn write(&mut self, writes: Vec<Write>) {
        self.try_write(writes).unwrap();
    }

    pub(super) fn try_write(&mut self, writes: Vec<Write>) -> Result<(), StoreError> {
        crate::store::connection::write(&mut self.conn, |conn| carry_out(conn, writes))
    }

    /// Changes the database behind the store's back.
    pub(super) fn sql(&mut self, sql: &str) {
        self.conn.batch_execute(sql).unwrap();
    }

    /// Stores a job that no list shows.
    pub(super) fn begin(&mut self, tasks: u32) -> (JobId, JobNo) {
        let begin = begin(tasks);
        let (job, no) = (begin.id, self.run(begin));
        self.run(StoreTasks {
            job: no,
            first_index: 1,
            tasks: (1..=tasks).map(task).collect(),
            created: at(1),
        });
        (job, no)
    }

    /// Stores a job and releases it.
    pub(super) fn job(&mut self, tasks: u32) -> (JobId, JobNo) {
        let (id, no) = self.begin(tasks);
        let queued = job_row(no, JobStatus::Queued);
        self.write(vec![Write::JobReleased(no), Write::Job(queued)]);
        (id, no)
    }

    pub(super) fn worker(&mut self, no: i64, name: &str) -> (WorkerId, WorkerNo) {
        let id = WorkerId::random();
        self.write(vec![Write::WorkerAdded(Box::new(new_worker(id, no, name)))]);
        (id, WorkerNo(no))
    }

    /// All that is stored, row by row.
    pub(super) fn dump(&mut self) -> Vec<String> {
        const TABLES: [&str; 13] = [
            "jobs",
            "tasks",
            "imported_tasks",
            "task_states",
            "attempts",
            "task_failures",
            "job_blocks",
            "workers",
            "worker_tags",
            "worker_tag_members",
            "sleep_schedules",
            "last_rendered",
            "probe",
        ];
        TABLES
            .into_iter()
            .flat_map(|table| self.dump_table(table))
            .collect()
    }

    fn dump_table(&mut self, table: &str) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Line {
            #[diesel(sql_type = Text)]
            line: String,
        }
        let columns = format!(
            "SELECT group_concat('''{table}.' || name || '='' || quote(' || name || ')', ' || '' '' || ')
                AS line FROM pragma_table_info('{table}')"
        );
        let columns: Line = diesel::sql_query(columns)
            .get_result(&mut self.conn)
            .unwrap();
        let rows = format!("SELECT {} AS line FROM {table} ORDER BY 1", columns.line);
        let rows: Vec<Line> = diesel::sql_query(rows).load(&mut self.conn).unwrap();
        rows.into_iter().map(|row| row.line).collect()
    }
}

/// So many seconds after the beginning of time.
pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_timestamp(second, 0).unwrap()
}

pub(super) fn key(job: JobNo, index: u32) -> TaskKey {
    TaskKey { job, index }
}

pub(super) fn begin(tasks: u32) -> BeginJob {
    BeginJob {
        id: JobId::random(),
        name: "a film".to_owned(),
        job_type: "simple-blender-render".to_owned(),
        priority: 70,
        settings: JobSettings(
            json!({"z": 1, "a": [true, "two"]})
                .as_object()
                .unwrap()
                .clone(),
        ),
        metadata: JobMetadata([("user".to_owned(), "anna".to_owned())].into()),
        shaman_checkout_id: None,
        tag: None,
        created: at(1),
        steps_total: i64::from(tasks),
        allow: Vec::new(),
        keep_existing: false,
    }
}

pub(super) fn task(index: u32) -> NewTask {
    NewTask {
        name: format!("render-{index}"),
        task_type: "blender".to_owned(),
        priority: 50,
        commands: vec![command(index)],
        dependencies: (1..index).collect(),
        steps_total: 1,
        optional: false,
    }
}

pub(super) fn command(index: u32) -> Command {
    Command {
        name: "echo".to_owned(),
        parameters: json!({"message": index}).as_object().unwrap().clone(),
        total_step_count: 0,
    }
}

pub(super) fn job_row(no: JobNo, status: JobStatus) -> JobRow {
    JobRow {
        no,
        status,
        activity: String::new(),
        priority: 70,
        tag: None,
        updated: at(2),
        steps_completed: 0,
        delete_requested: None,
        findings: Vec::new(),
        keep_existing: false,
    }
}

pub(super) fn task_row(key: TaskKey, status: TaskStatus) -> TaskRow {
    TaskRow {
        key,
        status,
        worker: None,
        attempt: 1,
        ended: None,
        steps_completed: 3,
        activity: "as it is".to_owned(),
        updated: at(5),
        touched: None,
        lost: 0,
    }
}

pub(super) fn attempt_begins(key: TaskKey, attempt: u32, worker: WorkerNo, when: i64) -> Write {
    Write::Attempt(AttemptRow {
        key,
        attempt,
        worker,
        started: Some(at(when)),
        ended: None,
    })
}

pub(super) fn attempt_ends(
    key: TaskKey,
    attempt: u32,
    worker: WorkerNo,
    ended: (i64, AttemptEnd),
) -> Write {
    Write::Attempt(AttemptRow {
        key,
        attempt,
        worker,
        started: None,
        ended: Some((at(ended.0), ended.1)),
    })
}

pub(super) fn worker_row(no: i64, name: &str) -> WorkerRow {
    WorkerRow {
        no: WorkerNo(no),
        name: name.to_owned(),
        address: format!("10.0.0.{no}"),
        platform: "linux".to_owned(),
        software: "3.9".to_owned(),
        status: WorkerStatus::Awake,
        requested: None,
        timed_out_from: None,
        task_types: vec!["blender".to_owned(), "misc".to_owned()],
        can_restart: true,
        ephemeral: true,
        last_seen: None,
        last_task: None,
        updated: at(3),
        deleted: None,
        run: None,
    }
}

fn new_worker(id: WorkerId, no: i64, name: &str) -> NewWorker {
    NewWorker {
        id,
        secret_hash: format!("hash of {name}"),
        created: at(3),
        row: worker_row(no, name),
    }
}
