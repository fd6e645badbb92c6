//! What Blender itself says that it is about to write: sizes, formats and file names, and which input files are missing.
//!
//! [`expression`] is inserted into Blender's command line as a `--python-expr` right before its first render action.
//! It prints one line, which [`parse`] reads, and waits for a line on standard input (or for its end), so that the
//! Worker can look at the files that already exist before any of them is written.

use std::ops::RangeInclusive;

use serde::Deserialize;

/// What the line of facts begins with.
const MARKER: &str = "FARANDOLE-FACTS ";

/// The Python code, in the order in which its parts use each other.
const CODE: [&str; 3] = [
    include_str!("facts.py"),
    include_str!("facts_inputs.py"),
    include_str!("facts_print.py"),
];

/// The Python code that prints the facts. `frames` are those that the command line names; without any, Blender
/// renders those of the scene.
pub fn expression(frames: &[RangeInclusive<i32>]) -> String {
    // Some platforms limit a command line to 32,767 characters, so the code is handed over without its comments.
    let mut code = String::new();
    for line in CODE.iter().flat_map(|part| part.lines()) {
        let text = line.trim_start();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let depth = (line.len() - text.len()) / 4;
        code.extend(std::iter::repeat_n(' ', depth));
        code.push_str(text);
        code.push('\n');
    }
    let ranges: Vec<String> = frames
        .iter()
        .map(|range| format!("({}, {})", range.start(), range.end()))
        .collect();
    format!("{code}farandole_print([{}])\n", ranges.join(", "))
}

/// What Blender is about to write.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize)]
pub struct Facts {
    /// The version of Blender.
    pub version: [u32; 3],
    /// The scene that is rendered.
    pub scene: String,
    /// The engine that renders.
    pub engine: String,
    /// The width of each written picture in pixels.
    pub width: u32,
    /// The height of each written picture in pixels.
    pub height: u32,
    /// Blender's name of the file format.
    pub format: String,
    /// Whether all frames go into one file.
    pub movie: bool,
    /// Whether existing files are written again.
    pub overwrite: bool,
    /// Whether empty files mark the frames that are being rendered.
    pub placeholder: bool,
    /// The views that are rendered; empty when the render is not multi-view.
    pub views: Vec<String>,
    /// Blender's name for how the views are stored; empty when the render is not multi-view.
    pub views_format: String,
    /// The frames, as runs of a first one, a last one and a step.
    frames: Vec<[i32; 3]>,
    /// The files, as series with one file for each frame.
    files: Vec<FileSeries>,
    /// The input files that do not exist.
    #[serde(default)]
    pub missing: Vec<MissingInput>,
    /// Why the files of the File Output nodes are not known, if they are not.
    #[serde(default)]
    pub nodes_error: Option<String>,
    /// Why the missing input files are not known, if they are not.
    #[serde(default)]
    pub missing_error: Option<String>,
}

/// An input file that the scene uses and that does not exist.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize)]
pub struct MissingInput {
    /// What it is, such as `image` or `volume`.
    pub kind: String,
    /// Where it should be.
    pub path: String,
}

/// What a file is to the render.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileKind {
    /// A frame, or one view of it.
    Frame,
    /// What a File Output node of the compositor writes.
    Node,
    /// The JPEG that is written beside an `OpenEXR` frame.
    Preview,
    /// A video with all frames.
    Movie,
}

/// A file that is about to be written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ExpectedFile {
    /// What it is.
    pub kind: FileKind,
    /// The frame; `None` for a movie.
    pub frame: Option<i32>,
    /// The view that it shows; empty when it shows all of them, or when the render is not multi-view.
    pub view: String,
    /// Where it will be.
    pub path: String,
    /// Whether Blender surely writes it. It makes no file of a single value, and what a File Output node gets cannot
    /// always be told beforehand.
    pub certain: bool,
}

/// The files of one kind and view.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize)]
struct FileSeries {
    kind: FileKind,
    #[serde(default)]
    view: String,
    #[serde(default = "yes")]
    certain: bool,
    #[serde(flatten)]
    paths: Paths,
}

fn yes() -> bool {
    true
}

/// Either all paths, or what is before and after the number of the frame in each of them.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize)]
#[serde(untagged)]
enum Paths {
    All {
        paths: Vec<String>,
    },
    Pattern {
        before: String,
        digits: usize,
        after: String,
    },
}

/// Why there are no facts.
#[derive(Debug, thiserror::Error)]
pub enum FactsError {
    /// The Python code failed.
    #[error("Blender cannot say what it will write: {0}")]
    Python(String),
    /// The line is not what the Python code prints.
    #[error("Blender's line of facts cannot be read")]
    Json(#[from] serde_json::Error),
}

/// The line as the Python code prints it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Printed {
    Error { error: String },
    Facts(Box<Facts>),
}

