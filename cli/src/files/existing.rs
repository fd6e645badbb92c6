//! Frame files that are at an output path before a job is submitted.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use farandole_frames::frame_file_candidates;
use farandole_protocol::frame_ranges::{FrameRanges, Notation};

/// Where frames are written, and which.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FramePlan<'a> {
    /// The output path, as for Blender, and as this host sees it.
    pub(crate) output: &'a str,
    /// The folder of the .blend file.
    pub(crate) blend_dir: &'a Path,
    /// Blender's name of the format, if it is known.
    pub(crate) format: Option<&'a str>,
    /// The frames, such as `1-48` or `1,5,10-20`.
    pub(crate) frames: &'a str,
}

/// Frame files that exist.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ExistingFrames {
    /// The folder they are in.
    pub(crate) folder: PathBuf,
    /// How many there are.
    pub(crate) count: usize,
}

impl FramePlan<'_> {
    /// Those of its files that exist. Nothing where there are none, and where this host does not see the folder.
    pub(crate) fn existing(&self) -> Option<ExistingFrames> {
        let first = self.candidates(0).into_iter().next()?;
        let folder = first.parent()?.to_owned();
        let names: BTreeSet<String> = fs::read_dir(&folder)
            .ok()?
            .filter_map(Result::ok)
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        let count = self.of_these(&names);
        (count > 0).then_some(ExistingFrames { folder, count })
    }

    /// How many of these names are those of files that would be written.
    fn of_these(&self, names: &BTreeSet<String>) -> usize {
        if names.is_empty() {
            return 0;
        }
        // The Manager says what is wrong with frames that cannot be read.
        let Ok(frames) = FrameRanges::parse(self.frames, Notation::Stepped) else {
            return 0;
        };
        let files = frames
            .frames()
            .filter_map(|frame| i32::try_from(frame).ok())
            .flat_map(|frame| self.candidates(frame));
        let found: BTreeSet<&str> = files.flat_map(|file| like(names, &file)).collect();
        found.len()
    }

    /// The files that a frame may be written to; all are in one folder.
    fn candidates(&self, frame: i32) -> Vec<PathBuf> {
        frame_file_candidates(self.output, self.blend_dir, self.format, true, frame)
    }
}

/// The names that are a file's, or that of one of its views in a multi-view render: `0001.png`, `0001_L.png`.
fn like<'a>(names: &'a BTreeSet<String>, file: &Path) -> Vec<&'a str> {
    let text = |part: Option<&std::ffi::OsStr>| {
        part.map_or_else(String::new, |part| part.to_string_lossy().into_owned())
    };
    let (name, stem) = (text(file.file_name()), text(file.file_stem()));
    let (prefix, suffix) = (format!("{stem}_"), format!(".{}", text(file.extension())));
    let views = names
        .range(prefix.clone()..)
        .take_while(|other| other.starts_with(&prefix))
        .filter(|other| other.ends_with(&suffix));
    names
        .get(&name)
        .into_iter()
        .chain(views)
        .map(String::as_str)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(frames: &str) -> FramePlan<'_> {
        FramePlan {
            output: "/out/shot_####",
            blend_dir: Path::new("/farm"),
            format: Some("PNG"),
            frames,
        }
    }

    #[track_caller]
    fn check(frames: &str, names: &[&str], expected: usize) {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(plan(frames).of_these(&names), expected);
    }

    #[test]
    fn only_frames_that_would_be_written_count() {
        let names = [
            "shot_0001.png",
            "shot_0003.png",
            "shot_0009.png",
            "shot_0002.jpg",
            "other_0002.png",
            "shot_0001.png.broken-2026-01-01_000000",
        ];
        check("1-4", &names, 2);
        check("1,9", &names, 2);
        check("3..9", &names, 2);
        check("1-4,1-2", &names, 2);
        check("2", &names, 0);
        check("1-9x2", &names, 3);
        check("x,-", &names, 0);
    }

    #[test]
    fn the_files_of_views_count() {
        check(
            "1",
            &[
                "shot_0001_L.png",
                "shot_0001_R.png",
                "shot_0001_R.exr",
                "shot_00010.png",
            ],
            2,
        );
    }

    #[test]
    fn a_format_that_is_not_known_may_be_any() {
        let names = ["shot_0001.exr".to_owned()].into();
        let any = FramePlan {
            format: None,
            ..plan("1")
        };
        assert_eq!(any.of_these(&names), 1);
    }

    #[test]
    fn the_folder_is_read() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("0002.png"), "x").unwrap();
        let plan = FramePlan {
            output: "//####",
            blend_dir: folder.path(),
            ..plan("1-4")
        };
        let found = ExistingFrames {
            folder: folder.path().to_owned(),
            count: 1,
        };
        assert_eq!(plan.existing(), Some(found));
        let elsewhere = FramePlan {
            output: "/no/such/folder/####",
            ..plan
        };
        assert_eq!(elsewhere.existing(), None);
    }
}
