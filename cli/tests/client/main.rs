//! The client as a person or a script runs it, against Managers that are scripts: what it asks, what it prints, and
//! with which exit code it ends.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests end where something goes wrong"
)]

mod deleting;
mod existing_frames;
mod farm;
mod following;
mod manager;
mod other_version;
mod outputs;
mod submitting;

use serde_json::json;

use farm::{JOB, always, run, run_at, script, task, task_id, with};
use manager::{Answer, Manager};

#[test]
fn jobs_are_a_table_for_people_and_json_for_programs() {
    let manager = Manager::play(script());
    let said = run(&manager, &["jobs"]).ended_with(0);
    let lines: Vec<&str> = said.out.lines().collect();
    assert!(lines[0].starts_with("ID        STATUS  DONE"), "{said:?}");
    assert!(lines[1].starts_with("8fac4efb  active  33 %"), "{said:?}");
    assert!(!said.out.contains('\x1b'), "no colours in a pipe");
    let said = run(&manager, &["jobs", "--json"]).ended_with(0);
    assert_eq!(said.json()[0]["id"], JOB);
}

#[test]
fn a_list_without_entries_says_what_to_do_and_prints_nothing() {
    let manager = Manager::play(vec![
        always("GET /api/v3/jobs", json!({"jobs": []})),
        always("GET /api/v3/worker-mgt/workers", json!({"workers": []})),
    ]);
    for command in ["jobs", "workers"] {
        let said = run(&manager, &[command]).ended_with(0);
        assert_eq!(said.out, "", "{said:?}");
        assert!(said.err.contains("farandole"), "{said:?}");
        assert_eq!(run(&manager, &[command, "--json"]).json(), json!([]));
    }
}

#[test]
fn an_id_can_be_shortened_as_long_as_it_is_unmistakable() {
    let manager = Manager::play(script());
    let said = run(&manager, &["job", "8fac"]).ended_with(0);
    assert!(said.out.contains(JOB), "{said:?}");
    let said = run(&manager, &["job", "8fa"]).ended_with(2);
    assert!(said.err.contains("can be any of these"), "{said:?}");
    let said = run(&manager, &["job", "77"]).ended_with(1);
    assert!(said.err.contains("farandole jobs"), "{said:?}");
    run(&manager, &["job", "dance"]).ended_with(2);
}

#[test]
fn tasks_are_listed_by_names_that_can_be_typed() {
    let manager = Manager::play(script());
    let said = run(&manager, &["tasks", "8fac"]).ended_with(0);
    assert!(said.out.contains("8fac4efb/2  active     0/1"), "{said:?}");
    let json = run(&manager, &["tasks", "8fac", "--json"]).json();
    assert_eq!(json[1]["id"], json!(task_id(2)));
}

#[test]
fn job_types_are_listed_with_their_settings() {
    let manager = Manager::play(script());
    let said = run(&manager, &["types"]).ended_with(0);
    assert!(said.out.contains("chunk_size"), "{said:?}");
    assert_eq!(
        run(&manager, &["types", "--json"]).json()[0]["name"],
        "render"
    );
}

#[test]
fn an_order_goes_to_the_job_or_to_the_task_that_is_meant() {
    let set_job = format!("POST /api/v3/jobs/{JOB}/setstatus");
    let set_task = format!("POST /api/v3/tasks/{}/setstatus", task_id(3));
    let get_task = format!("GET /api/v3/tasks/{}", task_id(3));
    let no_content = || vec![Answer::Text(204, String::new())];
    let script = with(script(), &set_job, no_content());
    let script = with(script, &set_task, no_content());
    let script = with(
        script,
        &get_task,
        vec![Answer::Json(200, task(3, "queued"))],
    );
    let manager = Manager::play(script);

    let said = run(&manager, &["cancel", "8fac", "--reason", "wrong camera"]).ended_with(0);
    assert_eq!(said.out, "job dance is active\n");
    assert_eq!(
        manager.body_of(&set_job),
        json!({"status": "cancel-requested", "reason": "wrong camera"})
    );
    for (order, id, status) in [
        ("requeue", "8fac/3".to_owned(), "queued"),
        ("pause", task_id(3), "paused"),
        ("cancel", task_id(3).to_uppercase(), "canceled"),
    ] {
        let said = run(&manager, &[order, &id]).ended_with(0);
        assert_eq!(said.out, "task render-3 is queued\n");
        let body = manager.body_of(&set_task);
        assert_eq!(body["status"], status);
        assert_eq!(body.get("overwrite"), None);
    }
    let said = run(&manager, &["requeue", "8fac/9"]).ended_with(1);
    assert!(said.err.contains("only 1 to 3"), "{said:?}");
}

