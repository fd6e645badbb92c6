//! Opening files below a folder that other people and programs can change.

use std::fs::File;
use std::io;
use std::path::Path;

use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt as _};
use farandole_frames::{WITHOUT_WAITING, only_regular};

/// Opens a regular file below a folder for reading. Everything else is refused, and is never waited for.
pub(crate) fn open_regular(folder: &Dir, path: impl AsRef<Path>) -> io::Result<File> {
    open_regular_with(folder, path, OpenOptions::new().read(true))
}

/// Opens a regular file below a folder in this way. Everything else is refused, and is never waited for.
pub(crate) fn open_regular_with(
    folder: &Dir,
    path: impl AsRef<Path>,
    how: &mut OpenOptions,
) -> io::Result<File> {
    let file = folder.open_with(path, how.custom_flags(WITHOUT_WAITING))?;
    only_regular(file.into_std())
}
