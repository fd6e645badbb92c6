//! The files of the database, watched: one that is deleted or replaced while it is open can still be written to, but
//! nobody will ever read it.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::connection::Connection;
use super::error::StoreError;

/// The database file and, for the writer, its log.
#[derive(Clone, Debug)]
pub(super) struct DatabaseFiles {
    database: Watched,
    log_path: PathBuf,
    log: Option<Watched>,
}

/// A file, and which one it was when it was opened.
#[derive(Clone, Debug)]
struct Watched {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl Watched {
    fn remember(path: &Path) -> io::Result<Self> {
        let about = fs::metadata(path)?;
        Ok(Self {
            path: path.to_owned(),
            device: about.dev(),
            inode: about.ino(),
        })
    }

    fn check(&self) -> Result<(), StoreError> {
        let is_same = fs::metadata(&self.path)
            .is_ok_and(|found| (found.dev(), found.ino()) == (self.device, self.inode));
        is_same.then_some(()).ok_or_else(|| StoreError::Gone {
            path: self.path.clone(),
        })
    }
}

impl DatabaseFiles {
    /// The files of this database, which exists.
    pub(super) fn remember(path: &Path) -> Result<Self, StoreError> {
        let database = Watched::remember(path).map_err(|error| StoreError::Open {
            path: path.to_owned(),
            source: error.into(),
        })?;
        let mut log_path = path.as_os_str().to_owned();
        log_path.push("-wal");
        Ok(Self {
            database,
            log_path: log_path.into(),
            log: None,
        })
    }

    /// Where the database file is.
    pub(super) fn path(&self) -> &Path {
        &self.database.path
    }

    /// Opens the database once more, if it is still the same: SQLite would make an empty one in its place.
    pub(super) fn open(
        &self,
        open: impl FnOnce(&Path) -> Result<Connection, StoreError>,
    ) -> Result<Connection, StoreError> {
        self.database.check()?;
        open(self.path())
    }

    /// The same for a connection beside the writer's: its log is there, or SQLite would make an empty one, too.
    pub(super) fn open_beside(
        &self,
        open: impl FnOnce(&Path) -> Result<Connection, StoreError>,
    ) -> Result<Connection, StoreError> {
        if !self.log_path.exists() {
            return Err(StoreError::Gone {
                path: self.log_path.clone(),
            });
        }
        self.open(open)
    }

    /// Remembers the log that is open. Within a transaction, in which SQLite has opened it.
    pub(super) fn remember_log(&mut self) {
        if self.log.is_none() {
            self.log = Watched::remember(&self.log_path).ok();
        }
    }

    /// The connection is closed, and with it the log, which SQLite may then remove.
    pub(super) fn forget_log(&mut self) {
        self.log = None;
    }

    /// Fails if one of the files has gone or is another one.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        self.database.check()?;
        self.log.as_ref().map_or(Ok(()), Watched::check)
    }
}

#[cfg(test)]
mod tests {
    use super::super::connection::{open_reader, open_writer};
    use super::*;

    #[test]
    fn a_file_that_has_gone_or_was_replaced_is_noticed_until_it_is_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("farm.sqlite");
        let _writer = open_writer(&path).unwrap();
        let mut files = DatabaseFiles::remember(&path).unwrap();
        files.remember_log();
        files.check().unwrap();
        let aside = folder.path().join("aside");
        for watched in [path.clone(), files.log_path.clone()] {
            fs::rename(&watched, &aside).unwrap();
            let gone = files.check().unwrap_err().to_string();
            assert!(gone.contains(watched.to_str().unwrap()), "{gone}");
            fs::write(&watched, "another").unwrap();
            assert!(files.check().is_err(), "another file in its place");
            fs::rename(&aside, &watched).unwrap();
            files.check().unwrap();
        }
        assert!(files.open_beside(open_reader).is_ok());
        fs::rename(&files.log_path, &aside).unwrap();
        assert!(files.open_beside(open_reader).is_err());
        assert!(
            !files.log_path.exists(),
            "no empty log is made in its place"
        );
        fs::rename(&aside, &files.log_path).unwrap();
        fs::remove_file(&path).unwrap();
        assert!(files.open_beside(open_reader).is_err());
        assert!(!path.exists(), "no empty database is made in its place");
    }
}
