//! The submissions of the recorded exchanges, held against the tasks that the reference made of them.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::shop::{order, shop};
use crate::compiler::messages::{CompileError, CompiledJob};

/// The exchanges of a recording.
fn exchanges(scenario: &str) -> Vec<Value> {
    let contract = Path::new(env!("CARGO_MANIFEST_DIR")).join("../protocol/tests/contract");
    let file = contract.join(format!("recordings/{scenario}.json"));
    let recording: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    recording["exchanges"].as_array().unwrap().clone()
}

/// Compiles the body of a recorded submission.
fn compile(body: &Value) -> Result<CompiledJob, CompileError> {
    let mut order = order("", json!({}));
    order.submitted = serde_json::from_value(body.clone()).unwrap();
    shop().workshop.compile(order)
}

fn submissions(scenario: &str) -> Vec<(u64, Value, u64)> {
    exchanges(scenario)
        .into_iter()
        .filter(|it| it["request"]["method"] == "POST")
        .map(|it| {
            let number = it["n"].as_u64().unwrap();
            let status = it["response"]["status"].as_u64().unwrap();
            (number, it["request"]["body"]["json"].clone(), status)
        })
        .collect()
}

/// A task as a recording shows it, as far as the compiler makes it.
fn shown(job: &CompiledJob, index: usize) -> Value {
    let task = &job.tasks[index - 1];
    let mut commands = json!(task.commands);
    for command in commands.as_array_mut().unwrap() {
        // What our script gives our Worker beside the parameters of the recording.
        for ours in ["inputPattern", "frames", "frameRate"] {
            command["parameters"].as_object_mut().unwrap().remove(ours);
        }
    }
    mask(&mut commands);
    json!({
        "index_in_job": index, "name": task.name, "priority": task.priority, "task_type": task.task_type,
        "steps_total": task.steps_total, "commands": commands,
    })
}

/// Puts the recording's labels where its values would stand.
fn mask(value: &mut Value) {
    match value {
        Value::String(text) if text.contains("import bpy") => "<python-expr>".clone_into(text),
        Value::String(text) => {
            if let Some((before, after)) = text.split_once("shot_") {
                let (_, after) = after.split_once('/').unwrap();
                *text = format!("{before}shot_<stamp>/{after}");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        Value::Object(members) => members.values_mut().for_each(mask),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[track_caller]
fn check_members(ours: &Value, recorded: &Value) {
    for (name, value) in ours.as_object().unwrap() {
        if let Some(expected) = recorded.get(name) {
            assert_eq!(value, expected, "{name} of {recorded}");
        }
    }
}

/// Follows a recording: each job is compiled when it was submitted, and its tasks compared when they were read.
fn follow(scenario: &str, differs: &[u64]) {
    let mut jobs: Vec<(String, CompiledJob)> = Vec::new();
    let mut compared = 0;
    for exchange in exchanges(scenario) {
        let answer = &exchange["response"]["body"]["json"];
        let path = exchange["request"]["path"].as_str().unwrap();
        if exchange["request"]["method"] == "POST" {
            if differs.contains(&exchange["n"].as_u64().unwrap()) {
                continue;
            }
            let job = compile(&exchange["request"]["body"]["json"]).unwrap();
            let mut settings = json!(job.settings);
            mask(&mut settings);
            assert_eq!(settings, answer["settings"], "{path}");
            jobs.push((answer["id"].as_str().unwrap().to_owned(), job));
        }
        for (id, job) in &jobs {
            if path == format!("/api/v3/jobs/{id}/tasks") {
                let tasks = answer["tasks"].as_array().unwrap();
                assert_eq!(tasks.len(), job.tasks.len(), "{path}");
                for (task, index) in tasks.iter().zip(1..) {
                    check_members(&shown(job, index), task);
                    compared += 1;
                }
            }
            if path.starts_with("/api/v3/tasks/") && answer["job_id"] == id.as_str() {
                let index = usize::try_from(answer["index_in_job"].as_u64().unwrap()).unwrap();
                check_members(&shown(job, index), answer);
                compared += 1;
            }
        }
    }
    assert!(compared > 0, "{scenario} has no tasks to compare");
}

#[test]
fn render_jobs_have_the_recorded_tasks() {
    follow("job-submit-render", &[]);
}

#[test]
fn echo_jobs_have_the_recorded_tasks() {
    // 10 leaves out settings that have defaults, and 12 to 14 do so, too: 12 and 13 have no message, and 14 has a text
    // that is no number.
    follow("job-submit-echo", &[10, 12, 13, 14]);
    let outcomes: Vec<bool> = submissions("job-submit-echo")
        .into_iter()
        .filter(|(number, ..)| [10, 12, 13, 14].contains(number))
        .map(|(_, body, _)| compile(&body).is_ok())
        .collect();
    assert_eq!(outcomes, [true; 4]);
}

#[test]
fn what_the_reference_refused_is_refused() {
    for (number, body, status) in submissions("job-submit-refused") {
        // 4 and 24 only leave out the chunk size, which has a default; the frames of 12 and 32 have a step, which
        // Flamenco's notation does not know.
        let expected = [4, 12, 24, 32].contains(&number);
        assert_eq!(status, 400);
        let compiled = compile(&body);
        assert_eq!(
            compiled.is_ok(),
            expected,
            "exchange {number}: {compiled:?}"
        );
    }
}

#[test]
fn etags_and_unknown_types_are_told_apart_as_recorded() {
    for (number, body, status) in submissions("job-submit-options") {
        if body["name"].is_null() || body["type"].is_null() {
            continue;
        }
        let answered = match compile(&body) {
            Ok(_) => 200,
            Err(CompileError::OutdatedType { .. }) => 412,
            Err(_) => 400,
        };
        let status = if status == 204 { 200 } else { status };
        if status < 500 && body.get("worker_tag").is_none() {
            assert_eq!(answered, status, "exchange {number}: {body}");
        }
    }
}
