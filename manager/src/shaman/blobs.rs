//! Stored files on the disk, and those on their way to become stored.

use std::fs::File;
use std::io;
use std::time::{Duration, SystemTime};

use actix::Recipient;
use cap_std::fs::{Dir, OpenOptions};
use farandole_protocol::api::ShamanFileStatus;

use super::disk::{self, Disk, if_there};
use super::file_id::FileId;
use super::incoming::Incoming;
use super::messages::{BeginFile, ShamanError, Stored, UploadEnded};
use crate::disk::open_regular;

/// How the names of files end that are being received.
const TEMPORARY: &str = ".tmp";
/// Folders that became empty may be removed by others at any time; so often in a row is no chance any more.
const ATTEMPTS: usize = 100;

/// What is put behind the name of a blob that somebody has changed.
const CHANGED: &str = "changed";

/// Whether a file is there that is as long as it should be. Its contents are not looked at.
pub(super) fn is_there(stored: &Dir, file: FileId) -> io::Result<bool> {
    let about = if_there(stored.metadata(file.blob()))?;
    Ok(about.is_some_and(|about| about.is_file() && about.len() == file.size))
}

/// Whether it is there, with the contents that it is known by; then it counts as used now.
pub(super) fn touch(disk: &Disk, file: FileId, now: SystemTime) -> io::Result<bool> {
    let Some(blob) = open_right(disk, file)? else {
        return Ok(false);
    };
    disk::touch(&blob, now);
    disk.verified.remember(file, &blob.metadata()?);
    Ok(true)
}

/// The blob, if it is there with the contents that it is known by. Where somebody has changed it, it is moved aside:
/// the checkouts that have it lack it until it is sent again, and nobody works with something else.
fn open_right(disk: &Disk, file: FileId) -> io::Result<Option<File>> {
    if !is_there(&disk.stored, file)? {
        return Ok(None);
    }
    let Some(blob) = if_there(open_regular(&disk.stored, file.blob()))? else {
        return Ok(None);
    };
    if disk.verified.is_right(file, &blob)? {
        return Ok(Some(blob));
    }
    let aside = format!("{}.{CHANGED}", file.blob());
    if_there(disk.stored.rename(file.blob(), &disk.stored, &aside))?;
    disk.verified.forget(file);
    tracing::warn!(
        shaman.file = %file,
        path = aside,
        "a stored file has other contents than it was stored with; it is moved aside, and has to be sent again"
    );
    Ok(None)
}

/// What is known of a file.
pub(super) fn status(disk: &Disk, file: FileId) -> io::Result<ShamanFileStatus> {
    if open_right(disk, file)?.is_some() {
        return Ok(ShamanFileStatus::Stored);
    }
    if is_uploading(&disk.uploading, file)? {
        return Ok(ShamanFileStatus::Uploading);
    }
    Ok(ShamanFileStatus::Unknown)
}

/// A file that a crash has left is not locked, and nobody is sending it.
fn is_uploading(uploading: &Dir, file: FileId) -> io::Result<bool> {
    let beginning = file.temporary();
    for entry in uploading.entries()? {
        let name = entry?.file_name();
        let is_its = name
            .to_str()
            .is_some_and(|name| name.starts_with(&beginning));
        if is_its
            && let Ok(found) = open_regular(uploading, &name)
            && disk::is_locked(&found)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A file to receive it in, unless it is stored.
pub(super) fn begin(
    disk: &Disk,
    BeginFile { file, length }: BeginFile,
    now: SystemTime,
    ended: Recipient<UploadEnded>,
) -> Result<Option<Incoming>, ShamanError> {
    if touch(disk, file, now)? {
        return Ok(None);
    }
    if let Some(received) = length.filter(|length| *length != file.size) {
        let announced = file.size;
        return Err(ShamanError::OtherSize {
            announced,
            received,
        });
    }
    let name = format!(
        "{}{:016x}{TEMPORARY}",
        file.temporary(),
        rand::random::<u64>()
    );
    let mut new = OpenOptions::new();
    new.write(true).create_new(true);
    let contents = disk.uploading.open_with(&name, &new)?.into_std();
    if let Err(error) = contents.lock() {
        tracing::debug!(%error, "the shared storage has no locks: nobody will see who is sending what");
    }
    let stored = disk.stored.try_clone()?;
    Ok(Some(Incoming::new(file, name, contents, stored, ended)))
}

/// Stores what was received, and leaves nothing else of it.
pub(super) fn store(disk: &Disk, mut incoming: Incoming) -> Result<Stored, ShamanError> {
    let stored = move_to_stored(disk, &incoming);
    if !matches!(stored, Ok(Stored::Now)) {
        if_there(disk.uploading.remove_file(&incoming.name))?;
    }
    incoming.name.clear();
    stored
}

/// It is on the disk, and nobody can write to it, before it has its name.
fn move_to_stored(disk: &Disk, incoming: &Incoming) -> Result<Stored, ShamanError> {
    if open_right(disk, incoming.file)?.is_some() {
        return Ok(Stored::Already);
    }
    incoming.check()?;
    incoming.contents.sync_all()?;
    disk::make_read_only(&disk.uploading, &incoming.name, &incoming.contents);
    let mut gone = None;
    for _ in 0..ATTEMPTS {
        match rename(disk, incoming) {
            Ok(()) => {
                let about = incoming.contents.metadata()?;
                disk.verified.remember(incoming.file, &about);
                return Ok(Stored::Now);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => gone = Some(error),
            Err(error) => return Err(error.into()),
        }
    }
    Err(gone
        .unwrap_or_else(|| io::ErrorKind::NotFound.into())
        .into())
}

fn rename(disk: &Disk, incoming: &Incoming) -> io::Result<()> {
    let (folders, blob) = (incoming.file.folders(), incoming.file.blob());
    disk::make_folders(&disk.stored, &folders)?;
    disk.uploading.rename(&incoming.name, &disk.stored, &blob)?;
    let [_, folder] = folders;
    // A sweep may move it aside, but what is new comes back.
    if let Some(folder) = if_there(disk.stored.open_dir(folder))? {
        disk::sync(&folder)?;
    }
    Ok(())
}

/// Removes what crashes have left of uploads: nobody has locked it, and nobody has written to it for so long. Gives
/// the names.
pub(super) fn remove_abandoned(
    uploading: &Dir,
    now: SystemTime,
    age: Duration,
) -> io::Result<Vec<String>> {
    let mut removed = Vec::new();
    for entry in uploading.entries()? {
        let name = entry?.file_name();
        let Some(name) = name
            .to_str()
            .filter(|name| name.strip_suffix(TEMPORARY).is_some())
        else {
            continue;
        };
        let Ok(file) = open_regular(uploading, name) else {
            continue;
        };
        let passed = now.duration_since(file.metadata()?.modified()?);
        if passed.is_ok_and(|passed| passed >= age) && !disk::is_locked(&file) {
            if_there(uploading.remove_file(name))?;
            removed.push(name.to_owned());
        }
    }
    Ok(removed)
}
