//! Our Worker's calls while all goes well: reference sections 21.1 to 21.5.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use farandole_tests::harness::{Reply, ScriptedManager, eventually};
use serde_json::{Value, json};

use crate::script::{
    CREDENTIALS, Host, Script, TASK, WORKER, expect_awake, expect_request_for_a_task,
    expect_update, known_worker, new_worker,
};

/// A program that says what Blender would, frame by frame, and ends with this code.
fn stub(folder: &Path, frames: u32, code: u32) -> PathBuf {
    let file = folder.join("blender-stub");
    let mut script = "#!/bin/sh\n".to_owned();
    for frame in 1..=frames {
        let picture = folder.join(format!("{frame}.png"));
        image::DynamicImage::new_rgb8(16, 9).save(&picture).unwrap();
        let saved = format!("echo \"Saved: '{}'\"\n", picture.display());
        script.extend([&*saved, "echo ' Time: 00:01.00 (Saving: 00:00.10)'\n"]);
    }
    fs::write(&file, format!("{script}exit {code}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    file
}

fn render(exe: &Path, steps: u32) -> Value {
    json!([{
        "name": "blender-render",
        "parameters": { "exe": exe, "exeArgs": "-b", "argsBefore": [], "blendfile": "/x.blend", "args": [] },
        "total_step_count": steps,
    }])
}

/// All updates of the task up to the one that ends it, and how many pictures came with them.
fn until_the_end(manager: &ScriptedManager) -> (Vec<Value>, usize) {
    let (mut updates, mut pictures) = (Vec::new(), 0);
    loop {
        let asked = manager.next();
        if asked.what.ends_with("/output-produced") {
            assert_eq!(asked.content_type, "image/jpeg");
            assert!(asked.body.starts_with(&[0xFF, 0xD8]));
            pictures += 1;
        } else if asked.what == format!("POST /worker/task/{TASK}") {
            let body = asked.json();
            let ends = matches!(body["taskStatus"].as_str(), Some("completed" | "failed"));
            updates.push(body);
            if ends {
                return (updates, pictures);
            }
        } else {
            panic!("unexpected {asked:?}");
        }
    }
}

fn steps(updates: &[Value]) -> Vec<u64> {
    updates
        .iter()
        .filter_map(|update| update["steps_completed"].as_u64())
        .collect()
}

fn log(updates: &[Value]) -> String {
    updates
        .iter()
        .filter_map(|update| update["log"].as_str())
        .collect()
}

/// 21.1
#[test]
fn a_new_worker_registers_signs_on_and_asks_for_work_and_a_known_one_does_not_register() {
    let manager = Script::default().start();
    let mut host = new_worker(&manager, &[]);
    let registration = manager.next();
    assert_eq!(registration.what, "POST /worker/register-worker");
    assert!(
        ["", "Basic Og=="].contains(&registration.authorization.as_str()),
        "{registration:?}"
    );
    let body = registration.json();
    let secret = body["secret"].as_str().unwrap().to_owned();
    assert!(
        secret.len() == 64 && secret.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{secret}"
    );
    assert_eq!(body["name"], "host1");
    assert_eq!(body["platform"], "linux");
    assert_eq!(
        body["supported_task_types"],
        json!(["blender", "ffmpeg", "file-management", "misc"])
    );

    let sign_on = manager.next();
    assert_eq!(sign_on.what, "POST /worker/sign-on");
    let basic = STANDARD.encode(format!("{WORKER}:{secret}"));
    assert_eq!(sign_on.authorization, format!("Basic {basic}"));
    assert_eq!(sign_on.json()["can_restart"], false);
    manager.expect("POST /worker/state-changed", &json!({ "status": "awake" }));
    let first = expect_request_for_a_task(&manager);
    let second = expect_request_for_a_task(&manager);
    assert!(
        second.at - first.at >= Duration::from_secs(2),
        "asks without a pause"
    );

    let file = host.folder.path().join("host1").join(CREDENTIALS);
    let content = fs::read_to_string(&file).unwrap();
    assert!(
        content.contains(WORKER) && content.contains(&secret),
        "{content}"
    );
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );

    host.worker = host.worker.kill_and_restart();
    expect_awake(&manager);
}

/// 21.2
#[test]
fn a_task_that_echoes_and_sleeps_is_told_step_by_step() {
    let commands = json!([
        { "name": "echo", "parameters": { "message": "hi" }, "total_step_count": 0 },
        { "name": "sleep", "parameters": { "duration_in_seconds": 1 }, "total_step_count": 0 },
    ]);
    let manager = Script::default().task(&commands).start();
    let _host = known_worker(&manager, &[]);
    expect_awake(&manager);
    expect_request_for_a_task(&manager);
    for update in [
        json!({ "activity": "Started", "taskStatus": "active" }),
        json!({ "log": "echo: \"hi\"" }),
        json!({ "activity": "Progress", "steps_completed": 1 }),
        json!({ "log": "slept 1s" }),
        json!({ "activity": "Progress", "steps_completed": 2 }),
        json!({ "activity": "Completed", "taskStatus": "completed", "outputs": [] }),
    ] {
        expect_update(&manager, &update);
    }
    expect_request_for_a_task(&manager);
}

/// 21.3
#[test]
fn a_render_is_told_frame_by_frame_with_its_log_and_its_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let exe = stub(folder.path(), 3, 0);
    let manager = Script::default().task(&render(&exe, 3)).start();
    let _host = known_worker(&manager, &[]);
    expect_awake(&manager);
    expect_request_for_a_task(&manager);
    expect_update(
        &manager,
        &json!({ "activity": "Started", "taskStatus": "active" }),
    );
    let (updates, mut pictures) = until_the_end(&manager);
    assert_eq!(steps(&updates), [1, 2, 3]);
    let log = log(&updates);
    assert!(log.starts_with("going to run:\n\n    "), "{log}");
    assert!(
        log.contains("> Saved: '") && log.contains("Time: 00:01.00"),
        "{log}"
    );
    assert!(log.contains("pid="), "{log}");
    assert_eq!(
        updates.last().unwrap(),
        &json!({ "activity": "Completed", "taskStatus": "completed", "outputs": [] })
    );
    // The newest picture may come after the end.
    while pictures == 0 {
        let asked = manager.next();
        pictures += usize::from(asked.what.ends_with("/output-produced"));
    }
}

