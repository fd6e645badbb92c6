//! A rename that fails instead of replacing what is there.

use std::fs;
use std::io;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};

/// Renames a file or directory. Fails with [`io::ErrorKind::AlreadyExists`] if there is something at `to`.
pub fn rename_without_overwrite(from: &Path, to: &Path) -> io::Result<()> {
    match renameat2(AT_FDCWD, from, AT_FDCWD, to, RenameFlags::RENAME_NOREPLACE) {
        Ok(()) => Ok(()),
        // Some network file systems do not know the flag.
        Err(Errno::EINVAL | Errno::ENOSYS | Errno::EOPNOTSUPP) => rename_in_two_steps(from, to),
        Err(errno) => Err(errno.into()),
    }
}

/// A file gets its new name before it loses the old one, which is as safe. Where links are unknown too, and for
/// directories, a look before the rename must do.
fn rename_in_two_steps(from: &Path, to: &Path) -> io::Result<()> {
    if from.symlink_metadata()?.is_file() {
        match fs::hard_link(from, to) {
            Ok(()) => return fs::remove_file(from),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
            Err(_) => {}
        }
    }
    match to.symlink_metadata() {
        Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::rename(from, to),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_refuse_to_overwrite() {
        for rename in [rename_without_overwrite, rename_in_two_steps] {
            let dir = tempfile::tempdir().unwrap();
            let path = |name: &str| dir.path().join(name);
            fs::write(path("a"), "a").unwrap();
            fs::write(path("b"), "b").unwrap();
            fs::create_dir(path("d")).unwrap();
            fs::create_dir(path("empty")).unwrap();
            assert_eq!(
                rename(&path("a"), &path("b")).unwrap_err().kind(),
                io::ErrorKind::AlreadyExists
            );
            assert_eq!(
                rename(&path("d"), &path("empty")).unwrap_err().kind(),
                io::ErrorKind::AlreadyExists
            );
            assert_eq!(
                rename(&path("gone"), &path("x")).unwrap_err().kind(),
                io::ErrorKind::NotFound
            );
            rename(&path("a"), &path("c")).unwrap();
            rename(&path("d"), &path("e")).unwrap();
            assert!(!path("a").exists() && path("e").is_dir());
            assert_eq!(fs::read_to_string(path("c")).unwrap(), "a");
        }
    }
}
