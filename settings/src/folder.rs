//! Folders and files that a program writes to: folders are made if they are missing, all are checked before anything
//! is lost.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::unistd::{AccessFlags, access, getegid, geteuid};

use crate::private::make_private_folder;

/// Why a folder cannot be used. Each says in one line what is wrong and how to mend it.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It is not ours to write to.
    #[error(
        "cannot write to {path}: it belongs to user {owner}, and this runs as {me}; give it away with chown -R {me} \
         (where it is mounted from, in a container), or run this as {owner} (FARANDOLE_USER={owner} with docker compose)"
    )]
    NotOurs {
        /// Which folder.
        path: PathBuf,
        /// User and group that it belongs to, such as `0:0`.
        owner: String,
        /// User and group that we are.
        me: String,
    },
    /// It is ours, but nobody is allowed to write to it.
    #[error("cannot write to {0}: its mode forbids it; allow it with chmod -R u+rwX {0}")]
    NotAllowed(PathBuf),
    /// Nobody can write to it.
    #[error("cannot write to {0}: it is read-only; mount it writable")]
    ReadOnly(PathBuf),
    /// Something else is there.
    #[error("cannot use {0} as a folder: it is none; name another or move it away")]
    NoFolder(PathBuf),
    /// What it is on does not answer, as a server that is away.
    #[error("cannot reach the folder {path}: {source}; is its server there?")]
    Away {
        /// Which folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It cannot be made or looked at.
    #[error("cannot use the folder {path}: {source}; make it, or name another")]
    Unusable {
        /// Which folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Makes a folder, if it is not there, and sees that it can be written to.
pub fn usable_folder(path: &Path) -> Result<(), FolderError> {
    fs::create_dir_all(path).map_err(|error| reason(path, error))?;
    let all = AccessFlags::R_OK | AccessFlags::W_OK | AccessFlags::X_OK;
    access(path, all).map_err(|errno| reason(path, errno.into()))
}

/// The same for a folder of the own user alone: nobody else can look into one that is made.
pub fn private_folder(path: &Path) -> Result<(), FolderError> {
    make_private_folder(path).map_err(|error| reason(path, error))?;
    usable_folder(path)
}

/// Sees that a file can be written to, if it is there.
pub fn usable_file(path: &Path) -> Result<(), FolderError> {
    match access(path, AccessFlags::R_OK | AccessFlags::W_OK) {
        Ok(()) | Err(Errno::ENOENT) => Ok(()),
        Err(errno) => Err(reason(path, errno.into())),
    }
}

pub(crate) fn reason(path: &Path, source: io::Error) -> FolderError {
    let path = path.to_owned();
    match source.raw_os_error().map(Errno::from_raw) {
        Some(Errno::EROFS) => FolderError::ReadOnly(path),
        Some(Errno::EACCES | Errno::EPERM) => not_ours(path, source),
        Some(Errno::EEXIST | Errno::ENOTDIR) => FolderError::NoFolder(path),
        Some(
            Errno::ENOTCONN
            | Errno::ETIMEDOUT
            | Errno::ESTALE
            | Errno::EHOSTDOWN
            | Errno::EHOSTUNREACH
            | Errno::ENETUNREACH
            | Errno::EIO,
        ) => FolderError::Away { path, source },
        _ => FolderError::Unusable { path, source },
    }
}

/// Of a folder that could not even be made, the nearest one above that exists is to blame.
fn not_ours(path: PathBuf, source: io::Error) -> FolderError {
    let existing = path
        .ancestors()
        .find_map(|folder| Some((folder.to_owned(), fs::metadata(folder).ok()?)));
    match existing {
        Some((path, about)) if about.uid() == geteuid().as_raw() => FolderError::NotAllowed(path),
        Some((path, about)) => FolderError::NotOurs {
            path,
            owner: format!("{}:{}", about.uid(), about.gid()),
            me: format!("{}:{}", geteuid(), getegid()),
        },
        None => FolderError::Unusable { path, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_made_and_one_that_is_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b");
        usable_folder(&deep).unwrap();
        fs::write(deep.join("file"), "").unwrap();
        usable_folder(&deep).unwrap();
        assert!(deep.join("file").exists());
        let file = deep.join("file");
        assert!(matches!(usable_folder(&file), Err(FolderError::NoFolder(path)) if path == file));
    }

    #[test]
    fn what_the_system_says_becomes_what_a_person_can_do() {
        let said = |errno: Errno| reason(Path::new("/"), errno.into()).to_string();
        assert!(said(Errno::EROFS).contains("read-only"));
        let forbidden = if geteuid().is_root() {
            "chmod"
        } else {
            "belongs to user 0:0"
        };
        assert!(said(Errno::EACCES).contains(forbidden));
        assert!(said(Errno::ESTALE).contains("is its server there?"));
        assert!(said(Errno::ENOSPC).contains("name another"));
    }
}
