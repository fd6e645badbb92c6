//! The file that keeps a Worker's ids and secrets, one pair for each Manager, in Flamenco's format: YAML with
//! `worker_id` and `worker_secret`. Which Manager they are for is beside them, and those for other Managers are a list
//! in the same file.
//!
//! Read from our own name, else from Flamenco's; always written to our own, so that a Flamenco Worker beside
//! ours keeps what it has.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use farandole_protocol::client::Credentials;
use farandole_protocol::ids::WorkerId;
use farandole_protocol::time::Timestamp;
use farandole_settings::PRIVATE_FILE;
use serde::{Deserialize, Serialize};
use tracing::{info, warn};

use super::entry::{Entries, Entry, KnownManager};

const OWN_NAME: &str = "farandole-worker-credentials.yaml";
const FLAMENCO_NAME: &str = "flamenco-worker-credentials.yaml";

/// What people read who open the file.
const COMMENT: &str = "# What this Worker proves itself with to its Managers. Keep it secret.\n\
                       # Written by the Worker, which may overwrite it.\n\n";

/// The credentials could not be written. Without them every start would make a new Worker.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the credentials to {path}")]
pub struct CredentialsFileFault {
    /// Where they should be.
    path: PathBuf,
    /// Why they are not.
    source: io::Error,
}

/// The credentials file of a data directory.
#[derive(Clone, Debug)]
pub struct CredentialsFile {
    directory: PathBuf,
}

/// The credentials for one Manager, as they are written.
#[derive(Deserialize, Serialize)]
struct Written {
    worker_id: String,
    worker_secret: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    manager_instance: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    manager_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    registered: Option<Timestamp>,
}

/// The whole file: what was used last, then those for other Managers.
#[derive(Deserialize, Serialize)]
struct Content {
    #[serde(flatten)]
    current: Written,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    other_managers: Vec<Written>,
}

impl CredentialsFile {
    /// The file in this directory.
    pub fn in_directory(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
        }
    }

    /// The credentials that make sense, those that were used last first.
    pub fn load(&self) -> Entries {
        let found = [OWN_NAME, FLAMENCO_NAME]
            .iter()
            .find_map(|name| read(&self.directory.join(name)));
        found.unwrap_or_default()
    }

    /// Writes the credentials, readable for this user only, and as a whole or not at all.
    pub fn save(&self, entries: &Entries) -> Result<(), CredentialsFileFault> {
        let path = self.directory.join(OWN_NAME);
        self.write(&path, entries)
            .map_err(|source| CredentialsFileFault { path, source })
    }

    fn write(&self, path: &Path, entries: &Entries) -> io::Result<()> {
        let mut written = entries.all().iter().map(Written::of);
        let Some(current) = written.next() else {
            return Ok(());
        };
        let content = Content {
            current,
            other_managers: written.collect(),
        };
        let text = yaml_serde::to_string(&content).map_err(io::Error::other)?;
        let new = self.directory.join(format!("{OWN_NAME}~"));
        // One that was left over may have other permissions.
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(PRIVATE_FILE)
            .open(&new)?;
        file.write_all(COMMENT.as_bytes())?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, path)
    }
}

impl Written {
    fn of(entry: &Entry) -> Self {
        let Credentials { worker_id, secret } = &entry.credentials;
        let (manager_instance, manager_url) = match &entry.manager {
            KnownManager::Unknown => (None, None),
            KnownManager::At(url) => (None, Some(url.clone())),
            KnownManager::Instance(id) => (Some(id.clone()), None),
        };
        Self {
            worker_id: worker_id.to_string(),
            worker_secret: secret.clone(),
            manager_instance,
            manager_url,
            registered: entry.registered,
        }
    }

    fn read(self) -> Option<Entry> {
        let worker_id: WorkerId = self.worker_id.trim().parse().ok()?;
        let secret = Some(self.worker_secret).filter(|secret| !secret.is_empty())?;
        Some(Entry {
            credentials: Credentials { worker_id, secret },
            manager: match (self.manager_instance, self.manager_url) {
                (Some(id), _) => KnownManager::Instance(id),
                (None, Some(url)) => KnownManager::At(url),
                (None, None) => KnownManager::Unknown,
            },
            registered: self.registered,
        })
    }
}

fn read(path: &Path) -> Option<Entries> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            warn!(path = %path.display(), %error, "cannot read the credentials");
            return None;
        }
    };
    let content: Result<Content, _> = yaml_serde::from_str(&text);
    let entries = content.ok().and_then(|content| {
        let others = content.other_managers.into_iter();
        let current = content.current.read()?;
        Some(Entries::new(current, others.filter_map(Written::read)))
    });
    match entries.as_ref().and_then(|entries| entries.all().first()) {
        Some(found) => {
            info!(path = %path.display(), worker.id = %found.credentials.worker_id, "credentials loaded");
        }
        None => {
            warn!(path = %path.display(), "the credentials file cannot be understood, and the Worker registers again");
        }
    }
    entries
}

/// A new random secret: 32 bytes as 64 hexadecimal digits. The Manager knows by this form that it is random.
pub fn new_secret() -> String {
    HEXLOWER.encode(&rand::random::<[u8; 32]>())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn entry(manager: KnownManager) -> Entry {
        Entry {
            credentials: Credentials {
                worker_id: WorkerId::random(),
                secret: new_secret(),
            },
            manager,
            registered: Some("2026-11-29T08:00:00Z".parse().unwrap()),
        }
    }

    #[test]
    fn what_is_saved_is_loaded_and_readable_by_us_only() {
        let dir = tempfile::tempdir().unwrap();
        let file = CredentialsFile::in_directory(dir.path());
        assert!(file.load().all().is_empty());
        for _ in 0..2 {
            let saved = Entries::new(
                entry(KnownManager::Instance("one".to_owned())),
                [
                    entry(KnownManager::At("http://two:8080/".to_owned())),
                    entry(KnownManager::Unknown),
                ],
            );
            file.save(&saved).unwrap();
            assert_eq!(file.load(), saved);
        }
        let mode = fs::metadata(dir.path().join(OWN_NAME))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_of_flamenco_is_taken_over_but_not_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let theirs = dir.path().join(FLAMENCO_NAME);
        let id = WorkerId::random();
        fs::write(
            &theirs,
            format!("# comment\nworker_id: {id}\nworker_secret: abc\n"),
        )
        .unwrap();
        let file = CredentialsFile::in_directory(dir.path());
        let credentials = Credentials {
            worker_id: id,
            secret: "abc".to_owned(),
        };
        let found = file.load();
        assert_eq!(found.all()[0].credentials, credentials);
        assert_eq!(found.all()[0].manager, KnownManager::Unknown);
        let own = Entries::new(entry(KnownManager::Unknown), []);
        file.save(&own).unwrap();
        assert_eq!(file.load(), own);
        assert!(fs::read_to_string(theirs).unwrap().contains("abc"));
    }

    #[test]
    fn what_cannot_be_understood_counts_as_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let file = CredentialsFile::in_directory(dir.path());
        for text in ["", "worker_id: x\nworker_secret: y\n", "{", "worker_id: 1"] {
            fs::write(dir.path().join(OWN_NAME), text).unwrap();
            assert!(file.load().all().is_empty(), "{text}");
        }
    }

    #[test]
    fn secrets_are_64_hexadecimal_digits() {
        let secret = new_secret();
        assert!(secret.len() == 64 && secret.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_ne!(secret, new_secret());
    }
}
