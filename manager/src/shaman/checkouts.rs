//! Checkouts on the disk: folders of links to stored files, each written down.

use std::io::{self, Write as _};
use std::time::SystemTime;

use cap_std::fs::{Dir, OpenOptions};
use rand::distr::Distribution as _;
use rand::distr::slice::Choose;
use sha2::{Digest as _, Sha256};

use super::blobs;
use super::disk::{self, Disk, if_there};
use super::file_id::Checksum;
use super::messages::ShamanError;
use super::paths::{CheckoutPath, FilePath};
use super::tree::{Tree, link};
use crate::disk::remove_tree;

/// So many names are tried. With four random characters, more than one is taken only where thousands are.
const ATTEMPTS: usize = 100;

/// Makes one. If that fails, there is nothing of it.
pub(super) fn make(
    disk: &Disk,
    wanted: &CheckoutPath,
    files: &Tree,
) -> Result<CheckoutPath, ShamanError> {
    touch_all(disk, files)?;
    let path = reserve(disk, wanted)?;
    let made = fill(disk, &path, files).map_err(ShamanError::from);
    match made.and_then(|()| keep_all(disk, files)) {
        Ok(()) => {
            warn_of_windows(&path, files);
            Ok(path)
        }
        Err(error) => {
            // It is ours alone since it was reserved.
            if let Err(left) = remove(disk, &path) {
                tracing::warn!(error = %left, shaman.checkout = %path, "what was made of a checkout cannot be removed");
            }
            Err(error)
        }
    }
}

/// A farm without Windows hosts needs to do nothing about it.
fn warn_of_windows(path: &CheckoutPath, files: &Tree) {
    if let Some((count, first, reason)) = files.unknown_to_windows() {
        tracing::warn!(
            shaman.checkout = %path,
            files.odd = count,
            path = %first,
            reason,
            "files of a checkout have names that Windows cannot have"
        );
    }
}

/// All count as used now, or it is told what is missing.
fn touch_all(disk: &Disk, files: &Tree) -> Result<(), ShamanError> {
    let now = SystemTime::now();
    all_are_there(files, |file| blobs::touch(disk, file, now))
}

/// No sweep that has not seen the links takes any: one that moves a file aside from now on sees that it was touched,
/// and one that has done so before has taken it from its place.
fn keep_all(disk: &Disk, files: &Tree) -> Result<(), ShamanError> {
    touch_all(disk, files)?;
    all_are_there(files, |file| blobs::is_there(&disk.stored, file))
}

fn all_are_there(
    files: &Tree,
    is_there: impl Fn(super::file_id::FileId) -> io::Result<bool>,
) -> Result<(), ShamanError> {
    let mut missing = Vec::new();
    for (file, path) in files.contents() {
        if !is_there(file)? {
            missing.push(path);
        }
    }
    match missing.first() {
        None => Ok(()),
        Some(first) => Err(ShamanError::Missing {
            count: missing.len(),
            first: FilePath::clone(first),
        }),
    }
}

/// Makes an empty folder that nobody else has, in none that is a checkout.
fn reserve(disk: &Disk, wanted: &CheckoutPath) -> Result<CheckoutPath, ShamanError> {
    let mut path = wanted.clone();
    for _ in 0..ATTEMPTS {
        match claim(disk, &path)? {
            Claim::Ours => return Ok(path),
            Claim::Taken(taken) => path = wanted.beside(&ancestor(wanted, &taken), &suffix()?),
            Claim::Disturbed => {}
        }
    }
    Err(ShamanError::NoFreeName(wanted.clone()))
}

/// The folder of the path that was wanted that is as deep as the one that is taken.
fn ancestor(wanted: &CheckoutPath, taken: &CheckoutPath) -> CheckoutPath {
    wanted
        .with_ancestors()
        .find(|path| path.depth() == taken.depth())
        .unwrap_or_else(|| wanted.clone())
}

