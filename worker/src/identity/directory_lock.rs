//! The lock of a data directory: one process at a time works with its credentials and its undelivered updates.
//!
//! The lock file also says who holds it, and which run of the Worker did so before. That lets a Worker which was killed
//! prove to its Manager that the earlier run has ended: the lock is free. A copy of the directory has another lock file,
//! and proves nothing.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use farandole_protocol::ids::RunId;
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
    #[error("cannot write {path}: {source}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// The lock, held until this is dropped or the process ends.
#[derive(Debug)]
pub struct DirectoryLock {
    runs: Runs,
    /// The lock belongs to the open file.
    _file: File,
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
    pid: u32,
    host: String,
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
        let unusable = |source| DirectoryLockError::Unusable {
            path: path.clone(),
            source,
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(unusable)?;
        let is_locked = match file.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => {
                return Err(DirectoryLockError::InUse {
                    directory: directory.to_owned(),
                    holder: read(&mut file).map_or("another process".to_owned(), |it| it.holder()),
                });
            }
            Err(TryLockError::Error(error)) => {
                warn!(path = %path.display(), %error, "cannot lock the data directory");
                false
            }
        };
        let before = read(&mut file).filter(|_| is_locked);
        let content = Content::new(&file).map_err(unusable)?;
        let runs = Runs {
            current: content.run.parse().unwrap_or_else(|_| RunId::random()),
            previous: before.and_then(|before| before.run_of_same_file(&content)),
        };
        write(&mut file, &content).map_err(unusable)?;
        Ok(Self { runs, _file: file })
    }

    /// Which run this is.
    pub fn runs(&self) -> Runs {
        self.runs
    }
}

impl Content {
    fn new(file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        let host = nix::unistd::gethostname().map_err(io::Error::from)?;
        Ok(Self {
            pid: std::process::id(),
            host: host.to_string_lossy().into_owned(),
            run: RunId::random().to_string(),
            boot: fs::read_to_string(BOOT_ID)
                .unwrap_or_default()
                .trim()
                .to_owned(),
            device: metadata.dev(),
            inode: metadata.ino(),
        })
    }

    fn holder(&self) -> String {
        format!("process {} on host {}", self.pid, self.host)
    }

    /// The run that wrote this, if it wrote to the very file in which it is found, since the host was started.
    fn run_of_same_file(&self, found_in: &Self) -> Option<RunId> {
        let place = |it: &Self| (it.boot.clone(), it.device, it.inode);
        let is_same = place(self) == place(found_in) && !self.boot.is_empty();
        is_same.then(|| self.run.parse().ok()).flatten()
    }
}

fn read(file: &mut File) -> Option<Content> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.read_to_string(&mut text).ok()?;
    yaml_serde::from_str(&text).ok()
}

fn write(file: &mut File, content: &Content) -> io::Result<()> {
    let text = yaml_serde::to_string(content).map_err(io::Error::other)?;
    file.rewind()?;
    file.set_len(0)?;
    file.write_all(text.as_bytes())
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
