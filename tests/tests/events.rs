//! The event stream: what happens is told in order, and a listener that comes back goes on where it was.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests end where something goes wrong"
)]

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};

use chrono::{DateTime, FixedOffset};
use farandole_tests::harness::{Api, Manager, ManagerOptions, Worker, WorkerOptions};
use serde_json::{Value, json};
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

/// What somebody knows of the farm: each thing's state, and when it was last updated.
#[derive(Debug, Default)]
struct Known(BTreeMap<String, (DateTime<FixedOffset>, Value)>);

impl Known {
    /// Takes in what a list or an event says of a thing, unless more is known already.
    fn learn(&mut self, thing: &Value, state: Value) {
        let updated = thing["updated"].as_str().unwrap().parse().unwrap();
        let id = thing["id"].as_str().unwrap().to_owned();
        let known = self.0.entry(id).or_insert((updated, Value::Null));
        if known.1.is_null() || known.0 <= updated {
            *known = (updated, state);
        }
    }

    fn job(&mut self, job: &Value) {
        self.learn(
            job,
            json!([
                job["status"],
                job["steps_completed"],
                job["steps_total"],
                job["priority"]
            ]),
        );
    }

    fn task(&mut self, task: &Value) {
        self.learn(
            task,
            json!([task["status"], task["steps_completed"], task["steps_total"]]),
        );
    }

    fn worker(&mut self, worker: &Value) {
        self.learn(worker, json!([worker["status"], worker["name"]]));
    }

    fn read_tasks(&mut self, api: &Api, job: &str) {
        for task in api.tasks(job) {
            self.task(&task);
        }
    }

    /// Reads all lists.
    fn read(&mut self, api: &Api) {
        self.0.clear();
        for job in api.get("/api/v3/jobs")["jobs"].as_array().unwrap() {
            self.job(job);
            self.read_tasks(api, job["id"].as_str().unwrap());
        }
        for worker in api.get("/api/v3/worker-mgt/workers")["workers"]
            .as_array()
            .unwrap()
        {
            // A list does not say when a Worker changed.
            let worker = api.get(&format!(
                "/api/v3/worker-mgt/workers/{}",
                worker["id"].as_str().unwrap()
            ));
            let id = worker["id"].as_str().unwrap().to_owned();
            let state = json!([worker["status"], worker["name"]]);
            self.0.insert(id, (DateTime::default(), state));
        }
    }

    /// Takes in what a stream tells.
    fn hear(&mut self, api: &Api, (_, name, data): &Told) {
        match name.as_str() {
            "hello" if data["resumed"] == false => self.read(api),
            "job" => {
                // A job that is new to us, or whose tasks changed without a word of each.
                let id = data["id"].as_str().unwrap();
                if data["refresh_tasks"] == true || !self.0.contains_key(id) {
                    self.read_tasks(api, id);
                }
                self.job(data);
            }
            "task" => self.task(data),
            "worker" => self.worker(data),
            _ => {}
        }
    }

    fn is(&self, id: &str, status: &str) -> bool {
        self.0.get(id).is_some_and(|(_, state)| state[0] == status)
    }

    fn states(&self) -> BTreeMap<&str, &Value> {
        self.0
            .iter()
            .map(|(id, (_, state))| (id.as_str(), state))
            .collect()
    }
}

#[test]
fn whoever_follows_the_rules_knows_all_after_a_hundred_cuts_and_a_restart() {
    let folder = tempdir().unwrap();
    let mut manager = Manager::start(ManagerOptions::below(folder.path()));
    let api = manager.api();
    let _workers = ["anna", "bert"]
        .map(|name| Worker::start(WorkerOptions::below(folder.path(), name, &manager.url())));
    let mut known = Known::default();
    let (mut cuts, mut resumed, mut jobs) = (0, 0, 0);
    let mut path = "/api/farm/v1/events".to_owned();
    while cuts < 100 {
        jobs += 1;
        let job = api.submit_echo_sleep("followed", 60, 0);
        while !known.is(&job, "completed") {
            // The connection is cut after a few events, now here, now there, or when there may be no more.
            let left = Cell::new(1 + cuts % 7);
            let heard = listen(&api, &path, |(_, name, data)| {
                left.set(left.get() - 1);
                let done = name == "job" && data["id"] == *job && data["status"] == "completed";
                done || left.get() == 0 || data["resumed"] == false
            });
            cuts += 1;
            resumed += i32::from(
                heard
                    .first()
                    .is_some_and(|(_, _, hello)| hello["resumed"] == true),
            );
            for told in &heard {
                known.hear(&api, told);
            }
            let last = &heard.last().unwrap().0;
            path = format!("/api/farm/v1/events?last_event_id={last}");
            if cuts == 40 {
                manager = manager.kill_and_restart();
            }
        }
    }
    assert!(resumed > 50, "{resumed} of {cuts} were resumed");

    // Everything until now is heard when something that is done now is; and nobody changes any more.
    api.wait_for_workers(2);
    let last = api.submit(&json!({
        "name": "last", "type": "echo-sleep-test", "priority": 50, "submitter_platform": "linux",
        "initial_status": "paused",
        "settings": {"message": "last", "sleep_duration_seconds": 0, "sleep_repeats": 1},
    }));
    let rest = listen(&api, &path, |(_, name, data)| {
        name == "job" && data["id"] == *last
    });
    for told in &rest {
        known.hear(&api, told);
    }
    let mut everything = Known::default();
    everything.read(&api);
    assert_eq!(
        known.states(),
        everything.states(),
        "after {cuts} cuts and {jobs} jobs"
    );
}
