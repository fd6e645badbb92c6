//! Bytes under a name, and the pictures that are kept with the tests.

use std::fs;
use std::path::{Path, PathBuf};

use farandole_frames::{Examined, examine};

/// Looks at these bytes as a file of this name.
pub(crate) fn look(name: &str, bytes: &[u8]) -> Examined {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    examine(&path)
}

/// The pictures of a folder below `tests/data`, as (name, content).
pub(crate) fn data(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = data_folder().join(folder);
    let mut found: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect();
    found.sort();
    assert!(!found.is_empty());
    found
}

/// Where the pictures are that are kept with the tests.
fn data_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}
