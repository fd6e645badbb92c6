//! The person's browser. The one file that starts it.

use std::process::{Command, Stdio};

use crate::error::{CliError, Outcome};

/// Shows an address in the browser that the person has set up.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the client starts a browser"
)]
pub(crate) fn show(address: &str) -> Outcome<()> {
    let program = program();
    let started = Command::new(&program)
        .arg(address)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    started.map(drop).map_err(|error| {
        CliError::Failed(format!(
            "cannot start a browser with {program}: {error}\nopen it yourself: {address}\nor name a browser in BROWSER"
        ))
    })
}

/// The browser that `BROWSER` names, else what the platform opens addresses with.
fn program() -> String {
    let named = std::env::var("BROWSER")
        .ok()
        .filter(|name| !name.is_empty());
    named.unwrap_or_else(|| {
        match std::env::consts::OS {
            "macos" => "open",
            "windows" => "explorer",
            _ => "xdg-open",
        }
        .to_owned()
    })
}
