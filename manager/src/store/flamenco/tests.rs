//! A database as the published schema has it is taken over, and a whole Manager goes on with it.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use farandole_protocol::ids::{JobId, TaskId, WorkerId};
use farandole_protocol::status::{JobStatus, TaskStatus, WorkerStatus};

use super::{ImportError, Source, import};
use crate::farm::commands::reports::ReportTask;
use crate::farm::commands::workers::{SignOn, StateChanged};
use crate::farm::decision::{Answer, Grant};
use crate::farm::identity::Runs;
use crate::gatekeeper::{Admit, AdmitError};
use crate::scheduler::{RequestTask, give_order};
use crate::store::connection::{Connection, open_writer_of_others};
use crate::store::{FindCredentials, FindWorker, ListBlocklist, ListJobs, ListTasks};
use crate::{ask, boot, config, import_flamenco};

const SCHEMA: &str = "
CREATE TABLE jobs (id integer PRIMARY KEY, created_at datetime NOT NULL, updated_at datetime,
    uuid varchar(36) UNIQUE NOT NULL DEFAULT '', name varchar(64) NOT NULL DEFAULT '',
    job_type varchar(32) NOT NULL DEFAULT '', priority smallint NOT NULL DEFAULT 0, status varchar(32) NOT NULL DEFAULT '',
    activity varchar(255) NOT NULL DEFAULT '', settings jsonb NOT NULL, metadata jsonb NOT NULL,
    delete_requested_at datetime, storage_shaman_checkout_id varchar(255) NOT NULL DEFAULT '', worker_tag_id integer,
    steps_completed integer NOT NULL DEFAULT 0, steps_total integer NOT NULL DEFAULT 0);
CREATE TABLE tasks (id integer PRIMARY KEY, created_at datetime NOT NULL, updated_at datetime,
    uuid varchar(36) UNIQUE NOT NULL DEFAULT '', name varchar(64) NOT NULL DEFAULT '', type varchar(32) NOT NULL DEFAULT '',
    job_id integer NOT NULL, index_in_job integer NOT NULL DEFAULT 0, priority smallint NOT NULL DEFAULT 50,
    status varchar(16) NOT NULL DEFAULT '', activity varchar(255) NOT NULL DEFAULT '', worker_id integer,
    last_touched_at datetime, commands jsonb NOT NULL, steps_completed integer NOT NULL DEFAULT 0,
    steps_total integer NOT NULL DEFAULT 0, UNIQUE (job_id, index_in_job));
CREATE TABLE task_dependencies (task_id integer, dependency_id integer, PRIMARY KEY (task_id, dependency_id));
CREATE TABLE task_failures (created_at datetime NOT NULL, task_id integer, worker_id integer, PRIMARY KEY (task_id, worker_id));
CREATE TABLE job_blocks (id integer PRIMARY KEY, created_at datetime NOT NULL, job_id integer NOT NULL,
    worker_id integer NOT NULL, task_type text NOT NULL, UNIQUE (job_id, worker_id, task_type));
CREATE TABLE last_rendereds (id integer PRIMARY KEY, created_at datetime NOT NULL, updated_at datetime, job_id integer);
CREATE TABLE workers (id integer PRIMARY KEY, created_at datetime NOT NULL, updated_at datetime,
    uuid varchar(36) UNIQUE NOT NULL DEFAULT '', secret varchar(255) NOT NULL DEFAULT '', name varchar(64) NOT NULL DEFAULT '',
    address varchar(39) NOT NULL DEFAULT '', platform varchar(16) NOT NULL DEFAULT '', software varchar(32) NOT NULL DEFAULT '',
    status varchar(16) NOT NULL DEFAULT '', last_seen_at datetime, status_requested varchar(16) NOT NULL DEFAULT '',
    lazy_status_request boolean NOT NULL DEFAULT false, supported_task_types varchar(255) NOT NULL DEFAULT '',
    deleted_at datetime, can_restart boolean NOT NULL DEFAULT false);
CREATE TABLE sleep_schedules (id integer PRIMARY KEY, created_at datetime NOT NULL, updated_at datetime,
    worker_id integer UNIQUE NOT NULL, is_active boolean NOT NULL DEFAULT false, days_of_week text NOT NULL DEFAULT '',
    start_time text NOT NULL DEFAULT '', end_time text NOT NULL DEFAULT '', next_check datetime);
