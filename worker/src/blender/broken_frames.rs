//! Finds frame files of earlier runs that are not whole, and moves them out of the way.
//!
//! A renderer that was killed while it wrote leaves a file behind. Blender, told not to overwrite, takes it for a
//! finished frame, and nobody notices before the film is watched. Reads and renames files, so it belongs on a
//! thread that may block. Nothing is ever deleted.

use std::io;
use std::path::{Path, PathBuf};

use farandole_frames::{Examined, examine, expected_files};

use crate::files::rename_without_overwrite;

/// Why a file is no finished frame.
#[derive(Debug, thiserror::Error)]
pub enum Defect {
    /// Not a byte in it.
    #[error("it is empty")]
    Empty,
    /// It ends too early, or is damaged.
    #[error("it does not decode to the end: {0}")]
    Undecodable(String),
}

/// A frame file that must not be taken for finished.
#[derive(Debug)]
pub struct BrokenFrame {
    /// Where it is.
    pub path: PathBuf,
    /// What is wrong with it.
    pub defect: Defect,
}

/// The broken ones among the files that a Blender with these arguments would write. `go_on` is asked before each
/// file, so that the search can be called off.
pub fn find_broken_frames<'a>(
    args: impl IntoIterator<Item = &'a str>,
    blend_file: &Path,
    go_on: impl Fn() -> bool,
) -> Vec<BrokenFrame> {
    expected_files(args, blend_file)
        .into_iter()
        .flat_map(|expected| expected.candidates)
        .take_while(|_| go_on())
        .filter_map(|path| {
            let defect = match examine(&path) {
                Examined::Whole(_) | Examined::Missing | Examined::Unknown(_) => return None,
                Examined::Empty => Defect::Empty,
                Examined::Broken(why) => Defect::Undecodable(why),
            };
            Some(BrokenFrame { path, defect })
        })
        .collect()
}

/// Renames the file to `<name>.<suffix>`, or the like with a number if that is taken.
pub fn set_aside(path: &Path, suffix: &str) -> io::Result<PathBuf> {
    let mut attempt = 1_u32;
    loop {
        let mut aside = path.as_os_str().to_owned();
        aside.push(format!(".{suffix}"));
        if attempt > 1 {
            aside.push(format!("-{attempt}"));
        }
        match rename_without_overwrite(path, Path::new(&aside)) {
            Ok(()) => return Ok(PathBuf::from(aside)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < 1000 => {
                attempt += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn picture(path: &Path) -> Vec<u8> {
        image::RgbImage::from_fn(40, 30, |x, y| {
            image::Rgb([u8::from(x % 3 == 0) * 80, u8::from(y % 2 == 0) * 90, 7])
        })
        .save(path)
        .unwrap();
        fs::read(path).unwrap()
    }

    #[test]
    fn empty_and_truncated_frames_are_found_and_whole_ones_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str| dir.path().join(name);
        picture(&file("f-0001.png"));
        let bytes = picture(&file("f-0002.png"));
        fs::write(file("f-0002.png"), &bytes[..bytes.len() / 2]).unwrap();
        fs::write(file("f-0003.png"), "").unwrap();
        let output = file("f-####");
        let args = [
            "-b",
            "-o",
            output.to_str().unwrap(),
            "-F",
            "PNG",
            "-f",
            "1..4",
        ];
        let found = find_broken_frames(args, Path::new("/a.blend"), || true);
        let names: Vec<_> = found
            .iter()
            .map(|frame| frame.path.file_name().unwrap().to_str().unwrap())
            .collect();
        assert_eq!(names, ["f-0002.png", "f-0003.png"]);
        assert!(matches!(found[0].defect, Defect::Undecodable(_)));
        assert!(matches!(found[1].defect, Defect::Empty));
        assert!(
            find_broken_frames(args, Path::new("/a.blend"), || false).is_empty(),
            "called off"
        );
    }

    #[test]
    fn the_output_may_be_relative_to_the_blend_file_and_the_format_unknown() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("out")).unwrap();
        fs::write(dir.path().join("out/0001.exr"), "").unwrap();
        let found = find_broken_frames(
            ["-o", "//out/", "-f", "1"],
            &dir.path().join("a.blend"),
            || true,
        );
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn a_command_line_that_does_not_name_its_files_finds_nothing() {
        assert!(find_broken_frames(["-f", "1"], Path::new("/a.blend"), || true).is_empty());
        assert!(find_broken_frames(["-b"], Path::new("a.blend"), || true).is_empty());
    }

    #[test]
    fn a_file_is_set_aside_beside_those_set_aside_before() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f.png");
        for (content, name) in [
            ("a", "f.png.broken-now"),
            ("b", "f.png.broken-now-2"),
            ("c", "f.png.broken-now-3"),
        ] {
            fs::write(&path, content).unwrap();
            assert_eq!(
                set_aside(&path, "broken-now").unwrap(),
                dir.path().join(name)
            );
            assert_eq!(fs::read_to_string(dir.path().join(name)).unwrap(), content);
        }
        assert!(!path.exists());
    }
}
