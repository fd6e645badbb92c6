//! Connections to SQLite, and how they are tuned.
//!
//! One connection writes, in WAL mode with `synchronous=FULL`: what was committed survives a power cut. It never
//! checkpoints by itself; a connection of its own does that every quarter of a second, beside the writer's path. A
//! passive checkpoint never resets the log under load, so the writer does when the log has grown large.
//!
//! What only SQLite has stands in this file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection as _, RunQueryDsl as _, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use farandole_settings::{make_private_file, make_private_folder};

use super::error::StoreError;

/// A connection to the database.
pub type Connection = SqliteConnection;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
/// Between checkpoints.
pub(super) const CHECKPOINT_EVERY: Duration = Duration::from_millis(250);
/// A log larger than this is started anew by the writer, and its file cut to this.
const LARGE_LOG: u64 = 64 << 20;
/// Nobody waits longer than this for somebody else's transaction.
const PATIENCE: Duration = Duration::from_secs(10);
/// Nor does the writer wait longer than this for those who read what stands in a large log: it has work to do.
const PATIENCE_WITH_READERS: Duration = Duration::from_millis(50);

/// Opens the database for writing, and brings it to the present form.
pub(super) fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    if let Some(folder) = path.parent() {
        make_private_folder(folder).map_err(|error| cannot_open(path, error.into()))?;
    }
    // Its log and what else SQLite makes beside it take the mode of this file.
    make_private_file(path).map_err(|error| cannot_open(path, error.into()))?;
    open_in_present_form(path)
}

/// The same where no file is made, as in memory.
pub(super) fn open_in_present_form(path: &Path) -> Result<Connection, StoreError> {
    let mut conn = open(path)?;
    let tune = format!(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;
         PRAGMA journal_size_limit={LARGE_LOG};"
    );
    conn.batch_execute(&tune)
        .map_err(|error| cannot_open(path, error.into()))?;
    conn.run_pending_migrations(MIGRATIONS)
        .map_err(|error| cannot_open(path, error))?;
    refuse_newer(&mut conn, path)?;
    Ok(conn)
}

/// A database that a newer Manager has changed is not for this one.
fn refuse_newer(conn: &mut Connection, path: &Path) -> Result<(), StoreError> {
    use diesel::migration::{Migration, MigrationSource};
    let known: Vec<Box<dyn Migration<diesel::sqlite::Sqlite>>> = MIGRATIONS
        .migrations()
        .map_err(|error| cannot_open(path, error))?;
    let applied = conn
        .applied_migrations()
        .map_err(|error| cannot_open(path, error))?;
    let unknown = applied.into_iter().find(|version| {
        !known
            .iter()
            .any(|migration| migration.name().version() == *version)
    });
    match unknown {
        None => Ok(()),
        Some(version) => {
            let text =
                format!("a newer version of the Manager has changed it (migration {version})");
            Err(cannot_open(path, text.into()))
        }
    }
}

/// Opens the database for reading only, and with it the log, which SQLite opens when it reads first.
pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let mut conn = open(path)?;
    conn.batch_execute("PRAGMA query_only=ON; SELECT count(*) FROM sqlite_master;")
        .map_err(|error| cannot_open(path, error.into()))?;
    Ok(conn)
}

/// What is wrong with the database file; nothing if it is sound. Reads all of it.
pub(super) fn damage(conn: &mut Connection) -> diesel::QueryResult<Vec<String>> {
    let integrity: Vec<Finding> =
        diesel::sql_query("SELECT integrity_check AS text FROM pragma_integrity_check")
            .load(conn)?;
    let references: Vec<Finding> = diesel::sql_query(
        "SELECT 'a row of ' || \"table\" || ' names one of ' || parent || ' that is not there' AS text \
         FROM pragma_foreign_key_check",
    )
    .load(conn)?;
    let findings = integrity.into_iter().chain(references);
    let findings = findings.map(|finding| finding.text);
    Ok(findings.filter(|text| text != "ok").collect())
}

#[derive(diesel::QueryableByName)]
struct Finding {
    #[diesel(sql_type = diesel::sql_types::Text)]
    text: String,
}

/// Opens a database that somebody else made, as it is. Only for a copy: SQLite works off the log that lies beside it.
pub(super) fn open_writer_of_others(path: &Path) -> Result<Connection, StoreError> {
    open(path)
}

/// From the next change on nobody else may use the database; that change is refused if somebody does already.
pub(super) fn claim(conn: &mut Connection) -> diesel::QueryResult<()> {
    set_patience(conn, PATIENCE_WITH_READERS)?;
    conn.batch_execute("PRAGMA locking_mode=EXCLUSIVE;")
}

/// Opens the database for checkpoints only.
pub(super) fn open_checkpointer(path: &Path) -> Result<Connection, StoreError> {
    open(path)
}

fn open(path: &Path) -> Result<Connection, StoreError> {
    let mut conn = Connection::establish(&path.to_string_lossy())
        .map_err(|error| cannot_open(path, error.into()))?;
    set_patience(&mut conn, PATIENCE)
        .and_then(|()| conn.batch_execute("PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"))
        .map_err(|error| cannot_open(path, error.into()))?;
    Ok(conn)
}

fn set_patience(conn: &mut Connection, patience: Duration) -> diesel::QueryResult<()> {
    conn.batch_execute(&format!("PRAGMA busy_timeout={};", patience.as_millis()))
}

/// Changes something, wholly or not at all. The lock is taken at the start: a transaction that first reads and then
/// wants to write is refused, however long it would wait.
pub(super) fn write<T>(
    conn: &mut Connection,
    change: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    conn.immediate_transaction(change)
}

