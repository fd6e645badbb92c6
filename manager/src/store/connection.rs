//! Connections to SQLite, and how they are tuned.
//!
//! One connection writes, in WAL mode with `synchronous=FULL`: what was committed survives a power cut. It never
//! checkpoints by itself; a connection of its own does that every quarter of a second, beside the writer's path. A
//! passive checkpoint never resets the log under load, so the writer does when the log has grown large.

use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection as _, RunQueryDsl, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::error::StoreError;

/// A connection to the database.
pub type Connection = SqliteConnection;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
/// Between checkpoints.
pub(super) const CHECKPOINT_EVERY: Duration = Duration::from_millis(250);
/// A log larger than this is reset by the writer.
const LARGE_LOG: u64 = 64 << 20;

/// Opens the database for writing, and brings it to the present form.
pub(super) fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| cannot_open(path, error.into()))?;
    }
    let mut conn = open(path)?;
    let tune = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;";
    conn.batch_execute(tune)
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

/// Opens the database for reading only.
pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let mut conn = open(path)?;
    conn.batch_execute("PRAGMA query_only=ON;")
        .map_err(|error| cannot_open(path, error.into()))?;
    Ok(conn)
}

/// Opens the database for checkpoints only.
pub(super) fn open_checkpointer(path: &Path) -> Result<Connection, StoreError> {
    open(path)
}

fn open(path: &Path) -> Result<Connection, StoreError> {
    let mut conn = Connection::establish(&path.to_string_lossy())
        .map_err(|error| cannot_open(path, error.into()))?;
    conn.batch_execute(
        "PRAGMA busy_timeout=10000; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;",
    )
    .map_err(|error| cannot_open(path, error.into()))?;
    Ok(conn)
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
    commits: u32,
}

impl Log {
    /// The log is looked at once in so many commits.
    const LOOK_EVERY: u32 = 64;

    pub(super) fn of(database: &Path) -> Self {
        let mut path = database.as_os_str().to_owned();
        path.push("-wal");
        Self {
            path: path.into(),
            commits: 0,
        }
    }

    /// After a commit: starts the log anew if it has grown large.
    pub(super) fn keep_small(&mut self, conn: &mut Connection) {
        self.commits += 1;
        if !self.commits.is_multiple_of(Self::LOOK_EVERY) {
            return;
        }
        let large = std::fs::metadata(&self.path).is_ok_and(|log| log.len() > LARGE_LOG);
        if large
            && let Err(error) = diesel::sql_query("PRAGMA wal_checkpoint(RESTART)").execute(conn)
        {
            tracing::warn!(%error, "cannot start the database's log anew");
        }
    }
}

#[cfg(test)]
mod tests {
    use diesel::prelude::*;

    use super::super::schema::jobs;
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
}
