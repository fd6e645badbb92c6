//! The file in the root of the shared storage that tells it from any other folder. On a host where the storage is not
//! mounted, its path may lead to an empty folder, and a Worker would write its frames there.

use std::io::{self, Read as _, Write as _};
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};
use farandole_protocol::api::STORAGE_MARKER;
use uuid::Uuid;

use crate::disk::open_regular;

/// The most bytes that are read of the file.
const LONGEST: u64 = 256;

/// The storage's id, which is made if it has none.
pub(super) fn find(root: &Path) -> io::Result<String> {
    let root = Dir::open_ambient_dir(root, ambient_authority())?;
    if let Some(id) = read(&root)? {
        return Ok(id);
    }
    let id = Uuid::new_v4().to_string();
    // Written under another name first, so that no Worker reads a part of it.
    let unfinished = format!("{STORAGE_MARKER}.{id}");
    let options = OpenOptions::new().write(true).create_new(true).clone();
    let mut file = root.open_with(&unfinished, &options)?;
    file.write_all(format!("{id}\n").as_bytes())?;
    file.sync_all()?;
    // A link fails where another Manager was faster, whose id counts then.
    let made = root.hard_link(&unfinished, &root, STORAGE_MARKER);
    let made = match made {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            // Some file systems have no links.
            return root.rename(&unfinished, &root, STORAGE_MARKER).map(|()| id);
        }
        other => other.is_ok(),
    };
    root.remove_file(&unfinished)?;
    if made {
        return Ok(id);
    }
    read(&root)?.ok_or_else(|| io::Error::other("its marker file is empty"))
}

fn read(root: &Dir) -> io::Result<Option<String>> {
    let file = match open_regular(root, STORAGE_MARKER) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text)?;
    Ok(Some(text.trim().to_owned()).filter(|id| !id.is_empty()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_id_of_a_storage_is_made_once() {
        let dir = tempfile::tempdir().unwrap();
        let id = find(dir.path()).unwrap();
        assert_eq!(find(dir.path()).unwrap(), id);
        let names: Vec<_> = fs::read_dir(dir.path())
            .unwrap()
            .map(|it| it.unwrap().file_name())
            .collect();
        assert_eq!(names, [STORAGE_MARKER]);
        fs::write(dir.path().join(STORAGE_MARKER), " given by hand \n").unwrap();
        assert_eq!(find(dir.path()).unwrap(), "given by hand");
        assert!(find(&dir.path().join("gone")).is_err());
    }
}
