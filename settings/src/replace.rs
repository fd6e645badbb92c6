//! A file that is replaced as a whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::private::{PRIVATE_FILE, empty_private_file};

/// Gives a file another text. Whatever happens meanwhile, there is the old text or the new one, and what is told to be
/// done is on the disk. A file that was there keeps its mode, and a new one is for its owner alone, since it may hold a
/// password; where a link leads to it, the link stays.
pub fn replace_file(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mode = fs::metadata(&path).map_or(PRIVATE_FILE, |about| about.permissions().mode());
    let mut beside = path.clone().into_os_string();
    beside.push("~");
    let beside = Path::new(&beside);
    let written = write(beside, text, mode).and_then(|()| fs::rename(beside, &path));
    if let Err(error) = written {
        // What could not be renamed is of no use; what cannot be removed is replaced the next time.
        drop(fs::remove_file(beside));
        return Err(error);
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn write(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let mut file = empty_private_file(path)?;
    file.set_permissions(fs::Permissions::from_mode(mode & 0o777))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_file_is_made_or_replaced_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("it.yaml");
        replace_file(&path, "one").unwrap();
        assert_eq!(
            (fs::read_to_string(&path).unwrap().as_str(), mode(&path)),
            ("one", 0o600)
        );
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let link = folder.path().join("link.yaml");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        replace_file(&link, "two").unwrap();
        assert_eq!(
            (fs::read_to_string(&path).unwrap().as_str(), mode(&path)),
            ("two", 0o640)
        );
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn what_cannot_be_replaced_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/it.yaml");
        assert!(replace_file(&path, "one").is_err());
        fs::create_dir_all(&path).unwrap();
        assert!(replace_file(&path, "one").is_err());
        assert!(path.is_dir());
        assert_eq!(fs::read_dir(folder.path().join("a")).unwrap().count(), 1);
    }
}
