//! Our Worker's calls when the Manager refuses, fails or is away: reference section 21.6, with what is meant to be
//! better there.

use std::time::Duration;

use farandole_tests::harness::{DeadPort, Reply, Worker, WorkerOptions, eventually};
use serde_json::{Value, json};

use crate::script::{
    Script, TASK, expect_awake, expect_request_for_a_task, expect_sign_on, expect_update,
    known_worker, new_worker,
};

fn echo() -> Value {
    json!([{ "name": "echo", "parameters": { "message": "hi" }, "total_step_count": 0 }])
}

fn error(status: u16) -> Reply {
    Reply::json(status, &json!({ "code": status, "message": "no" }))
}

fn update() -> String {
    format!("POST /worker/task/{TASK}")
}

/// E1 and E2: a Manager that is away is waited for, by a known Worker and by a new one.
#[test]
fn a_manager_that_is_away_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = DeadPort::take();
    let url = format!("http://{}", nobody.address());
    let mut worker = Worker::start(WorkerOptions::below(folder.path(), "host1", &url));
    eventually("the worker has tried twice", || {
        (worker
            .process
            .output()
            .matches("cannot sign on yet")
            .count()
            >= 2)
            .then_some(())
    });
    assert!(worker.process.runs());
}

/// E3
#[test]
fn credentials_that_are_refused_lead_to_one_registration() {
    let manager = Script::default()
        .once("POST /worker/sign-on", error(403))
        .start();
    let _host = known_worker(&manager, &[]);
    expect_sign_on(&manager);
    assert_eq!(manager.next().what, "POST /worker/register-worker");
    expect_awake(&manager);
}

/// E4, better: a Manager in trouble is asked again, with the same credentials.
#[test]
fn a_sign_on_that_fails_is_repeated() {
    let manager = Script::default()
        .once("POST /worker/sign-on", error(500))
        .start();
    let _host = known_worker(&manager, &[]);
    expect_sign_on(&manager);
    expect_awake(&manager);
}

/// E5, better: as before, for a registration.
#[test]
fn a_registration_that_fails_is_repeated() {
    let manager = Script::default()
        .once("POST /worker/register-worker", error(500))
        .start();
    let _host = new_worker(&manager, &[]);
    assert_eq!(manager.next().what, "POST /worker/register-worker");
    assert_eq!(manager.next().what, "POST /worker/register-worker");
    expect_awake(&manager);
}

/// E6, better: a Manager that thinks of us as in another state is told once more.
#[test]
fn a_conflict_on_asking_for_a_task_is_answered_with_the_state() {
    let manager = Script::default()
        .once("POST /worker/task", error(409))
        .start();
    let _host = known_worker(&manager, &[]);
    expect_awake(&manager);
    expect_request_for_a_task(&manager);
    manager.expect("POST /worker/state-changed", &json!({ "status": "awake" }));
    expect_request_for_a_task(&manager);
}

/// E6, better: a Manager in trouble is asked again after some seconds, and later and later.
#[test]
fn a_request_for_a_task_that_fails_is_repeated_after_a_while() {
    let script = Script::default()
        .once("POST /worker/task", error(500))
        .once("POST /worker/task", error(503));
    let manager = script.start();
    let _host = known_worker(&manager, &[]);
    expect_awake(&manager);
    let first = expect_request_for_a_task(&manager).at;
    let second = expect_request_for_a_task(&manager).at;
    let third = expect_request_for_a_task(&manager).at;
    assert!(
        second - first >= Duration::from_millis(1_500),
        "{:?}",
        second - first
    );
    assert!(
        third - second >= Duration::from_secs(3),
        "{:?}",
        third - second
    );
}

/// E7
#[test]
fn a_task_that_is_not_ours_is_left_alone() {
    let manager = Script::default()
        .task(&echo())
        .once(&update(), error(409))
        .start();
    let _host = known_worker(&manager, &[]);
    expect_awake(&manager);
    expect_request_for_a_task(&manager);
    expect_update(
        &manager,
        &json!({ "activity": "Started", "taskStatus": "active" }),
    );
    expect_request_for_a_task(&manager);
}

