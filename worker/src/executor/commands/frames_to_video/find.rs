//! Where the frames of a job are: one file for each, or one for each of its views.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::ops::Bound;
use std::path::{Path, PathBuf};

use farandole_frames::with_frame_number;

use super::film::{Input, with_suffix};
use crate::text::quoted;

/// How many missing files are named.
const MOST_NAMED: usize = 5;

/// The files of a job.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Found {
    /// Those of each view; a render without views has one of them.
    pub(super) views: Vec<ViewFiles>,
    /// Which files were left out, for the log.
    pub(super) notes: Vec<String>,
}

/// The files of one view, and the video that is made of them.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct ViewFiles {
    /// One for each frame, in order.
    pub(super) files: Vec<PathBuf>,
    pub(super) output: String,
}

/// Some frames do not exist.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{missing} of {all} frames are missing: {}{}", names.join(", "), and_more(*missing, names.len()))]
pub(super) struct MissingFramesError {
    missing: usize,
    all: usize,
    names: Vec<String>,
}

fn and_more(missing: usize, named: usize) -> String {
    match missing - named {
        0 => String::new(),
        more => format!(" and {more} more"),
    }
}

/// Finds the files of all inputs. Reads directories only.
pub(super) fn find(inputs: &[Input], frames: &[i32]) -> Result<Found, MissingFramesError> {
    let mut found = Found {
        views: Vec::new(),
        notes: Vec::new(),
    };
    for input in inputs {
        let files: Vec<PathBuf> = frames
            .iter()
            .map(|frame| PathBuf::from(with_frame_number(&input.pattern, *frame)))
            .collect();
        let missing: Vec<&PathBuf> = files.iter().filter(|file| !file.is_file()).collect();
        if missing.is_empty() {
            found.views.push(ViewFiles {
                files,
                output: input.output.clone(),
            });
        } else if input.is_one_view || missing.len() < files.len() {
            return Err(missing_frames(&missing, files.len()));
        } else {
            find_views(&files, &input.output, &mut found)?;
        }
    }
    Ok(found)
}

fn missing_frames(missing: &[impl AsRef<Path>], all: usize) -> MissingFramesError {
    let named = missing.iter().take(MOST_NAMED);
    MissingFramesError {
        missing: missing.len(),
        all,
        names: named
            .map(|file| quoted(&file.as_ref().to_string_lossy()))
            .collect(),
    }
}

/// Finds the views of a multi-view render. Blender puts the suffix of the view before the extension, such as `_L`. A
/// suffix becomes a video if all frames have it.
fn find_views(
    files: &[PathBuf],
    output: &str,
    found: &mut Found,
) -> Result<(), MissingFramesError> {
    let names = names_beside(files).unwrap_or_default();
    let mut incomplete = Vec::new();
    let before = found.views.len();
    for suffix in suffixes(files, &names) {
        let of_view: Vec<PathBuf> = files
            .iter()
            .map(|file| PathBuf::from(with_suffix(&file.to_string_lossy(), &suffix)))
            .collect();
        let missing: Vec<&PathBuf> = of_view.iter().filter(|file| !file.is_file()).collect();
        if missing.is_empty() {
            found.views.push(ViewFiles {
                files: of_view,
                output: with_suffix(output, &suffix),
            });
        } else {
            incomplete.push((suffix, missing_frames(&missing, files.len())));
        }
    }
    if found.views.len() == before {
        // The most likely view is the one with the fewest missing files.
        let nearest = incomplete
            .into_iter()
            .map(|(_, missing)| missing)
            .min_by_key(|missing| missing.missing);
        return Err(nearest.unwrap_or_else(|| missing_frames(files, files.len())));
    }
    found
        .notes
        .extend(incomplete.into_iter().map(|(suffix, missing)| {
            format!("files with {} are left out: {missing}", quoted(&suffix))
        }));
    Ok(())
}

fn names_beside(files: &[PathBuf]) -> io::Result<BTreeSet<String>> {
    let directory = match files.first().and_then(|file| file.parent()) {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        Some(_) | None => Path::new("."),
    };
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(directory)? {
        names.extend(entry?.file_name().into_string());
    }
    Ok(names)
}

/// The suffixes of the first frame that has files with suffixes.
fn suffixes(files: &[PathBuf], names: &BTreeSet<String>) -> BTreeSet<String> {
    files
        .iter()
        .map(|file| suffixes_of(file, names))
        .find(|suffixes| !suffixes.is_empty())
        .unwrap_or_default()
}

