//! What the Manager remembers of stored files whose contents it has seen to be right: the inode, the size, and the time
//! of the last change, which the system sets with each write. A file that differs was changed by somebody else, and is
//! summed up again before it is said to be stored.
//!
//! The memory is beside the Manager's own files, where no Worker can write, and outlives it: after a start nothing is
//! summed up twice. Each file has a symbolic link there that leads nowhere, since a link takes no block of a disk and
//! is replaced as a whole.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::file_id::{Checksum, FileId};

/// The folder of the memory, below the Manager's own.
pub(super) const FOLDER: &str = "shaman-verified";

/// Some systems keep less of a time than they tell at first.
const NANOSECONDS_KEPT: i64 = 1_000;

/// What is read of a file at a time, in bytes.
const PIECE: usize = 1 << 18;

/// The memory; without a folder nothing is remembered.
#[derive(Clone, Debug, Default)]
pub(super) struct Verified {
    folder: Option<PathBuf>,
}

impl Verified {
    /// The memory in this folder, which need not be there.
    pub(super) fn in_folder(folder: PathBuf) -> Self {
        Self {
            folder: Some(folder),
        }
    }

    /// Whether the file, which is this open one, has the contents that it is known by. Reads all of it unless it was
    /// seen before as it is.
    pub(super) fn is_right(&self, file: FileId, blob: &File) -> io::Result<bool> {
        let about = blob.metadata()?;
        if about.len() != file.size {
            return Ok(false);
        }
        if self.knows(file, &about) {
            return Ok(true);
        }
        let is_right = checksum(blob)? == file.checksum;
        if is_right {
            // As it was before it was read: what has changed since is found to be changed.
            self.remember(file, &about);
        }
        Ok(is_right)
    }

    /// Notes how a file looks whose contents are right. What cannot be noted is only summed up again.
    pub(super) fn remember(&self, file: FileId, about: &Metadata) {
        let Some(place) = self.place(file) else {
            return;
        };
        if let Err(error) = replace_link(&place, &mark(about)) {
            tracing::debug!(%error, shaman.file = %file, "it cannot be noted that a stored file was verified");
        }
    }

    /// The file is gone.
    pub(super) fn forget(&self, file: FileId) {
        // What is not there need not be forgotten, and what stays does no harm.
        self.place(file).map(fs::remove_file);
    }

    fn knows(&self, file: FileId, about: &Metadata) -> bool {
        self.place(file)
            .and_then(|place| fs::read_link(place).ok())
            .is_some_and(|known| known == Path::new(&mark(about)))
    }

    fn place(&self, file: FileId) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(file.blob()))
    }
}

fn mark(about: &Metadata) -> String {
    let micros = about.ctime_nsec() / NANOSECONDS_KEPT;
    format!(
        "{}-{}-{}.{micros:06}",
        about.ino(),
        about.len(),
        about.ctime()
    )
}

fn replace_link(place: &Path, text: &str) -> io::Result<()> {
    let new = place.with_extension(format!("{:016x}.tmp", rand::random::<u64>()));
    match symlink(text, &new) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            place.parent().map_or(Ok(()), fs::create_dir_all)?;
            symlink(text, &new)?;
        }
        other => other?,
    }
    fs::rename(&new, place).inspect_err(|_| {
        drop(fs::remove_file(&new));
    })
}

fn checksum(mut blob: &File) -> io::Result<Checksum> {
    let mut sum = Sha256::new();
    let mut piece = vec![0; PIECE];
    loop {
        match blob.read(&mut piece) {
            Ok(0) => return Ok(Checksum::new(sum.finalize().into())),
            Ok(length) => sum.update(piece.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::FileTimes;

    use super::*;

    const RIGHT: &[u8] = b"right";

    fn id() -> FileId {
        FileId {
            checksum: Checksum::new(Sha256::digest(RIGHT).into()),
            size: 5,
        }
    }

    #[test]
    fn a_file_that_was_changed_is_summed_up_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("blob");
        let verified = Verified::in_folder(folder.path().join("memory"));
        let is_right = || {
            verified
                .is_right(id(), &File::open(&path).unwrap())
                .unwrap()
        };
        fs::write(&path, RIGHT).unwrap();
        assert!(is_right() && is_right());
        // Wrong contents that look as they did are believed, so nothing was read.
        let about = fs::metadata(&path).unwrap();
        fs::write(&path, b"wrong").unwrap();
        verified.remember(id(), &fs::metadata(&path).unwrap());
        assert!(is_right());
        // A time that was set back does not hide a change.
        fs::write(&path, b"WRONG").unwrap();
        let times = FileTimes::new().set_modified(about.modified().unwrap());
        File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_times(times)
            .unwrap();
        assert!(!is_right());
        fs::write(&path, RIGHT).unwrap();
        assert!(is_right());
        verified.forget(id());
        assert!(is_right());
    }

    #[test]
    fn without_a_memory_every_file_is_summed_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("blob");
        let is_right = || {
            Verified::default()
                .is_right(id(), &File::open(&path).unwrap())
                .unwrap()
        };
        fs::write(&path, RIGHT).unwrap();
        assert!(is_right());
        fs::write(&path, b"wrong").unwrap();
        assert!(!is_right());
        fs::write(&path, b"longer").unwrap();
        assert!(!is_right());
    }
}