/// 21.3
#[test]
fn without_a_number_of_steps_a_render_tells_its_frames_and_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let exe = stub(folder.path(), 2, 0);
    let manager = Script::default().task(&render(&exe, 0)).start();
    let _host = known_worker(&manager, &[]);
    expect_awake(&manager);
    expect_request_for_a_task(&manager);
    let (updates, _) = until_the_end(&manager);
    assert_eq!(steps(&updates), [1, 2, 3]);
}

/// 21.3
#[test]
fn a_render_that_fails_says_so_once_and_nothing_of_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let exe = stub(folder.path(), 1, 3);
    let manager = Script::default().task(&render(&exe, 3)).start();
    let _host = known_worker(&manager, &[]);
    expect_awake(&manager);
    expect_request_for_a_task(&manager);
    let (updates, _) = until_the_end(&manager);
    assert_eq!(steps(&updates), [1]);
    let text = "Failed: command exited abnormally with code 3";
    let end = json!({ "activity": text, "log": text, "taskStatus": "failed", "outputs": [] });
    assert_eq!(updates.last().unwrap(), &end);
}

/// 21.6, E12
#[test]
fn a_picture_that_is_refused_is_not_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let exe = stub(folder.path(), 1, 0);
    let produced = format!("POST /worker/task/{TASK}/output-produced");
    let manager = Script::default()
        .task(&render(&exe, 1))
        .once(&produced, Reply::empty(429))
        .start();
    let _host = known_worker(&manager, &[]);
    expect_awake(&manager);
    let (mut requests, mut pictures) = (0, 0);
    while requests < 3 {
        let asked = manager.next();
        requests += usize::from(asked.what == "POST /worker/task");
        pictures += usize::from(asked.what == produced);
    }
    assert_eq!(pictures, 1);
}

fn long_task() -> Value {
    let parameters = json!({ "exe": "sleep", "args": ["60"] });
    json!([{ "name": "exec", "parameters": parameters, "total_step_count": 0 }])
}

