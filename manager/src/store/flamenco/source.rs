//! The source: a copy of a Flamenco Manager's database, opened and looked at.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use tempfile::TempDir;

use super::ImportError;
use crate::store::connection::{self, Connection};

/// A Flamenco Manager's database. What is read is a copy, which goes with this.
pub struct Source {
    pub(super) conn: Connection,
    pub(super) path: PathBuf,
    /// Whether tasks say which steps are done; before Flamenco 3.9 they did not.
    pub(super) has_steps: bool,
    /// Whether tasks say their place in the job; before Flamenco 3.6 they did not.
    pub(super) has_places: bool,
    _copy: TempDir,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// Columns without which a database is none of a Flamenco Manager.
const NEEDED: [(&str, &str); 8] = [
    ("jobs", "uuid"),
    ("jobs", "storage_shaman_checkout_id"),
    ("jobs", "worker_tag_id"),
    ("tasks", "commands"),
    ("task_dependencies", "dependency_id"),
    ("workers", "can_restart"),
    ("sleep_schedules", "days_of_week"),
    ("worker_tags", "uuid"),
];

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    of: String,
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

impl Source {
    /// Copies the database, with what stands in its log, into a folder below this one, and opens the copy.
    pub fn open(path: &Path, workshop: &Path) -> Result<Self, ImportError> {
        let before = look(path)?;
        let copy = copy(path, workshop)?;
        if look(path)? != before {
            return Err(ImportError::Changing(path.to_owned()));
        }
        let not_flamenco = || ImportError::NotFlamenco(path.to_owned());
        let mut conn = connection::open_writer_of_others(&copy.path().join(COPY))
            .map_err(|_| not_flamenco())?;
        let columns = columns(&mut conn).map_err(|_| not_flamenco())?;
        let has = |of: &str, name: &str| {
            columns
                .iter()
                .any(|column| column.of == of && column.name == name)
        };
        if !NEEDED.iter().all(|(of, name)| has(of, name)) {
            return Err(not_flamenco());
        }
        if let Some(finding) = connection::damage(&mut conn)?.into_iter().next() {
            return Err(ImportError::Damaged {
                path: path.to_owned(),
                finding,
            });
        }
        Ok(Self {
            has_steps: has("tasks", "steps_completed"),
            has_places: has("tasks", "index_in_job"),
            conn,
            path: path.to_owned(),
            _copy: copy,
        })
    }

    /// How many tasks there are.
    pub(super) fn count_tasks(&mut self) -> QueryResult<u64> {
        let rows: Count =
            diesel::sql_query("SELECT count(*) AS count FROM tasks").get_result(&mut self.conn)?;
        Ok(u64::try_from(rows.count).unwrap_or(0))
    }
}

const COPY: &str = "flamenco.sqlite";

fn columns(conn: &mut Connection) -> QueryResult<Vec<Column>> {
    diesel::sql_query(
        "SELECT tables.name AS of, columns.name AS name
         FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns WHERE tables.type = 'table'",
    )
    .load(conn)
}

/// The file that SQLite writes to first, before the database itself.
fn log_of(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

/// Length and time of the last change, of database and log. Two of the same mean that nobody wrote meanwhile.
type Look = [Option<(u64, SystemTime)>; 2];

fn look(path: &Path) -> Result<Look, ImportError> {
    let unreadable = |source| ImportError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let of = |metadata: fs::Metadata| Ok((metadata.len(), metadata.modified()?));
    let database = fs::metadata(path).and_then(of).map_err(unreadable)?;
    let log = fs::metadata(log_of(path)).and_then(of).ok();
    Ok([Some(database), log])
}

fn copy(path: &Path, workshop: &Path) -> Result<TempDir, ImportError> {
    let not_copied = |source| ImportError::NotCopied {
        path: path.to_owned(),
        source,
    };
    let folder = tempfile::Builder::new()
        .prefix("import-")
        .tempdir_in(workshop)
        .map_err(not_copied)?;
    let copy = folder.path().join(COPY);
    fs::copy(path, &copy).map_err(not_copied)?;
    let log = log_of(path);
    if log.exists() {
        fs::copy(&log, log_of(&copy)).map_err(not_copied)?;
    }
    Ok(folder)
}
