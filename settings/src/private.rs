//! Files and folders that are for the own user alone: what a program keeps may hold passwords, and what its tasks said.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::Path;

use nix::unistd::geteuid;

use crate::folder::{FolderError, reason};

/// The mode of such a file.
pub const PRIVATE_FILE: u32 = 0o600;
/// The mode of such a folder.
const PRIVATE_FOLDER: u32 = 0o700;
/// What others may do.
const OF_OTHERS: u32 = 0o077;

/// Makes a folder for the own user alone, with those above it, if they are missing.
pub fn make_private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(PRIVATE_FOLDER)
        .create(path)
}

/// Makes an empty file for the own user alone, if it is missing.
pub fn make_private_file(path: &Path) -> Result<(), FolderError> {
    let made = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(PRIVATE_FILE)
        .open(path);
    made.map(drop).map_err(|error| reason(path, error))
}

/// Opens an empty file for the own user alone, in place of what is there.
pub fn empty_private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(PRIVATE_FILE)
        .open(path)
}

/// Takes a file or folder away from others, if it belongs to the own user and they may do anything with it. Gives
/// whether that was so. What is not there, or another user's, is left alone.
pub fn close_to_others(path: &Path) -> io::Result<bool> {
    let about = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        about => about?,
    };
    if !is_open(&about) {
        return Ok(false);
    }
    let mode = about.permissions().mode() & !OF_OTHERS;
    fs::set_permissions(path, Permissions::from_mode(mode))?;
    Ok(true)
}

fn is_open(about: &Metadata) -> bool {
    about.uid() == geteuid().as_raw() && about.permissions().mode() & OF_OTHERS != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_made_is_for_the_own_user_alone() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b");
        make_private_folder(&deep).unwrap();
        let file = deep.join("file");
        make_private_file(&file).unwrap();
        assert_eq!(
            (mode(deep.parent().unwrap()), mode(&deep), mode(&file)),
            (0o700, 0o700, 0o600)
        );
        fs::write(&file, "text").unwrap();
        make_private_file(&file).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "text");
    }

    #[test]
    fn what_others_could_use_is_closed_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        assert!(!close_to_others(&file).unwrap(), "it is not there");
        fs::write(&file, "text").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        assert!(close_to_others(&file).unwrap());
        assert_eq!(mode(&file), 0o600);
        assert!(!close_to_others(&file).unwrap());
    }
}
