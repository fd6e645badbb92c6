//! Watching jobs and reading logs: over the event stream, and without one.

use serde_json::{Value, json};

use super::farm::{JOB, job, run, run_on_terminal, script, task, task_id, tasks, with};
use super::manager::{Answer, Manager, Script};

const EVENTS: &str = "GET /api/farm/v1/events";

/// The one who greets, tells these, and then is silent.
fn events(events: &[(&str, Value)]) -> Answer {
    let hello = json!({"id": "00000000000000ff-1", "resumed": false});
    let frames: Vec<String> = std::iter::once(&("hello", hello))
        .chain(events)
        .zip(1..)
        .map(|((name, data), n)| {
            format!("id: 00000000000000ff-{n}\nevent: {name}\ndata: {data}\n\n")
        })
        .collect();
    Answer::Events(frames.concat())
}

fn job_event(status: &str, done: u32) -> (&'static str, Value) {
    let event = json!({
        "id": JOB, "name": "dance", "updated": "2026-01-01T00:00:09Z", "status": status, "type": "render",
        "priority": 50, "refresh_tasks": false, "steps_completed": done, "steps_total": 3,
    });
    ("job", event)
}

/// The job is read in these states, one after the other.
fn job_reads(script: Script, reads: Vec<Value>) -> Script {
    let answers = reads.into_iter().map(|job| Answer::Json(200, job));
    with(
        script,
        &format!("GET /api/v3/jobs/{JOB}"),
        answers.collect(),
    )
}

#[test]
fn a_watched_job_is_read_once_and_then_heard_of() {
    let told = [job_event("active", 2), job_event("completed", 3)];
    let script = with(script(), EVENTS, vec![events(&told)]);
    let script = job_reads(script, vec![job("active", 1), job("completed", 3)]);
    let manager = Manager::play(script);
    let said = run(&manager, &["watch", JOB, "--json"]).ended_with(0);
    let steps: Vec<Value> = said
        .json_lines()
        .iter()
        .map(|line| json!([line["status"], line["steps_completed"]]))
        .collect();
    assert_eq!(
        steps,
        [
            json!(["active", 1]),
            json!(["active", 2]),
            json!(["completed", 3])
        ]
    );
    assert_eq!(said.json_lines()[0]["workers"], json!(["anna"]));
    let reads = manager.seen();
    let reads = reads
        .iter()
        .filter(|request| request.line == format!("GET /api/v3/jobs/{JOB}"));
    assert_eq!(reads.count(), 2, "at the beginning and at the end");
}

#[test]
fn a_job_is_watched_on_a_manager_without_events() {
    let script = job_reads(
        script(),
        vec![job("queued", 0), job("active", 1), job("completed", 3)],
    );
    let manager = Manager::play(script);
    let said = run(&manager, &["watch", "8fac"]).ended_with(0);
    assert_eq!(said.out, "");
    assert!(said.err.contains("dance: 0 of 3 steps"), "{said:?}");
    assert!(said.err.contains("dance: 1 of 3 steps, "), "{said:?}");
    assert!(said.err.contains("dance is completed: 3 tasks"), "{said:?}");
}

#[test]
fn a_job_that_fails_says_where_to_read_why() {
    let script = with(script(), EVENTS, vec![events(&[])]);
    let script = job_reads(script, vec![job("failed", 1)]);
    let statuses = Answer::Json(200, tasks(["completed", "failed", "canceled"]));
    let script = with(
        script,
        &format!("GET /api/v3/jobs/{JOB}/tasks"),
        vec![statuses],
    );
    let manager = Manager::play(script);
    let said = run(&manager, &["watch", JOB]).ended_with(1);
    assert!(said.err.contains("farandole log 8fac4efb/2"), "{said:?}");
    assert!(said.err.contains("farandole requeue 8fac4efb"), "{said:?}");
}

