//! Scripts that do not end, and many questions that take scripts.

use std::fs;
use std::path::Path;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use farandole_tests::harness::{Answer, Manager, ManagerOptions, Request};
use serde_json::{Value, json};

const JOBS: &str = "/api/v3/jobs";
const CHECK: &str = "/api/v3/jobs/check";

/// Functions of the engine that loop by themselves, over lengths that a script may choose.
const NATIVE_LOOPS: [&str; 4] = [
    "Array.prototype.indexOf.call({length: 2 ** 53}, 1)",
    "Array.prototype.includes.call({length: 2 ** 53}, 1)",
    "Array.prototype.lastIndexOf.call({length: 2 ** 53}, 1)",
    "('a'.repeat(2 ** 22) + 'b').indexOf('a'.repeat(2 ** 21) + 'c')",
];

/// A Manager with a job type for each text, whose `compileJob` that is: `slow-0`, `slow-1` and so on.
fn manager(folder: &Path, limit: &str, bodies: &[&str]) -> Manager {
    let options = ManagerOptions::below(folder).with("script-time-limit", limit);
    let scripts = options.data.join("scripts");
    fs::create_dir_all(&scripts).unwrap();
    for (index, body) in bodies.iter().enumerate() {
        let text =
            format!("const JOB_TYPE = {{settings: []}};\nfunction compileJob() {{ {body} }}\n");
        fs::write(scripts.join(format!("slow_{index}.js")), text).unwrap();
    }
    Manager::start(options)
}

fn job(job_type: &str) -> Value {
    let settings = match job_type {
        "echo-sleep-test" => {
            json!({"message": "hello", "sleep_duration_seconds": 1, "sleep_repeats": 1})
        }
        _ => json!({}),
    };
    json!({
        "name": "a job", "type": job_type, "priority": 50, "submitter_platform": "linux", "settings": settings,
    })
}

/// The answer, and how long it took.
fn timed(manager: &Manager, path: &str, job: &Value) -> (Answer, Duration) {
    let began = Instant::now();
    let answer = Request::new("POST", path)
        .json(job)
        .send(&manager.address());
    (answer, began.elapsed())
}

#[test]
fn a_loop_inside_the_engine_is_ended_in_time_and_costs_nobody_else_anything() {
    let folder = tempfile::tempdir().unwrap();
    let manager = manager(folder.path(), "2s", &NATIVE_LOOPS);
    // More than there are threads: each of them comes back.
    for index in 0..NATIVE_LOOPS.len() {
        for path in [JOBS, CHECK] {
            let (answer, took) = timed(&manager, path, &job(&format!("slow-{index}")));
            assert_eq!(answer.status, 400, "{}", answer.text());
            let message = answer.json()["message"].as_str().unwrap().to_owned();
            assert!(message.contains("ran for more than 2 s"), "{message}");
            assert!(took < Duration::from_secs(20), "{took:?}");
        }
    }
    let (answer, _) = timed(&manager, JOBS, &job("echo-sleep-test"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let types = manager.api().get("/api/v3/jobs/types");
    let names = types["job_types"].as_array().unwrap().iter();
    assert_eq!(names.filter(|it| it["name"] == "slow-0").count(), 1);
}

#[test]
fn many_checks_do_not_hold_up_a_submission() {
    let folder = tempfile::tempdir().unwrap();
    let manager = manager(folder.path(), "2s", &["for (;;);"]);
    let (alone, _) = timed(&manager, JOBS, &job("echo-sleep-test"));
    assert_eq!(alone.status, 200, "{}", alone.text());
    let slow = Request::new("POST", CHECK).json(&job("slow-0"));
    let (tell, answers) = channel();
    for _ in 0..100 {
        let (slow, address, tell) = (slow.clone(), manager.address(), tell.clone());
        std::thread::spawn(move || tell.send(slow.send(&address)).unwrap());
    }
    // The first answer refuses: then as many wait as may.
    let first = answers.recv().unwrap();
    assert_eq!(first.status, 503, "{}", first.text());
    let (answer, took) = timed(&manager, JOBS, &job("echo-sleep-test"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(took < Duration::from_secs(10), "{took:?}");

    let answers: Vec<Answer> = answers.iter().take(99).collect();
    let refused: Vec<&Answer> = answers.iter().filter(|it| it.status == 503).collect();
    assert!(refused.len() > 50, "{} of 99", refused.len());
    assert!(refused.iter().all(|it| it.header("retry-after").is_some()));
    let (ended, _) = timed(&manager, CHECK, &job("echo-sleep-test"));
    assert_eq!(ended.status, 204, "{}", ended.text());
}
