//! Whether a folder is the farm's shared storage. Blocks.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use farandole_frames::open_regular;
use farandole_protocol::api::{ExpectedStorage, STORAGE_MARKER};

/// The most bytes that are read of the marker file.
const LONGEST: u64 = 256;

/// What is wrong with the storage on this host, as a sentence.
pub(super) fn problem(expected: &ExpectedStorage) -> Option<String> {
    let ExpectedStorage { path, id } = expected;
    let root = Path::new(path);
    let said = match read(root) {
        Ok(found) if found == *id => return None,
        Ok(_) => format!("{path} is the shared storage of another farm here"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => match fs::metadata(root) {
            Ok(_) => format!(
                "{path} is another folder here than the farm's shared storage: it has no {STORAGE_MARKER}"
            ),
            Err(_) => format!("{path}, the farm's shared storage, does not exist here"),
        },
        Err(error) => format!("{path}, the farm's shared storage, cannot be read here: {error}"),
    };
    Some(format!(
        "{said}; mount the storage on this host, or set a two-way variable for its platform"
    ))
}

fn read(root: &Path) -> io::Result<String> {
    let mut text = String::new();
    let file = open_regular(&root.join(STORAGE_MARKER))?;
    file.take(LONGEST).read_to_string(&mut text)?;
    Ok(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_folder_with_the_right_marker_is_the_storage() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("farm");
        let expected = ExpectedStorage {
            path: root.to_string_lossy().into_owned(),
            id: "one".to_owned(),
        };
        let said = || problem(&expected).unwrap();
        assert!(said().contains("does not exist here"), "{}", said());
        fs::create_dir(&root).unwrap();
        assert!(said().contains("another folder here"), "{}", said());
        fs::write(root.join(STORAGE_MARKER), "two\n").unwrap();
        assert!(said().contains("of another farm"), "{}", said());
        fs::write(root.join(STORAGE_MARKER), "one\n").unwrap();
        assert_eq!(problem(&expected), None);
    }
}
