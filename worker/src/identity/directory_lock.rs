//! The lock of a data directory: one process at a time works with its credentials and its undelivered updates.
//!
//! The lock file also says who holds it, and which run of the Worker did so before. That lets a Worker which was killed
//! prove to its Manager that the earlier run has ended: the lock is free. A copy of the directory has another lock file,
//! and proves nothing.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use farandole_protocol::ids::RunId;
use farandole_settings::{Holder, LockFile, LockFileError};
use serde::{Deserialize, Serialize};
use tracing::warn;

/// The lock file's name.
const NAME: &str = "farandole-worker.lock";

/// Where Linux says which start of the host this is.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// Why a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryLockError {
    /// Another process works with it.
    #[error(
        "the data directory {directory} is in use by {holder}; end that process, or give this one a --data-dir of its own"
    )]
    InUse {
        /// The directory.
        directory: PathBuf,
        /// The process, in words.
        holder: String,
    },
    /// The lock file cannot be written.
    #[error(transparent)]
    Unusable(LockFileError),
}

/// The lock, held until this is dropped or the process ends.
#[derive(Debug)]
pub struct DirectoryLock {
    runs: Runs,
    _file: LockFile,
}

/// Which run of a Worker this is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Runs {
    /// This one.
    pub current: RunId,
    /// The one before it on the same data directory, if that has certainly ended.
    pub previous: Option<RunId>,
}

/// What the lock file says.
#[derive(Debug, Deserialize, Serialize)]
struct Content {
    #[serde(flatten)]
    holder: Holder,
    run: String,
    /// With the next two: which file this is, so that a copy of it is recognised.
    boot: String,
    device: u64,
    inode: u64,
}

impl DirectoryLock {
    /// Locks the directory, for a run that begins now.
    pub fn take(directory: &Path) -> Result<Self, DirectoryLockError> {
        let path = directory.join(NAME);
        let mut file = LockFile::take(&path).map_err(|error| match error {
            LockFileError::Held { holder, .. } => DirectoryLockError::InUse {
                directory: directory.to_owned(),
                holder,
            },
            unusable @ LockFileError::Unusable { .. } => DirectoryLockError::Unusable(unusable),
        })?;
        if let Some(error) = file.not_locked() {
            warn!(path = %path.display(), %error, "cannot lock the data directory");
        }
        let before: Option<Content> = file.read().filter(|_| file.not_locked().is_none());
        let content = Content::new(&path, &file).map_err(DirectoryLockError::Unusable)?;
        let runs = Runs {
            current: content.run.parse().unwrap_or_else(|_| RunId::random()),
            previous: before.and_then(|before| before.run_of_same_file(&content)),
        };
        file.write(&content).map_err(DirectoryLockError::Unusable)?;
        Ok(Self { runs, _file: file })
    }

    /// Which run this is.
    pub fn runs(&self) -> Runs {
        self.runs
    }
}

impl Content {
    fn new(path: &Path, file: &LockFile) -> Result<Self, LockFileError> {
        let metadata = file.metadata()?;
        let holder = Holder::this_process().map_err(|source| LockFileError::Unusable {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self {
            holder,
            run: RunId::random().to_string(),
            boot: fs::read_to_string(BOOT_ID)
                .unwrap_or_default()
                .trim()
                .to_owned(),
            device: metadata.dev(),
            inode: metadata.ino(),
        })
    }

    /// The run that wrote this, if it wrote to the very file in which it is found, since the host was started.
    fn run_of_same_file(&self, found_in: &Self) -> Option<RunId> {
        let place = |it: &Self| (it.boot.clone(), it.device, it.inode);
        let is_same = place(self) == place(found_in) && !self.boot.is_empty();
        is_same.then(|| self.run.parse().ok()).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_process_is_refused_and_told_who_holds_the_directory() {
        let folder = tempfile::tempdir().unwrap();
        let first = DirectoryLock::take(folder.path()).unwrap();
        let error = DirectoryLock::take(folder.path()).unwrap_err().to_string();
        let holder = format!("in use by process {} on host ", std::process::id());
        assert!(error.contains(&holder), "{error}");
        assert!(error.contains("--data-dir"), "{error}");
        drop(first);
        DirectoryLock::take(folder.path()).unwrap();
    }

    #[test]
    fn the_next_run_knows_the_one_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let runs = || DirectoryLock::take(folder.path()).unwrap().runs();
        let first = runs();
        assert_eq!(first.previous, None);
        let second = runs();
        assert_eq!(second.previous, Some(first.current));
        assert_ne!(second.current, first.current);
    }

    #[test]
    fn a_copy_of_the_directory_proves_nothing() {
        let (original, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let lock = DirectoryLock::take(original.path()).unwrap();
        fs::copy(original.path().join(NAME), copy.path().join(NAME)).unwrap();
        let copied = DirectoryLock::take(copy.path()).unwrap();
        assert_eq!(copied.runs().previous, None);
        assert_ne!(copied.runs().current, lock.runs().current);
    }

    #[test]
    fn neither_does_a_file_from_before_the_host_was_started() {
        let folder = tempfile::tempdir().unwrap();
        let take = || DirectoryLock::take(folder.path()).unwrap().runs();
        let first = take();
        let path = folder.path().join(NAME);
        let text = fs::read_to_string(&path).unwrap();
        let boot = fs::read_to_string(BOOT_ID).unwrap();
        fs::write(&path, text.replace(boot.trim(), "another")).unwrap();
        assert_eq!(take().previous, None);
        fs::write(&path, "no lock file at all").unwrap();
        let runs = take();
        assert!(runs.previous.is_none() && runs.current != first.current);
    }
}
