//! Who works on what, and when: tags, sleep schedules and requests for a state, with real Workers.

#![expect(
    clippy::indexing_slicing,
    reason = "tests end where something goes wrong"
)]

use chrono::{Local, TimeDelta};
use farandole_tests::harness::{Api, Manager, ManagerOptions, Worker, WorkerOptions, eventually};
use serde_json::{Value, json};
use tempfile::tempdir;

const MANAGEMENT: &str = "/api/v3/worker-mgt";

/// The id of the Worker with this name.
fn id_of(api: &Api, name: &str) -> String {
    eventually(&format!("{name} is there"), || {
        let list = api.try_get(&format!("{MANAGEMENT}/workers"))?;
        let worker = list["workers"]
            .as_array()?
            .iter()
            .find(|worker| worker["name"] == name)?;
        Some(worker["id"].as_str()?.to_owned())
    })
}

fn wait_for(api: &Api, worker: &str, status: &str) {
    eventually(&format!("{worker} is {status}"), || {
        let worker = api.try_get(&format!("{MANAGEMENT}/workers/{worker}"))?;
        (worker["status"] == status).then_some(())
    });
}

fn tell(api: &Api, path: &str, body: &Value) {
    let (status, answer) = api.post(&format!("{MANAGEMENT}{path}"), body);
    assert_eq!(status, 204, "{answer}");
}

#[test]
fn a_tagged_job_is_done_by_the_tagged_worker_alone() {
    let folder = tempdir().unwrap();
    let manager = Manager::start(ManagerOptions::below(folder.path()));
    let api = manager.api();
    let start =
        |name: &str| Worker::start(WorkerOptions::below(folder.path(), name, &manager.url()));
    let _workers = [start("anna"), start("bert")];
    api.wait_for_workers(2);
    let (status, tag) = api.post(&format!("{MANAGEMENT}/tags"), &json!({"name": "GPU"}));
    assert_eq!(status, 200, "{tag}");
    let bert = id_of(&api, "bert");
    let job = api.submit(&json!({
        "name": "tagged", "type": "echo-sleep-test", "priority": 50, "submitter_platform": "linux",
        "worker_tag": tag["id"],
        "settings": { "message": "m", "sleep_duration_seconds": 0, "sleep_repeats": 9 },
    }));
    // Nobody has the tag, so that this one, submitted later, is done first.
    let other = api.submit_echo_sleep("for all", 2, 0);
    api.wait_for_job(&other, "completed");
    assert_eq!(api.job(&job)["status"], "queued");
    tell(
        &api,
        &format!("/workers/{bert}/settags"),
        &json!({"tag_ids": [tag["id"]]}),
    );
    api.wait_for_job(&job, "completed");
    for task in api.tasks(&job) {
        assert_eq!(task["worker"]["id"], json!(bert), "{task}");
    }
}

#[test]
fn a_worker_sleeps_by_its_schedule_and_wakes_when_that_ends() {
    let folder = tempdir().unwrap();
    let manager = Manager::start(ManagerOptions::below(folder.path()));
    let api = manager.api();
    let _worker = Worker::start(WorkerOptions::below(folder.path(), "anna", &manager.url()));
    api.wait_for_workers(1);
    let anna = id_of(&api, "anna");
    // From an hour ago to the beginning of the next minute that is half a minute away at least.
    let clock = Local::now();
    let text = |seconds: i64| {
        (clock + TimeDelta::seconds(seconds))
            .format("%H:%M")
            .to_string()
    };
    let schedule = json!({"is_active": true, "days_of_week": "", "start_time": text(-3600), "end_time": text(90)});
    tell(&api, &format!("/workers/{anna}/sleep-schedule"), &schedule);
    wait_for(&api, &anna, "asleep");
    let job = api.submit_echo_sleep("in the morning", 1, 0);
    wait_for(&api, &anna, "awake");
    api.wait_for_job(&job, "completed");
}

#[test]
fn a_worker_restarts_when_it_is_asked_to_lazily_or_at_once() {
    let folder = tempdir().unwrap();
    let manager = Manager::start(ManagerOptions::below(folder.path()));
    let api = manager.api();
    let options = WorkerOptions::below(folder.path(), "anna", &manager.url())
        .with("restart-exit-code", "47")
        .with("heartbeat", "1s");
    let mut worker = Worker::start(options.clone());
    api.wait_for_workers(1);
    let anna = id_of(&api, "anna");
    let restart = |lazy: bool| {
        let body = json!({"status": "restart", "is_lazy": lazy});
        tell(&api, &format!("/workers/{anna}/setstatus"), &body);
    };
    // At once: the task that it is working on goes back, and is done after the restart.
    let job = api.submit_echo_sleep("interrupted", 1, 30);
    api.wait_for_tasks(&job, "active", 1);
    api.wait_for_tasks(&job, "completed", 1);
    api.wait_for_tasks(&job, "active", 1);
    restart(false);
    assert_eq!(worker.process.wait().code(), Some(47));
    wait_for(&api, &anna, "offline");
    api.wait_for_tasks(&job, "queued", 1);
    let (status, _) = api.post(
        &format!("/api/v3/jobs/{job}/setstatus"),
        &json!({"status": "cancel-requested", "reason": "seen enough"}),
    );
    assert_eq!(status, 204);

    let mut worker = Worker::start(options);
    wait_for(&api, &anna, "awake");
    let job = api.submit_echo_sleep("finished first", 1, 3);
    api.wait_for_tasks(&job, "active", 1);
    restart(true);
    assert_eq!(worker.process.wait().code(), Some(47));
    let tasks = api.tasks(&job);
    let done = tasks
        .iter()
        .filter(|task| task["status"] == "completed")
        .count();
    assert!(done >= 1, "{tasks:?}");
    assert!(
        tasks.iter().all(|task| task["status"] != "active"),
        "{tasks:?}"
    );
}
