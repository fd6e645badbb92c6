//! A stock Manager's answers, to be changed where a test needs others, and a Worker of ours that asks for them.

use std::collections::VecDeque;
use std::path::Path;

use farandole_tests::harness::{Asked, Reply, ScriptedManager, Worker, WorkerOptions};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const WORKER: &str = "9b1b1c52-6a64-4e8c-a1e2-3d1f7f4c0001";
pub(crate) const JOB: &str = "9b1b1c52-6a64-4e8c-a1e2-3d1f7f4c0002";
pub(crate) const TASK: &str = "9b1b1c52-6a64-4e8c-a1e2-3d1f7f4c0003";
const TYPES: [&str; 4] = ["blender", "ffmpeg", "file-management", "misc"];

/// Answers that are given before the usual ones, in order, each to the first request that it fits.
#[derive(Debug, Default)]
pub(crate) struct Script(VecDeque<(String, Option<Reply>)>);

impl Script {
    /// The next request that begins so is answered with this.
    pub(crate) fn once(mut self, what: &str, reply: Reply) -> Self {
        self.0.push_back((what.to_owned(), Some(reply)));
        self
    }

    /// At the next request that begins so, the Manager hangs up.
    pub(crate) fn hang_up(mut self, what: &str) -> Self {
        self.0.push_back((what.to_owned(), None));
        self
    }

    /// The next request for a task is answered with one.
    pub(crate) fn task(self, commands: &Value) -> Self {
        self.once("POST /worker/task", Reply::json(200, &task(commands)))
    }

    /// The same, as a Manager of ours hands it out: as an attempt with a number.
    pub(crate) fn attempt(self, commands: &Value) -> Self {
        let mut task = task(commands);
        task["attempt"] = json!(1);
        self.once("POST /worker/task", Reply::json(200, &task))
    }

    /// The Worker is wished to be in another state, when it asks for a task.
    pub(crate) fn wish(self, status: &str) -> Self {
        self.once(
            "POST /worker/task",
            Reply::json(423, &json!({ "status_requested": status })),
        )
    }

    pub(crate) fn start(mut self) -> ScriptedManager {
        ScriptedManager::start(move |asked| {
            // An answer for the request for a task fits no update of one.
            let fits = |(what, _): &(String, Option<Reply>)| {
                asked.what == *what || what.ends_with('/') && asked.what.starts_with(what.as_str())
            };
            match self
                .0
                .iter()
                .position(fits)
                .and_then(|at| self.0.remove(at))
            {
                Some((_, reply)) => reply,
                None => Some(usual(asked)),
            }
        })
    }
}

/// What a stock Manager without any work answers.
fn usual(asked: &Asked) -> Reply {
    match asked.what.as_str() {
        "GET /version" => Reply::json(
            200,
            &json!({
                "version": "3.9-beta1", "shortversion": "3.9-beta1", "name": "M", "git": "abc",
            }),
        ),
        "POST /worker/register-worker" => Reply::json(
            200,
            &json!({
                "uuid": WORKER, "name": "host1", "address": "127.0.0.1", "status": "", "platform": "linux", "software": "",
                "supported_task_types": TYPES,
            }),
        ),
        "POST /worker/sign-on" => Reply::json(200, &json!({ "status_requested": "awake" })),
        what if what.ends_with("/may-i-run") => Reply::json(
            200,
            &json!({
                "mayKeepRunning": true, "reason": "", "statusChangeRequested": false,
            }),
        ),
        what if what.ends_with("/output-produced") => Reply::empty(202),
        _ => Reply::empty(204),
    }
}

fn task(commands: &Value) -> Value {
    json!({
        "uuid": TASK, "job": JOB, "name": "t", "status": "active", "priority": 50, "job_priority": 50,
        "job_type": "echo-sleep-test", "task_type": "misc", "steps_completed": 0, "steps_total": 2, "commands": commands,
    })
}

/// Our Worker, called host1, that was made known to the scripted Manager before unless it is new.
pub(crate) struct Host {
    pub(crate) worker: Worker,
    pub(crate) folder: TempDir,
}

pub(crate) fn new_worker(manager: &ScriptedManager, flags: &[(&str, &str)]) -> Host {
    start(tempfile::tempdir().unwrap(), manager, flags)
}

pub(crate) fn known_worker(manager: &ScriptedManager, flags: &[(&str, &str)]) -> Host {
    let folder = tempfile::tempdir().unwrap();
    write_credentials(&folder.path().join("host1"));
    start(folder, manager, flags)
}

fn start(folder: TempDir, manager: &ScriptedManager, flags: &[(&str, &str)]) -> Host {
    let mut options = WorkerOptions::below(folder.path(), "host1", &manager.url());
    for (flag, value) in flags {
        options = options.with(flag, value);
    }
    Host {
        worker: Worker::start(options),
        folder,
    }
}

pub(crate) fn secret() -> String {
    "0f".repeat(32)
}

fn write_credentials(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::create_dir_all(folder).unwrap();
    let file = folder.join(CREDENTIALS);
    std::fs::write(
        &file,
        format!("worker_id: {WORKER}\nworker_secret: {}\n", secret()),
    )
    .unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// The file with a Worker's credentials, in its data directory.
pub(crate) const CREDENTIALS: &str = "farandole-worker-credentials.yaml";

/// What every known Worker of ours begins with.
#[track_caller]
pub(crate) fn expect_sign_on(manager: &ScriptedManager) {
    let asked = manager.next();
    assert_eq!(asked.what, "POST /worker/sign-on");
    let body = asked.json();
    assert_eq!(
        (&body["name"], &body["supported_task_types"]),
        (&json!("host1"), &json!(TYPES))
    );
    assert!(
        body["software_version"]
            .as_str()
            .unwrap()
            .starts_with("Farandole "),
        "{body}"
    );
}

/// What every Worker of ours does until it is at work.
#[track_caller]
pub(crate) fn expect_awake(manager: &ScriptedManager) {
    expect_sign_on(manager);
    manager.expect("POST /worker/state-changed", &json!({ "status": "awake" }));
}

/// An update of the one task.
#[track_caller]
pub(crate) fn expect_update(manager: &ScriptedManager, body: &Value) {
    manager.expect(&format!("POST /worker/task/{TASK}"), body);
}

#[track_caller]
pub(crate) fn expect_request_for_a_task(manager: &ScriptedManager) -> Asked {
    manager.expect("POST /worker/task", &Value::Null)
}
