//! Runs a program to see whether it is a Blender.

use std::env;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};

/// A Blender on a slow disk takes a few seconds.
const PATIENCE: Duration = Duration::from_secs(10);
/// So much of what it says is looked at.
const LONGEST_OUTPUT: u64 = 64 << 10;
/// What of the Manager's environment it is told. The rest may hold secrets.
const KEPT: [&str; 6] = [
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "LD_LIBRARY_PATH",
];
/// How the line with the version begins.
const NAME: &str = "Blender ";

/// Why a program is no working Blender.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoBlender {
    /// It does not start.
    #[error("it cannot be run: {0}")]
    NotRun(#[from] io::Error),
    /// It does not come to an end.
    #[error("it did not say its version within {} seconds", PATIENCE.as_secs())]
    TooSlow,
    /// It says something else.
    #[error("it does not say that it is Blender")]
    SaysNothing,
}

/// The line with its version.
pub(super) async fn version(program: &Path) -> Result<String, NoBlender> {
    let mut child = start(program)?;
    let group = child.id().and_then(|id| i32::try_from(id).ok());
    let output = tokio::time::timeout(PATIENCE, output(&mut child)).await;
    // What it has started, too; where all has ended, there is nobody to be ended.
    if let Some(group) = group {
        killpg(Pid::from_raw(group), Signal::SIGKILL).unwrap_or_default();
    }
    drop(child.wait().await);
    let output = output.map_err(|_| NoBlender::TooSlow)??;
    let line = output.lines().find(|line| line.starts_with(NAME));
    line.map(|line| line.trim().to_owned())
        .ok_or(NoBlender::SaysNothing)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the Blender check is one of the few places"
)]
fn start(program: &Path) -> io::Result<Child> {
    let kept = KEPT
        .iter()
        .filter_map(|name| Some((name, env::var_os(name)?)));
    Command::new(program)
        .arg("--version")
        .env_clear()
        .envs(kept)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
}

/// What it says, until it has said all or ends.
async fn output(child: &mut Child) -> io::Result<String> {
    let Some(stdout) = child.stdout.take() else {
        return Ok(String::new());
    };
    let mut said = Vec::new();
    let mut stdout = stdout.take(LONGEST_OUTPUT);
    stdout.read_to_end(&mut said).await?;
    Ok(String::from_utf8_lossy(&said).into_owned())
}

#[cfg(test)]
mod tests {
    use crate::blender::stand_ins::stand_in;

    use super::*;

    #[actix::test]
    async fn the_line_with_the_version_is_found() {
        let said = version(&stand_in("blender")).await;
        assert_eq!(said.unwrap(), "Blender 4.2.1");
    }

    #[actix::test]
    async fn what_is_no_blender_says_why() {
        let other = version(&stand_in("gimp")).await;
        assert!(matches!(other, Err(NoBlender::SaysNothing)));
        let missing = version(&stand_in("nothing")).await;
        assert!(matches!(missing, Err(NoBlender::NotRun(_))));
    }
}