/// E8, better: a task that was taken away ends silently.
#[test]
fn a_task_that_is_taken_away_ends_silently() {
    let manager = Script::default()
        .task(&echo())
        .once(&update(), Reply::empty(204))
        .once(&update(), error(409))
        .start();
    let _host = known_worker(&manager, &[]);
    expect_awake(&manager);
    expect_request_for_a_task(&manager);
    expect_update(
        &manager,
        &json!({ "activity": "Started", "taskStatus": "active" }),
    );
    expect_update(&manager, &json!({ "log": "echo: \"hi\"" }));
    expect_request_for_a_task(&manager);
}

/// E9 and E10, better: what a Manager in trouble did not take is sent again, in order, before anything else.
#[test]
fn updates_are_delivered_in_order_and_once_when_the_manager_is_back() {
    let manager = Script::default()
        .task(&echo())
        .hang_up(&update())
        .once(&update(), error(500))
        .start();
    let _host = known_worker(&manager, &[]);
    expect_awake(&manager);
    expect_request_for_a_task(&manager);
    let started = json!({ "activity": "Started", "taskStatus": "active" });
    expect_update(&manager, &started);
    expect_update(&manager, &started);
    for update in [
        started,
        json!({ "log": "echo: \"hi\"" }),
        json!({ "activity": "Progress", "steps_completed": 1 }),
        json!({ "activity": "Completed", "taskStatus": "completed", "outputs": [] }),
    ] {
        expect_update(&manager, &update);
    }
    expect_request_for_a_task(&manager);
}

/// E11
#[test]
fn a_question_without_an_answer_does_not_end_a_task() {
    let commands = json!([{ "name": "sleep", "parameters": { "duration_in_seconds": 2 }, "total_step_count": 0 }]);
    let may_i_run = format!("GET /worker/task/{TASK}/may-i-run");
    let manager = Script::default()
        .task(&commands)
        .once(&may_i_run, error(500))
        .start();
    let _host = known_worker(&manager, &[("heartbeat", "500ms")]);
    expect_awake(&manager);
    expect_request_for_a_task(&manager);
    let mut questions = 0;
    loop {
        let asked = manager.next();
        questions += usize::from(asked.what == may_i_run);
        if asked.json()["taskStatus"] == "completed" {
            break;
        }
    }
    assert!(questions >= 2, "{questions}");
}

/// E13
#[test]
fn a_wish_that_is_no_state_of_a_worker_is_answered_asleep() {
    let wish = json!({ "status_requested": "error" });
    let manager = Script::default()
        .once("POST /worker/sign-on", Reply::json(200, &wish))
        .start();
    let _host = known_worker(&manager, &[]);
    expect_sign_on(&manager);
    manager.expect("POST /worker/state-changed", &json!({ "status": "asleep" }));
    manager.expect("GET /worker/state", &Value::Null);
}

/// E14, better: the Manager hears of the state in the end.
#[test]
fn a_state_that_was_not_taken_is_told_again() {
    let manager = Script::default()
        .once("POST /worker/state-changed", error(500))
        .start();
    let _host = known_worker(&manager, &[]);
    expect_awake(&manager);
    manager.expect("POST /worker/state-changed", &json!({ "status": "awake" }));
    expect_request_for_a_task(&manager);
}

/// E15
#[test]
fn an_unknown_command_fails_the_task() {
    let commands = json!([{ "name": "dance", "parameters": {}, "total_step_count": 0 }]);
    let manager = Script::default().task(&commands).start();
    let _host = known_worker(&manager, &[]);
    expect_awake(&manager);
    expect_request_for_a_task(&manager);
    expect_update(
        &manager,
        &json!({ "activity": "Started", "taskStatus": "active" }),
    );
    let end = manager.next();
    assert_eq!(
        (end.what.as_str(), &end.json()["taskStatus"]),
        (update().as_str(), &json!("failed"))
    );
    expect_request_for_a_task(&manager);
}

/// E16
#[test]
fn a_worker_that_only_flushes_signs_on_and_off() {
    let manager = Script::default().start();
    let mut host = known_worker(&manager, &[("flush", "")]);
    expect_sign_on(&manager);
    manager.expect("POST /worker/sign-off", &Value::Null);
    assert_eq!(host.worker.process.wait().code(), Some(0));
}
