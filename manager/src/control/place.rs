//! Where the socket is.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};

/// The socket's name in the data directory.
const SOCKET: &str = "control.sock";

/// A path of a socket must be shorter than this, on Linux (`sun_path`).
const LONGEST: usize = 108;

/// The path of a socket, for as long as this is kept.
#[derive(Debug)]
pub(super) struct Place {
    /// The path, by which the socket can be bound, connected to and removed.
    pub(super) path: PathBuf,
    /// A path that is too long for a socket leads through an open folder instead.
    _folder: Option<File>,
}

impl Place {
    /// The socket in this data directory.
    pub(super) fn in_data_dir(data_dir: &Path) -> io::Result<Self> {
        let path = data_dir.join(SOCKET);
        if path.as_os_str().len() < LONGEST {
            return Ok(Self {
                path,
                _folder: None,
            });
        }
        let folder = File::open(data_dir)?;
        let path = Path::new("/proc/self/fd").join(folder.as_raw_fd().to_string());
        if !path.is_dir() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidFilename,
                "the path of the data directory is too long for a Unix socket",
            ));
        }
        Ok(Self {
            path: path.join(SOCKET),
            _folder: Some(folder),
        })
    }
}
