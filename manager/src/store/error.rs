//! What can go wrong with the database.

use std::fmt::Display;
use std::path::PathBuf;

/// What can go wrong with the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened as a database.
    #[error("cannot open the database {path}")]
    Open {
        /// Which file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A file of the database is no longer where it was opened.
    #[error(
        "{path} has gone, or is another file, while the Manager runs: put the file back, or end the Manager and restore a \
         backup"
    )]
    Gone {
        /// Which file.
        path: PathBuf,
    },
    /// A statement failed: no room, no permission, a broken file.
    #[error("the database refuses a statement")]
    Statement(#[from] diesel::result::Error),
    /// A value is not of its kind.
    #[error("column {column} holds {value:?}, which cannot be read")]
    Unreadable {
        /// Where.
        column: &'static str,
        /// What stands there.
        value: String,
    },
    /// A commit of an earlier life of the Scheduler.
    #[error("this commit is of an earlier generation")]
    Outdated,
}

impl StoreError {
    pub(super) fn unreadable(column: &'static str, value: impl Display) -> Self {
        Self::Unreadable {
            column,
            value: value.to_string(),
        }
    }
}
