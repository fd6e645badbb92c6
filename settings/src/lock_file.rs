//! Lock files: one process at a time works with what a lock file stands for, and the file says which process that is.
//!
//! The lock belongs to the open file, so it ends with its process, however that ends. What the file says may outlive
//! the process: only a lock that is held makes it true.

use std::fmt;
use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::private::PRIVATE_FILE;

/// Why a lock file cannot be locked.
#[derive(Debug, thiserror::Error)]
pub enum LockFileError {
    /// Another process holds it.
    #[error("{path} is held by {holder}")]
    Held {
        /// The lock file.
        path: PathBuf,
        /// The process, in words.
        holder: String,
    },
    /// The file cannot be written.
    #[error("cannot write {path}: {source}")]
    Unusable {
        /// The lock file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// A lock file, locked until this is dropped or the process ends.
#[derive(Debug)]
pub struct LockFile {
    path: PathBuf,
    file: File,
    not_locked: Option<io::Error>,
}

/// The process that holds a lock file, as it says there.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Holder {
    /// Its process id.
    pub pid: u32,
    /// The name of its host.
    pub host: String,
    /// When it took the lock, in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// The address that it listens on, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

impl Holder {
    /// This process, from now on.
    pub fn this_process() -> io::Result<Self> {
        let host = nix::unistd::gethostname().map_err(io::Error::from)?;
        Ok(Self {
            pid: std::process::id(),
            host: host.to_string_lossy().into_owned(),
            since: Some(humantime::format_rfc3339_seconds(SystemTime::now()).to_string()),
            address: None,
        })
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} on host {}", self.pid, self.host)?;
        if let Some(since) = &self.since {
            write!(f, " since {since}")?;
        }
        if let Some(address) = &self.address {
            write!(f, ", which listens on {address}")?;
        }
        Ok(())
    }
}

impl LockFile {
    /// Locks the file, which is made if it is missing, and readable by this user only.
    pub fn take(path: &Path) -> Result<Self, LockFileError> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(PRIVATE_FILE)
            .open(path)
            .map_err(|source| LockFileError::Unusable {
                path: path.to_owned(),
                source,
            })?;
        let mut lock = Self {
            path: path.to_owned(),
            file,
            not_locked: None,
        };
        match lock.file.try_lock() {
            Ok(()) => Ok(lock),
            Err(TryLockError::WouldBlock) => Err(LockFileError::Held {
                path: path.to_owned(),
                holder: lock
                    .read::<Holder>()
                    .map_or("another process".to_owned(), |holder| holder.to_string()),
            }),
            Err(TryLockError::Error(error)) => {
                lock.not_locked = Some(error);
                Ok(lock)
            }
        }
    }

    /// Why the file is open but not locked: there are file systems that know no locks.
    pub fn not_locked(&self) -> Option<&io::Error> {
        self.not_locked.as_ref()
    }

    /// What the file says, if that makes sense.
    pub fn read<T: DeserializeOwned>(&mut self) -> Option<T> {
        let mut text = String::new();
        self.file.rewind().ok()?;
        self.file.read_to_string(&mut text).ok()?;
        yaml_serde::from_str(&text).ok()
    }

    /// Replaces what the file says.
    pub fn write<T: Serialize>(&mut self, content: &T) -> Result<(), LockFileError> {
        self.replace(content)
            .map_err(|source| LockFileError::Unusable {
                path: self.path.clone(),
                source,
            })
    }

    fn replace<T: Serialize>(&mut self, content: &T) -> io::Result<()> {
        let text = yaml_serde::to_string(content).map_err(io::Error::other)?;
        self.file.rewind()?;
        self.file.set_len(0)?;
        self.file.write_all(text.as_bytes())
    }

    /// What the system says of the open file.
    pub fn metadata(&self) -> Result<Metadata, LockFileError> {
        self.file
            .metadata()
            .map_err(|source| LockFileError::Unusable {
                path: self.path.clone(),
                source,
            })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_second_taker_is_refused_and_told_who_holds_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("it.lock");
        let mut first = LockFile::take(&path).unwrap();
        let refusal = || LockFile::take(&path).unwrap_err().to_string();
        assert!(refusal().ends_with("is held by another process"));
        let mut holder = Holder::this_process().unwrap();
        holder.address = Some("http://127.0.0.1:8080/".to_owned());
        first.write(&holder).unwrap();
        assert!(refusal().ends_with(&format!("is held by {holder}")));
        assert!(first.not_locked().is_none());
        drop(first);
        let mut second = LockFile::take(&path).unwrap();
        assert_eq!(second.read(), Some(holder), "what it said stays");
        let mode = second.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_holder_says_what_it_knows_of_itself() {
        let holder = |text: &str| yaml_serde::from_str::<Holder>(text).unwrap().to_string();
        assert_eq!(holder("pid: 7\nhost: anna"), "process 7 on host anna");
        let all = "pid: 7\nhost: anna\nsince: 2026-01-02T03:04:05Z\naddress: http://[::]:8080/";
        assert_eq!(
            holder(all),
            "process 7 on host anna since 2026-01-02T03:04:05Z, which listens on http://[::]:8080/"
        );
    }
}