CREATE TABLE worker_tags (id integer PRIMARY KEY, created_at datetime NOT NULL, updated_at datetime,
    uuid varchar(36) UNIQUE NOT NULL, name varchar(64) UNIQUE NOT NULL, description varchar(255) NOT NULL DEFAULT '');
CREATE TABLE worker_tag_membership (worker_tag_id integer, worker_id integer, PRIMARY KEY (worker_tag_id, worker_id));
";
const WHEN: &str = "2026-03-04 05:06:07.25 +0000 UTC";
const SECRETS: [&str; 3] = [
    "thought up by a person",
    "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f",
    "x",
];

fn job_id(number: usize) -> JobId {
    JobId::from_uuid(uuid::Uuid::from_u128(
        (number as u128 + 1) << 96 | 0x4000 << 64 | 2 << 62,
    ))
}

fn task_id(number: usize) -> TaskId {
    TaskId::from_uuid(uuid::Uuid::from_u128(
        0xabc << 100 | 7 << 64 | ((number as u128) << 36),
    ))
}

fn worker_id(number: usize) -> WorkerId {
    WorkerId::from_uuid(uuid::Uuid::from_u128(0xa11_0000 + number as u128))
}

/// A Flamenco Manager's database, in the log of which something stands.
struct Flamenco {
    conn: Connection,
    path: PathBuf,
    tasks: usize,
}

impl Flamenco {
    fn new(folder: &Path) -> Self {
        let path = folder.join("flamenco-manager.sqlite");
        let mut conn = open_writer_of_others(&path).unwrap();
        conn.batch_execute("PRAGMA journal_mode=WAL;").unwrap();
        conn.batch_execute(SCHEMA).unwrap();
        let mut made = Self {
            conn,
            path,
            tasks: 0,
        };
        for (number, secret) in SECRETS.iter().enumerate() {
            let (id, hash) = (worker_id(number), bcrypt::hash(secret, 4).unwrap());
            made.sql(&format!(
                "INSERT INTO workers (id, created_at, uuid, secret, name, platform, status, supported_task_types)
                 VALUES ({n}, '{WHEN}', '{id}', '{hash}', 'worker {number}', 'linux', 'awake', 'misc,blender')",
                n = number + 10
            ));
        }
        made.sql(&format!(
            "INSERT INTO worker_tags (id, created_at, uuid, name) VALUES (5, '{WHEN}', 'made up', 'gpu');
             INSERT INTO worker_tag_membership VALUES (5, 12);
             INSERT INTO sleep_schedules (created_at, worker_id, is_active, days_of_week, start_time, end_time)
                 VALUES ('{WHEN}', 10, true, 'mo tu', '22:00', '06:00'), ('{WHEN}', 11, true, 'never', '9', '')"
        ));
        made
    }

    fn sql(&mut self, sql: &str) {
        self.conn.batch_execute(sql).unwrap();
    }

    /// A job whose tasks have the statuses in turn; each waits for the one before it.
    fn job(&mut self, number: usize, status: &str, tasks: usize, statuses: &[&str]) {
        let id = job_id(number);
        self.sql(&format!(
            "BEGIN; INSERT INTO jobs (id, created_at, updated_at, uuid, name, job_type, priority, status, settings, metadata)
             VALUES ({number}, '{WHEN}', '{WHEN}', '{id}', 'job {number}', 'test', 60, '{status}',
                 CAST('{{\"a\": 1}}' AS BLOB), CAST('{{\"user\": \"anna\"}}' AS BLOB))"
        ));
        for (index, status) in (1..=tasks).zip(statuses.iter().cycle()) {
            self.tasks += 1;
            let (n, id) = (self.tasks, task_id(self.tasks));
            self.sql(&format!(
                "INSERT INTO tasks (id, created_at, updated_at, uuid, name, type, job_id, index_in_job, status, worker_id, commands)
                 VALUES ({n}, '{WHEN}', '{WHEN}', '{id}', 'task {index}', 'misc', {number}, {index}, '{status}', 10,
                     CAST('[{{\"name\": \"echo\", \"parameters\": {{}}, \"total_step_count\": 0}}]' AS BLOB))"
            ));
            if index > 1 {
                self.sql(&format!(
                    "INSERT INTO task_dependencies VALUES ({n}, {})",
                    n - 1
                ));
            }
        }
        self.sql("COMMIT");
    }
}