/// The facts in a line of Blender's output; `None` when the line is another one.
pub fn parse(line: &str) -> Option<Result<Facts, FactsError>> {
    let (_, json) = line.split_once(MARKER)?;
    // Other text that Blender's threads print may follow on the same line.
    let first = serde_json::Deserializer::from_str(json)
        .into_iter()
        .next()?;
    Some(match first {
        Ok(Printed::Facts(facts)) => Ok(*facts),
        Ok(Printed::Error { error }) => Err(FactsError::Python(error)),
        Err(error) => Err(error.into()),
    })
}

impl Facts {
    /// The frames that will be rendered, in order.
    pub fn frames(&self) -> impl Iterator<Item = i32> + '_ {
        self.frames.iter().flat_map(|[first, last, step]| {
            let step = usize::try_from(*step).unwrap_or(1).max(1);
            (*first..=*last).step_by(step)
        })
    }

    /// The files that will be written.
    pub fn files(&self) -> impl Iterator<Item = ExpectedFile> + '_ {
        self.files.iter().flat_map(|series| self.files_of(series))
    }

    fn files_of<'a>(
        &'a self,
        series: &'a FileSeries,
    ) -> Box<dyn Iterator<Item = ExpectedFile> + 'a> {
        let file = |frame, path| ExpectedFile {
            kind: series.kind,
            frame,
            view: series.view.clone(),
            path,
            certain: series.certain,
        };
        match &series.paths {
            Paths::All { paths } if series.kind == FileKind::Movie => {
                Box::new(paths.iter().map(move |path| file(None, path.clone())))
            }
            Paths::All { paths } => Box::new(
                self.frames()
                    .zip(paths)
                    .map(move |(frame, path)| file(Some(frame), path.clone())),
            ),
            Paths::Pattern {
                before,
                digits,
                after,
            } => {
                Box::new(self.frames().map(move |frame| {
                    file(Some(frame), format!("{before}{frame:0digits$}{after}"))
                }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"FARANDOLE-FACTS {"version":[3,4,1],"scene":"Scene","engine":"CYCLES","width":64,"height":36,"format":"PNG","movie":false,"overwrite":true,"placeholder":false,"views":["left","right"],"views_format":"INDIVIDUAL","frames":[[1,7,3],[9,9,1]],"files":[{"kind":"frame","view":"left","before":"/o/","digits":4,"after":"_L.png"},{"kind":"node","certain":false,"paths":["/n/a","/n/b","/n/c","/n/d"]}],"missing":[{"kind":"image","path":"/a.png"}]}"#;

    #[test]
    fn the_line_is_read_with_and_without_a_prefix() {
        let facts = parse(LINE).unwrap().unwrap();
        assert_eq!((facts.width, facts.height), (64, 36));
        assert_eq!(facts.frames().collect::<Vec<_>>(), [1, 4, 7, 9]);
        assert_eq!(facts.missing[0].path, "/a.png");
        for line in [
            format!("00:00.419  script           | {LINE}"),
            format!("{LINE}Fra:1 Mem:8.41M\r"),
        ] {
            assert_eq!(parse(&line).unwrap().unwrap(), facts);
        }
    }

    #[test]
    fn each_frame_has_its_file() {
        let facts = parse(LINE).unwrap().unwrap();
        let files: Vec<_> = facts
            .files()
            .map(|file| {
                assert_eq!(file.certain, file.kind == FileKind::Frame);
                (file.frame.unwrap(), file.view, file.path)
            })
            .collect();
        assert_eq!(files.len(), 8);
        assert_eq!(files[1], (4, "left".to_owned(), "/o/0004_L.png".to_owned()));
        assert_eq!(files[7], (9, String::new(), "/n/d".to_owned()));
    }

    #[test]
    fn a_movie_belongs_to_no_frame() {
        let line = LINE.replace(r#"{"kind":"node","certain":false,"#, r#"{"kind":"movie","#);
        let facts = parse(&line).unwrap().unwrap();
        let movies: Vec<_> = facts.files().filter(|file| file.frame.is_none()).collect();
        assert_eq!(movies.len(), 4);
    }

    #[test]
    fn other_lines_and_failures_are_told_apart() {
        assert!(parse("Fra:1 Mem:8.41M").is_none());
        let failed = parse(r#"FARANDOLE-FACTS {"error":"KeyError('x')"}"#).unwrap();
        assert!(matches!(failed, Err(FactsError::Python(text)) if text == "KeyError('x')"));
        let cut = parse(LINE.get(..200).unwrap()).unwrap();
        assert!(matches!(cut, Err(FactsError::Json(_))));
    }

    #[test]
    fn the_expression_names_the_frames_and_fits_into_a_command_line() {
        let code = expression(&[1..=3, -2..=-1]);
        assert!(code.ends_with("\nfarandole_print([(1, 3), (-2, -1)])\n"));
        assert!(expression(&[]).ends_with("\nfarandole_print([])\n"));
        assert!(code.len() < 16_000, "{}", code.len());
        assert!(!code.contains("\n\n") && !code.contains("\n#"));
        assert!(code.starts_with("def farandole_frames(ranges):\n import bpy\n"));
    }
}
