//! A Flamenco Manager's folder: database, configuration, the log of a task.

use std::fs;
use std::path::{Path, PathBuf};

use diesel::connection::{Connection as _, SimpleConnection as _};
use diesel::sqlite::SqliteConnection;

pub(crate) const JOB: &str = "bbbbbbbb-0000-4000-8000-000000000001";
/// The first task, of which there is a log.
pub(crate) const TASK: &str = "cccccccc-0000-4000-8000-000000000001";
pub(crate) const LOG: &str = "rendered by the old manager\n";
/// A Worker, and what it was given long ago.
pub(crate) const WORKER: &str = "aaaaaaaa-0000-4000-8000-000000000001";
pub(crate) const SECRET: &str = "old-secret";

const BEFORE_3_6: &str = include_str!("before-3.6.sql");
const BEFORE_3_9: &str = include_str!("before-3.9.sql");
const ROWS: &str = include_str!("rows.sql");
/// What 3.9 has besides.
const STEPS: &str = "
ALTER TABLE jobs ADD COLUMN steps_completed integer NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN steps_total integer NOT NULL DEFAULT 0;
ALTER TABLE tasks ADD COLUMN steps_completed integer NOT NULL DEFAULT 0;
ALTER TABLE tasks ADD COLUMN steps_total integer NOT NULL DEFAULT 0;";
/// What tags were before they were tags.
const CLUSTERS: &str = "
ALTER TABLE worker_tags RENAME TO worker_clusters;
ALTER TABLE worker_tag_membership RENAME TO worker_cluster_membership;
ALTER TABLE jobs RENAME COLUMN worker_tag_id TO worker_cluster_id;";

/// How old it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Version {
    /// Workers have clusters, not tags.
    WithClusters,
    Before3_6,
    Before3_9,
    Newest,
}

/// Makes one below this folder. Gives its database.
pub(crate) fn make(version: Version, folder: &Path) -> PathBuf {
    fs::create_dir_all(folder).unwrap();
    let database = folder.join("flamenco-manager.sqlite");
    let mut conn = SqliteConnection::establish(&database.to_string_lossy()).unwrap();
    let schema = match version {
        Version::WithClusters => [BEFORE_3_6, CLUSTERS],
        Version::Before3_6 => [BEFORE_3_6, ""],
        Version::Before3_9 => [BEFORE_3_9, ""],
        Version::Newest => [BEFORE_3_9, STEPS],
    };
    let tasks = (1..=4).map(|place| task(version, place));
    let statements = schema.map(str::to_owned).into_iter();
    for sql in statements.chain([ROWS.to_owned()]).chain(tasks) {
        conn.batch_execute(&sql).unwrap();
    }
    drop(conn);
    fs::write(
        folder.join("flamenco-manager.yaml"),
        "_meta: {version: 3}\nmanager_name: Old studio\ndatabase: flamenco-manager.sqlite\n",
    )
    .unwrap();
    let logs = folder.join(format!("flamenco-manager-storage/job-bbbb/{JOB}"));
    fs::create_dir_all(&logs).unwrap();
    fs::write(logs.join(format!("task-{TASK}.txt")), LOG).unwrap();
    database
}

/// A task that waits for the one before it: done, running, or not begun.
fn task(version: Version, place: u32) -> String {
    let (status, steps) = match place {
        1 => ("completed", 1),
        2 => ("active", 0),
        _ => ("queued", 0),
    };
    let has_places = matches!(version, Version::Before3_9 | Version::Newest);
    // Where tasks say their place, later ones have earlier numbers, so that nothing goes by the numbers there.
    let number = if has_places { 10 - place } else { place };
    let before = if has_places { number + 1 } else { number - 1 };
    let (mut more, mut steps_of_command) = (Vec::new(), "");
    if has_places {
        more.push(("index_in_job", place));
    }
    if version == Version::Newest {
        more.extend([("steps_completed", steps), ("steps_total", 1)]);
        steps_of_command = r#", "total_step_count": 0"#;
    }
    let columns: Vec<_> = more.iter().map(|(name, _)| format!(", {name}")).collect();
    let values: Vec<_> = more.iter().map(|(_, value)| format!(", {value}")).collect();
    let (columns, values) = (columns.concat(), values.concat());
    let command = format!(
        r#"[{{"name": "echo", "parameters": {{"message": "{place}"}}{steps_of_command}}}]"#
    );
    let waits = if place == 1 {
        String::new()
    } else {
        format!("INSERT INTO task_dependencies VALUES ({number}, {before});")
    };
    format!(
        "INSERT INTO tasks (id, created_at, updated_at, uuid, name, type, job_id, status, worker_id, commands{columns})
         VALUES ({number}, '2026-03-04 05:06:07.25 +0000 UTC', '2026-03-04 06:06:07.25 +0000 UTC',
             'cccccccc-0000-4000-8000-00000000000{place}', 'echo {place}', 'misc', 3, '{status}', 10,
             CAST('{command}' AS BLOB){values});
         {waits}"
    )
}