fn take_over(file: &Path, data: &Path, more: &[&str]) -> Result<String, String> {
    let mut args: Vec<OsString> = vec![file.into(), "--data-dir".into(), data.into()];
    args.extend(more.iter().map(OsString::from));
    let mut out = Vec::new();
    import_flamenco::run(&args, &BTreeMap::new(), data, &mut out)
        .map_err(|error| error.to_string())?;
    Ok(String::from_utf8(out).unwrap())
}

#[actix::test]
async fn ten_thousand_tasks_in_every_state_and_three_workers_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut flamenco = Flamenco::new(folder.path());
    let every = TaskStatus::ALL.iter().map(|status| status.as_str());
    let every: Vec<&str> = every.collect();
    flamenco.job(
        0,
        "active",
        20,
        &["completed", "active", "queued", "queued"],
    );
    for (number, status) in JobStatus::ALL.iter().enumerate() {
        flamenco.job(number + 1, status.as_str(), 998, &every);
    }
    flamenco.sql(&format!(
        "INSERT INTO task_failures VALUES ('{WHEN}', 3, 11);
         INSERT INTO job_blocks VALUES (1, '{WHEN}', 0, 12, 'misc');
         INSERT INTO last_rendereds VALUES (1, '{WHEN}', '{WHEN}', 0)"
    ));
    std::fs::write(
        folder.path().join("flamenco-manager.yaml"),
        "_meta: {version: 3}\nmanager_name: Studio\ndatabase: flamenco-manager.sqlite\nnew_key: 1\n",
    )
    .unwrap();
    let before = std::fs::read(&flamenco.path).unwrap();
    let data = folder.path().join("ours");
    let said = take_over(&flamenco.path, &data, &[]).unwrap();
    assert_eq!(std::fs::read(&flamenco.path).unwrap(), before);
    let job_count = JobStatus::ALL.len();
    let counts = format!(
        "{job_count} jobs with {} tasks, 3 workers, 1 tags, 1 sleep schedules, 1 entries of blocklists",
        20 + 998 * (job_count - 1)
    );
    assert!(said.contains(&counts), "{said}");
    for warning in [
        "still being made",
        "sleep schedule of worker",
        "new_key",
        "the logs",
    ] {
        assert!(said.contains(warning), "{warning}: {said}");
    }

    let flags = ["--listen=127.0.0.1:0", "--autodiscoverable=false"].map(OsString::from);
    let (config, loaded) = config::load(&flags, &BTreeMap::new(), &data).unwrap();
    assert_eq!(config.manager_name, "Studio");
    let manager = boot::start(config, loaded, None).await.unwrap();
    let parts = &manager.parts;
    while parts.health().await.iter().any(|part| !part.ready) {
        tokio::task::yield_now().await;
    }
    for (number, secret) in SECRETS.iter().enumerate() {
        let (worker, secret) = (worker_id(number), (*secret).to_owned());
        let peer = None;
        let admit = |secret: String| {
            let admit = Admit {
                worker,
                secret,
                peer,
            };
            ask::ask(&parts.gatekeeper, admit)
        };
        let wrong = admit("wrong".to_owned()).await.unwrap();
        assert_eq!(wrong, Err(AdmitError::Refused));
        admit(secret).await.unwrap().unwrap();
        let stored = parts.store.read(FindCredentials { id: worker }).await;
        let stored = stored.unwrap().unwrap().unwrap();
        assert!(!stored.starts_with("$2"), "it is ours by now: {stored}");
    }
    let jobs = parts.store.read(ListJobs).await.unwrap().unwrap();
    assert_eq!((jobs[0].name.as_str(), jobs[0].priority), ("job 0", 60));
    let states: BTreeSet<&str> = jobs.iter().map(|job| job.status.as_str()).collect();
    let rests = [
        "active",
        "canceled",
        "completed",
        "failed",
        "paused",
        "queued",
    ];
    assert!(
        states.iter().all(|state| rests.contains(state)),
        "{states:?}"
    );
    let job = job_id(0);
    let blocked = parts.store.read(ListBlocklist { id: job }).await;
    assert_eq!(blocked.unwrap().unwrap().0[0].worker_id, worker_id(2));
    let worker = parts.store.read(FindWorker { id: worker_id(2) }).await;
    assert_eq!(
        worker
            .unwrap()
            .unwrap()
            .unwrap()
            .tags
            .map(|tags| tags.len()),
        Some(1)
    );
    finish(parts, job).await;
    manager.stop().await;
}

