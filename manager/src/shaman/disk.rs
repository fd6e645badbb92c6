//! The folders of the Shaman, opened; and what it has to know of each system that keeps them.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::time::SystemTime;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, Permissions, PermissionsExt as _};

use super::verified::Verified;
use super::{CHECKOUTS, RECORDS, STORED, UPLOADING};

/// Opened for each order: the storage may be on a server that comes and goes.
#[derive(Debug)]
pub(super) struct Disk {
    pub(super) stored: Dir,
    pub(super) uploading: Dir,
    pub(super) records: Dir,
    pub(super) checkouts: Dir,
    pub(super) verified: Verified,
}

impl Disk {
    /// The folders below this one, which must be there; they are made if they are not.
    pub(super) fn open(storage: &Path) -> io::Result<Self> {
        let storage = Dir::open_ambient_dir(storage, ambient_authority())?;
        let folder = |path| {
            storage.create_dir_all(path)?;
            storage.open_dir(path)
        };
        Ok(Self {
            stored: folder(STORED)?,
            uploading: folder(UPLOADING)?,
            records: folder(RECORDS)?,
            checkouts: folder(CHECKOUTS)?,
            verified: Verified::default(),
        })
    }

    /// The same with this memory of what was verified.
    pub(super) fn remembering(self, verified: Verified) -> Self {
        Self { verified, ..self }
    }
}

/// What happened, unless it is that something is not there.
pub(super) fn if_there<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(None)
        }
        result => result.map(Some),
    }
}

/// A new name is on the disk when its folder is.
pub(super) fn sync(folder: &Dir) -> io::Result<()> {
    folder.open(".")?.into_std().sync_all()
}

/// Makes folders that are not there, each on the disk before the next.
pub(super) fn make_folders<P: AsRef<Path>>(
    root: &Dir,
    folders: impl IntoIterator<Item = P>,
) -> io::Result<()> {
    for folder in folders {
        match root.create_dir(&folder) {
            Ok(()) => match folder.as_ref().parent() {
                Some(parent) if parent != Path::new("") => sync(&root.open_dir(parent)?)?,
                _ => sync(root)?,
            },
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Whether a real folder is there, and no link to one.
pub(super) fn is_folder(root: &Dir, path: &str) -> io::Result<bool> {
    let about = if_there(root.symlink_metadata(path))?;
    Ok(about.is_some_and(|about| about.is_dir()))
}

/// Nobody writes to it by mistake any more, not even through a link. Some systems know no such thing.
pub(super) fn make_read_only(folder: &Dir, name: &str, file: &File) {
    let Ok(about) = file.metadata() else { return };
    let mode = std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & !0o222;
    if let Err(error) = folder.set_permissions(name, Permissions::from_mode(mode)) {
        tracing::debug!(%error, "a stored file cannot be made read-only");
    }
}

/// It counts as used now. That of a file that belongs to somebody else may not be possible; then its age counts, and
/// links.
pub(super) fn touch(file: &File, now: SystemTime) {
    if let Err(error) = file.set_modified(now) {
        tracing::debug!(%error, "a stored file cannot be touched");
    }
}

/// Whether somebody has locked it, which lasts for as long as they have it open. Where there are no locks, nobody has.
pub(super) fn is_locked(file: &File) -> bool {
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}
