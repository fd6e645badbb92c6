//! Whether a folder can be the shared storage. Looks at the disk: for a thread that may wait.

use std::env;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use farandole_protocol::api::PathCheckResult;
use uuid::Uuid;

/// What a file may hold, if names and texts of all scripts can be kept there.
const TEXT: &str = "Farandole was here, to see whether it can write: äß 漢字 🐑\n";

/// Checks it, and leaves nothing behind.
pub(super) fn check(path: String, data_dir: &Path) -> PathCheckResult {
    let (is_usable, cause) = match reason_against(&path, data_dir) {
        None => (true, "the folder can be the shared storage".to_owned()),
        Some(reason) => (false, reason),
    };
    PathCheckResult {
        path,
        is_usable,
        cause,
    }
}

fn reason_against(path: &str, data_dir: &Path) -> Option<String> {
    if path.is_empty() {
        return Some("name a folder".to_owned());
    }
    if path.starts_with("\\\\") {
        return Some(
            "Blender and Flamenco cannot work with paths such as \\\\server\\share: give the share a drive letter"
                .to_owned(),
        );
    }
    let folder = data_dir.join(path);
    match fs::metadata(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Some("there is no such folder; make it first".to_owned());
        }
        Err(error) => return Some(format!("the folder cannot be looked at: {error}")),
        Ok(about) if !about.is_dir() => return Some("that is no folder".to_owned()),
        Ok(_) => {}
    }
    if is_beside_the_program(&folder) {
        return Some(
            "the Manager's program is in this folder; choose one for the farm alone".to_owned(),
        );
    }
    write(&folder)
        .err()
        .map(|error| format!("nothing can be written to the folder: {error}"))
}

fn is_beside_the_program(folder: &Path) -> bool {
    let program = env::current_exe().and_then(fs::canonicalize);
    let folder = fs::canonicalize(folder);
    matches!((program, folder), (Ok(program), Ok(folder)) if program.parent() == Some(&folder))
}

fn write(folder: &Path) -> io::Result<()> {
    let path = folder.join(format!("farandole-writability-test-{}.txt", Uuid::new_v4()));
    let written = File::create_new(&path).and_then(|mut file| {
        file.write_all(TEXT.as_bytes())
            .and_then(|()| file.sync_all())
    });
    let removed = match fs::remove_file(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    };
    written.and(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_folder_that_can_be_written_to_will_do() {
        let data = tempfile::tempdir().unwrap();
        fs::create_dir(data.path().join("storage")).unwrap();
        fs::write(data.path().join("file"), "").unwrap();
        let program = env::current_exe().unwrap();
        let beside = program.parent().unwrap().to_string_lossy();
        let absolute = data.path().join("storage/").to_string_lossy().into_owned();
        for (path, is_usable) in [
            ("storage", true),
            (".", true),
            (&absolute, true),
            ("", false),
            ("nothing", false),
            ("file", false),
            ("file/x", false),
            ("/dev/null/x", false),
            ("a\0b", false),
            ("\\\\server\\share", false),
            ("//server/share", false),
            (&*beside, false),
        ] {
            let result = check(path.to_owned(), data.path());
            assert_eq!(result.is_usable, is_usable, "{path:?}: {}", result.cause);
            assert_eq!(result.path, path);
            assert!(!result.cause.is_empty());
        }
        assert_eq!(
            fs::read_dir(data.path().join("storage")).unwrap().count(),
            0
        );
        assert_eq!(fs::read_dir(data.path()).unwrap().count(), 2);
    }
}
