//! The logs of tasks and the pictures of jobs, which lie as ours do: copied, never linked, since ours grow.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use farandole_protocol::ids::JobId;

use crate::task_logs::paths::job_folder;

/// What a Flamenco Manager calls the folder unless it is told otherwise.
const USUAL: &str = "flamenco-manager-storage";

/// Where the files of jobs are, of what its configuration says and the folders in which it may be meant.
pub(super) fn find(said: Option<&str>, folders: &[PathBuf]) -> Option<PathBuf> {
    let said = said.filter(|path| !path.is_empty()).unwrap_or(USUAL);
    let mut candidates = folders.iter().map(|folder| folder.join(said));
    candidates.find(|path| path.is_dir())
}

/// Copies the files of these jobs, but for those that are there. Gives how many were copied.
pub(super) fn copy(from: &Path, to: &Path, jobs: &[JobId]) -> io::Result<u64> {
    let mut copied = 0;
    for job in jobs {
        let folder = job_folder(*job);
        let files = match fs::read_dir(from.join(&folder)) {
            Ok(files) => files,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let target = to.join(&folder);
        fs::create_dir_all(&target)?;
        for file in files {
            let file = file?;
            let copy = target.join(file.file_name());
            if file.file_type()?.is_file() && !copy.exists() {
                fs::copy(file.path(), copy)?;
                copied += 1;
            }
        }
    }
    Ok(copied)
}
