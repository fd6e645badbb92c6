//! Docker's command line.

use std::path::Path;
use std::process::{Command, Output};

/// The project's folder.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Runs a Docker command that has to succeed. Gives what it printed.
#[track_caller]
pub(crate) fn docker<const N: usize>(args: [&str; N]) -> String {
    let output = try_docker(&args);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "docker {args:?}: {errors}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Runs a Docker command, however that goes.
pub(crate) fn try_docker(args: &[&str]) -> Output {
    Command::new("docker").args(args).output().unwrap()
}

/// All that a program printed.
pub(crate) fn said(output: &Output) -> String {
    let (out, errors) = (&output.stdout, &output.stderr);
    String::from_utf8_lossy(out).into_owned() + &String::from_utf8_lossy(errors)
}

/// Docker's own compose, or the older program, whichever is there.
pub(crate) fn compose() -> Command {
    if try_docker(&["compose", "version"]).status.success() {
        let mut command = Command::new("docker");
        command.arg("compose");
        command
    } else {
        Command::new("docker-compose")
    }
}
