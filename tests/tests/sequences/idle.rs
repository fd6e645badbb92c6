//! Our Worker's calls when a program does nothing: what it tells a Manager of ours, and what it does by itself for a
//! stock Manager.

use std::time::Duration;

use farandole_protocol::headers::Idle;
use farandole_tests::harness::{Asked, ScriptedManager};
use serde_json::{Value, json};

use crate::script::{Script, TASK, known_worker};

/// A frame as Blender reports it.
const FRAME: &str = "echo ' Time: 00:01.00 (Saving: 00:00.10)';";

/// A command that renders with a script for the shell in place of Blender.
fn render(script: &str, steps: u32) -> Value {
    json!([{
        "name": "blender-render",
        "parameters": { "exe": "sh", "exeArgs": "", "argsBefore": ["-c", script], "blendfile": "", "args": [] },
        "total_step_count": steps,
    }])
}

/// All calls about the task, up to the update that ends it.
fn until_the_end(manager: &ScriptedManager) -> Vec<Asked> {
    let mut calls = Vec::new();
    loop {
        let asked = manager.next();
        if !asked.what.contains(TASK) {
            continue;
        }
        let status = asked.json()["taskStatus"].clone();
        calls.push(asked);
        if status == "completed" || status == "failed" {
            return calls;
        }
    }
}

fn questions(calls: &[Asked]) -> impl Iterator<Item = &Asked> {
    calls
        .iter()
        .filter(|call| call.what.ends_with("/may-i-run"))
}

fn log(calls: &[Asked]) -> String {
    let log = |call: &Asked| call.json()["log"].as_str().map(str::to_owned);
    calls.iter().filter_map(log).collect()
}

fn last(calls: &[Asked]) -> Value {
    calls.last().map(Asked::json).unwrap()
}

#[test]
fn a_program_that_does_not_end_after_its_frames_is_ended_and_the_task_is_completed() {
    let script = format!("{FRAME} {FRAME} sleep 1000");
    let manager = Script::default().task(&render(&script, 2)).start();
    let _host = known_worker(&manager, &[("task-exit-timeout", "1s")]);
    let calls = until_the_end(&manager);
    assert_eq!(last(&calls)["taskStatus"], "completed");
    let log = log(&calls);
    assert!(
        log.contains("all frames are saved, but the program has not ended for 1s; ending it"),
        "{log}"
    );
}

#[test]
fn a_stock_manager_is_told_nothing_and_a_program_that_does_nothing_fails_its_task() {
    let manager = Script::default()
        .task(&render(&format!("{FRAME} sleep 1000"), 2))
        .start();
    let flags = [("task-timeout", "2s"), ("heartbeat", "300ms")];
    let _host = known_worker(&manager, &flags);
    let calls = until_the_end(&manager);
    let end = last(&calls);
    assert_eq!(end["taskStatus"], "failed");
    let why = "has written no output, finished no frame and used no processor time for 2s, so it was ended";
    assert!(end["activity"].as_str().unwrap().contains(why), "{end}");
    assert!(questions(&calls).count() > 0);
    assert!(questions(&calls).all(|question| question.idle.is_empty()));
}

#[test]
fn a_manager_of_ours_is_told_how_long_a_program_has_done_nothing_and_decides_itself() {
    let manager = Script::default()
        .attempt(&render(&format!("{FRAME} sleep 3"), 2))
        .start();
    // Its own limit does not count.
    let flags = [("task-timeout", "1s"), ("heartbeat", "300ms")];
    let _host = known_worker(&manager, &flags);
    let calls = until_the_end(&manager);
    assert_eq!(last(&calls)["taskStatus"], "completed");
    let told: Vec<Idle> = questions(&calls)
        .map(|question| question.idle.parse().unwrap())
        .collect();
    assert!(
        told.iter()
            .any(|idle| idle.without_progress() >= Duration::from_secs(1))
    );
    assert!(
        told.iter().all(|idle| idle.exit.is_none()),
        "a frame is missing"
    );
}
