//! What jobs made, as files and folders.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, DirEntry};
use chrono::{DateTime, Utc};
use farandole_protocol::api::{JobFile, JobFiles};

use super::messages::StorageError;

/// All files below the folder, by their paths. Hidden ones do not count.
pub(super) fn list(storage: &Path, folder: &Path) -> Result<JobFiles, StorageError> {
    let mut files = Vec::new();
    if let Some(folder) = open_folder(storage, folder)? {
        collect(&folder, "", &mut files)?;
    }
    files.sort();
    Ok(JobFiles { files })
}

/// One of them.
pub(super) fn open(storage: &Path, folder: &Path, path: &str) -> Result<File, StorageError> {
    let is_hidden = path.split('/').any(|name| name.starts_with('.'));
    let folder = open_folder(storage, folder)?.filter(|_| !is_hidden);
    let file = folder.ok_or(StorageError::NoFile)?.open(path);
    let file = file.map_err(|_| StorageError::NoFile)?.into_std();
    if !file.metadata()?.is_file() {
        return Err(StorageError::NoFile);
    }
    Ok(file)
}

/// The folder, if it is there. Wherever links lead, it lies in the storage.
fn open_folder(storage: &Path, folder: &Path) -> Result<Option<Dir>, StorageError> {
    let real = |path: &Path| -> io::Result<Option<PathBuf>> {
        match path.canonicalize() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            path => path.map(Some),
        }
    };
    let (Some(storage), Some(found)) = (real(storage)?, real(folder)?) else {
        return Ok(None);
    };
    let below = found
        .strip_prefix(&storage)
        .map_err(|_| StorageError::Outside(folder.to_owned()))?;
    let storage = Dir::open_ambient_dir(&storage, ambient_authority())?;
    let below = if below.as_os_str().is_empty() {
        Path::new(".")
    } else {
        below
    };
    Ok(Some(storage.open_dir(below)?))
}

fn collect(folder: &Dir, path: &str, files: &mut Vec<JobFile>) -> io::Result<()> {
    for entry in folder.entries()? {
        let entry = entry?;
        let name = entry.file_name();
        // A name that cannot be asked for is not told.
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else {
            continue;
        };
        let path = match path {
            "" => name.to_owned(),
            path => format!("{path}/{name}"),
        };
        if entry.file_type()?.is_dir() {
            collect(&entry.open_dir()?, &path, files)?;
        } else if let Some(file) = described(&entry, path) {
            files.push(file);
        }
    }
    Ok(())
}

/// What there is to say of a file; a link counts as what it leads to, if that is a file in this folder.
fn described(entry: &DirEntry, path: String) -> Option<JobFile> {
    let about = entry.open().ok()?.metadata().ok()?;
    let modified = DateTime::<Utc>::from(about.modified().ok()?.into_std());
    about.is_file().then_some(JobFile {
        path,
        size: about.len(),
        modified,
    })
}
