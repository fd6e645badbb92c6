//! One process at a time works with a data directory, and with a database: two Managers would hand out the same tasks.
//!
//! The locks are files of their own: `manager.lock` in the data directory, and one beside the database, which may be
//! elsewhere. The Manager holds them for its life, and so does each command that writes to the database.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use farandole_settings::{Holder, LockFile, LockFileError};

use crate::config::Config;

/// The lock file in a data directory.
const NAME: &str = "manager.lock";

/// Why this process does not get a data directory and a database for itself.
#[derive(Debug, thiserror::Error)]
pub enum ExclusiveError {
    /// Another process works with one of them.
    #[error(
        "{path} is in use by {holder}; end that process first, or give this one a --data-dir and a --database of its own"
    )]
    InUse {
        /// The data directory or the database.
        path: PathBuf,
        /// The process, in words.
        holder: String,
    },
    /// A lock file cannot be written.
    #[error(transparent)]
    Unusable(LockFileError),
}

/// The locks, held until this is dropped or the process ends.
#[derive(Debug)]
pub struct Exclusive {
    files: Vec<LockFile>,
    holder: Holder,
}

impl Exclusive {
    /// Takes the locks of this data directory, which exists, and of the database.
    pub fn take(config: &Config, data_dir: &Path) -> Result<Self, ExclusiveError> {
        let holder = Holder::this_process().map_err(|source| {
            ExclusiveError::Unusable(LockFileError::Unusable {
                path: data_dir.join(NAME),
                source,
            })
        })?;
        let database = real(&config.database);
        let mut beside_database = database.clone().into_os_string();
        beside_database.push(".lock");
        let mut exclusive = Self {
            files: Vec::new(),
            holder,
        };
        exclusive.lock(data_dir, &data_dir.join(NAME))?;
        exclusive.lock(&database, Path::new(&beside_database))?;
        exclusive.tell().map_err(ExclusiveError::Unusable)?;
        Ok(exclusive)
    }

    fn lock(&mut self, what: &Path, path: &Path) -> Result<(), ExclusiveError> {
        let file = LockFile::take(path).map_err(|error| match error {
            LockFileError::Held { holder, .. } => ExclusiveError::InUse {
                path: what.to_owned(),
                holder,
            },
            unusable @ LockFileError::Unusable { .. } => ExclusiveError::Unusable(unusable),
        })?;
        if let Some(error) = file.not_locked() {
            tracing::warn!(
                path = %path.display(),
                %error,
                "cannot lock the file: nothing keeps a second Manager from starting here"
            );
        }
        self.files.push(file);
        Ok(())
    }

    /// Tells those who find the locks held where this process listens.
    pub fn announce(&mut self, address: SocketAddr) -> Result<(), LockFileError> {
        self.holder.address = Some(format!("http://{address}/"));
        self.tell()
    }

    fn tell(&mut self) -> Result<(), LockFileError> {
        let mut files = self.files.iter_mut();
        files.try_for_each(|file| file.write(&self.holder))
    }
}

/// The path with symlinks resolved, so that each way to a database leads to the same lock. The file may be missing.
fn real(path: &Path) -> PathBuf {
    let parent = || {
        let folder = fs::canonicalize(path.parent()?).ok()?;
        Some(folder.join(path.file_name()?))
    };
    fs::canonicalize(path)
        .ok()
        .or_else(parent)
        .unwrap_or_else(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(database: &Path) -> Config {
        Config {
            database: database.to_owned(),
            ..Config::default()
        }
    }

    #[test]
    fn a_data_directory_and_a_database_are_taken_once() {
        let folder = tempfile::tempdir().unwrap();
        let (ours, theirs) = (folder.path().join("ours"), folder.path().join("theirs"));
        let database = ours.join("farm.sqlite");
        let link = theirs.join("link.sqlite");
        for directory in [&ours, &theirs] {
            fs::create_dir(directory).unwrap();
        }
        fs::write(&database, "").unwrap();
        std::os::unix::fs::symlink(&database, &link).unwrap();
        let mut first = Exclusive::take(&config(&database), &ours).unwrap();
        first.announce(([127, 0, 0, 1], 8080).into()).unwrap();
        let refusal = |database: &Path, data_dir: &Path| {
            let error = Exclusive::take(&config(database), data_dir).unwrap_err();
            let text = error.to_string();
            assert!(text.contains("http://127.0.0.1:8080/"), "{text}");
            match error {
                ExclusiveError::InUse { path, .. } => path,
                ExclusiveError::Unusable(error) => panic!("{error}"),
            }
        };
        assert_eq!(refusal(&theirs.join("other.sqlite"), &ours), ours);
        assert_eq!(
            refusal(&link, &theirs),
            fs::canonicalize(&database).unwrap()
        );
        drop(first);
        Exclusive::take(&config(&link), &theirs).unwrap();
    }
}
