//! A browser without a window.

use std::path::Path;
use std::process::Command;

use farandole_tests::harness::Process;
use tempfile::TempDir;

use super::pages::STRANGER;

/// A running browser, ended with the test.
#[derive(Debug)]
pub(super) struct Chromium {
    process: Process,
    _profile: TempDir,
}

impl Chromium {
    /// Opens a page, and stays there.
    pub(super) fn open(url: &str) -> Self {
        let profile = TempDir::new().unwrap();
        let mut command = command(profile.path());
        command
            .arg("--remote-debugging-port=0")
            .args(["--enable-logging=stderr", "--v=0"])
            .arg(url);
        let log = profile.path().join("chromium.log");
        Self {
            process: Process::start("chromium", command, &log),
            _profile: profile,
        }
    }

    /// Whether the console of the page has had a line with this text.
    pub(super) fn says(&self, text: &str) -> bool {
        self.process.output().contains(text)
    }
}

/// The document at an address, as HTML, after its scripts have run.
pub(super) fn text_of(url: &str) -> String {
    let profile = TempDir::new().unwrap();
    let output = command(profile.path())
        .args(["--timeout=20000", "--dump-dom"])
        .arg(url)
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn command(profile: &Path) -> Command {
    let mut command = Command::new("chromium");
    command
        .args(["--headless=new", "--no-sandbox", "--disable-gpu"])
        .args(["--disable-dev-shm-usage", "--no-first-run"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("--host-resolver-rules=MAP {STRANGER} 127.0.0.1"));
    command
}
