//! Looking at the files of a render. Everything here blocks.
//!
//! Whether a file was written is told by a change of its size, time or identity. Its time is never compared with the
//! clock of this host: the clock of a file server may differ.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use chrono::Local;
use farandole_frames::{Depth, Examined, Picture, examine};
use farandole_protocol::api::FindingClass;

use crate::blender::set_aside;

/// What distinguishes a file from what is there after it was written again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Mark {
    size: u64,
    modified: (i64, i64),
    inode: u64,
}

impl Mark {
    /// Of the file that is there now, if one is.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let about = fs::metadata(path).ok()?;
        Some(Self {
            size: about.size(),
            modified: (about.mtime(), about.mtime_nsec()),
            inode: about.ino(),
        })
    }
}

/// The size in pixels that a picture is to have, where it is known.
pub(super) type Wanted = Option<(u32, u32)>;

/// A file that is as it should be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Whole {
    /// Its size in bytes.
    pub(super) bytes: i64,
    /// Whether only its header was checked.
    pub(super) header_only: bool,
}

/// What is wrong with a file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Wrong {
    pub(super) class: FindingClass,
    /// A clause, such as "it ends too early".
    pub(super) reason: String,
}

/// Looks at a file that should be whole, and of this size. The mark is the one that the file has.
pub(super) fn inspect(path: &Path, mark: Option<Mark>, wanted: Wanted) -> Result<Whole, Wrong> {
    let wrong = |class, reason: String| Err(Wrong { class, reason });
    let bytes = mark.map_or(0, |mark| i64::try_from(mark.size).unwrap_or(i64::MAX));
    match examine(path) {
        Examined::Whole(picture) => sized(bytes, picture, wanted),
        Examined::Missing => wrong(FindingClass::OutputMissing, "it was not written".to_owned()),
        Examined::Empty => wrong(FindingClass::OutputBroken, "it is empty".to_owned()),
        Examined::Broken(reason) => wrong(FindingClass::OutputBroken, reason),
        // A good frame must never be taken for a bad one, whatever the storage or the format.
        Examined::Unknown(_) => Ok(Whole {
            bytes,
            header_only: true,
        }),
    }
}

fn sized(bytes: i64, picture: Picture, wanted: Wanted) -> Result<Whole, Wrong> {
    if let (Some(is), Some(wanted)) = (picture.size, wanted)
        && is != wanted
    {
        return Err(Wrong {
            class: FindingClass::WrongSize,
            reason: format!(
                "it has {} × {} pixels instead of {} × {}",
                is.0, is.1, wanted.0, wanted.1
            ),
        });
    }
    Ok(Whole {
        bytes,
        header_only: picture.depth == Depth::HeaderOnly,
    })
}

/// What becomes of a file that is there before rendering begins.
#[derive(Debug)]
pub(super) enum Existing {
    /// It counts as rendered.
    Kept(Whole),
    /// It was moved aside: where to, or why that failed, and why it was in the way.
    Aside(io::Result<PathBuf>, String),
}

/// Decides what becomes of a file that is to be written, if there is one. One that may be kept is, if it is whole; any
/// other is moved aside, since Blender would take it for finished.
pub(super) fn decide(path: &Path, may_be_kept: bool, wanted: Wanted) -> Option<Existing> {
    let mark = Mark::of(path)?;
    let stamp = Local::now().format("%Y-%m-%d_%H%M%S");
    if !may_be_kept {
        let reason = "it was not rendered by this job".to_owned();
        let moved = set_aside(path, &format!("replaced-{stamp}"));
        return Some(Existing::Aside(moved, reason));
    }
    Some(match inspect(path, Some(mark), wanted) {
        Ok(whole) => Existing::Kept(whole),
        Err(wrong) => Existing::Aside(set_aside(path, &format!("broken-{stamp}")), wrong.reason),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(path: &Path) {
        image::RgbImage::from_pixel(8, 6, image::Rgb([1, 2, 3]))
            .save(path)
            .unwrap();
    }

    #[test]
    fn a_file_is_whole_only_in_the_size_that_is_wanted() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.png");
        let inspect = |wanted| inspect(&path, Mark::of(&path), wanted);
        assert_eq!(
            inspect(None).unwrap_err().class,
            FindingClass::OutputMissing
        );
        picture(&path);
        assert!(inspect(None).is_ok());
        assert!(inspect(Some((8, 6))).is_ok());
        let wrong = inspect(Some((16, 12))).unwrap_err();
        assert_eq!(wrong.class, FindingClass::WrongSize);
        assert_eq!(wrong.reason, "it has 8 × 6 pixels instead of 16 × 12");
    }

    #[test]
    fn a_file_that_is_written_again_has_another_mark() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.png");
        assert_eq!(Mark::of(&path), None);
        fs::write(&path, "one").unwrap();
        let before = Mark::of(&path);
        assert_eq!(Mark::of(&path), before);
        fs::write(&path, "three").unwrap();
        assert_ne!(Mark::of(&path), before);
    }

    #[test]
    fn only_a_whole_file_that_may_be_kept_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.png");
        assert!(decide(&path, true, None).is_none());
        picture(&path);
        assert!(matches!(decide(&path, true, None), Some(Existing::Kept(_))));
        let Some(Existing::Aside(Ok(aside), _)) = decide(&path, false, None) else {
            panic!("a file of another job is moved aside");
        };
        assert!(aside.to_string_lossy().contains("a.png.replaced-"));
        assert!(!path.exists() && aside.exists());
        fs::write(&path, "").unwrap();
        let Some(Existing::Aside(Ok(aside), reason)) = decide(&path, true, None) else {
            panic!("an empty file is moved aside");
        };
        assert!(aside.to_string_lossy().contains("a.png.broken-"));
        assert_eq!(reason, "it is empty");
    }
}
