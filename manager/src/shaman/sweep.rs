//! The collection of garbage on the disk.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use cap_std::fs::Dir;

use super::CHECKOUTS;
use super::disk::{Disk, if_there};
use super::file_id::FileId;
use super::garbage::{Garbage, GarbageReport};

/// What is put behind the name of a blob that is about to be removed.
const ASIDE: &str = "unused";

/// How a sweep is done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sweeping {
    /// Nothing is removed.
    Looking,
    /// What is not needed is removed.
    Removing,
}

/// Finds stored files that were not used for so long and that no checkout links to, and removes them. If anything
/// cannot be looked at, nothing is removed.
pub fn sweep(storage: &Path, max_age: Duration, how: Sweeping) -> io::Result<GarbageReport> {
    let disk = Disk::open(storage)?;
    let since = SystemTime::now().checked_sub(max_age);
    let since = since.unwrap_or(SystemTime::UNIX_EPOCH);
    let mut garbage = Garbage::default();
    look_at_stored(&disk.stored, how, |file, size, modified| {
        garbage.stored(file, size, modified < since);
    })?;
    follow_links(storage, &mut garbage)?;
    let mut report = garbage.finish();
    if how == Sweeping::Removing {
        remove_all(&disk.stored, since, &mut report);
    }
    Ok(report)
}

/// Shows each blob, its size and its time.
fn look_at_stored(
    stored: &Dir,
    how: Sweeping,
    mut show: impl FnMut(FileId, u64, SystemTime),
) -> io::Result<()> {
    for first in folders(stored)? {
        let Some(first_folder) = if_there(stored.open_dir(&first))? else {
            continue;
        };
        for rest in folders(&first_folder)? {
            let Some(folder) = if_there(first_folder.open_dir(&rest))? else {
                continue;
            };
            if how == Sweeping::Removing {
                put_back_all(&folder)?;
            }
            for entry in folder.entries()? {
                let name = entry?.file_name();
                let path = Path::new(&first).join(&rest).join(&name);
                if let Some(file) = FileId::of_blob(&path)
                    && let Some(about) = if_there(folder.metadata(&name))?
                {
                    show(file, about.len(), about.modified()?.into_std());
                }
            }
        }
    }
    Ok(())
}

fn folders(folder: &Dir) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in folder.entries()? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.extend(entry.file_name().into_string());
        }
    }
    Ok(found)
}

/// What a sweep that was killed has moved aside. Whether it is needed is found out anew.
fn put_back_all(folder: &Dir) -> io::Result<()> {
    for entry in folder.entries()? {
        let name = entry?.file_name();
        let blob = Path::new(&name).file_stem().unwrap_or_default();
        if Path::new(&name).extension() != Some(OsStr::new(ASIDE)) {
            continue;
        }
        // One that was sent again meanwhile is younger.
        if folder.try_exists(blob)? {
            if_there(folder.remove_file(&name))?;
        } else {
            if_there(folder.rename(&name, folder, blob))?;
        }
    }
    Ok(())
}

/// Shows each link in all checkouts. Also folders that are linked to are looked into, if they are in the storage.
fn follow_links(storage: &Path, garbage: &mut Garbage) -> io::Result<()> {
    let storage = storage.canonicalize()?;
    let mut open = vec![storage.join(CHECKOUTS)];
    let mut seen: BTreeSet<PathBuf> = BTreeSet::new();
    while let Some(folder) = open.pop() {
        // Checkouts may be erased meanwhile.
        let Some(entries) = if_there(fs::read_dir(&folder))? else {
            continue;
        };
        for entry in entries {
            let path = entry?.path();
            let Some(kind) = if_there(fs::symlink_metadata(&path))? else {
                continue;
            };
            if kind.is_dir() {
                open.push(path);
            } else if kind.is_symlink() {
                garbage.link_seen();
                let to = if_there(fs::read_link(&path))?.unwrap_or_default();
                let leads = path.canonicalize().ok();
                // By its words and by where it leads: the storage may be reached in many ways.
                let files = [Some(&to), leads.as_ref()].into_iter().flatten();
                for file in files.filter_map(|path| FileId::of_blob(path)) {
                    garbage.linked(file);
                }
                open.extend(leads.filter(|to| {
                    to.starts_with(&storage) && to.is_dir() && seen.insert(to.clone())
                }));
            }
        }
    }
    Ok(())
}

/// Removes what is not needed; what was used meanwhile is taken off the list, and so is what cannot be removed.
fn remove_all(stored: &Dir, since: SystemTime, report: &mut GarbageReport) {
    let (mut spared, mut failed) = (0, 0);
    report
        .unused
        .retain(|(file, _)| match remove(stored, *file, since) {
            Ok(true) => true,
            Ok(false) => {
                spared += 1;
                false
            }
            Err(error) => {
                tracing::warn!(%error, shaman.file = %file, "a stored file that is not needed cannot be removed");
                failed += 1;
                false
            }
        });
    (report.spared, report.failed) = (spared, failed);
}

/// Moved aside first: whoever uses it from now on does not find it, and whoever did before has touched it.
fn remove(stored: &Dir, file: FileId, since: SystemTime) -> io::Result<bool> {
    let [first, folder] = file.folders();
    let (blob, aside) = (file.blob(), format!("{}.{ASIDE}", file.blob()));
    if if_there(stored.rename(&blob, stored, &aside))?.is_none() {
        return Ok(false);
    }
    let Some(about) = if_there(stored.metadata(&aside))? else {
        return Ok(false);
    };
    if about.modified()?.into_std() >= since {
        stored.rename(&aside, stored, &blob)?;
        return Ok(false);
    }
    stored.remove_file(&aside)?;
    for folder in [folder, first] {
        // It holds others, or was removed by somebody else.
        if stored.remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(true)
}
