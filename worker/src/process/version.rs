//! Which version of a program this host has.

use std::io;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use farandole_protocol::api::{ExpectedProgram, ProgramCondition};
use tokio::process::Command;
use tokio::time::timeout;

use super::program::set_up_for_tasks;
use super::task_user::TaskUser;

/// A program that does not tell its version within this time is taken for one that cannot be run. Blender starts
/// slowly from a file server.
const PATIENCE: Duration = Duration::from_mins(1);

/// Runs the program for its version. `found_at` is where it was found; it runs as the
/// user of tasks.
pub async fn version_of(
    expected: ExpectedProgram,
    found_at: &str,
    user: Option<Arc<TaskUser>>,
) -> ProgramCondition {
    let ExpectedProgram { name, command } = expected;
    let said = timeout(PATIENCE, run(found_at, option(&name), user)).await;
    let (version, problem) = match said {
        Ok(Ok(text)) => match version_in(&text) {
            Some(version) => (Some(version), None),
            None => (None, Some("it does not tell its version".to_owned())),
        },
        Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => {
            (None, Some("it was not found".to_owned()))
        }
        Ok(Err(error)) => (None, Some(error.to_string())),
        Err(_) => (
            None,
            Some(format!(
                "it did not tell its version within {} s",
                PATIENCE.as_secs()
            )),
        ),
    };
    ProgramCondition {
        name,
        command,
        version,
        problem,
    }
}

/// The option with which a program tells its version.
fn option(name: &str) -> &'static str {
    if name == "ffmpeg" {
        "-version"
    } else {
        "--version"
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "it is asked for its version and is no task's program, whose group is looked after"
)]
async fn run(program: &str, option: &str, user: Option<Arc<TaskUser>>) -> io::Result<String> {
    let mut command = Command::new(program);
    set_up_for_tasks(&mut command, user);
    let output = command
        .arg(option)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let last = errors.lines().rev().find(|line| !line.trim().is_empty());
    let said = last
        .map(|line| format!(" and said: {}", line.trim()))
        .unwrap_or_default();
    Err(io::Error::other(format!(
        "it ended with {}{said}",
        output.status
    )))
}

/// The version in what a program says, as in `Blender 4.3.2` and `ffmpeg version 5.1.6-0+deb12u1`, without what a
/// distribution adds to it. FFmpeg built from its repository has a version such as `n6.1` or `N-112345-gabc`.
fn version_in(text: &str) -> Option<String> {
    let line = text.lines().find(|line| {
        let first = line.split_whitespace().next().unwrap_or_default();
        first.eq_ignore_ascii_case("blender") || first.eq_ignore_ascii_case("ffmpeg")
    });
    let words: Vec<&str> = line
        .or_else(|| text.lines().next())?
        .split_whitespace()
        .collect();
    let is_digit = |c: char| c.is_ascii_digit();
    let after = words.iter().position(|word| *word == "version");
    let after = after.and_then(|at| words.get(at + 1));
    let word = after.or_else(|| words.iter().find(|word| word.starts_with(is_digit)))?;
    let number = word
        .find(|c: char| !is_digit(c) && c != '.')
        .and_then(|end| word.get(..end));
    Some(
        number
            .filter(|number| !number.is_empty())
            .unwrap_or(word)
            .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_say() {
        for (said, version) in [
            ("Blender 3.4.1\n\tbuild date: 2024-01-20\n", "3.4.1"),
            (
                "Color management: using fallback\nBlender 5.2.2 LTS\n",
                "5.2.2",
            ),
            (
                "ffmpeg version 5.1.6-0+deb12u1 Copyright (c) 2000-2024 the FFmpeg developers\n",
                "5.1.6",
            ),
            (
                "ffmpeg version N-112345-gabcdef Copyright (c) 2000-2024\n",
                "N-112345-gabcdef",
            ),
        ] {
            assert_eq!(version_in(said).as_deref(), Some(version), "{said}");
        }
        assert_eq!(version_in(""), None);
        assert_eq!(version_in("hello\n"), None);
    }

    #[tokio::test]
    async fn a_program_that_cannot_be_run_says_why() {
        let look = async |name: &str, command: &str| {
            let expected = ExpectedProgram {
                name: name.to_owned(),
                command: command.to_owned(),
            };
            version_of(expected, command, None).await.problem.unwrap()
        };
        assert_eq!(
            look("blender", "/nonexistent/blender").await,
            "it was not found"
        );
        assert_eq!(
            look("blender", "false").await,
            "it ended with exit status: 1"
        );
    }
}
