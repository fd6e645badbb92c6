//! `--shaman-gc-show` and `--shaman-gc-delete`: the collection of garbage of the Shaman storage, once, for a person.
//! It works on the storage itself, also while a Manager runs, and also when `shaman.enabled` is false.

use std::io::{self, Write};

use bytesize::ByteSize;
use farandole_settings::GoDuration;

use crate::config::Config;
use crate::shaman::{GarbageReport, Sweeping, sweep};

/// Why there is nothing to tell.
#[derive(Debug, thiserror::Error)]
pub enum NothingCollected {
    /// There is no storage.
    #[error("there is no shared storage; give it with --shared-storage-path")]
    NoStorage,
    /// It cannot be looked through, so nothing is removed.
    #[error("cannot look through the shared storage, and nothing was removed: {0}")]
    Unreadable(#[source] io::Error),
    /// Something is left.
    #[error("{0} files that nobody uses could not be removed; the log above says why")]
    Left(u64),
    /// The list cannot be written.
    #[error("cannot write what was found: {0}")]
    Untold(#[source] io::Error),
}

/// Looks through the storage, and tells what it found, or removed.
pub fn collect_garbage(
    config: &Config,
    how: Sweeping,
    out: &mut dyn Write,
) -> Result<(), NothingCollected> {
    let storage = config.shared_storage_path.as_ref();
    let storage = storage.ok_or(NothingCollected::NoStorage)?;
    let max_age = config.shaman.garbage_collect.max_age;
    let report = sweep(storage, max_age.0, how).map_err(NothingCollected::Unreadable)?;
    tell(&report, how, max_age, out).map_err(NothingCollected::Untold)?;
    match report.failed {
        0 => Ok(()),
        failed => Err(NothingCollected::Left(failed)),
    }
}

fn tell(
    report: &GarbageReport,
    how: Sweeping,
    max_age: GoDuration,
    out: &mut dyn Write,
) -> io::Result<()> {
    let done = match how {
        Sweeping::Looking => "would be removed",
        Sweeping::Removing => "removed",
    };
    for (file, size) in &report.unused {
        let size = ByteSize(*size).to_string();
        writeln!(out, "{size:>12}  {}", file.checksum)?;
    }
    writeln!(
        out,
        "{done}: {} of {} stored files, {} (old: {}, of which checkouts link to {}; old is what nobody used for \
         {max_age}, as shaman.garbageCollect.maxAge says)",
        report.unused.len(),
        report.stored,
        report.bytes(),
        report.old,
        report.still_used,
    )
}