#[test]
fn the_beginning_of_a_tasks_id_is_enough_on_any_manager() {
    let manager = Manager::play(script());
    // Longer than what the tasks have in common with their job, and with one another.
    let said = run(&manager, &["log", "8fac4efb-c260-4383-8000"]).ended_with(2);
    assert!(said.err.contains("8fac4efb/1  render-1"), "{said:?}");

    let mut foreign = farm::tasks(["active", "queued", "queued"]);
    foreign["tasks"][0]["id"] = json!("77777777-7777-4777-9777-777777777777");
    let tasks_of = |job| format!("GET /api/v3/jobs/{job}/tasks");
    let script = with(script(), &tasks_of(JOB), vec![Answer::Json(200, foreign)]);
    let none = vec![Answer::Json(200, json!({"tasks": null}))];
    let script = with(script, &tasks_of(farm::OTHER), none);
    let log = "GET /api/v3/tasks/77777777-7777-4777-9777-777777777777/log";
    let script = with(script, log, vec![Answer::Text(204, String::new())]);
    let manager = Manager::play(script);
    run(&manager, &["log", "777"]).ended_with(0);
    assert!(manager.seen().iter().any(|request| request.line == log));
}

#[test]
fn what_the_manager_refuses_is_told_in_its_words() {
    let line = format!("POST /api/v3/jobs/{JOB}/setstatus");
    let refusal = json!({"code": 422, "message": "a completed job cannot be paused"});
    let manager = Manager::play(with(script(), &line, vec![Answer::Json(422, refusal)]));
    let said = run(&manager, &["pause", "8fac"]).ended_with(1);
    assert!(
        said.err.contains("a completed job cannot be paused"),
        "{said:?}"
    );
}

#[test]
fn without_a_manager_the_exit_code_says_so() {
    let said = run_at("http://127.0.0.1:1", ".".as_ref(), &["jobs"]).ended_with(3);
    assert!(said.err.contains("--manager URL"), "{said:?}");
    assert!(
        said.err
            .contains("at http://127.0.0.1:1 cannot be reached: "),
        "{said:?}"
    );
    assert!(!said.err.contains("error sending request"), "{said:?}");
    for args in [["watch", "--all"], ["watch", JOB]] {
        let said = run_at("http://127.0.0.1:1", ".".as_ref(), &args).ended_with(3);
        assert!(!said.err.contains("waiting for it"), "{said:?}");
    }
    run_at("ftp://127.0.0.1", ".".as_ref(), &["jobs"]).ended_with(2);
}

#[test]
fn a_proxys_page_is_told_but_not_shown() {
    let listed = "GET /api/v3/jobs";
    for (status, advice) in [(404, "is that a Manager's URL?"), (502, "is it running?")] {
        let manager = Manager::play(vec![(listed.to_owned(), vec![Answer::Page(status)])]);
        let said = run(&manager, &["jobs"]).ended_with(1);
        assert!(said.err.contains("a page for browsers"), "{said:?}");
        assert!(said.err.contains(advice), "{said:?}");
        assert!(!said.err.contains("<h1>"), "{said:?}");
    }
}

#[test]
fn what_is_no_event_stream_is_not_listened_to() {
    let events = "GET /api/farm/v1/events".to_owned();
    let manager = Manager::play(vec![(events, vec![Answer::Page(200)])]);
    let said = run(&manager, &["events"]).ended_with(1);
    assert!(said.err.contains("is that a Manager's URL?"), "{said:?}");
}

#[test]
fn what_is_meant_is_helped_along() {
    let anna = json!({
        "id": farm::OTHER, "name": "anna", "status": "awake", "version": "1", "can_restart": false,
    });
    let workers = always("GET /api/v3/worker-mgt/workers", json!({"workers": [anna]}));
    let manager = Manager::play([script(), vec![workers]].concat());
    let said = run(&manager, &["worker", "Ana"]).ended_with(1);
    assert!(said.err.contains("did you mean anna?"), "{said:?}");
    let said = run(&manager, &["job", "8fac/1"]).ended_with(2);
    assert!(said.err.contains("its job is 8fac"), "{said:?}");
    let said = run(&manager, &["why", "dance"]).ended_with(2);
    assert!(said.err.contains("no job and no task"), "{said:?}");
    let said = run(&manager, &["jobs", "--status", "Active"]).ended_with(0);
    assert!(said.out.contains("dance"), "{said:?}");
}

#[test]
fn a_command_line_that_makes_no_sense_has_an_exit_code_of_its_own() {
    let manager = Manager::play(script());
    run(&manager, &[]).ended_with(2);
    run(&manager, &["sumbit"]).ended_with(2);
    run(&manager, &["job", ""]).ended_with(2);
    run(&manager, &["submit", "--priority", "101"]).ended_with(2);
    let said = run(&manager, &["--help"]).ended_with(0);
    assert!(said.out.contains("Exit codes:"), "{said:?}");
}
