//! `frames-to-video`: lets FFmpeg make a film from the frames that a pattern names.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::registry::{blocking, refuse};
use crate::executor::parameters::{decimal, invalid};
use crate::executor::{CommandError, Parameters, Site};
use crate::process::{NoListener, Program, run_program};

pub(super) const NAME: &str = "frames-to-video";

pub(super) async fn run(parameters: Parameters<'_>, site: &Site) -> Result<(), CommandError> {
    let mut film = read(parameters)?;
    let tools = site.tools().map(Path::to_owned);
    film = blocking(NAME, move || Film {
        exe: locate(&film.exe, tools.as_deref()),
        input: literal_directory(&film.input),
        ..film
    })
    .await?;
    Ok(run_program(&film.into_program(), site, &mut NoListener).await?)
}

struct Film {
    exe: String,
    args_before: Vec<String>,
    fps: String,
    input: String,
    args: Vec<String>,
    output: String,
}

fn read(parameters: Parameters<'_>) -> Result<Film, CommandError> {
    let refuse = refuse(NAME);
    let fps = parameters.number("fps").map_err(&refuse)?;
    if fps == 0.0 {
        return Err(refuse(invalid("fps", "zero", &Value::from(fps))));
    }
    let mut args_before = parameters.words("exeArgs").map_err(&refuse)?;
    args_before.extend(parameters.texts("argsBefore").map_err(&refuse)?);
    Ok(Film {
        exe: parameters.filled_text("exe").map_err(&refuse)?.to_owned(),
        args_before,
        fps: decimal(fps),
        // A Manager on Windows may have put its own separators in.
        input: parameters
            .filled_text("inputGlob")
            .map_err(&refuse)?
            .replace('\\', "/"),
        args: parameters.texts("args").map_err(&refuse)?,
        output: parameters
            .filled_text("outputFile")
            .map_err(&refuse)?
            .to_owned(),
    })
}

impl Film {
    /// The rate is given for the input too; without it FFmpeg assumes 25 and drops frames.
    fn into_program(self) -> Program {
        let mut args = self.args_before;
        args.extend(
            ["-r", &self.fps, "-pattern_type", "glob", "-i", &self.input].map(str::to_owned),
        );
        args.extend(self.args);
        args.extend(["-r".to_owned(), self.fps, self.output]);
        Program {
            exe: self.exe,
            args,
        }
    }
}

/// A bare `ffmpeg` is the one that was shipped with the Worker, if there is one; everything else is used as given.
fn locate(exe: &str, tools: Option<&Path>) -> String {
    if exe != "ffmpeg" {
        return exe.to_owned();
    }
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    };
    [
        format!("ffmpeg-linux-{architecture}"),
        "ffmpeg-linux".to_owned(),
        "ffmpeg".to_owned(),
    ]
    .iter()
    .filter_map(|name| tools.map(|tools| tools.join(name)))
    .find(|path| path.is_file())
    .map_or_else(
        || exe.to_owned(),
        |path| path.to_string_lossy().into_owned(),
    )
}

/// The directory of a pattern is meant as it is written if there is one of that name, whatever characters are in it.
fn literal_directory(pattern: &str) -> String {
    let Some((directory, name)) = pattern.rsplit_once('/') else {
        return pattern.to_owned();
    };
    let is_special = |c| matches!(c, '*' | '?' | '[' | ']' | '{' | '}');
    if !directory.contains(is_special) || !PathBuf::from(directory).is_dir() {
        return pattern.to_owned();
    }
    let mut escaped = String::with_capacity(pattern.len() + 8);
    for c in directory.chars() {
        if is_special(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    format!("{escaped}/{name}")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(parameters: Value, expected: &[&str]) {
        let program = read(Parameters(parameters.as_object().unwrap()))
            .unwrap()
            .into_program();
        let line: Vec<_> = std::iter::once(program.exe).chain(program.args).collect();
        assert_eq!(line, expected);
    }

    #[test]
    fn the_command_line_has_its_order() {
        check(
            json!({
                "exe": "ffmpeg", "exeArgs": "-hide_banner", "argsBefore": ["-y"], "fps": 24.0,
                "inputGlob": r"/out\*.png", "args": ["-c:v", "h264", "-r", 24], "outputFile": "/out.mp4",
            }),
            &[
                "ffmpeg",
                "-hide_banner",
                "-y",
                "-r",
                "24",
                "-pattern_type",
                "glob",
                "-i",
                "/out/*.png",
                "-c:v",
                "h264",
                "-r",
                "24",
                "-r",
                "24",
                "/out.mp4",
            ],
        );
    }

    #[test]
    fn faulty_parameters_are_refused() {
        let good = json!({"exe": "ffmpeg", "fps": 24, "inputGlob": "*.png", "outputFile": "o.mp4"});
        assert!(read(Parameters(good.as_object().unwrap())).is_ok());
        for (name, value) in [
            ("fps", json!(0)),
            ("fps", json!("24")),
            ("exe", json!("")),
            ("inputGlob", json!(1)),
            ("outputFile", json!(null)),
        ] {
            let mut bad = good.clone();
            bad[name] = value;
            assert!(read(Parameters(bad.as_object().unwrap())).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_shipped_ffmpeg_is_preferred() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(locate("ffmpeg", Some(dir.path())), "ffmpeg");
        let shipped = dir.path().join("ffmpeg-linux");
        fs::write(&shipped, "").unwrap();
        assert_eq!(
            locate("ffmpeg", Some(dir.path())),
            shipped.to_str().unwrap()
        );
        assert_eq!(
            locate("/usr/bin/ffmpeg", Some(dir.path())),
            "/usr/bin/ffmpeg"
        );
        assert_eq!(locate("ffmpeg", None), "ffmpeg");
    }

    #[test]
    fn a_directory_that_exists_is_no_pattern() {
        let dir = tempfile::tempdir().unwrap();
        let directory = dir.path().join("shot[1]{a}");
        fs::create_dir(&directory).unwrap();
        let pattern = format!("{}/*.png", directory.display());
        assert_eq!(
            literal_directory(&pattern),
            format!("{}/shot\\[1\\]\\{{a\\}}/*.png", dir.path().display())
        );
        let real_pattern = format!("{}/shot*/*.png", dir.path().display());
        assert_eq!(literal_directory(&real_pattern), real_pattern);
        assert_eq!(literal_directory("*.png"), "*.png");
    }
}
