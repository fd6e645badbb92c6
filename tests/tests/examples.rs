//! The Python examples do what they say, on a real farm.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests end where something goes wrong, and start the programs that they test"
)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use farandole_tests::harness::{Manager, ManagerOptions, Worker, WorkerOptions};
use serde_json::json;
use tempfile::{TempDir, tempdir};

/// A job type that fails as long as a file is missing.
const NEEDS: &str = r#"
const JOB_TYPE = { label: "Needs", settings: [{ key: "file", type: "string", required: true }] };
function compileJob(job) {
    const task = author.Task("look", "misc");
    task.addCommand(author.Command("exec", { exe: "ls", args: [job.settings.file] }));
    job.addTask(task);
}
"#;

struct Farm {
    folder: TempDir,
    manager: Manager,
    _worker: Worker,
}

impl Farm {
    fn start() -> Self {
        let folder = tempdir().unwrap();
        let options =
            ManagerOptions::below(folder.path()).with("task-fail-after-softfail-count", "1");
        let scripts = options.data.join("scripts");
        std::fs::create_dir_all(&scripts).unwrap();
        std::fs::write(scripts.join("needs.js"), NEEDS).unwrap();
        let manager = Manager::start(options);
        let worker = Worker::start(WorkerOptions::below(folder.path(), "anna", &manager.url()));
        manager.api().wait_for_workers(1);
        Self {
            folder,
            manager,
            _worker: worker,
        }
    }

    fn script(&self, name: &str, args: &[&str]) -> Command {
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
        let mut command = Command::new("python3");
        command
            .arg("-B")
            .arg(examples.join(name))
            .args(args)
            .env("FARANDOLE_MANAGER", self.manager.url());
        command
    }

    #[track_caller]
    fn run(&self, name: &str, args: &[&str], code: i32) -> String {
        let output = self.script(name, args).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", said(&output));
        said(&output)
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

#[test]
fn a_job_is_submitted_and_followed() {
    let farm = Farm::start();
    let args = [
        "test",
        "echo-sleep-test",
        "message=hello",
        "sleep_duration_seconds=0",
        "sleep_repeats=2",
    ];
    let said = farm.run("submit_and_follow.py", &args, 0);
    assert!(said.ends_with("completed: 3 of 3 steps\n"), "{said}");
    let missing = farm.folder.path().join("missing");
    let file = format!("file={}", missing.display());
    let said = farm.run("submit_and_follow.py", &["test", "needs", &file], 1);
    assert!(said.ends_with("failed: 0 of 1 steps\n"), "{said}");
    let said = farm.run("submit_and_follow.py", &["test", "no-such-type"], 1);
    assert!(
        said.contains("the Manager refused with status 404"),
        "{said}"
    );
}

#[test]
fn what_failed_is_listed_and_queued_again() {
    let farm = Farm::start();
    let api = farm.manager.api();
    assert_eq!(
        farm.run("requeue_failed.py", &[], 0),
        "nothing has failed\n"
    );
    let missing = farm.folder.path().join("missing");
    let job = api.submit(&json!({
        "name": "look", "type": "needs", "priority": 50, "submitter_platform": "linux", "settings": {"file": missing},
    }));
    api.wait_for_job(&job, "failed");
    let said = farm.run("requeue_failed.py", &[], 0);
    assert!(
        said.starts_with(&format!("look ({job})\n  look: ")),
        "{said}"
    );
    std::fs::write(&missing, "here").unwrap();
    let said = farm.run("requeue_failed.py", &["--requeue"], 0);
    assert!(said.ends_with("queued again\n"), "{said}");
    api.wait_for_job(&job, "completed");
}

#[test]
fn the_wallboard_hears_of_what_happens() {
    let farm = Farm::start();
    let api = farm.manager.api();
    let first = api.submit_echo_sleep("first", 1, 0);
    api.wait_for_job(&first, "completed");
    let said = farm.run("wallboard.py", &["--once"], 0);
    assert!(
        said.contains("completed         ######################## 100%"),
        "{said}"
    );
    assert!(said.ends_with("workers: 1 awake\n"), "{said}");

    let mut board = farm
        .script("wallboard.py", &[])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(board.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    assert!(lines.any(|line| line.starts_with("first ")));
    api.submit_echo_sleep("second", 1, 0);
    assert!(lines.any(|line| line.starts_with("second ") && line.contains("completed")));
    board.kill().unwrap();
    board.wait().unwrap();
}
