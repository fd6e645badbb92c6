//! How files are looked at. A file counts as missing only if the folder in which it should be can be read and lies in
//! the shared storage: on a Worker's own disk, or in a storage that is away, it may well exist.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use farandole_frames::{Depth, Examined, ExpectedFile, examine};
use farandole_protocol::api::{FindingClass, OutputState, TaskOutput};

use super::messages::{CheckedFrames, FileCheck};

/// Looks at one file. `storage` is the shared storage, with symlinks resolved.
pub(super) fn check_file(storage: &Path, path: &Path) -> FileCheck {
    if let Err(reason) = reachable(storage, path) {
        return FileCheck::NotChecked(reason);
    }
    let broken = |reason: String| FileCheck::Fault {
        class: FindingClass::OutputBroken,
        reason,
    };
    match examine(path) {
        Examined::Whole(picture) => whole(path, picture.depth == Depth::HeaderOnly),
        Examined::Missing => FileCheck::Fault {
            class: FindingClass::OutputMissing,
            reason: "it does not exist".to_owned(),
        },
        Examined::Empty => broken("it is empty".to_owned()),
        Examined::Broken(reason) => broken(reason),
        Examined::Unknown(reason) => FileCheck::NotChecked(reason),
    }
}

fn whole(path: &Path, header_only: bool) -> FileCheck {
    match path.metadata() {
        Ok(about) => FileCheck::Whole {
            bytes: about.len(),
            header_only,
        },
        Err(error) => FileCheck::NotChecked(error.to_string()),
    }
}

/// Whether the folder of a file is there and lies in the storage, wherever symlinks lead; else why it is not.
fn reachable(storage: &Path, path: &Path) -> Result<(), String> {
    let folder = path.parent().unwrap_or(path);
    let found = folder
        .canonicalize()
        .map_err(|error| format!("the Manager cannot read {}: {error}", folder.display()))?;
    if found.starts_with(storage) {
        Ok(())
    } else {
        Err(format!("{} is not in the shared storage", folder.display()))
    }
}

/// Looks at frames until the deadline; those that are left then were not checked.
pub(super) fn check_frames(
    storage: &Path,
    frames: &[ExpectedFile],
    deadline: Instant,
) -> CheckedFrames {
    let mut checked = CheckedFrames::default();
    for frame in frames {
        if Instant::now() >= deadline {
            let reason = "there was no time to check it".to_owned();
            checked.not_checked.push((frame.frame, reason));
            continue;
        }
        check_frame(storage, frame, &mut checked);
    }
    checked
}

fn check_frame(storage: &Path, expected: &ExpectedFile, checked: &mut CheckedFrames) {
    let frame = expected.frame;
    let files = match existing_files(expected) {
        Ok(files) => files,
        Err((path, error)) => {
            let reason = format!("the Manager cannot read {}: {error}", path.display());
            return checked.not_checked.push((frame, reason));
        }
    };
    // Where no file is there, the name that was expected says whether it could be there.
    let looked_at = if files.is_empty() {
        expected.candidates.iter().take(1).cloned().collect()
    } else {
        files
    };
    for path in looked_at {
        match check_file(storage, &path) {
            FileCheck::Whole { bytes, header_only } => {
                checked.outputs.push(TaskOutput {
                    frame: Some(frame),
                    view: String::new(),
                    path: path.to_string_lossy().into_owned(),
                    size: i64::try_from(bytes).unwrap_or(i64::MAX),
                    state: OutputState::Written,
                });
                if header_only {
                    checked.header_only.push(frame);
                }
            }
            FileCheck::Fault { class, reason } => {
                let text = format!("{}: {reason}", path.display());
                checked.faults.push((frame, class, text));
            }
            FileCheck::NotChecked(reason) => checked.not_checked.push((frame, reason)),
        }
    }
}

/// The files of a frame that exist: the one that was expected, or those of the views of a multi-view render, whose
/// names have a suffix such as `_L`.
fn existing_files(expected: &ExpectedFile) -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
    let plain: Vec<PathBuf> = expected
        .candidates
        .iter()
        .filter(|path| path.is_file())
        .cloned()
        .collect();
    if !plain.is_empty() {
        return Ok(plain);
    }
    let mut views = Vec::new();
    for candidate in &expected.candidates {
        let (Some(folder), Some(stem)) = (candidate.parent(), candidate.file_stem()) else {
            continue;
        };
        let prefix = format!("{}_", stem.to_string_lossy());
        let entries = fs::read_dir(folder).map_err(|error| (folder.to_owned(), error))?;
        for entry in entries.filter_map(Result::ok) {
            let path = entry.path();
            let starts_alike = entry.file_name().to_string_lossy().starts_with(&prefix);
            if starts_alike && path.extension() == candidate.extension() {
                views.push(path);
            }
        }
    }
    views.sort();
    Ok(views)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn expected(path: &Path) -> ExpectedFile {
        ExpectedFile {
            frame: 1,
            candidates: vec![path.to_owned()],
        }
    }

    fn check(storage: &Path, path: &Path) -> CheckedFrames {
        let soon = Instant::now() + Duration::from_mins(1);
        check_frames(&storage.canonicalize().unwrap(), &[expected(path)], soon)
    }

    fn picture(path: &Path) {
        image::RgbImage::from_pixel(8, 6, image::Rgb([1, 2, 3]))
            .save(path)
            .unwrap();
    }

    #[test]
    fn a_whole_frame_is_an_output_and_a_broken_or_missing_one_a_fault() {
        let storage = tempfile::tempdir().unwrap();
        let path = storage.path().join("000001.png");
        let missing = check(storage.path(), &path);
        assert_eq!(missing.faults[0].1, FindingClass::OutputMissing);
        picture(&path);
        let whole = check(storage.path(), &path);
        assert_eq!(whole.outputs[0].path, path.to_string_lossy());
        assert!(whole.faults.is_empty() && whole.not_checked.is_empty());
        fs::write(&path, "").unwrap();
        let empty = check(storage.path(), &path);
        assert_eq!(empty.faults[0].1, FindingClass::OutputBroken);
    }

    #[test]
    fn the_views_of_a_frame_are_its_files() {
        let storage = tempfile::tempdir().unwrap();
        for view in ["_L", "_R"] {
            picture(&storage.path().join(format!("000001{view}.png")));
        }
        let views = check(storage.path(), &storage.path().join("000001.png"));
        assert_eq!(views.outputs.len(), 2);
        assert!(views.faults.is_empty());
    }

    #[test]
    fn what_lies_elsewhere_or_cannot_be_read_is_not_checked() {
        let storage = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        for path in [
            storage.path().join("not-mounted/000001.png"),
            elsewhere.path().join("000001.png"),
        ] {
            let checked = check(storage.path(), &path);
            assert_eq!(checked.not_checked.len(), 1, "{}", path.display());
            assert!(checked.faults.is_empty());
        }
        let late = check_frames(
            storage.path(),
            &[expected(&storage.path().join("000001.png"))],
            Instant::now(),
        );
        assert_eq!(late.not_checked.len(), 1);
    }
}
