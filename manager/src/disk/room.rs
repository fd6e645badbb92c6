//! Whether a disk has room.

use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sys::statvfs::statvfs;

/// So much must fit for the farm to be worked on, in bytes.
pub(crate) const ROOM: usize = 4 << 20;

/// There is no room, or that cannot be found out.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum RoomError {
    /// There is less than [`ROOM`].
    #[error("the disk is full: less than 4 MiB are free at {0}")]
    Full(PathBuf),
    /// The file system does not say.
    #[error("cannot tell how much room there is at {path}: {errno}")]
    Unknown {
        /// Where.
        path: PathBuf,
        /// Why not.
        errno: Errno,
    },
}

/// Whether there is room on the disk of this file or folder, or of the nearest one above it that exists.
pub(crate) fn check_room(path: &Path) -> Result<(), RoomError> {
    let mut found = Err(Errno::ENOENT);
    for folder in path.ancestors() {
        found = statvfs(folder);
        if found != Err(Errno::ENOENT) {
            break;
        }
    }
    match found {
        Ok(about) => {
            let free = about
                .blocks_available()
                .saturating_mul(about.fragment_size());
            let fits = usize::try_from(free).unwrap_or(usize::MAX) >= ROOM;
            fits.then_some(()).ok_or(RoomError::Full(path.to_owned()))
        }
        Err(errno) => Err(RoomError::Unknown {
            path: path.to_owned(),
            errno,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_does_not_exist_yet_has_the_room_of_the_one_above_it() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(check_room(&folder.path().join("not/yet")), Ok(()));
        // What the system makes up has no room at all.
        assert!(matches!(
            check_room(Path::new("/proc/self")),
            Err(RoomError::Full(_))
        ));
    }
}
