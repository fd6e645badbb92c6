//! Files that nothing expects: folders that are very deep, and pipes from which nothing ever comes.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use farandole_tests::harness::{Answer, Manager, ManagerOptions, Request, eventually_within};
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

/// How long an answer about files may take. Without a bound it would never come.
const PATIENCE: Duration = Duration::from_mins(1);

/// A job whose output folder is there.
struct Stage {
    manager: Manager,
    files: String,
    output: PathBuf,
    _folder: TempDir,
}

impl Stage {
    fn new() -> Self {
        let folder = tempdir().unwrap();
        let manager = Manager::start(ManagerOptions::below(folder.path()));
        let id = manager.api().submit(&json!({
            "name": "shot", "type": "echo-sleep-test", "priority": 50, "submitter_platform": "linux",
            "settings": {"message": "m", "sleep_duration_seconds": 0, "sleep_repeats": 1,
                         "render_output_path": "{jobs}/out/######"},
        }));
        let output = folder.path().join("storage/jobs/out");
        std::fs::create_dir_all(&output).unwrap();
        Self {
            manager,
            files: format!("/api/farm/v1/jobs/{id}/files"),
            output,
            _folder: folder,
        }
    }

    fn get(&self, path: &str) -> Answer {
        let request = Request::new("GET", &format!("{}{path}", self.files));
        request.send(&self.manager.address())
    }
}

/// Runs a script in a folder.
fn in_folder(folder: &Path, script: &str) {
    let ran = Command::new("sh")
        .args(["-ec", script])
        .current_dir(folder)
        .status();
    assert!(ran.unwrap().success(), "{script}");
}

#[test]
fn a_folder_that_is_3_000_deep_is_listed_as_far_as_is_sensible() {
    let stage = Stage::new();
    std::fs::write(stage.output.join("0001.png"), "a").unwrap();
    in_folder(
        &stage.output,
        // A shell would look up its whole path at each step.
        "perl -e 'for (1..3000) { mkdir q(deep); chdir q(deep) } open F, q(>last)'",
    );
    let listed = stage.get("").json();
    let paths: Vec<&Value> = listed["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| &file["path"])
        .collect();
    assert_eq!(paths, ["0001.png"]);
    assert_eq!(listed["left_out"], 1);
    // What is deeper than a path can be is removed by steps, which the temporary folder itself cannot.
    in_folder(&stage.output, "rm -r deep");
}

#[test]
fn a_named_pipe_among_the_outputs_stops_nothing() {
    let stage = Stage::new();
    in_folder(&stage.output, "mkfifo 0001.png; echo a > 0002.png");
    assert_eq!(stage.get("/0002.png").status, 200);
    for _ in 0..8 {
        assert_eq!(stage.get("/0001.png").status, 404);
    }
    let listed = stage.get("").json();
    assert_eq!(listed["files"].as_array().unwrap().len(), 1, "{listed}");
    eventually_within(PATIENCE, "the Manager is ready", || {
        let answer = Request::new("GET", "/readyz").send(&stage.manager.address());
        (answer.status == 200).then_some(())
    });
}