fn cannot_open(path: &Path, source: Box<dyn std::error::Error + Send + Sync>) -> StoreError {
    StoreError::Open {
        path: path.to_owned(),
        source,
    }
}

/// Copies the log into the database without holding anybody up.
pub(super) fn checkpoint(conn: &mut Connection) -> Result<(), StoreError> {
    Ok(conn.batch_execute("PRAGMA wal_checkpoint(PASSIVE);")?)
}

/// The log, watched by the writer.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    changes: u32,
}

impl Log {
    /// The log is looked at once in so many changes, so that one that cannot be started anew does not hold up each.
    const LOOK_EVERY: u32 = 64;

    pub(super) fn of(database: &Path) -> Self {
        let mut path = database.as_os_str().to_owned();
        path.push("-wal");
        Self {
            path: path.into(),
            changes: 0,
        }
    }

    /// After a change: starts the log anew if it has grown large.
    pub(super) fn keep_small(&mut self, conn: &mut Connection) {
        self.changes = self.changes.wrapping_add(1);
        if self.changes.is_multiple_of(Self::LOOK_EVERY)
            && self.is_large()
            && let Err(error) = start_anew(conn)
        {
            tracing::warn!(%error, "cannot start the database's log anew");
        }
    }

    fn is_large(&self) -> bool {
        std::fs::metadata(&self.path).is_ok_and(|log| log.len() > LARGE_LOG)
    }
}

/// Copies the whole log into the database, so that the next change begins it anew. If somebody reads what stands in
/// it, that does not come about, and is no error.
fn start_anew(conn: &mut Connection) -> diesel::QueryResult<()> {
    set_patience(conn, PATIENCE_WITH_READERS)?;
    let outcome = conn.batch_execute("PRAGMA wal_checkpoint(RESTART);");
    set_patience(conn, PATIENCE)?;
    outcome
}

#[cfg(test)]
mod tests {
    use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};

    use super::super::schema::{jobs, probe};
    use super::*;

    #[test]
    fn the_schema_can_be_made_unmade_and_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut conn = open_writer(&folder.path().join("new/farm.sqlite")).unwrap();
        conn.revert_all_migrations(MIGRATIONS).unwrap();
        assert!(jobs::table.count().get_result::<i64>(&mut conn).is_err());
        conn.run_pending_migrations(MIGRATIONS).unwrap();
        assert_eq!(jobs::table.count().get_result::<i64>(&mut conn), Ok(0));
    }

    #[test]
    fn what_is_no_database_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        std::fs::write(
            &path,
            "a text that is long enough not to be taken for an empty file".repeat(20),
        )
        .unwrap();
        let error = open_writer(&path).err().unwrap().to_string();
        assert!(error.contains("notes.txt"), "{error}");
    }

    #[test]
    fn a_database_of_a_newer_manager_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("farm.sqlite");
        let mut conn = open_writer(&path).unwrap();
        conn.batch_execute(
            "INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')",
        )
        .unwrap();
        assert!(matches!(open_writer(&path), Err(StoreError::Open { .. })));
    }

    #[test]
    fn a_reader_cannot_write() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("farm.sqlite");
        drop(open_writer(&path).unwrap());
        let mut reader = open_reader(&path).unwrap();
        assert!(diesel::delete(jobs::table).execute(&mut reader).is_err());
    }

    #[test]
    fn a_log_that_was_started_anew_does_not_grow() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("farm.sqlite");
        let mut conn = open_writer(&path).unwrap();
        let log = Log::of(&path).path;
        for _ in 0..8 {
            fill(&mut conn);
            start_anew(&mut conn).unwrap();
        }
        let size = std::fs::metadata(&log).unwrap().len();
        assert!(size < 3 << 20, "{size} bytes");
    }

    #[test]
    fn a_reader_of_a_large_log_is_not_waited_for_long_and_keeps_its_view() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("farm.sqlite");
        let mut conn = open_writer(&path).unwrap();
        fill(&mut conn);
        let mut reader = open_reader(&path).unwrap();
        let rows = |reader: &mut Connection| probe::table.count().get_result::<i64>(reader);
        reader
            .transaction(|reader| {
                assert_eq!(rows(reader)?, 1);
                fill(&mut conn);
                start_anew(&mut conn).unwrap();
                fill(&mut conn);
                assert_eq!(rows(reader)?, 1);
                diesel::QueryResult::Ok(())
            })
            .unwrap();
        assert_eq!(rows(&mut reader), Ok(3));
    }

    #[test]
    fn damage_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("farm.sqlite");
        let mut conn = open_writer(&path).unwrap();
        assert_eq!(damage(&mut conn), Ok(Vec::new()));
        conn.batch_execute(
            "PRAGMA foreign_keys=OFF; INSERT INTO worker_tag_members (tag, worker) VALUES ('t', 9);",
        )
        .unwrap();
        let found = damage(&mut conn).unwrap();
        assert!(found[0].contains("worker_tag_members"), "{found:?}");
        for _ in 0..3 {
            fill(&mut conn);
        }
        start_anew(&mut conn).unwrap();
        drop(conn);
        let mut bytes = std::fs::read(&path).unwrap();
        // Somewhere in the middle of what was filled in, in the pages' own links.
        for page in bytes.chunks_mut(4096).skip(100).take(50) {
            page[..4].fill(0xff);
        }
        std::fs::write(&path, bytes).unwrap();
        let mut conn = open_reader(&path).unwrap();
        assert!(damage(&mut conn).map_or(true, |found| found.len() > 1));
    }

    fn fill(conn: &mut Connection) {
        let filling = probe::filling.eq(vec![1_u8; 1 << 20]);
        diesel::insert_into(probe::table)
            .values(filling)
            .execute(conn)
            .unwrap();
    }
}