fn suffixes_of(file: &Path, names: &BTreeSet<String>) -> BTreeSet<String> {
    let part = |part: Option<&std::ffi::OsStr>| {
        part.map(|part| part.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    let (stem, extension) = (part(file.file_stem()), part(file.extension()));
    let end = if extension.is_empty() {
        extension
    } else {
        format!(".{extension}")
    };
    names
        .range::<str, _>((Bound::Included(stem.as_str()), Bound::Unbounded))
        .map_while(|name| name.strip_prefix(stem.as_str()))
        .filter_map(|rest| rest.strip_suffix(end.as_str()))
        // Other characters belong to the number of another frame, or to an unrelated name.
        .filter(|suffix| suffix.starts_with(['_', '.', '-']) && suffix.len() > 1)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Videos with the files that they are made of.
    type Videos = Vec<(String, Vec<String>)>;

    /// Finds these frames among these files, and shows the names of what was found.
    fn found(
        names: &[&str],
        pattern: &str,
        frames: &[i32],
    ) -> Result<(Videos, Vec<String>), String> {
        let dir = tempfile::tempdir().unwrap();
        for name in names {
            fs::write(dir.path().join(name), "").unwrap();
        }
        let root = format!("{}/", dir.path().display());
        let input = Input {
            pattern: format!("{root}{pattern}"),
            output: "/v.mp4".to_owned(),
            is_one_view: false,
        };
        let found = find(&[input], frames).map_err(|error| error.to_string().replace(&root, ""))?;
        let views = found.views.into_iter().map(|view| {
            let files = view.files.iter();
            let names = files.map(|file| file.to_str().unwrap().replace(&root, ""));
            (view.output, names.collect())
        });
        Ok((
            views.collect(),
            found.notes.iter().map(|it| it.replace(&root, "")).collect(),
        ))
    }

    fn video(output: &str, files: &[&str]) -> (String, Vec<String>) {
        let files = files.iter().map(|&file| file.to_owned()).collect();
        (output.to_owned(), files)
    }

    #[test]
    fn frames_are_found_by_their_numbers() {
        let names = [
            "-0001.png",
            "0000.png",
            "0001.png",
            "0002.png",
            "0001_L.png",
            "10000.png",
            "zz.png",
        ];
        let (views, notes) = found(&names, "####.png", &[-1, 0, 1, 10_000]).unwrap();
        let expected = ["-0001.png", "0000.png", "0001.png", "10000.png"];
        assert_eq!(views, [video("/v.mp4", &expected)]);
        assert_eq!(notes, [""; 0]);
    }

    #[test]
    fn missing_frames_are_named_at_most_a_few() {
        assert_eq!(
            found(&["01.png", "03.png"], "##.png", &[1, 2, 3]).unwrap_err(),
            r#"1 of 3 frames are missing: "02.png""#
        );
        assert_eq!(
            found(&["08.png"], "##.png", &[1, 2, 3, 4, 5, 6, 7, 8]).unwrap_err(),
            r#"7 of 8 frames are missing: "01.png", "02.png", "03.png", "04.png", "05.png" and 2 more"#
        );
        assert_eq!(
            found(&["1.jpg", "12.png"], "#.png", &[1]).unwrap_err(),
            r#"1 of 1 frames are missing: "1.png""#
        );
    }

    #[test]
    fn each_view_becomes_a_video() {
        let names = ["1_L.png", "1_R.png", "2_L.png", "2_R.png", "3_L.png"];
        let (views, notes) = found(&names, "#.png", &[1, 2]).unwrap();
        let expected = [
            video("/v_L.mp4", &["1_L.png", "2_L.png"]),
            video("/v_R.mp4", &["1_R.png", "2_R.png"]),
        ];
        assert_eq!((views.as_slice(), notes.len()), (&expected[..], 0));
        let (views, notes) = found(&names, "#.png", &[1, 2, 3]).unwrap();
        assert_eq!(views.len(), 1);
        assert_eq!(
            notes,
            [r#"files with "_R" are left out: 1 of 3 frames are missing: "3_R.png""#]
        );
        assert_eq!(
            found(&["1_L.png", "1_old.png", "2_L.png"], "#.png", &[1, 2, 3]).unwrap_err(),
            r#"1 of 3 frames are missing: "3_L.png""#
        );
    }

    #[test]
    fn a_listed_view_has_no_views() {
        let input = Input {
            pattern: "/nonexistent/#.png".to_owned(),
            output: String::new(),
            is_one_view: true,
        };
        assert_eq!(find(&[input], &[1]).unwrap_err().missing, 1);
    }
}