/// A Worker does all that is left of a job.
async fn finish(parts: &crate::parts::Parts, job: JobId) {
    let worker = worker_id(0);
    let sign_on = SignOn {
        worker,
        name: "anna".to_owned(),
        address: String::new(),
        software: "3.8".to_owned(),
        task_types: vec!["misc".to_owned()],
        can_restart: false,
        ephemeral: false,
        clock: farandole_protocol::time::now().naive_utc(),
        runs: Runs::default(),
    };
    give_order(&parts.scheduler, sign_on)
        .await
        .unwrap()
        .unwrap();
    let status = WorkerStatus::Awake;
    let awake = StateChanged { worker, status };
    give_order(&parts.scheduler, awake).await.unwrap().unwrap();
    loop {
        let tasks = parts.store.read(ListTasks { job }).await.unwrap().unwrap();
        assert!(
            tasks
                .iter()
                .all(|task| task.id == task_id(usize::try_from(task.index_in_job).unwrap()))
        );
        if tasks
            .iter()
            .all(|task| task.status == TaskStatus::Completed)
        {
            return;
        }
        let grant = next_task(parts, worker).await;
        let report = ReportTask {
            worker,
            task: grant.task,
            attempt: None,
            status: Some(TaskStatus::Completed),
            activity: None,
            steps_completed: None,
            findings: Vec::new(),
            outputs: Vec::new(),
        };
        give_order(&parts.scheduler, report).await.unwrap().unwrap();
    }
}

async fn next_task(parts: &crate::parts::Parts, worker: WorkerId) -> Grant {
    let request = RequestTask {
        worker,
        ticket: None,
    };
    let answer = ask::ask(&parts.scheduler, request).await.unwrap();
    let Answer::Task(grant) = answer else {
        panic!("a task was expected, not {answer:?}");
    };
    *grant
}

#[test]
fn what_cannot_be_taken_over_is_refused_and_a_second_time_adds_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("ours");
    let missing = folder.path().join("missing.sqlite");
    assert!(
        take_over(&missing, &data, &[])
            .unwrap_err()
            .contains("cannot read")
    );
    let notes = folder.path().join("notes.txt");
    std::fs::write(
        &notes,
        "no database, but long enough to be looked at".repeat(30),
    )
    .unwrap();
    let refused = take_over(&notes, &data, &[]).unwrap_err();
    assert!(
        refused.contains("not the database of a Flamenco Manager"),
        "{refused}"
    );

    let mut flamenco = Flamenco::new(folder.path());
    flamenco.job(0, "queued", 3, &["queued"]);
    let itself = format!("--database={}", flamenco.path.display());
    let refused = take_over(&flamenco.path, &data, &[&itself]).unwrap_err();
    assert!(refused.contains("--database"), "{refused}");
    take_over(&flamenco.path, &data, &[]).unwrap();
    let refused = take_over(&flamenco.path, &data, &[]).unwrap_err();
    assert!(
        refused.contains("1 jobs and 3 workers") && refused.contains("--merge"),
        "{refused}"
    );
    flamenco.job(1, "queued", 2, &["queued"]);
    let said = take_over(&flamenco.path, &data, &["--merge"]).unwrap();
    assert!(said.contains("1 jobs with 2 tasks, 0 workers"), "{said}");
    assert!(
        said.contains("left as they are: 4 jobs and workers"),
        "{said}"
    );
}

#[test]
fn a_database_that_a_manager_works_with_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let flamenco = Flamenco::new(folder.path());
    let ours = folder.path().join("farm.sqlite");
    let mut in_use = crate::store::connection::open_writer(&ours).unwrap();
    in_use.batch_execute("SELECT count(*) FROM jobs").unwrap();
    let mut source = Source::open(&flamenco.path, folder.path()).unwrap();
    let refused = import(&mut source, &ours, false, &mut |_, _| {}).unwrap_err();
    assert!(matches!(refused, ImportError::InUse(_)), "{refused:?}");
}
