//! Which files a render is to write, and which of them are finished. Pure.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use crate::blender::{ExpectedFile, Facts, FileKind};

/// The files of a render, as Blender itself has named them.
#[derive(Debug, Default)]
pub(super) struct Plan {
    files: Vec<ExpectedFile>,
    places: HashMap<PathBuf, usize>,
    is_finished: Vec<bool>,
    /// How many files of each frame are not finished.
    open: BTreeMap<i32, usize>,
    /// The size of the pictures in pixels; none if Blender has not told.
    size: Option<(u32, u32)>,
}

impl Plan {
    pub(super) fn new(facts: &Facts) -> Self {
        let files: Vec<ExpectedFile> = facts.files().collect();
        let mut open = BTreeMap::new();
        for file in files.iter().filter(|file| file.kind == FileKind::Frame) {
            if let Some(frame) = file.frame {
                *open.entry(frame).or_default() += 1;
            }
        }
        let places = (0..).zip(&files);
        Self {
            places: places
                .map(|(place, file)| (PathBuf::from(&file.path), place))
                .collect(),
            is_finished: vec![false; files.len()],
            open,
            size: Some((facts.width, facts.height)),
            files,
        }
    }

    /// Whether frames are counted by their files: there are facts, and each frame has files of its own.
    pub(super) fn counts_frames(&self) -> bool {
        !self.open.is_empty()
    }

    /// Whether files of this kind are pictures of the size that Blender has told.
    fn has_size(kind: FileKind) -> bool {
        matches!(kind, FileKind::Frame | FileKind::Preview)
    }

    /// The size that the picture in this file is to have, where it is known.
    pub(super) fn size_of(&self, path: &Path) -> Option<(u32, u32)> {
        let file = self.file(path)?;
        self.size.filter(|_| Self::has_size(file.kind))
    }

    /// The file of this path, if it is to be written.
    pub(super) fn file(&self, path: &Path) -> Option<&ExpectedFile> {
        self.files.get(*self.places.get(path)?)
    }

    /// The paths of all frames: of files that Blender may find finished and then does not write.
    pub(super) fn frames(&self) -> impl Iterator<Item = &Path> {
        let frames = self.files.iter();
        frames
            .filter(|file| file.kind == FileKind::Frame)
            .map(|file| Path::new(&file.path))
    }

    /// The paths of all files.
    pub(super) fn all(&self) -> Vec<PathBuf> {
        let files = self.files.iter();
        files.map(|file| PathBuf::from(&file.path)).collect()
    }

    /// The paths of all files that are not finished, and whether Blender surely writes each.
    pub(super) fn unfinished(&self) -> Vec<(PathBuf, bool)> {
        self.open_files()
            .map(|file| (PathBuf::from(&file.path), file.certain))
            .collect()
    }

    fn open_files(&self) -> impl Iterator<Item = &ExpectedFile> {
        let files = self.files.iter().zip(&self.is_finished);
        files
            .filter(|(_, is_finished)| !**is_finished)
            .map(|(file, _)| file)
    }

    /// A file is finished. Says whether with it all files of its frame are.
    pub(super) fn finish(&mut self, path: &Path) -> bool {
        let Some(place) = self.places.get(path).copied() else {
            return false;
        };
        let Some(is_finished) = self.is_finished.get_mut(place) else {
            return false;
        };
        if std::mem::replace(is_finished, true) {
            return false;
        }
        let frame = self
            .files
            .get(place)
            .filter(|file| file.kind == FileKind::Frame)
            .and_then(|file| file.frame);
        let Some(open) = frame.and_then(|frame| self.open.get_mut(&frame)) else {
            return false;
        };
        *open = open.saturating_sub(1);
        *open == 0
    }

    /// Whether all files that Blender surely writes are finished.
    pub(super) fn is_done(&self) -> bool {
        self.counts_frames() && !self.open_files().any(|file| file.certain)
    }
}
