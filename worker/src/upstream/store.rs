//! The SQLite file with the updates. The only place of the Worker with SQL.
//!
//! A commit is on disk when it returns (`synchronous = FULL`): what was said about a task survives a power cut. All
//! of this blocks; the Upstream has it done on a thread for such work.

use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use farandole_protocol::api::TaskUpdate;
use farandole_protocol::time::now;
use tracing::error;

use super::messages::{Attempt, Deliver};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

diesel::table! {
    task_updates (id) {
        id -> BigInt,
        created_at -> BigInt,
        task_id -> Text,
        attempt -> Nullable<BigInt>,
        payload -> Text,
    }
}

/// Why the file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreFault {
    /// It could not be opened.
    #[error("cannot open the file of task updates: {0}")]
    Open(#[from] ConnectionError),
    /// It could not be brought to this version's form.
    #[error("cannot migrate the file of task updates: {0}")]
    Migrate(String),
    /// Reading or writing failed.
    #[error("cannot use the file of task updates: {0}")]
    Query(#[from] diesel::result::Error),
}

/// Which updates are not needed any more.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Forget {
    #[default]
    Nothing,
    /// This one.
    Update(i64),
    /// All of this hand-out.
    Attempt(Attempt),
}

/// A change of the file: all of this, or nothing.
#[derive(Debug)]
pub(super) struct Commit {
    pub(super) forget: Forget,
    /// To be kept, in this order.
    pub(super) keep: Vec<Deliver>,
}

/// What is on disk after a commit.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Backlog {
    pub(super) rows: u64,
    pub(super) oldest: Option<StoredUpdate>,
}

/// An update with its place in the order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct StoredUpdate {
    pub(super) id: i64,
    pub(super) attempt: Attempt,
    pub(super) update: TaskUpdate,
}

/// The file.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    opened: Option<Opened>,
}

struct Opened {
    connection: SqliteConnection,
    rows: u64,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened")
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

#[derive(Insertable)]
#[diesel(table_name = task_updates)]
struct NewRow {
    created_at: i64,
    task_id: String,
    attempt: Option<i64>,
    payload: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = task_updates)]
struct Row {
    id: i64,
    task_id: String,
    attempt: Option<i64>,
    payload: String,
}

impl Store {
    /// The file at this path, which is made if it is missing. Fails early, so that a Worker that could not keep
    /// anything does not take tasks.
    pub fn open(path: &Path) -> Result<Self, StoreFault> {
        let opened = Opened::open(path)?;
        Ok(Self {
            path: path.to_owned(),
            opened: Some(opened),
        })
    }

    /// Makes the change. After an error the file is opened anew for the next one.
    pub(super) fn carry_out(&mut self, commit: &Commit) -> Result<Backlog, StoreFault> {
        let mut opened = match self.opened.take() {
            Some(opened) => opened,
            None => Opened::open(&self.path)?,
        };
        let backlog = opened.carry_out(commit)?;
        self.opened = Some(opened);
        Ok(backlog)
    }
}

impl Opened {
    fn open(path: &Path) -> Result<Self, StoreFault> {
        let mut connection = SqliteConnection::establish(&path.to_string_lossy())?;
        connection.batch_execute(
            "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;",
        )?;
        connection
            .run_pending_migrations(MIGRATIONS)
            .map_err(|error| StoreFault::Migrate(error.to_string()))?;
        let rows: i64 = task_updates::table.count().get_result(&mut connection)?;
        Ok(Self {
            connection,
            rows: rows.unsigned_abs(),
        })
    }

    fn carry_out(&mut self, commit: &Commit) -> Result<Backlog, StoreFault> {
        let before = self.rows;
        let (rows, oldest) = self.connection.immediate_transaction(|connection| {
            let forgotten = forget(connection, commit.forget)?;
            let kept = keep(connection, &commit.keep)?;
            let (oldest, unreadable) = oldest(connection)?;
            Ok::<_, StoreFault>((
                (before + kept).saturating_sub(forgotten + unreadable),
                oldest,
            ))
        })?;
        self.rows = rows;
        Ok(Backlog { rows, oldest })
    }
}

fn forget(connection: &mut SqliteConnection, what: Forget) -> QueryResult<u64> {
    let deleted = match what {
        Forget::Nothing => 0,
        Forget::Update(id) => diesel::delete(task_updates::table.find(id)).execute(connection)?,
        Forget::Attempt((task, attempt)) => diesel::delete(
            task_updates::table
                .filter(task_updates::task_id.eq(task.to_string()))
                .filter(task_updates::attempt.is(attempt.map(i64::from))),
        )
        .execute(connection)?,
    };
    Ok(deleted as u64)
}

fn keep(connection: &mut SqliteConnection, updates: &[Deliver]) -> Result<u64, StoreFault> {
    let created_at = now().timestamp_micros();
    for Deliver {
        attempt: (task, attempt),
        update,
    } in updates
    {
        let payload = serde_json::to_string(update).map_err(|error| {
            // Texts and numbers: there is nothing in it that JSON could not say.
            StoreFault::Query(diesel::result::Error::SerializationError(error.into()))
        })?;
        let row = NewRow {
            created_at,
            task_id: task.to_string(),
            attempt: attempt.map(i64::from),
            payload,
        };
        diesel::insert_into(task_updates::table)
            .values(row)
            .execute(connection)?;
    }
    Ok(updates.len() as u64)
}

