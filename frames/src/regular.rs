//! Opening files that other people or programs have made. `open()` of a named pipe (FIFO) blocks until another process
//! opens its other end, possibly for ever, and reading a device may never end. So a file is opened without waiting, and
//! refused unless it is a regular file.
//!
//! Manager, Worker and CLI all use this, so it is here although it has little to do with frames.

use std::fs::{File, FileType, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::Path;

use nix::fcntl::OFlag;

/// Flags for `open()`, with which it returns at once whatever the path leads to. On regular files they have no effect.
pub const WITHOUT_WAITING: i32 = OFlag::O_NONBLOCK.union(OFlag::O_NOCTTY).bits();

/// Opens a regular file for reading. Symlinks are followed; everything else is refused, and is never waited for.
pub fn open_regular(path: &Path) -> io::Result<File> {
    open_regular_with(path, OpenOptions::new().read(true))
}

/// Opens a regular file in this way. Symlinks are followed; everything else is refused, and is never waited for.
pub fn open_regular_with(path: &Path, how: &mut OpenOptions) -> io::Result<File> {
    only_regular(how.custom_flags(WITHOUT_WAITING).open(path)?)
}

/// The file, if it is a regular one. It was opened with [`WITHOUT_WAITING`].
pub fn only_regular(file: File) -> io::Result<File> {
    let kind = file.metadata()?.file_type();
    if kind.is_file() {
        return Ok(file);
    }
    let text = format!("it is {}, not a regular file", name_of(kind));
    Err(io::Error::new(io::ErrorKind::InvalidInput, text))
}

/// What people call files of this type, with an article.
fn name_of(kind: FileType) -> &'static str {
    if kind.is_dir() {
        "a folder"
    } else if kind.is_fifo() {
        "a named pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use nix::sys::stat::Mode;
    use nix::unistd::mkfifo;

    use super::*;

    #[test]
    fn a_named_pipe_is_refused_at_once_and_a_regular_file_is_opened() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        mkfifo(&at("pipe"), Mode::S_IRWXU).unwrap();
        std::os::unix::fs::symlink(at("pipe"), at("link")).unwrap();
        fs::write(at("file"), "text").unwrap();
        for (name, kind) in [
            ("pipe", "a named pipe"),
            ("link", "a named pipe"),
            (".", "a folder"),
        ] {
            let error = open_regular(&at(name)).unwrap_err();
            assert!(error.to_string().contains(kind), "{error}");
        }
        assert!(open_regular(Path::new("/dev/null")).is_err());
        assert_eq!(
            io::read_to_string(open_regular(&at("file")).unwrap()).unwrap(),
            "text"
        );
    }
}
