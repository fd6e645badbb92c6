//! The files below a folder.

use std::fs;
use std::path::Path;

use farandole_tests::wire::hex;
use sha2::{Digest as _, Sha256};

use super::recording::FoundFile;

/// All files below a folder, sorted by their paths.
pub(crate) fn files_below(root: &Path) -> Vec<FoundFile> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.expect("an entry can be read").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let contents = fs::read(&path).expect("a file can be read");
            found.push(FoundFile {
                path: path
                    .strip_prefix(root)
                    .expect("below the root")
                    .display()
                    .to_string(),
                size: contents.len() as u64,
                sha256: hex(&Sha256::digest(&contents)),
            });
        }
    }
    found.sort();
    found
}
