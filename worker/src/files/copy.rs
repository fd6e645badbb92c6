//! Copies a file so that the copy is there completely or not at all.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use farandole_frames::open_regular;

use super::no_overwrite::rename_without_overwrite;

/// Bytes per step; between two steps the copy can be called off.
const STEP: usize = 1 << 20;

/// Why nothing was copied. In every case there is nothing new at the destination.
#[derive(Debug, thiserror::Error)]
pub enum CopyFault {
    /// Only files with content of their own can be copied.
    #[error("the source cannot be copied: {0}")]
    NotAFile(#[source] io::Error),
    /// There is something at the destination.
    #[error("the destination exists")]
    Exists,
    /// It was called off.
    #[error("it was called off")]
    CalledOff,
    /// The file system said no.
    #[error("{action} failed: {source}")]
    Io {
        /// What was being done.
        action: &'static str,
        /// What the file system said.
        source: io::Error,
    },
}

fn at(action: &'static str) -> impl FnOnce(io::Error) -> CopyFault {
    move |source| CopyFault::Io { action, source }
}

/// Copies the file's bytes, making missing directories. The copy gets its name only when all of it is on the disk.
/// `go_on` is asked before each mebibyte.
pub fn copy_file(from: &Path, to: &Path, go_on: impl Fn() -> bool) -> Result<(), CopyFault> {
    let mut source = open_regular(from).map_err(|error| {
        if error.kind() == io::ErrorKind::InvalidInput {
            return CopyFault::NotAFile(error);
        }
        at("opening the source")(error)
    })?;
    let directory = to.parent().unwrap_or_else(|| Path::new("/"));
    DirBuilder::new()
        .recursive(true)
        .mode(0o750)
        .create(directory)
        .map_err(at("making the directory"))?;
    let unfinished = Unfinished::beside(to);
    let mut copy = File::create_new(&unfinished.path).map_err(at("creating the copy"))?;
    copy_bytes(&mut source, &mut copy, go_on)?;
    copy.sync_all().map_err(at("writing the copy"))?;
    rename_without_overwrite(&unfinished.path, to).map_err(|error| {
        if error.kind() == io::ErrorKind::AlreadyExists {
            return CopyFault::Exists;
        }
        at("naming the copy")(error)
    })?;
    // The name itself; the copy is complete without, so a file system that cannot do it is no fault.
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .ok();
    Ok(())
}

fn copy_bytes(
    source: &mut File,
    copy: &mut File,
    go_on: impl Fn() -> bool,
) -> Result<(), CopyFault> {
    let mut buffer = vec![0; STEP];
    loop {
        if !go_on() {
            return Err(CopyFault::CalledOff);
        }
        match source.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => {
                copy.write_all(buffer.get(..length).unwrap_or_default())
                    .map_err(at("writing the copy"))?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(at("reading the source")(error)),
        }
    }
}

/// A file that goes away unless it was given its final name.
struct Unfinished {
    path: PathBuf,
}

impl Unfinished {
    /// In the same directory, since only there can it be renamed; hidden, and with a random part so that two
    /// copies do not meet.
    fn beside(to: &Path) -> Self {
        let mut name = std::ffi::OsString::from(".");
        name.push(to.file_name().unwrap_or_default());
        name.push(format!(".{:016x}.partial", rand::random::<u64>()));
        Self {
            path: to.with_file_name(name),
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After the rename there is nothing of this name left, and before it nobody else would clean up.
        fs::remove_file(&self.path).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_copy_is_complete_and_makes_its_directories() {
        let dir = tempfile::tempdir().unwrap();
        let content = vec![7; 3 * STEP / 2];
        fs::write(dir.path().join("a"), &content).unwrap();
        copy_file(&dir.path().join("a"), &dir.path().join("x/y/b"), || true).unwrap();
        assert_eq!(fs::read(dir.path().join("x/y/b")).unwrap(), content);
        assert_eq!(names(&dir.path().join("x/y")), ["b"]);
    }

    #[test]
    fn what_is_there_is_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a"), "new").unwrap();
        fs::write(dir.path().join("b"), "old").unwrap();
        let fault = copy_file(&dir.path().join("a"), &dir.path().join("b"), || true).unwrap_err();
        assert!(matches!(fault, CopyFault::Exists));
        assert_eq!(fs::read_to_string(dir.path().join("b")).unwrap(), "old");
        assert_eq!(names(dir.path()), ["a", "b"]);
    }

    #[test]
    fn a_copy_that_is_called_off_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a"), vec![7; 2 * STEP]).unwrap();
        let asked = std::cell::Cell::new(0);
        let fault = copy_file(&dir.path().join("a"), &dir.path().join("b"), || {
            asked.set(asked.get() + 1);
            asked.get() < 2
        });
        assert!(matches!(fault, Err(CopyFault::CalledOff)));
        assert_eq!(names(dir.path()), ["a"]);
    }

    #[test]
    fn a_named_pipe_is_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
        let fault = copy_file(&pipe, &dir.path().join("b"), || true).unwrap_err();
        assert!(matches!(fault, CopyFault::NotAFile(_)));
        assert_eq!(names(dir.path()), ["pipe"]);
    }

    #[test]
    fn directories_are_not_copied() {
        let dir = tempfile::tempdir().unwrap();
        let fault = copy_file(dir.path(), &dir.path().join("b"), || true).unwrap_err();
        assert!(matches!(fault, CopyFault::NotAFile(_)));
        assert!(names(dir.path()).is_empty());
    }
}
