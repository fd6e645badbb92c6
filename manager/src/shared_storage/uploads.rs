//! Uploads as files and folders.

use std::fs::{File, TryLockError};
use std::io;
use std::time::{Duration, SystemTime};

use bytesize::ByteSize;
use cap_std::fs::{Dir, OpenOptions};
use farandole_protocol::api::Upload;
use farandole_protocol::time::Timestamp;

use super::messages::{StorageError, Writing};
use super::upload_id::UploadId;
use crate::disk::{open_regular, open_regular_with};

/// Where uploads go, below the shared storage.
const FOLDER: &str = "submitted";

/// Begins an upload, in a folder of its own. Of two with the same name at the same time the second comes a
/// millisecond later.
pub(super) fn begin(
    storage: &Dir,
    mut now: Timestamp,
    name: &str,
    limit: ByteSize,
) -> Result<Writing, StorageError> {
    let name: super::upload_id::FileName = name.parse()?;
    storage.create_dir_all(FOLDER)?;
    let all = storage.open_dir(FOLDER)?;
    loop {
        let id = UploadId::new(now, name.clone());
        match all.create_dir(id.as_str()) {
            Ok(()) => {
                let folder = all.open_dir(id.as_str())?;
                let mut new = OpenOptions::new();
                new.append(true).create_new(true);
                let file = folder.open_with(id.part(), &new)?.into_std();
                lock(&file)?;
                return Ok(Writing {
                    id,
                    file,
                    offset: 0,
                    limit,
                });
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                now += Duration::from_millis(1);
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Goes on with an upload where it ended.
pub(super) fn resume(
    storage: &Dir,
    id: &str,
    offset: u64,
    limit: ByteSize,
) -> Result<Writing, StorageError> {
    let id: UploadId = id.parse()?;
    let folder = open_folder(storage, &id)?;
    let file = match open_regular_with(&folder, id.part(), OpenOptions::new().append(true)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(missing(&folder, &id));
        }
        Err(error) => return Err(error.into()),
    };
    lock(&file)?;
    let present = file.metadata()?.len();
    if present != offset {
        return Err(StorageError::OtherOffset { present });
    }
    Ok(Writing {
        id,
        file,
        offset,
        limit,
    })
}

/// Brings what was written onto the disk; a complete file gets its name.
pub(super) fn pause(
    storage: &Dir,
    writing: &Writing,
    complete: bool,
    announced: Option<u64>,
) -> Result<Upload, StorageError> {
    let Writing { id, file, .. } = writing;
    file.sync_all()?;
    let present = file.metadata()?.len();
    let folder = open_folder(storage, id)?;
    if complete {
        if let Some(announced) = announced.filter(|announced| *announced != present) {
            return Err(StorageError::OtherLength { announced, present });
        }
        folder.rename(id.part(), &folder, id.name())?;
    }
    sync_folder(&folder)?;
    Ok(told(id, present, complete))
}

/// What there is of an upload. It is on the disk before it is told.
pub(super) fn find(storage: &Dir, id: &str) -> Result<Upload, StorageError> {
    let id: UploadId = id.parse()?;
    let folder = open_folder(storage, &id)?;
    for (name, complete) in [(id.part(), false), (id.name().to_owned(), true)] {
        match open_regular(&folder, &name) {
            Ok(file) => {
                file.sync_all()?;
                return Ok(told(&id, file.metadata()?.len(), complete));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StorageError::UnknownUpload)
}

/// Removes an upload that is not complete.
pub(super) fn discard(storage: &Dir, id: &str) -> Result<(), StorageError> {
    let id: UploadId = id.parse()?;
    let folder = open_folder(storage, &id)?;
    let file = match open_regular(&folder, id.part()) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(missing(&folder, &id));
        }
        Err(error) => return Err(error.into()),
    };
    lock(&file)?;
    folder.remove_file(id.part())?;
    storage.open_dir(FOLDER)?.remove_dir(id.as_str())?;
    Ok(())
}

/// Removes uploads that were not completed and that nobody went on with for so long. Gives their ids.
pub(super) fn remove_abandoned(storage: &Dir, age: Duration) -> io::Result<Vec<String>> {
    let mut removed = Vec::new();
    let entries = match storage.read_dir(FOLDER) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(removed),
        entries => entries?,
    };
    for entry in entries {
        let name = entry?.file_name();
        let Some(id) = name.to_str().and_then(|name| name.parse::<UploadId>().ok()) else {
            continue;
        };
        let is_old = open_folder(storage, &id)
            .ok()
            .and_then(|folder| folder.metadata(id.part()).ok()?.modified().ok())
            .and_then(|modified| SystemTime::now().duration_since(modified.into_std()).ok())
            .is_some_and(|passed| passed >= age);
        // One that somebody is at, after all, is locked.
        if is_old && discard(storage, id.as_str()).is_ok() {
            removed.push(id.to_string());
        }
    }
    Ok(removed)
}

fn told(id: &UploadId, size: u64, complete: bool) -> Upload {
    Upload {
        id: id.to_string(),
        name: id.name().to_owned(),
        path: format!("{{jobs}}/{FOLDER}/{id}/{}", id.name()),
        size,
        complete,
    }
}

fn open_folder(storage: &Dir, id: &UploadId) -> Result<Dir, StorageError> {
    storage.open_dir(format!("{FOLDER}/{id}")).map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            return StorageError::UnknownUpload;
        }
        error.into()
    })
}

fn missing(folder: &Dir, id: &UploadId) -> StorageError {
    if folder.exists(id.name()) {
        StorageError::Complete
    } else {
        StorageError::UnknownUpload
    }
}

/// Held by the open file, and so for as long as somebody writes, and not a moment longer.
fn lock(file: &File) -> Result<(), StorageError> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => StorageError::Busy,
        TryLockError::Error(error) => error.into(),
    })
}

/// A new name is on the disk when its folder is.
fn sync_folder(folder: &Dir) -> io::Result<()> {
    folder.open(".")?.into_std().sync_all()
}
