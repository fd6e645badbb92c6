//! A small farm for scripts: a job of three tasks, its type, and what the client says when it is run against them.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Output};

use nix::pty::openpty;
use serde_json::{Value, json};

use super::manager::{Answer, Manager, Script};

/// The job.
pub(crate) const JOB: &str = "8fac4efb-c260-4383-9000-000000000001";
/// Another job, whose id begins almost alike.
pub(crate) const OTHER: &str = "8fad4efb-c260-4383-9000-000000000001";

const STAMP: &str = "2026-01-01T00:00:00Z";

/// The id of a task of the job.
pub(crate) fn task_id(index: u32) -> String {
    format!("8fac4efb-c260-4383-8000-{index:012x}")
}

/// The job, in this state.
pub(crate) fn job(status: &str, done: u32) -> Value {
    json!({
        "id": JOB, "name": "dance", "type": "render", "priority": 50, "submitter_platform": "", "status": status,
        "activity": "", "created": STAMP, "updated": STAMP, "steps_completed": done, "steps_total": 3,
        "settings": {"render_output_path": "/farm/renders/dance/######"},
    })
}

/// Its tasks, in these states.
pub(crate) fn tasks(statuses: [&str; 3]) -> Value {
    let tasks: Vec<Value> = statuses
        .iter()
        .zip(1..)
        .map(|(status, index)| {
            json!({
                "id": task_id(index), "name": format!("render-{index}"), "status": status, "index_in_job": index,
                "priority": 50, "task_type": "blender", "updated": STAMP, "steps_completed": 0, "steps_total": 1,
                "worker": {"id": "", "name": "anna", "address": ""},
            })
        })
        .collect();
    json!({ "tasks": tasks })
}

/// A task with all there is to say.
pub(crate) fn task(index: u32, status: &str) -> Value {
    json!({
        "id": task_id(index), "job_id": JOB, "name": format!("render-{index}"), "status": status,
        "index_in_job": index, "priority": 50, "task_type": "blender", "created": STAMP, "updated": STAMP,
        "activity": "", "commands": [], "steps_completed": 0, "steps_total": 1,
    })
}

/// The job type.
pub(crate) fn job_type() -> Value {
    let setting = |key: &str, kind: &str, required: bool| json!({"key": key, "type": kind, "required": required});
    json!({
        "name": "render", "label": "Render", "etag": "an etag", "settings": [
            setting("frames", "string", true), {"key": "chunk_size", "type": "int32", "default": 1},
            setting("render_output_root", "string", true), setting("render_output_path", "string", false),
            setting("blendfile", "string", true), setting("fps", "float", false), setting("format", "string", true),
            setting("image_file_extension", "string", true), setting("has_previews", "bool", false),
            setting("scene", "string", true),
        ],
    })
}

/// One answer, for ever.
pub(crate) fn always(line: &str, answer: Value) -> (String, Vec<Answer>) {
    (line.to_owned(), vec![Answer::Json(200, answer)])
}

/// A farm in which the job is active.
pub(crate) fn script() -> Script {
    let mut other = job("queued", 0);
    other["id"] = json!(OTHER);
    vec![
        always(
            "GET /api/v3/jobs",
            json!({"jobs": [job("active", 1), other]}),
        ),
        always(&format!("GET /api/v3/jobs/{JOB}"), job("active", 1)),
        always(
            &format!("GET /api/v3/jobs/{JOB}/tasks"),
            tasks(["completed", "active", "queued"]),
        ),
        always("GET /api/v3/jobs/type/render", job_type()),
        always("GET /api/v3/jobs/types", json!({"job_types": [job_type()]})),
    ]
}

/// Replaces or adds answers.
pub(crate) fn with(mut script: Script, line: &str, answers: Vec<Answer>) -> Script {
    script.retain(|(known, _)| known != line);
    script.push((line.to_owned(), answers));
    script
}

/// What the client said, and its exit code.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// The output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The output as lines of JSON.
    #[track_caller]
    pub(crate) fn json_lines(&self) -> Vec<Value> {
        let read =
            |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        self.out.lines().map(read).collect()
    }

    /// The same, after a look at the exit code.
    #[track_caller]
    pub(crate) fn ended_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Runs the client against a Manager.
pub(crate) fn run(manager: &Manager, args: &[&str]) -> Said {
    run_at(&manager.url(), Path::new("."), args)
}

/// Runs the client in a folder, against the Manager at a URL.
pub(crate) fn run_at(url: &str, folder: &Path, args: &[impl AsRef<OsStr>]) -> Said {
    Said::from(client(url, folder, args).output().unwrap())
}

/// Runs the client where a person sits before a terminal. Gives what the terminal gets.
pub(crate) fn run_on_terminal(manager: &Manager, args: &[&str]) -> String {
    let terminal = openpty(None, None).unwrap();
    let copy = terminal.slave.try_clone().unwrap();
    let mut command = client(&manager.url(), Path::new("."), args);
    command
        .stdout(copy)
        .stderr(terminal.slave)
        .env("TERM", "xterm");
    let mut child = command.spawn().unwrap();
    // Its copies of the terminal go, so that the terminal ends with the client.
    drop(command);
    let mut shown = Vec::new();
    // Linux reports the end of a terminal as an error.
    drop(File::from(terminal.master).read_to_end(&mut shown));
    assert!(child.wait().unwrap().success());
    String::from_utf8(shown).unwrap()
}

fn client(url: &str, folder: &Path, args: &[impl AsRef<OsStr>]) -> Command {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test starts the program it tests"
    )]
    let mut command = Command::new(env!("CARGO_BIN_EXE_farandole"));
    for name in ["FARANDOLE_FARM", "FARANDOLE_BLENDER"] {
        command.env_remove(name);
    }
    command
        .current_dir(folder)
        .env("FARANDOLE_MANAGER", url)
        .args(args);
    command
}
