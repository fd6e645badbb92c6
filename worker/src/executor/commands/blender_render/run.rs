//! Runs the command.

use std::path::{Path, PathBuf};

use chrono::Local;
use farandole_frames::saved_by;

use super::listener::RenderListener;
use super::question::with_question;
use crate::blender::{find_broken_frames, set_aside};
use crate::executor::commands::registry::{blocking, refuse};
use crate::executor::{CommandError, Parameters, Site};
use crate::process::{Program, ProgramFault, run_program};
use crate::text::quoted;

pub(in crate::executor::commands) const NAME: &str = "blender-render";

/// The arguments by which Blender runs the scripts of a file that it opens.
const ALLOW_SCRIPTS: [&str; 2] = ["-y", "--enable-autoexec"];
/// The one by which it does not.
const FORBID_SCRIPTS: &str = "-Y";

pub(in crate::executor::commands) async fn run(
    parameters: Parameters<'_>,
    site: &Site,
) -> Result<(), CommandError> {
    let (program, blend_file) = read(parameters)?;
    clear_broken_frames(&program, blend_file.clone(), site).await?;
    let args = if site.programs().blender_scripts {
        program.args
    } else {
        without_scripts(program.args)
    };
    let program = Program {
        args: with_question(args),
        ..program
    };
    let mut listener = RenderListener::default();
    let ended = run_program(&program, site, &mut listener).await;
    match ended {
        Ok(()) => {
            listener.check_the_rest(site).await?;
            listener.verdict()
        }
        Err(ProgramFault::Cancelled(cancelled)) => Err(cancelled.into()),
        // What was found says more than how the program ended, which may be the Worker's doing.
        Err(fault) => {
            let version = listener.version().map(str::to_owned);
            listener.verdict()?;
            Err(explained(fault, blend_file, version).await)
        }
    }
}

/// Why the program failed: perhaps the file was saved by a newer Blender, which this one calls no blend file, or which
/// makes it crash.
async fn explained(
    fault: ProgramFault,
    blend_file: PathBuf,
    version: Option<String>,
) -> CommandError {
    let Some(version) = version.filter(|_| !blend_file.as_os_str().is_empty()) else {
        return fault.into();
    };
    let path = blend_file.clone();
    let saved_by = match blocking(NAME, move || saved_by(&path)).await {
        Ok(Ok(Some(saved_by))) if saved_by.is_newer_than(&version) => saved_by,
        Ok(_) | Err(_) => return fault.into(),
    };
    CommandError::Files {
        command: NAME,
        what: format!(
            "{} was saved by Blender {saved_by}; this is {version}, and needs to be as new as the file ({fault})",
            shown(&blend_file)
        ),
    }
}

fn read(parameters: Parameters<'_>) -> Result<(Program, PathBuf), CommandError> {
    let refuse = refuse(NAME);
    let exe = parameters.filled_text("exe").map_err(&refuse)?.to_owned();
    let blend_file = parameters.text("blendfile").map_err(&refuse)?;
    let mut args = parameters.words("exeArgs").map_err(&refuse)?;
    args.extend(parameters.texts("argsBefore").map_err(&refuse)?);
    if !blend_file.is_empty() {
        args.push(blend_file.to_owned());
    }
    args.extend(parameters.texts("args").map_err(&refuse)?);
    Ok((Program { exe, args }, PathBuf::from(blend_file)))
}

/// The arguments with which Blender runs no script of the .blend file: none that asks for it, and one that forbids it,
/// since a user's preferences may allow it. What follows `--` is no business of Blender's.
fn without_scripts(args: Vec<String>) -> Vec<String> {
    let mut is_for_blender = true;
    let rest = args.into_iter().filter(|arg| {
        is_for_blender &= arg != "--";
        !is_for_blender || !ALLOW_SCRIPTS.contains(&arg.as_str())
    });
    std::iter::once(FORBID_SCRIPTS.to_owned())
        .chain(rest)
        .collect()
}