/// The oldest update, and how many before it were thrown away because they could not be read.
fn oldest(connection: &mut SqliteConnection) -> QueryResult<(Option<StoredUpdate>, u64)> {
    let mut unreadable = 0;
    loop {
        let row = task_updates::table
            .select(Row::as_select())
            .order(task_updates::id)
            .first(connection)
            .optional()?;
        let Some(row) = row else {
            return Ok((None, unreadable));
        };
        let id = row.id;
        if let Some(update) = row.read() {
            return Ok((Some(update), unreadable));
        }
        error!(
            update.id = id,
            "a task update on disk cannot be read, it is lost"
        );
        diesel::delete(task_updates::table.find(id)).execute(connection)?;
        unreadable += 1;
    }
}

impl Row {
    fn read(self) -> Option<StoredUpdate> {
        let attempt = match self.attempt {
            Some(attempt) => Some(u32::try_from(attempt).ok()?),
            None => None,
        };
        Some(StoredUpdate {
            id: self.id,
            attempt: (self.task_id.parse().ok()?, attempt),
            update: serde_json::from_str(&self.payload).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use farandole_protocol::ids::TaskId;

    use super::*;

    fn log(attempt: Attempt, text: &str) -> Deliver {
        Deliver {
            attempt,
            update: TaskUpdate {
                log: Some(text.to_owned()),
                ..TaskUpdate::default()
            },
        }
    }

    fn commit(
        store: &mut Store,
        forget: Forget,
        keep: Vec<Deliver>,
    ) -> (u64, Option<String>, Option<i64>) {
        let backlog = store.carry_out(&Commit { forget, keep }).unwrap();
        let id = backlog.oldest.as_ref().map(|oldest| oldest.id);
        (
            backlog.rows,
            backlog.oldest.and_then(|oldest| oldest.update.log),
            id,
        )
    }

    #[test]
    fn updates_survive_and_keep_their_order() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("updates.sqlite");
        let attempt = (TaskId::random(), Some(3));
        let mut store = Store::open(&path).unwrap();
        assert_eq!(commit(&mut store, Forget::Nothing, vec![]), (0, None, None));
        commit(
            &mut store,
            Forget::Nothing,
            vec![log(attempt, "one"), log(attempt, "two")],
        );
        drop(store);
        let mut store = Store::open(&path).unwrap();
        let (rows, oldest, id) = commit(&mut store, Forget::Nothing, vec![log(attempt, "three")]);
        assert_eq!((rows, oldest.as_deref()), (3, Some("one")));
        let (rows, oldest, _) = commit(&mut store, Forget::Update(id.unwrap()), vec![]);
        assert_eq!((rows, oldest.as_deref()), (2, Some("two")));
    }

    #[test]
    fn a_hand_out_is_forgotten_as_a_whole_and_alone() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(&dir.path().join("updates.sqlite")).unwrap();
        let task = TaskId::random();
        for attempt in [None, Some(1), Some(2), None] {
            commit(
                &mut store,
                Forget::Nothing,
                vec![log((task, attempt), &format!("{attempt:?}"))],
            );
        }
        let (rows, oldest, _) = commit(&mut store, Forget::Attempt((task, None)), vec![]);
        assert_eq!((rows, oldest.as_deref()), (2, Some("Some(1)")));
        let (rows, oldest, _) = commit(&mut store, Forget::Attempt((task, Some(1))), vec![]);
        assert_eq!((rows, oldest.as_deref()), (1, Some("Some(2)")));
    }

    #[test]
    fn what_cannot_be_read_does_not_block_the_rest() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(&dir.path().join("updates.sqlite")).unwrap();
        let attempt = (TaskId::random(), None);
        commit(
            &mut store,
            Forget::Nothing,
            vec![log(attempt, "bad"), log(attempt, "good")],
        );
        let opened = store.opened.as_mut().unwrap();
        opened
            .connection
            .batch_execute("UPDATE task_updates SET payload = '{' WHERE id = 1")
            .unwrap();
        let (rows, oldest, _) = commit(&mut store, Forget::Nothing, vec![]);
        assert_eq!((rows, oldest.as_deref()), (1, Some("good")));
    }

    #[test]
    fn a_file_that_is_no_database_is_refused_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("updates.sqlite");
        std::fs::write(
            &path,
            "this is no database, and long enough not to be taken for an empty one",
        )
        .unwrap();
        assert!(Store::open(&path).is_err());
        assert!(Store::open(&dir.path().join("missing/updates.sqlite")).is_err());
    }

    #[test]
    fn migrations_go_down_and_up_again() {
        let mut connection = SqliteConnection::establish(":memory:").unwrap();
        connection.run_pending_migrations(MIGRATIONS).unwrap();
        connection.revert_all_migrations(MIGRATIONS).unwrap();
        connection.run_pending_migrations(MIGRATIONS).unwrap();
    }
}
