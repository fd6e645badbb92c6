//! Which folder may be erased as a checkout. What a job says of its checkout, a client made up.

use std::io;
use std::time::{Duration, SystemTime};

use cap_std::fs::Dir;

use super::checkouts::{is_written_down, remove};
use super::disk::{Disk, if_there};
use super::file_id::FileId;
use super::messages::Erased;
use super::paths::CheckoutPath;
use crate::disk::open_regular;

/// Erases a checkout, if it is one.
pub(super) fn erase(disk: &Disk, checkout: &str) -> io::Result<Erased> {
    let Ok(path) = checkout.parse::<CheckoutPath>() else {
        return Ok(Erased::NotACheckout);
    };
    // From above, so that no link is followed.
    for folder in path.with_ancestors() {
        match if_there(disk.checkouts.symlink_metadata(folder.as_str()))? {
            None => return Ok(Erased::NotThere),
            Some(about) if about.is_dir() => {}
            Some(_) => return Ok(Erased::NotACheckout),
        }
    }
    if !is_written_down(&disk.records, &path)? && !was_made_elsewhere(disk, &path)? {
        return Ok(Erased::NotACheckout);
    }
    remove(disk, &path)?;
    Ok(Erased::Gone)
}

/// Whether this is a checkout that was not made here: by a Flamenco Manager that had the storage before. It has a link
/// to a stored file, and no folder above it has one, which would make it a part of another; and none of ours is in it.
fn was_made_elsewhere(disk: &Disk, path: &CheckoutPath) -> io::Result<bool> {
    for folder in path.with_ancestors() {
        let is_itself = folder == *path;
        if is_written_down(&disk.records, &folder)?
            || has_links(&disk.checkouts, &folder)? != is_itself
        {
            return Ok(false);
        }
    }
    let ours = written_down(&disk.records)?;
    Ok(!ours.iter().any(|(_, ours)| path.holds(ours)))
}

fn has_links(checkouts: &Dir, folder: &CheckoutPath) -> io::Result<bool> {
    let folder = checkouts.open_dir(folder.as_str())?;
    for entry in folder.entries()? {
        let entry = entry?;
        if entry.file_type()?.is_symlink()
            && let Some(target) = if_there(folder.read_link_contents(entry.file_name()))?
            && FileId::of_blob(&target).is_some()
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// All checkouts that were made here, with the names of their records.
fn written_down(records: &Dir) -> io::Result<Vec<(String, CheckoutPath)>> {
    let mut found = Vec::new();
    for entry in records.entries()? {
        let Ok(name) = entry?.file_name().into_string() else {
            continue;
        };
        let record = match open_regular(records, &name) {
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => continue,
            opened => if_there(opened)?,
        };
        // One that is being written says nothing yet.
        if let Some(record) = record
            && let Ok(path) = io::read_to_string(record)?.parse()
        {
            found.push((name, path));
        }
    }
    Ok(found)
}

/// Forgets checkouts whose folders are not there: removed by hand, or never made because of a crash.
pub(super) fn forget_removed(disk: &Disk, now: SystemTime, age: Duration) -> io::Result<()> {
    for (name, path) in written_down(&disk.records)? {
        let Some(about) = if_there(disk.records.metadata(&name))? else {
            continue;
        };
        let passed = now.duration_since(about.modified()?.into_std());
        let is_there = if_there(disk.checkouts.symlink_metadata(path.as_str()))?.is_some();
        if !is_there && passed.is_ok_and(|passed| passed >= age) {
            if_there(disk.records.remove_file(&name))?;
        }
    }
    Ok(())
}
