//! Small .blend files, and runs of Blender with them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use farandole_frames::renders;
use farandole_protocol::api::FindingClass;
use farandole_worker::blender::{Facts, MessageReader, expression, parse_facts};
use tempfile::{TempDir, tempdir};

const SCENES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/blender/scenes.py");

/// A folder with the .blend files that `scenes.py` makes.
pub(crate) struct Stage {
    folder: TempDir,
}

/// What came of a run of Blender.
pub(crate) struct Run {
    /// All that it printed.
    pub(crate) text: String,
    /// The classes that the Worker finds in it.
    pub(crate) found: BTreeSet<String>,
    /// What it said that it would write.
    pub(crate) facts: Option<Facts>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let folder = tempdir().unwrap();
        let output = Command::new("blender")
            .args(["-b", "--factory-startup", "--python-exit-code", "9"])
            .args(["--python", SCENES, "--"])
            .arg(folder.path())
            .output()
            .expect("Blender is installed");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{text}");
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs Blender with a .blend file of this folder. `OUT` in the arguments stands for the folder.
    pub(crate) fn run(&self, file: &str, arguments: &str) -> Run {
        self.start(Command::new("blender"), file, arguments)
    }

    /// Likewise, with no more than this amount of memory, in KiB.
    pub(crate) fn run_with_memory(&self, limit: u32, file: &str, arguments: &str) -> Run {
        let mut shell = Command::new("sh");
        shell.args([
            "-c",
            &format!("ulimit -v {limit}; exec blender \"$@\""),
            "blender",
        ]);
        self.start(shell, file, arguments)
    }

    /// Likewise, with this colour configuration.
    pub(crate) fn run_with_colours(&self, config: &Path, file: &str, arguments: &str) -> Run {
        let mut blender = Command::new("blender");
        blender.env("OCIO", config);
        self.start(blender, file, arguments)
    }

    fn start(&self, mut command: Command, file: &str, arguments: &str) -> Run {
        let folder = self.folder.path().to_str().unwrap();
        let mut arguments: Vec<_> = arguments
            .split(' ')
            .map(|argument| argument.replace("OUT", folder))
            .collect();
        let frames = renders(arguments.iter().map(String::as_str))[0]
            .frames
            .clone();
        let first = arguments
            .iter()
            .position(|argument| argument == "-f" || argument == "-a")
            .unwrap();
        let frames = if arguments[first] == "-a" {
            Vec::new()
        } else {
            frames
        };
        arguments.splice(
            first..first,
            ["--python-expr".to_owned(), expression(&frames)],
        );
        let output = command
            .args(["-b", "--factory-startup", "-y"])
            .arg(self.path(file))
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .expect("Blender is installed");
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stderr));
        let mut reader = MessageReader::default();
        Run {
            found: text
                .lines()
                .filter_map(|line| reader.read(line))
                .map(|class| class.to_string())
                .collect(),
            facts: text.lines().find_map(parse_facts).map(Result::unwrap),
            text,
        }
    }
}

impl Run {
    /// Blender says something of this class, and of no other one.
    #[track_caller]
    pub(crate) fn is(&self, class: FindingClass) {
        let expected = BTreeSet::from([class.to_string()]);
        assert_eq!(self.found, expected, "{}", self.text);
    }
}

/// All files below a folder.
pub(crate) fn files_below(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path);
            }
        }
    }
    found
}
