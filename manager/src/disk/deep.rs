//! Folders that lie so deep that their paths are longer than what the system takes in one call.

use std::io;
use std::path::{Path, PathBuf};

use cap_std::fs::Dir;

/// This many bytes of a path are handed to the system at once. Linux takes 4,095.
const AT_ONCE: usize = 2_048;

/// Opens the folder at this path below another one, however long the path is. At most two of the folders between are
/// open at a time.
pub(crate) fn open_deep(root: &Dir, path: &Path) -> io::Result<Dir> {
    let mut folder = root.open_dir(".")?;
    let mut part = PathBuf::new();
    for name in path {
        if part.as_os_str().len() + name.len() >= AT_ONCE {
            folder = folder.open_dir(&part)?;
            part = PathBuf::new();
        }
        part.push(name);
    }
    if part.as_os_str().is_empty() {
        return Ok(folder);
    }
    folder.open_dir(&part)
}
