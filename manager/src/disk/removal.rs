//! Removing a folder with all that is in it, however deep it is.
//!
//! `remove_dir_all` recurses and keeps a file descriptor for each level, so that a folder that is deep enough overflows
//! the stack or uses up the descriptors. Here a folder that is not empty is instead moved up to the top, and removed
//! from there: three descriptors are open at most, and no path is longer than two names. What an interrupted removal
//! leaves is still in the folder, so that the next one goes on with it.

use std::ffi::OsStr;
use std::io;

use cap_std::fs::Dir;

use super::open_deep;

/// How many passes in a row may remove no folder before the removal is given up: on NFS, a file that a program has open
/// comes back under another name.
const IDLE_PASSES: u32 = 3;

/// Removes the folder at this path, if it is a folder. A symlink is not followed.
pub(crate) fn remove_tree(parent: &Dir, path: &str) -> io::Result<()> {
    if !parent.symlink_metadata(path)?.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    let mut removal = Removal {
        top: open_deep(parent, path.as_ref())?,
        mark: rand::random(),
        moved: 0,
        folders: 0,
    };
    let mut idle = 0;
    while !removal.pass()? {
        idle = if removal.folders == 0 { idle + 1 } else { 0 };
        if idle > IDLE_PASSES {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
    }
    parent.remove_dir(path)
}

struct Removal {
    top: Dir,
    /// Tells the names that it gives from those that were there.
    mark: u64,
    /// How many folders it has moved up.
    moved: u64,
    /// How many folders the present pass has removed or moved.
    folders: u64,
}

impl Removal {
    /// Removes what a look into the top folder shows. `true` if that was nothing.
    fn pass(&mut self) -> io::Result<bool> {
        self.folders = 0;
        let mut is_empty = true;
        for entry in self.top.entries()? {
            let entry = entry?;
            is_empty = false;
            let name = entry.file_name();
            if entry.file_type()?.is_dir() {
                self.remove_folder(&name)?;
            } else {
                unless_gone(self.top.remove_file(&name))?;
            }
        }
        Ok(is_empty)
    }

    /// Removes a folder of the top one. Folders in it that are not empty are moved up beside it.
    fn remove_folder(&mut self, name: &OsStr) -> io::Result<()> {
        if self.removed(name)? {
            return Ok(());
        }
        let folder = self.top.open_dir(name)?;
        for entry in folder.entries()? {
            let entry = entry?;
            let inner = entry.file_name();
            if !entry.file_type()?.is_dir() {
                unless_gone(folder.remove_file(&inner))?;
            } else if !is_removed(folder.remove_dir(&inner))? {
                self.move_up(&folder, &inner)?;
            }
        }
        drop(folder);
        // If something was added meanwhile, the next pass finds it.
        self.removed(name).map(drop)
    }

    fn removed(&mut self, name: &OsStr) -> io::Result<bool> {
        let removed = is_removed(self.top.remove_dir(name))?;
        self.folders += u64::from(removed);
        Ok(removed)
    }

    fn move_up(&mut self, folder: &Dir, name: &OsStr) -> io::Result<()> {
        self.moved += 1;
        self.folders += 1;
        let place = format!(".removing-{:016x}-{}", self.mark, self.moved);
        unless_gone(folder.rename(name, &self.top, place))
    }
}

/// Whether a folder is gone; `false` if something is in it.
fn is_removed(outcome: io::Result<()>) -> io::Result<bool> {
    match outcome {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists
            ) =>
        {
            Ok(false)
        }
        outcome => unless_gone(outcome).map(|()| true),
    }
}

/// What is gone already needs no removal.
fn unless_gone(outcome: io::Result<()>) -> io::Result<()> {
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use cap_std::ambient_authority;

    use super::*;

    fn dir(folder: &tempfile::TempDir) -> Dir {
        Dir::open_ambient_dir(folder.path(), ambient_authority()).unwrap()
    }

    /// A chain of folders of this depth, with a file at its end. No path in it is handed over as a whole.
    fn chain(top: &Dir, name: &str, depth: usize) {
        let mut folder = top.open_dir(".").unwrap();
        for _ in 0..depth {
            folder.create_dir(name).unwrap();
            folder = folder.open_dir(name).unwrap();
        }
        folder.write("file", "text").unwrap();
    }

    #[test]
    fn a_folder_that_is_12_000_deep_is_removed_with_few_descriptors() {
        let temporary = tempfile::tempdir().unwrap();
        let parent = dir(&temporary);
        parent.create_dir("checkout").unwrap();
        let top = parent.open_dir("checkout").unwrap();
        chain(&top, "d", 12_000);
        let way: std::path::PathBuf = std::iter::repeat_n("d", 12_000).collect();
        assert!(open_deep(&top, &way).unwrap().exists("file"));
        remove_tree(&parent, "checkout").unwrap();
        assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
    }

    #[test]
    fn wide_and_branching_folders_go_and_links_are_not_followed() {
        let temporary = tempfile::tempdir().unwrap();
        let kept = temporary.path().join("kept");
        fs::create_dir(&kept).unwrap();
        fs::write(kept.join("file"), "").unwrap();
        let top = temporary.path().join("top");
        for one in 0..20 {
            for two in 0..20 {
                let folder = top.join(format!("{one}/x/{two}/y/z"));
                fs::create_dir_all(&folder).unwrap();
                fs::write(folder.join("file"), "").unwrap();
                symlink(&kept, folder.join("link")).unwrap();
            }
        }
        symlink(&kept, top.join("link")).unwrap();
        symlink(&kept, temporary.path().join("linked")).unwrap();
        let parent = dir(&temporary);
        assert!(remove_tree(&parent, "linked").is_err());
        remove_tree(&parent, "top").unwrap();
        assert!(!top.exists() && kept.join("file").exists());
        let gone = remove_tree(&parent, "top").unwrap_err();
        assert_eq!(gone.kind(), io::ErrorKind::NotFound);
    }
}