/// Whether a Worker runs a program.
fn has_children(host: &Host) -> bool {
    let threads = fs::read_dir(format!("/proc/{}/task", host.worker.process.pid())).unwrap();
    threads.flatten().any(|thread| {
        fs::read_to_string(thread.path().join("children"))
            .is_ok_and(|children| !children.trim().is_empty())
    })
}

/// 21.4
#[test]
fn a_task_that_may_not_go_on_ends_at_once_and_says_nothing_more() {
    let no = json!({ "mayKeepRunning": false, "reason": "x", "statusChangeRequested": true });
    let yes = json!({ "status_requested": "awake" });
    let may_i_run = format!("GET /worker/task/{TASK}/may-i-run");
    let manager = Script::default()
        .task(&long_task())
        .once(&may_i_run, Reply::json(200, &no))
        .wish("asleep")
        .once("GET /worker/state", Reply::empty(204))
        .once("GET /worker/state", Reply::json(200, &yes))
        .start();
    let host = known_worker(&manager, &[("heartbeat", "2s")]);
    expect_awake(&manager);
    expect_request_for_a_task(&manager);
    expect_update(
        &manager,
        &json!({ "activity": "Started", "taskStatus": "active" }),
    );
    let mut asked = manager.next();
    while asked.what == format!("POST /worker/task/{TASK}") {
        // The command line is log text, which may come before the question.
        assert!(asked.json()["taskStatus"].is_null(), "{asked:?}");
        asked = manager.next();
    }
    assert_eq!(asked.what, may_i_run);
    // What the program had said by then is log text, too; no status and no step follow.
    let mut asked = manager.next();
    while asked.what == format!("POST /worker/task/{TASK}") {
        let body = asked.json();
        assert!(
            body["taskStatus"].is_null() && body["steps_completed"].is_null(),
            "{body}"
        );
        asked = manager.next();
    }
    assert_eq!(asked.what, "POST /worker/task");
    assert!(!has_children(&host), "the program still runs");
    manager.expect("POST /worker/state-changed", &json!({ "status": "asleep" }));
    manager.expect("GET /worker/state", &Value::Null);
    manager.expect("GET /worker/state", &Value::Null);
    manager.expect("POST /worker/state-changed", &json!({ "status": "awake" }));
    expect_request_for_a_task(&manager);
}

/// 21.5
#[test]
fn a_worker_that_is_wished_offline_signs_off_and_ends_well() {
    let manager = Script::default().wish("offline").start();
    let mut host = known_worker(&manager, &[]);
    expect_awake(&manager);
    expect_request_for_a_task(&manager);
    manager.expect("POST /worker/sign-off", &Value::Null);
    assert_eq!(host.worker.process.wait().code(), Some(0));
}

/// 21.5
#[test]
fn a_worker_that_is_wished_to_restart_signs_off_and_ends_with_its_code() {
    let manager = Script::default().wish("restart").start();
    let mut host = known_worker(&manager, &[("restart-exit-code", "47")]);
    let sign_on = manager.next();
    assert_eq!(sign_on.json()["can_restart"], true);
    manager.expect("POST /worker/state-changed", &json!({ "status": "awake" }));
    expect_request_for_a_task(&manager);
    manager.expect("POST /worker/sign-off", &Value::Null);
    assert_eq!(host.worker.process.wait().code(), Some(47));
}

/// 21.5, but for the exit code: a stop in good order is none that a supervisor should mend.
#[test]
fn a_worker_that_is_terminated_ends_its_program_and_signs_off() {
    let manager = Script::default().task(&long_task()).start();
    let mut host = known_worker(&manager, &[]);
    expect_awake(&manager);
    expect_request_for_a_task(&manager);
    expect_update(
        &manager,
        &json!({ "activity": "Started", "taskStatus": "active" }),
    );
    eventually("the program runs", || has_children(&host).then_some(()));
    assert_eq!(host.worker.process.terminate().code(), Some(0));
    let mut asked = manager.next();
    while asked.what == format!("POST /worker/task/{TASK}") {
        assert!(asked.json()["taskStatus"].is_null(), "{asked:?}");
        asked = manager.next();
    }
    assert_eq!(asked.what, "POST /worker/sign-off");
}
