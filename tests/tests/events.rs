//! The event stream: what happens is told in order, and a listener that comes back goes on where it was.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests end where something goes wrong"
)]

use std::io::{BufRead as _, BufReader};

use farandole_tests::harness::{Api, Manager, ManagerOptions, Worker, WorkerOptions};
use serde_json::Value;
use tempfile::tempdir;

/// An event as it came: id, name, payload.
type Told = (String, String, Value);

/// Listens until `enough` has been told.
fn listen(api: &Api, path: &str, enough: impl Fn(&Told) -> bool) -> Vec<Told> {
    let response = api.request("GET", path).send().unwrap();
    assert_eq!(response.status().as_u16(), 200);
    let (mut told, mut id, mut name) = (Vec::new(), String::new(), String::new());
    for line in BufReader::new(response).lines() {
        let line = line.unwrap();
        if let Some(text) = line.strip_prefix("id: ") {
            text.clone_into(&mut id);
        } else if let Some(text) = line.strip_prefix("event: ") {
            text.clone_into(&mut name);
        } else if let Some(text) = line.strip_prefix("data: ") {
            told.push((
                id.clone(),
                name.clone(),
                serde_json::from_str(text).unwrap(),
            ));
            if told.last().is_some_and(&enough) {
                return told;
            }
        }
    }
    panic!("the stream ended before enough was told: {told:?}");
}

fn job_is(status: &'static str) -> impl Fn(&Told) -> bool {
    move |(_, name, data)| name == "job" && data["status"] == status
}

#[test]
fn what_happens_is_told_in_order_and_can_be_caught_up_with() {
    let folder = tempdir().unwrap();
    let mut manager = Manager::start(ManagerOptions::below(folder.path()));
    let api = manager.api();
    let job = api.submit_echo_sleep("told", 2, 0);
    let first = listen(&api, "/api/farm/v1/events", |(_, name, _)| name == "hello");
    assert_eq!(
        first.last().map(|(_, _, data)| data["resumed"].clone()),
        Some(Value::from(false))
    );
    let start = &first.last().unwrap().0;

    let worker = Worker::start(WorkerOptions::below(folder.path(), "anna", &manager.url()));
    api.wait_for_job(&job, "completed");
    let all = listen(
        &api,
        &format!("/api/farm/v1/events?last_event_id={start}"),
        job_is("completed"),
    );
    assert_eq!(
        all.first().map(|(_, _, data)| data["resumed"].clone()),
        Some(Value::from(true))
    );
    let statuses: Vec<String> = all
        .iter()
        .filter(|(_, name, data)| name == "task" && data.get("previous_status").is_some())
        .map(|(_, _, data)| {
            format!("{} {}", data["previous_status"], data["status"]).replace('"', "")
        })
        .collect();
    assert_eq!(statuses, ["queued active", "active completed"].repeat(3));
    assert!(
        all.iter()
            .any(|(_, name, data)| name == "worker" && data["name"] == "anna")
    );
    assert!(
        all.iter().all(|(_, name, _)| name != "tasklog"),
        "logs are told to who asks for them"
    );

    // From the middle on, nothing is missed and nothing is told twice; only what was asked for.
    let middle = &all[all.len() / 2].0;
    let path = format!("/api/farm/v1/events?topic=/jobs&last_event_id={middle}");
    let rest = listen(&api, &path, job_is("completed"));
    let expected: Vec<&Told> = all[all.len() / 2 + 1..]
        .iter()
        .filter(|(_, name, _)| name == "job")
        .collect();
    assert_eq!(rest[1..].iter().collect::<Vec<_>>(), expected);

    // Another run knows nothing of it.
    drop(worker);
    manager = manager.kill_and_restart();
    let path = format!("/api/farm/v1/events?last_event_id={middle}");
    let hello = listen(&manager.api(), &path, |(_, name, _)| name == "hello");
    assert_eq!(
        hello.last().map(|(_, _, data)| data["resumed"].clone()),
        Some(Value::from(false))
    );
    assert!(
        manager.process.terminate().success(),
        "a clean stop is a success"
    );
}
