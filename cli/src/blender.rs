//! Asking Blender about a scene, headless. The one file that starts it. The question is in `question/`.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use farandole_frames::saved_by;
use farandole_protocol::frame_ranges::FrameRanges;

use crate::error::{CliError, Outcome};
use crate::scene::Answer;

/// What Blender is to print before the facts: add-ons and Blender itself print as well.
const MARK: &str = "farandole-scene:";

/// The program that Blender runs, in the order in which its parts use each other.
const QUESTION: [&str; 4] = [
    include_str!("question/files.py"),
    include_str!("question/simulations.py"),
    include_str!("question/outputs.py"),
    include_str!("question/answer.py"),
];

/// What Blender is asked about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    /// The .blend file.
    pub(crate) file: &'a Path,
    /// The scene that is to be rendered; without one, the scene that the file opens with.
    pub(crate) scene: Option<&'a str>,
    /// The frames that are to be rendered; without them, those of the scene.
    pub(crate) frames: Option<&'a FrameRanges>,
    /// Where to save a copy with all in it that can be packed.
    pub(crate) pack_to: Option<&'a Path>,
}

/// So many of Blender's last lines are shown when it could not answer.
const SHOWN_LINES: usize = 6;

/// Asks Blender about a scene.
pub(crate) fn ask(blender: &Path, question: Question<'_>) -> Outcome<Answer> {
    let output = run(blender, question)?;
    let text = String::from_utf8_lossy(&output.stdout);
    read(&text).ok_or_else(|| {
        let file = question.file.display();
        if let Some(reason) = too_new(blender, question.file) {
            return CliError::Failed(format!("{file}: {reason}"));
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        let hint = match saved_by(question.file) {
            Ok(None) => "\nit is not a .blend file, or not a whole one",
            Ok(Some(_)) => "\nit may be damaged or cut off: open it in Blender, and save it again",
            Err(_) => "",
        };
        CliError::Failed(format!(
            "{} could not look into {file}; it said:\n  {}{hint}",
            blender.display(),
            last_lines(&text, &errors)
        ))
    })
}

/// That this Blender is too old for the file, if the first bytes of the file tell so.
fn too_new(blender: &Path, file: &Path) -> Option<String> {
    let saved_by = saved_by(file).ok()??;
    let version = version(blender).ok()?;
    let number = version.split_whitespace().nth(1)?;
    saved_by.is_newer_than(number).then(|| {
        format!(
            "it was saved by Blender {saved_by}; this is {number}, which cannot open it\nname a Blender that is new enough: \
             --blender PATH (or FARANDOLE_BLENDER); the Workers need one, too"
        )
    })
}

/// The program without its comments, because some platforms limit a command line to 32,767 characters.
fn program() -> String {
    let mut program = String::new();
    for line in QUESTION.iter().flat_map(|part| part.lines()) {
        let text = line.trim_start();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let depth = (line.len() - text.len()) / 4;
        program.extend(std::iter::repeat_n(' ', depth));
        program.push_str(text);
        program.push('\n');
    }
    program
}

/// The runs of the frames, as the program reads them.
fn runs(frames: &FrameRanges) -> String {
    let runs = frames.runs().iter();
    let runs: Vec<String> = runs
        .map(|run| format!("{}:{}", run.first, run.last))
        .collect();
    runs.join(",")
}

/// Runs Blender with neither the person's own start-up files nor scripts that the file brings along.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the client starts a process"
)]
fn run(blender: &Path, question: Question<'_>) -> Outcome<Output> {
    Command::new(blender)
        .args(["--background", "--factory-startup", "--disable-autoexec"])
        .arg(question.file)
        .args(["--python-exit-code", "3", "--python-expr", &program(), "--"])
        .arg(question.scene.unwrap_or_default())
        .arg(question.frames.map(runs).unwrap_or_default())
        .args(question.pack_to)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| {
            let blender = blender.display();
            CliError::Failed(format!(
                "cannot run {blender} to look into the scene: {error}\nsay where Blender is with --blender PATH (or FARANDOLE_BLENDER)"
            ))
        })
}

/// What Blender this is, in its own words.
#[expect(
    clippy::disallowed_methods,
    reason = "the other place where the client starts Blender"
)]
pub(crate) fn version(blender: &Path) -> Result<String, String> {
    let output = Command::new(blender)
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| {
            let blender = blender.display();
            format!("cannot run {blender}: {error}; say where Blender is with --blender PATH (or FARANDOLE_BLENDER)")
        })?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find(|line| line.starts_with("Blender "));
    line.map(str::to_owned)
        .ok_or_else(|| format!("{} is no Blender", blender.display()))
}

/// The facts in what Blender said.
fn read(text: &str) -> Option<Answer> {
    let facts = text.lines().find_map(|line| line.strip_prefix(MARK))?;
    serde_json::from_str(facts).ok()
}

fn last_lines(text: &str, errors: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .chain(errors.lines())
        .filter(|line| !line.trim().is_empty())
        .collect();
    let shown = lines
        .get(lines.len().saturating_sub(SHOWN_LINES)..)
        .unwrap_or_default();
    if shown.is_empty() {
        return "nothing".to_owned();
    }
    shown.join("\n  ")
}

#[cfg(test)]
mod tests {
    use farandole_protocol::frame_ranges::Notation;

    use super::*;

    #[test]
    fn the_facts_are_found_among_what_else_is_said() {
        let said = "Blender 3.4.1\nRead blend: \"/a.blend\"\n\nfarandole-scene:{\"name\": \"Sc\\u00e8ne\", \
            \"frame_start\": 1, \"frame_end\": 48, \"fps\": 23.976, \"format\": \"PNG\", \"extension\": \".png\", \
            \"has_previews\": false, \"external\": [{\"path\": \"/t.png\", \"exists\": true, \"relative\": false}]}\n\nBlender quit\n";
        let Some(Answer::Scene(scene)) = read(said) else {
            panic!("these are the facts of a scene")
        };
        assert_eq!(scene.name, "Scène");
        assert_eq!(scene.frames(), "1-48");
        assert_eq!(read("Blender 3.4.1\nError: no\n"), None);
        assert_eq!(read("farandole-scene:{}"), None);
        let unknown = "farandole-scene:{\"unknown_scene\": \"Nope\", \"scenes\": [\"Scene\"]}";
        assert!(
            matches!(read(unknown), Some(Answer::Unknown { scenes, .. }) if scenes == ["Scene"])
        );
    }

    #[test]
    fn only_the_end_of_what_blender_said_is_shown() {
        let text: Vec<String> = (1..20).map(|line| line.to_string()).collect();
        assert_eq!(
            last_lines(&text.join("\n"), "\nerror\n"),
            "15\n  16\n  17\n  18\n  19\n  error"
        );
        assert_eq!(last_lines("\n", ""), "nothing");
    }

    #[test]
    fn the_program_prints_behind_the_mark_and_fits_into_a_command_line() {
        let program = program();
        assert!(program.contains(&format!("\"\\n{MARK}\"")));
        assert!(program.len() < 24_000, "{}", program.len());
        assert!(program.starts_with("import os\n") && !program.contains("\n#"));
    }

    #[test]
    fn frames_are_handed_over_as_runs() {
        let frames = FrameRanges::parse("1-9x4,20-22", Notation::FlamencoWithSteps).unwrap();
        assert_eq!(runs(&frames), "1:1,5:5,9:9,20:22");
    }
}
