//! The import as a whole: what comes of it, and why it does not come about.

use std::io;
use std::path::{Path, PathBuf};

use farandole_protocol::ids::JobId;

use super::source::Source;
use super::target;
use crate::store::connection;
use crate::store::error::StoreError;

/// What was taken over.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Imported {
    /// The jobs.
    pub jobs: Vec<JobId>,
    /// How many tasks.
    pub tasks: u64,
    /// How many Workers.
    pub workers: u64,
    /// How many tags.
    pub tags: u64,
    /// How many sleep schedules.
    pub schedules: u64,
    /// How many entries of blocklists.
    pub blocks: u64,
    /// How many jobs and Workers were here already, and stay as they are.
    pub here_already: u64,
    /// What was not taken over, or not as it was.
    pub warnings: Vec<String>,
}

/// Why nothing was taken over.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// There is no such file.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// There is no room for a copy.
    #[error("cannot copy {path} beside our own database, to read it there: {source}")]
    NotCopied {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Somebody writes to it.
    #[error("{0} changes while it is read: stop the Flamenco Manager first, then try again")]
    Changing(PathBuf),
    /// Something else.
    #[error(
        "{0} is not the database of a Flamenco Manager: it has no tables of jobs, tasks and workers as Flamenco 3.5 and \
         newer make them; start Flamenco 3.8 or newer on it once, if it is of an older one"
    )]
    NotFlamenco(PathBuf),
    /// It is damaged.
    #[error("{path} is damaged: {finding}")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// The first finding.
        finding: String,
    },
    /// A farm is there already.
    #[error(
        "there are {jobs} jobs and {workers} workers in {path} already; to add to them what is not there yet, say --merge"
    )]
    NotEmpty {
        /// Our database.
        path: PathBuf,
        /// Its jobs.
        jobs: i64,
        /// Its Workers.
        workers: i64,
    },
    /// A Manager works with it.
    #[error("{0} is in use: stop the Farandole Manager first, then try again")]
    InUse(PathBuf),
    /// A database refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<diesel::result::Error> for ImportError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Takes over all that the source holds. `merge` allows a database that is not empty: what is there stays as it is.
/// `progress` is told how many tasks of how many are done.
pub fn import(
    source: &mut Source,
    database: &Path,
    merge: bool,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Imported, ImportError> {
    let mut conn = connection::open_writer(database)?;
    target::claim(&mut conn, database)?;
    let outcome = conn
        .immediate_transaction(|conn| target::take_over(conn, database, source, merge, progress));
    match outcome {
        Err(ImportError::Store(StoreError::Statement(error))) if is_lock(&error) => {
            Err(ImportError::InUse(database.to_owned()))
        }
        outcome => outcome,
    }
}

fn is_lock(error: &diesel::result::Error) -> bool {
    error.to_string().contains("locked")
}
