//! The file that keeps a Worker's id and secret, in the reference's format: YAML with `worker_id` and
//! `worker_secret`.
//!
//! Read from our own name, else from the reference's; always written to our own, so that a Flamenco Worker beside
//! ours keeps what it has.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use farandole_protocol::client::Credentials;
use farandole_protocol::ids::WorkerId;
use farandole_protocol::time::now;
use serde::Deserialize;
use tracing::{info, warn};

const OWN_NAME: &str = "farandole-worker-credentials.yaml";
const REFERENCE_NAME: &str = "flamenco-worker-credentials.yaml";

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

#[derive(Deserialize)]
struct Content {
    worker_id: String,
    worker_secret: String,
}

impl CredentialsFile {
    /// The file in this directory.
    pub fn in_directory(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
        }
    }

    /// The credentials, if there are any that make sense.
    pub fn load(&self) -> Option<Credentials> {
        [OWN_NAME, REFERENCE_NAME]
            .iter()
            .find_map(|name| read(&self.directory.join(name)))
    }

    /// Writes the credentials, readable for this user only, and as a whole or not at all.
    pub fn save(&self, credentials: &Credentials) -> Result<(), CredentialsFileFault> {
        let path = self.directory.join(OWN_NAME);
        self.write(&path, credentials)
            .map_err(|source| CredentialsFileFault { path, source })
    }

    fn write(&self, path: &Path, credentials: &Credentials) -> io::Result<()> {
        let new = self.directory.join(format!("{OWN_NAME}~"));
        // One that was left over may have other permissions.
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&new)?;
        file.write_all(content(credentials).as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, path)
    }
}

fn content(credentials: &Credentials) -> String {
    let mut text = String::from(
        "# What this Worker proves itself with to its Manager. Keep it secret.\n\
         # Written by the Worker, which may overwrite it.\n",
    );
    let Credentials { worker_id, secret } = credentials;
    let written = write!(
        text,
        "# {}\n\nworker_id: {worker_id}\nworker_secret: \"{secret}\"\n",
        now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    );
    debug_assert!(written.is_ok(), "writing to a string does not fail");
    text
}

fn read(path: &Path) -> Option<Credentials> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            warn!(path = %path.display(), %error, "cannot read the credentials");
            return None;
        }
    };
    let content: Result<Content, _> = yaml_serde::from_str(&text);
    let credentials = content.ok().and_then(|content| {
        let worker_id: WorkerId = content.worker_id.trim().parse().ok()?;
        (!content.worker_secret.is_empty()).then_some(Credentials {
            worker_id,
            secret: content.worker_secret,
        })
    });
    match &credentials {
        Some(found) => {
            info!(path = %path.display(), worker.id = %found.worker_id, "credentials loaded");
        }
        None => {
            warn!(path = %path.display(), "the credentials file makes no sense, registering anew");
        }
    }
    credentials
}

/// A new random secret: 32 bytes as 64 hexadecimal digits. The Manager knows by this form that it is random.
pub fn new_secret() -> String {
    rand::random::<[u8; 32]>()
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            let written = write!(text, "{byte:02x}");
            debug_assert!(written.is_ok(), "writing to a string does not fail");
            text
        })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn credentials() -> Credentials {
        Credentials {
            worker_id: WorkerId::random(),
            secret: new_secret(),
        }
    }

    #[test]
    fn what_is_saved_is_loaded_and_readable_by_us_only() {
        let dir = tempfile::tempdir().unwrap();
        let file = CredentialsFile::in_directory(dir.path());
        assert_eq!(file.load(), None);
        for _ in 0..2 {
            let saved = credentials();
            file.save(&saved).unwrap();
            assert_eq!(file.load(), Some(saved));
        }
        let mode = fs::metadata(dir.path().join(OWN_NAME))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_of_the_reference_is_taken_over_but_not_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let theirs = dir.path().join(REFERENCE_NAME);
        let id = WorkerId::random();
        fs::write(
            &theirs,
            format!("# comment\nworker_id: {id}\nworker_secret: abc\n"),
        )
        .unwrap();
        let file = CredentialsFile::in_directory(dir.path());
        assert_eq!(
            file.load(),
            Some(Credentials {
                worker_id: id,
                secret: "abc".to_owned()
            })
        );
        let own = credentials();
        file.save(&own).unwrap();
        assert_eq!(file.load(), Some(own));
        assert!(fs::read_to_string(theirs).unwrap().contains("abc"));
    }

    #[test]
    fn nonsense_counts_as_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let file = CredentialsFile::in_directory(dir.path());
        for text in ["", "worker_id: x\nworker_secret: y\n", "{", "worker_id: 1"] {
            fs::write(dir.path().join(OWN_NAME), text).unwrap();
            assert_eq!(file.load(), None, "{text}");
        }
    }

    #[test]
    fn secrets_are_64_hexadecimal_digits() {
        let secret = new_secret();
        assert!(secret.len() == 64 && secret.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_ne!(secret, new_secret());
    }
}
