//! Logs of tasks, which do not fill the disk.

use farandole_tests::harness::{Answer, Manager, ManagerOptions, Request};
use serde_json::{Value, json};

const SECRET: &str = "secret";

fn post(manager: &Manager, worker: &str, path: &str, body: &Value) -> Answer {
    let request = Request::new("POST", path).json(body);
    request.basic(worker, SECRET).send(&manager.address())
}

/// A Worker that is awake: its id.
fn worker(manager: &Manager) -> String {
    let body = json!({
        "name": "w", "secret": SECRET, "platform": "linux", "supported_task_types": ["misc"],
    });
    let registered = post(manager, "", "/api/v3/worker/register-worker", &body).json();
    let worker = registered["uuid"].as_str().unwrap().to_owned();
    let body = json!({"name": "w", "software_version": "1", "supported_task_types": ["misc"]});
    assert_eq!(
        post(manager, &worker, "/api/v3/worker/sign-on", &body).status,
        200
    );
    let awake = json!({"status": "awake"});
    let changed = post(manager, &worker, "/api/v3/worker/state-changed", &awake);
    assert_eq!(changed.status, 204);
    worker
}

#[test]
fn a_log_above_the_limit_loses_its_middle_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let options = ManagerOptions::below(folder.path()).with("task-log-limit", "1MiB");
    let manager = Manager::start(options);
    let job = json!({
        "name": "job", "type": "echo-sleep-test", "priority": 50, "submitter_platform": "linux",
        "settings": {"message": "hello", "sleep_duration_seconds": 1, "sleep_repeats": 1},
    });
    let submitted = Request::new("POST", "/api/v3/jobs")
        .json(&job)
        .send(&manager.address());
    assert_eq!(submitted.status, 200, "{}", submitted.text());
    let worker = worker(&manager);
    let task = post(&manager, &worker, "/api/v3/worker/task", &json!({})).json();
    let task = task["uuid"].as_str().unwrap();
    let report = format!("/api/v3/worker/task/{task}");
    for n in 0..20 {
        let log = format!("report {n}\n{}", "a line of the program\n".repeat(20_000));
        let taken = post(&manager, &worker, &report, &json!({ "log": log }));
        assert_eq!(taken.status, 204, "{}", taken.text());
    }
    let last = json!({"log": "the last line"});
    assert_eq!(post(&manager, &worker, &report, &last).status, 204);

    let info = manager.api().get(&format!("/api/v3/tasks/{task}/log"));
    assert!(info["size"].as_u64().unwrap() <= 1 << 20, "{info}");
    let url = info["url"].as_str().unwrap();
    let log = Request::new("GET", url).send(&manager.address()).text();
    assert!(log.contains("report 0\n") && log.ends_with("the last line\n"));
    assert_eq!(log.matches("are left out here").count(), 1);
    let tail = Request::new("GET", &format!("/api/v3/tasks/{task}/logtail"));
    assert!(
        tail.send(&manager.address())
            .text()
            .ends_with("the last line\n")
    );
}
