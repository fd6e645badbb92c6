//! Pure: which stored files nobody needs any more: those that are old and that no checkout links to.

use std::collections::{BTreeMap, BTreeSet};

use bytesize::ByteSize;

use super::file_id::FileId;

/// What a sweep has found so far. All stored files are shown to it first, then all links.
#[derive(Clone, Debug, Default)]
pub(super) struct Garbage {
    unused: BTreeMap<FileId, u64>,
    in_use: BTreeSet<FileId>,
    report: GarbageReport,
}

/// What became of the stored files.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct GarbageReport {
    /// How many links there are in all checkouts.
    pub links: u64,
    /// How many files are stored.
    pub stored: u64,
    /// How many of these are old.
    pub old: u64,
    /// How many of the old ones are linked to.
    pub still_used: u64,
    /// What is not needed any more, with its size on the disk: removed, or what would be.
    pub unused: Vec<(FileId, u64)>,
    /// How many of these were used in the meantime, and stay.
    pub spared: u64,
    /// How many of these could not be removed.
    pub failed: u64,
}

impl Garbage {
    /// A stored file, with its size on the disk, and whether it is old.
    pub(super) fn stored(&mut self, file: FileId, size: u64, is_old: bool) {
        self.report.stored += 1;
        if is_old {
            self.report.old += 1;
            self.unused.insert(file, size);
        }
    }

    /// A link in a checkout, and the file that it is to.
    pub(super) fn linked(&mut self, file: FileId) {
        if self.unused.contains_key(&file) {
            self.in_use.insert(file);
        }
    }

    /// A link was looked at, to whatever it leads.
    pub(super) fn link_seen(&mut self) {
        self.report.links += 1;
    }

    /// What is not needed, once everything was seen.
    pub(super) fn finish(self) -> GarbageReport {
        let Self {
            unused,
            in_use,
            mut report,
        } = self;
        report.still_used = in_use.len() as u64;
        report.unused = unused
            .into_iter()
            .filter(|(file, _)| !in_use.contains(file))
            .collect();
        report
    }
}

impl GarbageReport {
    /// The room that they take together.
    pub fn bytes(&self) -> ByteSize {
        ByteSize(self.unused.iter().map(|(_, size)| size).sum())
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn file(number: u8) -> FileId {
        FileId::new(&format!("{number:02x}").repeat(32), 7).unwrap()
    }

    #[test]
    fn only_what_is_old_and_not_linked_goes() {
        let mut garbage = Garbage::default();
        for (number, is_old) in [(1, true), (2, true), (3, false), (4, true)] {
            garbage.stored(file(number), 10, is_old);
        }
        for number in [2, 2, 3, 9] {
            garbage.link_seen();
            garbage.linked(file(number));
        }
        let report = garbage.finish();
        assert_eq!(report.unused, [(file(1), 10), (file(4), 10)]);
        assert_eq!((report.stored, report.old, report.still_used), (4, 3, 1));
        assert_eq!((report.links, report.bytes()), (4, ByteSize(20)));
    }

    proptest! {
        #[test]
        fn nothing_that_is_linked_or_young_is_ever_unused(
            stored in vec((0..40_u8, any::<bool>()), 0..40), links in vec(0..40_u8, 0..40),
        ) {
            let mut garbage = Garbage::default();
            let stored: BTreeMap<u8, bool> = stored.into_iter().collect();
            for (number, is_old) in &stored {
                garbage.stored(file(*number), 1, *is_old);
            }
            for number in &links {
                garbage.linked(file(*number));
            }
            let unused: Vec<FileId> = garbage.finish().unused.into_iter().map(|(file, _)| file).collect();
            for (number, is_old) in &stored {
                let expected = *is_old && !links.contains(number);
                prop_assert_eq!(unused.contains(&file(*number)), expected);
            }
        }
    }
}