/// Moves files out of the way that look like finished frames and are none. One that cannot be moved is named too;
/// whether Blender overwrites it is then up to the .blend file.
async fn clear_broken_frames(
    program: &Program,
    blend_file: PathBuf,
    site: &Site,
) -> Result<(), CommandError> {
    let (args, go_on) = (program.args.clone(), site.go_on());
    let search = move || find_broken_frames(args.iter().map(String::as_str), &blend_file, go_on);
    for broken in blocking(NAME, search).await? {
        let stamp = Local::now().format("broken-%Y-%m-%d_%H%M%S").to_string();
        let path = broken.path.clone();
        let text = match blocking(NAME, move || set_aside(&path, &stamp)).await? {
            Ok(aside) => format!("moved to {}", shown(&aside)),
            Err(error) => format!("cannot be moved aside: {error}"),
        };
        site.log(format!(
            "{NAME}: {} is no finished frame, {}; {text}",
            shown(&broken.path),
            broken.defect
        ))
        .await?;
    }
    Ok(())
}

fn shown(path: &Path) -> String {
    quoted(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::{Value, json};

    use super::*;
    use crate::executor::commands::bench::{Bench, Done};

    #[track_caller]
    fn check(parameters: Value, expected: &[&str]) {
        let map = parameters.as_object().unwrap();
        let (program, _) = read(Parameters(map)).unwrap();
        let line: Vec<_> = std::iter::once(program.exe).chain(program.args).collect();
        assert_eq!(line, expected);
    }

    #[test]
    fn the_command_line_has_its_order() {
        check(
            json!({
                "exe": "/bin/blender", "exeArgs": " --quoted \"two words\"", "argsBefore": ["-b"],
                "blendfile": "a b.blend", "args": ["-f", 1],
            }),
            &[
                "/bin/blender",
                "--quoted",
                "two words",
                "-b",
                "a b.blend",
                "-f",
                "1",
            ],
        );
        check(
            json!({"exe": r"C:\blender.exe", "blendfile": ""}),
            &[r"C:\blender.exe"],
        );
    }

    #[test]
    fn scripts_of_files_are_forbidden_where_they_are_not_wanted() {
        let without = |line: &str| {
            let args = line.split(' ').map(str::to_owned).collect();
            without_scripts(args).join(" ")
        };
        assert_eq!(without("-b -y a.blend -f 1"), "-Y -b a.blend -f 1");
        assert_eq!(without("--enable-autoexec a.blend"), "-Y a.blend");
        assert_eq!(without("-b a.blend -- -y"), "-Y -b a.blend -- -y");
    }

    #[test]
    fn faulty_parameters_are_refused() {
        for parameters in [
            json!({"blendfile": "x"}),
            json!({"exe": "", "blendfile": "x"}),
            json!({"exe": "blender"}),
            json!({"exe": "blender", "blendfile": "x", "exeArgs": "\"open"}),
            json!({"exe": "blender", "blendfile": "x", "args": "text"}),
        ] {
            assert!(
                read(Parameters(parameters.as_object().unwrap())).is_err(),
                "{parameters}"
            );
        }
    }

    fn picture(path: &Path) {
        image::RgbImage::from_pixel(4, 3, image::Rgb([1, 2, 3]))
            .save(path)
            .unwrap();
    }

    /// What came of a program that says this; `{}` is the folder.
    async fn said(folder: &Path, text: &str) -> Done {
        let text = text.replace("{}", folder.to_str().unwrap());
        let script = format!("cat <<'END'\n{text}\nEND\n");
        let parameters = json!({"exe": "sh", "argsBefore": ["-c", script], "blendfile": ""});
        Bench::new().run("blender-render", parameters).await
    }

    #[tokio::test]
    async fn frames_and_pictures_are_reported() {
        let dir = tempfile::tempdir().unwrap();
        let files = ["a1.png", "b2.png"].map(|name| dir.path().join(name));
        for path in &files {
            picture(path);
        }
        let text = "Saved: '{}/a1.png'\n Time: 00:01.00 (Saving: 00:00.10)\nFra:2 Mem\n\
            00:00.4  render   | Saved: '{}/b2.png'\n00:00.4  render   | Time: 00:01.00\n\
            skipping existing frame \"{}/c3.png\"";
        let done = said(dir.path(), text).await;
        assert!(done.result.is_ok(), "{}", done.error());
        assert_eq!(done.steps(), [1, 2, 3]);
        assert_eq!(done.pictures(), files);
        let outputs = done.outputs();
        let frames: Vec<_> = outputs.iter().map(|output| output.frame).collect();
        assert_eq!(frames, [Some(1), Some(2)]);
    }

    #[tokio::test]
    async fn a_frame_that_is_not_whole_fails_the_task_and_is_no_step() {
        let dir = tempfile::tempdir().unwrap();
        picture(&dir.path().join("1.png"));
        fs::write(dir.path().join("2.png"), "").unwrap();
        let text = "Saved: '{}/1.png'\n Time: 00:01.00\nSaved: '{}/2.png'\n Time: 00:01.00";
        let done = said(dir.path(), text).await;
        assert_eq!(done.steps(), [1]);
        let expected = format!("output-broken: {:?}: it is empty", dir.path().join("2.png"));
        assert_eq!(done.error(), expected);
    }

    #[tokio::test]
    async fn what_blender_says_fails_the_task_or_is_a_warning() {
        let dir = tempfile::tempdir().unwrap();
        let text = "Read blend: /a.blend\nTraceback (most recent call last):\nRuntimeError: boom";
        let warned = said(dir.path(), text).await;
        assert!(warned.result.is_ok(), "{}", warned.error());
        assert_eq!(warned.findings()[0].line, "RuntimeError: boom");
        let text = "Error: Engine 'FOO' not available for scene 'Scene' (an add-on may need to be installed or enabled)";
        let failed = said(dir.path(), text).await;
        assert_eq!(failed.error(), format!("engine: {text}"));
    }

    #[tokio::test]
    async fn a_file_of_a_newer_blender_is_named_as_the_reason() {
        let dir = tempfile::tempdir().unwrap();
        let blend = dir.path().join("a.blend");
        fs::write(&blend, "BLENDER17-01v0502REND").unwrap();
        let fails = async |version: &str| {
            let script = format!("echo 'Blender {version}'; exit 1");
            let parameters = json!({"exe": "sh", "argsBefore": ["-c", script], "blendfile": blend});
            Bench::new().run("blender-render", parameters).await.error()
        };
        let said = fails("3.4.1").await;
        assert!(
            said.contains("was saved by Blender 5.2; this is 3.4.1"),
            "{said}"
        );
        let said = fails("5.2.2 LTS").await;
        assert!(!said.contains("was saved by"), "{said}");
    }

    #[tokio::test]
    async fn broken_frames_are_moved_aside_before_blender_starts() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("f01.png"), "").unwrap();
        let output = dir.path().join("f##");
        let args = json!([
            "ls",
            "--render-output",
            output,
            "--render-format",
            "PNG",
            "--render-frame",
            "1..3"
        ]);
        let done = Bench::new()
            .run(
                "blender-render",
                json!({"exe": "echo", "blendfile": "/x.blend", "args": args}),
            )
            .await;
        assert!(done.result.is_ok(), "{}", done.error());
        let logs = done.logs();
        assert!(
            logs[0].contains("f01.png\" is no finished frame, it is empty; moved to"),
            "{}",
            logs[0]
        );
        assert!(logs[1].starts_with("going to run:"), "{}", logs[1]);
        assert!(!dir.path().join("f01.png").exists());
    }
}
