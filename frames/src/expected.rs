//! Lists the files that a Blender command line writes, frame by frame.

use std::path::{Path, PathBuf};

use crate::command_line::{Render, renders};
use crate::names::frame_file_candidates;

/// The number of frames that one command line can make [`expected_files`] list. A task is a chunk of a job, so a
/// longer list is a mistake, and it must not exhaust the memory.
pub const MAX_FRAMES: usize = 100_000;

/// A frame, and the files that it may be written to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ExpectedFile {
    /// The number of the frame.
    pub frame: i32,
    /// One path when the command line names the format; one path for each picture format when only the .blend file
    /// knows it.
    pub candidates: Vec<PathBuf>,
}

/// The frame files that a Blender with these arguments writes, as far as the arguments tell. Frames whose output path
/// stands in the .blend file, or that are relative to its frame range, are left out; so are films.
pub fn expected_files<'a>(
    args: impl IntoIterator<Item = &'a str>,
    blend_file: &Path,
) -> Vec<ExpectedFile> {
    let blend_dir = blend_file.parent().unwrap_or_else(|| Path::new(""));
    renders(args)
        .iter()
        .flat_map(|render| files_of(render, blend_dir))
        .take(MAX_FRAMES)
        .collect()
}

fn files_of<'a>(
    render: &'a Render,
    blend_dir: &'a Path,
) -> impl Iterator<Item = ExpectedFile> + 'a {
    render.output.iter().flat_map(move |output| {
        let frames = render.frames.iter().cloned().flatten();
        frames
            .map(move |frame| ExpectedFile {
                frame,
                candidates: frame_file_candidates(
                    output,
                    blend_dir,
                    render.format.as_deref(),
                    render.adds_extension,
                    frame,
                ),
            })
            .take(MAX_FRAMES)
            .filter(|expected| !expected.candidates.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(command: &str) -> Vec<ExpectedFile> {
        expected_files(command.split(' '), Path::new("/blend/a.blend"))
    }

    #[test]
    fn each_frame_has_its_file() {
        let files = expected("-b -o //out/f-#### -F PNG -f 3,5..6");
        let found: Vec<_> = files
            .iter()
            .map(|file| (file.frame, file.candidates.clone()))
            .collect();
        let file = |name: &str| vec![PathBuf::from(name)];
        assert_eq!(
            found,
            [
                (3, file("/blend/out/f-0003.png")),
                (5, file("/blend/out/f-0005.png")),
                (6, file("/blend/out/f-0006.png")),
            ]
        );
    }

    #[test]
    fn an_unknown_format_gives_several_candidates_and_a_film_none() {
        let [frame] = &expected("-o /out/f# -f 1")[..] else {
            panic!("one frame")
        };
        assert!(frame.candidates.contains(&PathBuf::from("/out/f1.exr")));
        assert!(frame.candidates.contains(&PathBuf::from("/out/f1.jpg")));
        assert_eq!(expected("-o /out/f# -F FFMPEG -f 1"), []);
    }

    #[test]
    fn a_command_line_that_does_not_name_its_files_gives_none() {
        assert_eq!(expected("-f 1"), []);
        assert_eq!(expected("-b"), []);
    }

    #[test]
    fn the_list_is_bounded() {
        let one = expected("-o /out/f# -F PNG -f 1..2000000000");
        assert_eq!(one.len(), MAX_FRAMES);
        let several = expected("-o /out/f# -F PNG -f 1..90000,1..90000");
        assert_eq!(several.len(), MAX_FRAMES);
        // Films give no files, and counting through all of their frames would take minutes.
        assert_eq!(expected("-o /out/f# -F FFMPEG -f 1..2000000000"), []);
    }
}
