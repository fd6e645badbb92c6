//! Asking Blender about a scene, headless. The one file that starts it.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::error::{CliError, Outcome};
use crate::scene::Scene;

/// What Blender is to print before the facts: add-ons and Blender itself print as well.
const MARK: &str = "farandole-scene:";

/// What the Flamenco add-on evaluates from inside Blender, and which files the scene needs besides its own.
const QUESTION: &str = include_str!("question.py");

/// So many of Blender's last lines are shown when it could not answer.
const SHOWN_LINES: usize = 6;

/// The facts of the scene in a .blend file. With `pack_to` a copy is saved there, with all in it that can be packed.
pub(crate) fn ask(blender: &Path, file: &Path, pack_to: Option<&Path>) -> Outcome<Scene> {
    let output = run(blender, file, pack_to)?;
    let text = String::from_utf8_lossy(&output.stdout);
    read(&text).ok_or_else(|| {
        let errors = String::from_utf8_lossy(&output.stderr);
        CliError::Failed(format!(
            "{} could not look into {}; it said:\n  {}",
            blender.display(),
            file.display(),
            last_lines(&text, &errors)
        ))
    })
}

/// Runs Blender with neither the person's own start-up files nor scripts that the file brings along.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the client starts a process"
)]
fn run(blender: &Path, file: &Path, pack_to: Option<&Path>) -> Outcome<Output> {
    Command::new(blender)
        .args(["--background", "--factory-startup", "--disable-autoexec"])
        .arg(file)
        .args(["--python-exit-code", "3", "--python-expr", QUESTION, "--"])
        .args(pack_to)
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
fn read(text: &str) -> Option<Scene> {
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
    use super::*;

    #[test]
    fn the_facts_are_found_among_what_else_is_said() {
        let said = "Blender 3.4.1\nRead blend: \"/a.blend\"\n\nfarandole-scene:{\"name\": \"Sc\\u00e8ne\", \
            \"frame_start\": 1, \"frame_end\": 48, \"fps\": 23.976, \"format\": \"PNG\", \"extension\": \".png\", \
            \"has_previews\": false, \"external\": [{\"path\": \"/t.png\", \"exists\": true, \"relative\": false}]}\n\nBlender quit\n";
        let scene = read(said).unwrap();
        assert_eq!(scene.name, "Scène");
        assert_eq!(scene.frames(), "1-48");
        assert_eq!(read("Blender 3.4.1\nError: no\n"), None);
        assert_eq!(read("farandole-scene:{}"), None);
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
    fn the_question_prints_behind_the_mark() {
        assert!(QUESTION.contains(&format!("\"\\n{MARK}\"")));
    }
}
