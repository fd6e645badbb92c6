//! A file that says what the Worker does, written anew every few seconds, and `--check-health`, which reads it.
//!
//! It is about the Worker itself: one that renders while its Manager is away is well, and must not be ended by
//! whoever watches over containers.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use farandole_settings::PRIVATE_FILE;
use tokio::fs::OpenOptions;
use tokio::io::AsyncWriteExt as _;

/// How often it is written.
pub const EVERY: Duration = Duration::from_secs(5);

/// Older than this, it means that the Worker hangs or has ended.
const FRESH: Duration = Duration::from_secs(30);

/// What a Worker that has not found its place yet writes.
const NOT_YET: &str = "not signed on yet";

/// The file of a Worker with this data directory.
pub fn file(data_directory: &Path) -> PathBuf {
    data_directory.join("life-sign")
}

/// What the file says: where the Worker is signed on, if it is.
pub fn text(manager: Option<&str>) -> String {
    manager.map_or_else(
        || NOT_YET.to_owned(),
        |manager| format!("working for {manager}"),
    )
}

/// Writes the file, which is for the own user alone.
pub async fn write(file: PathBuf, text: String) -> io::Result<()> {
    let mut how = OpenOptions::new();
    how.write(true)
        .create(true)
        .truncate(true)
        .mode(PRIVATE_FILE);
    let mut file = how.open(file).await?;
    file.write_all(text.as_bytes()).await?;
    file.flush().await
}

/// Whether the Worker with this data directory is well. Either says in one line what it does or what is wrong.
pub fn check(data_directory: &Path) -> Result<String, String> {
    let file = file(data_directory);
    let read = || -> io::Result<(String, Duration)> {
        let text = fs::read_to_string(&file)?;
        // A clock that was set back makes it no older.
        let age = fs::metadata(&file)?.modified()?.elapsed();
        Ok((text, age.unwrap_or_default()))
    };
    let (text, age) =
        read().map_err(|error| format!("no sign of life in {}: {error}", file.display()))?;
    if age > FRESH {
        return Err(format!("no sign of life for {} s", age.as_secs()));
    }
    if text == NOT_YET {
        return Err(format!(
            "{text}: no Manager found, or it refuses; its log says more"
        ));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn a_worker_is_well_when_it_says_so_and_did_lately() {
        let folder = tempfile::tempdir().unwrap();
        let check = || check(folder.path());
        assert!(check().unwrap_err().contains("no sign of life in"));

        fs::write(file(folder.path()), text(None)).unwrap();
        assert!(check().unwrap_err().contains("not signed on yet"));

        fs::write(file(folder.path()), text(Some("http://manager:8080/"))).unwrap();
        assert_eq!(check().unwrap(), "working for http://manager:8080/");

        let long_ago = SystemTime::now() - Duration::from_mins(2);
        let written = fs::File::options()
            .append(true)
            .open(file(folder.path()))
            .unwrap();
        written.set_modified(long_ago).unwrap();
        assert!(check().unwrap_err().contains("no sign of life for"));
    }
}
