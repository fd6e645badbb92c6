//! What the programs of tasks can read of their Worker.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use farandole_tests::harness::{Manager, ManagerOptions, Worker, WorkerOptions, eventually};
use serde_json::json;

/// A job type whose jobs run a shell script, or Blender with some arguments.
const SHELL: &str = r#"
const JOB_TYPE = {settings: [{key: "script", type: "string"}, {key: "blender", type: "string", default: ""}]};
function compileJob(job) {
    const task = author.Task("shell", "misc");
    const {script, blender} = job.settings;
    task.addCommand(blender
        ? author.Command("blender-render", {exe: blender, exeArgs: "-b -y", blendfile: "a.blend", args: []})
        : author.Command("exec", {exe: "sh", args: ["-c", script]}));
    task.addCommand(author.Command("make-directory", {path: "OUT"}));
    job.addTask(task);
}
"#;

/// A folder that everybody may use, with a Manager in it that knows the job type.
fn farm() -> (tempfile::TempDir, Manager) {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let options = ManagerOptions::below(folder.path());
    let scripts = options.data.join("scripts");
    fs::create_dir_all(&scripts).unwrap();
    let made = folder.path().join("made");
    let script = SHELL.replace("OUT", made.to_str().unwrap());
    fs::write(scripts.join("shell.js"), script).unwrap();
    (folder, Manager::start(options))
}

fn worker(folder: &Path, manager: &Manager) -> WorkerOptions {
    WorkerOptions::below(folder, "worker", &manager.url()).with("task-types", "[misc]")
}

fn owner(path: &Path) -> u32 {
    fs::metadata(path).unwrap().uid()
}

/// Runs a job, and gives its log.
fn ran(manager: &Manager, settings: serde_json::Value) -> String {
    let id = manager.api().submit(&json!({
        "name": "a job", "type": "shell", "priority": 50, "submitter_platform": "linux", "settings": settings,
    }));
    manager.api().wait_for_job(&id, "completed");
    let task = manager.api().tasks(&id)[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/api/v3/tasks/{task}/logtail");
    eventually("the log is there", || {
        let log = manager.api().response(&path).text().unwrap();
        log.contains("END").then_some(log)
    })
}

#[test]
fn the_environment_of_a_task_holds_nothing_that_is_meant_for_the_worker() {
    let (folder, manager) = farm();
    let options = worker(folder.path(), &manager)
        .with_variable("FARANDOLE_MQTT_PASSWORD", "hush-1")
        .with_variable("FARANDOLE_ANY_FILE", "hush-2")
        .with_variable("CREDENTIALS_DIRECTORY", "hush-3")
        .with_variable("NOTIFY_SOCKET", "hush-4")
        .with_variable("OCIO", "kept");
    let _worker = Worker::start(options);
    // The end of a log is shown alone, and an environment may be large.
    let script = "env | grep -E '[h]ush|^FARANDOLE_|^OCIO=|^PATH='; echo END";
    let log = ran(&manager, json!({"script": script}));
    assert!(!log.contains("hush"), "{log}");
    assert!(!log.contains("> FARANDOLE_"), "{log}");
    assert!(
        log.contains("OCIO=kept") && log.contains("> PATH="),
        "{log}"
    );
}

#[test]
fn a_task_of_another_user_cannot_read_the_credentials() {
    let (folder, manager) = farm();
    let options = worker(folder.path(), &manager).with("task-user", "nobody");
    let file = options.data.join("farandole-worker-credentials.yaml");
    let mut worker = Worker::start(options);
    if owner(Path::new("/proc/self")) != 0 {
        // Who is not root cannot have it so, and is told.
        assert!(!worker.process.wait().success());
        let output = worker.process.own_output();
        return assert!(
            output.contains("task_user: this Worker runs as user"),
            "{output}"
        );
    }
    let read = format!(
        "id -un; cat {}; cat /proc/$PPID/environ; echo END",
        file.display()
    );
    let log = ran(&manager, json!({"script": read}));
    assert!(log.contains("> nobody"), "{log}");
    assert_eq!(log.matches("Permission denied").count(), 2, "{log}");
    let credentials = fs::read_to_string(&file).unwrap();
    let secret = credentials
        .lines()
        .find_map(|line| line.strip_prefix("worker_secret: "))
        .unwrap();
    assert!(!log.contains(secret.trim_matches(['"', '\''])), "{log}");
    // What the Worker itself does for a task, it does as that user, too.
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let nobody = users
        .lines()
        .find_map(|line| line.strip_prefix("nobody:x:"));
    let nobody = nobody.unwrap().split(':').next().unwrap();
    assert_eq!(owner(&folder.path().join("made")).to_string(), nobody);
}

#[test]
fn a_worker_whose_tasks_cannot_be_another_users_does_not_start() {
    let (folder, manager) = farm();
    for (user, reason) in [
        ("no-such-user-here", "this host has no user"),
        ("root", "tasks that run as root could read everything"),
    ] {
        let mut worker = Worker::start(worker(folder.path(), &manager).with("task-user", user));
        assert!(!worker.process.wait().success());
        let output = worker.process.own_output();
        assert!(output.contains(reason), "{output}");
    }
}

#[test]
fn a_worker_can_forbid_the_scripts_of_files() {
    let (folder, manager) = farm();
    let program = folder.path().join("blender");
    fs::write(&program, "#!/bin/sh\necho \"got $*\"\necho END\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let _worker = Worker::start(worker(folder.path(), &manager).with("blender-scripts", "false"));
    let log = ran(
        &manager,
        json!({"script": "", "blender": program.to_str().unwrap()}),
    );
    let got = log.split("> got ").nth(1).unwrap().lines().next().unwrap();
    assert!(got.starts_with("-Y -b") && !got.contains(" -y"), "{got}");
}