#[test]
fn a_manager_that_goes_and_comes_back_is_waited_for() {
    let stream = vec![Answer::HangUp, events(&[job_event("completed", 3)])];
    let script = with(script(), EVENTS, stream);
    let mut reads = vec![Answer::HangUp, Answer::HangUp];
    reads.extend([job("active", 1), job("completed", 3)].map(|job| Answer::Json(200, job)));
    let script = with(script, &format!("GET /api/v3/jobs/{JOB}"), reads);
    let manager = Manager::play(script);
    let said = run(&manager, &["watch", JOB]).ended_with(0);
    assert!(
        said.err
            .contains("the Manager does not answer; waiting for it\nthe Manager answers again\n"),
        "{said:?}"
    );
}

#[test]
fn a_job_that_does_not_exist_cannot_be_watched() {
    let manager = Manager::play(with(script(), EVENTS, vec![events(&[])]));
    let said = run(&manager, &["watch", "00000000-0000-4000-8000-000000000000"]).ended_with(1);
    assert!(said.err.contains("farandole jobs"), "{said:?}");
}

fn log_script(statuses: &[&str], log: &str) -> Script {
    let id = task_id(2);
    let answers = statuses
        .iter()
        .map(|status| Answer::Json(200, task(2, status)));
    let info =
        json!({"task_id": id, "job_id": JOB, "url": "/job-files/log.txt", "size": log.len()});
    let script = with(
        script(),
        &format!("GET /api/v3/tasks/{id}"),
        answers.collect(),
    );
    let script = with(
        script,
        &format!("GET /api/v3/tasks/{id}/log"),
        vec![Answer::Json(200, info)],
    );
    with(
        script,
        "GET /job-files/log.txt",
        vec![Answer::Text(200, log.to_owned())],
    )
}

#[test]
fn a_log_is_printed_as_it_is() {
    let manager = Manager::play(log_script(&["active"], "first\nsecönd"));
    let said = run(&manager, &["log", "8fac/2"]).ended_with(0);
    assert_eq!(said.out, "first\nsecönd");
    let said = run(&manager, &["log", "8fac/2", "--json"]).ended_with(0);
    assert_eq!(
        said.json(),
        json!({"task_id": task_id(2), "log": "first\nsecönd", "offset": 0, "size": 13})
    );
}

#[test]
fn a_log_is_followed_until_its_task_ends() {
    let script = log_script(&["active", "active", "completed"], "all of it\n");
    let told = (
        "tasklog",
        json!({"task_id": task_id(2), "log": "all of it\n"}),
    );
    let manager = Manager::play(with(script, EVENTS, vec![events(&[told])]));
    let said = run(&manager, &["log", &task_id(2), "--follow"]).ended_with(0);
    assert_eq!(said.out, "all of it\n", "and nothing of it twice");
}

#[test]
fn a_terminal_is_not_told_what_to_do_by_logs_and_names() {
    let evil = "\x1b]0;title\x07\x1b[2Jsecret\rnothing\u{9b}1A \x1b[31mred\x1b[0m\n";
    let mut job = job("active", 1);
    job["name"] = json!(evil);
    let script = with(
        log_script(&["active"], evil),
        "GET /api/v3/jobs",
        vec![Answer::Json(200, json!({"jobs": [job]}))],
    );
    let manager = Manager::play(script);
    let shown = run_on_terminal(&manager, &["log", "8fac/2"]);
    let expected = "\\x1b]0;title\\x07\\x1b[2Jsecret\\x0dnothing\\u{9b}1A \x1b[31mred\x1b[0m";
    assert_eq!(shown.trim_end(), expected);
    let shown = run_on_terminal(&manager, &["jobs"]);
    assert!(shown.contains("secret nothing"), "{shown:?}");
    assert!(
        !shown.contains("\x1b]") && !shown.contains("\x1b[2J"),
        "{shown:?}"
    );
    // Files and other programs get the log as it is, and no list with such names.
    let said = run(&manager, &["log", "8fac/2"]).ended_with(0);
    assert_eq!(said.out, evil);
    let said = run(&manager, &["jobs"]).ended_with(0);
    assert!(!said.out.contains('\x1b'), "{said:?}");
}