/// What came of asking for a folder.
enum Claim {
    Ours,
    /// Something else has this path.
    Taken(CheckoutPath),
    /// A folder above it was removed by somebody meanwhile.
    Disturbed,
}

fn claim(disk: &Disk, path: &CheckoutPath) -> io::Result<Claim> {
    // Written down first: whoever comes now makes no folder in this one.
    if !write_down(&disk.records, path)? {
        return Ok(Claim::Taken(path.clone()));
    }
    let claim = make_folder(disk, path);
    if !matches!(claim, Ok(Claim::Ours)) {
        strike_out(&disk.records, path)?;
    }
    claim
}

fn make_folder(disk: &Disk, path: &CheckoutPath) -> io::Result<Claim> {
    for folder in path.with_ancestors() {
        let is_itself = folder == *path;
        match disk.checkouts.create_dir(folder.as_str()) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Claim::Disturbed),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let may_hold_others = !is_itself
                    && disk::is_folder(&disk.checkouts, folder.as_str())?
                    && !is_written_down(&disk.records, &folder)?;
                if !may_hold_others {
                    return Ok(Claim::Taken(folder));
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Claim::Ours)
}

/// As Flamenco has it.
fn suffix() -> io::Result<String> {
    const LETTERS: [char; 36] = [
        'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r',
        's', 't', 'u', 'v', 'w', 'x', 'y', 'z', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
    ];
    let letters = Choose::new(&LETTERS).map_err(io::Error::other)?;
    Ok(letters.sample_iter(rand::rng()).take(4).collect())
}

/// Makes the links. They are on the disk when this is done.
fn fill(disk: &Disk, path: &CheckoutPath, files: &Tree) -> io::Result<()> {
    let checkout = disk.checkouts.open_dir(path.as_str())?;
    let folders = files.folders();
    for folder in &folders {
        checkout.create_dir(folder)?;
    }
    for (name, file) in files.files() {
        checkout.symlink(link(path, name, file), name.as_str())?;
    }
    for folder in &folders {
        disk::sync(&checkout.open_dir(folder)?)?;
    }
    disk::sync(&checkout)?;
    let mut above = path.parent();
    while let Some(folder) = above {
        disk::sync(&disk.checkouts.open_dir(folder.as_str())?)?;
        above = folder.parent();
    }
    disk::sync(&disk.checkouts)?;
    disk::sync(&disk.records)
}

/// Removes a checkout, and folders that held nothing else.
pub(super) fn remove(disk: &Disk, path: &CheckoutPath) -> io::Result<()> {
    if_there(remove_tree(&disk.checkouts, path.as_str()))?;
    strike_out(&disk.records, path)?;
    let mut above = path.parent();
    while let Some(folder) = above {
        // It holds others, or was removed by somebody else.
        if disk.checkouts.remove_dir(folder.as_str()).is_err() {
            break;
        }
        above = folder.parent();
    }
    disk::sync(&disk.checkouts)
}

/// The name of the file that says that there is such a checkout.
fn record(path: &CheckoutPath) -> String {
    Checksum::new(Sha256::digest(path.as_str()).into()).to_string()
}

/// Whether there is such a checkout.
pub(super) fn is_written_down(records: &Dir, path: &CheckoutPath) -> io::Result<bool> {
    records.try_exists(record(path))
}

/// Writes down that there is one. `false` if it was already.
fn write_down(records: &Dir, path: &CheckoutPath) -> io::Result<bool> {
    let mut new = OpenOptions::new();
    new.write(true).create_new(true);
    match records.open_with(record(path), &new) {
        Ok(file) => {
            let mut file = file.into_std();
            file.write_all(path.as_str().as_bytes())?;
            file.sync_all()?;
            Ok(true)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

fn strike_out(records: &Dir, path: &CheckoutPath) -> io::Result<()> {
    if_there(records.remove_file(record(path))).map(drop)
}
