//! The events of a Flamenco Manager as they were recorded: the same requests make ours tell the same, with the same
//! members and values. What differs from run to run has labels, which stand for the same value throughout.

use std::collections::HashMap;

use chrono::DateTime;
use serde_json::{Value, json};

use super::client::{Answer, Request};
use super::farm::Farm;
use super::socket::Socket;

/// What ours tells instead, on purpose.
fn as_ours(scenario: &str, n: u64, recorded: &Value) -> Value {
    let mut ours = recorded.clone();
    let payload = &mut ours["payload"];
    // The steps of a job are known from the beginning, not only when its first step was done.
    if recorded["event"] == "/jobs" && payload["steps_total"] == 0 && payload["status"] != "" {
        payload["steps_total"] = json!("<count>");
    }
    // The last task was completed by hand, which is a step as well.
    if (scenario, n) == ("socketio-jobs", 30) && recorded["event"] == "/jobs" {
        payload["steps_completed"] = json!(2);
    }
    // A Worker that signs on has changed, and was heard of.
    if (scenario, n) == ("socketio-workers", 6) {
        payload["updated"] = json!("<time>");
        payload["last_seen"] = json!("<time>");
    }
    // What the sleep schedule asks for tells as much of its Worker as all else.
    if (scenario, n) == ("socketio-workers", 21) {
        payload["can_restart"] = json!(true);
        payload["last_seen"] = json!("<time>");
    }
    ours
}

/// Who plays a scenario.
struct Player {
    farm: Farm,
    socket: Socket,
    scenario: &'static str,
    /// What labels stand for.
    labels: HashMap<String, String>,
}

impl Player {
    async fn new(scenario: &'static str) -> Self {
        let farm = Farm::start().await;
        let socket = Socket::open(&farm).await;
        Self {
            farm,
            socket,
            scenario,
            labels: HashMap::new(),
        }
    }

    /// What was recorded, with values for the labels that are known.
    fn filled(&self, recorded: &Value) -> Value {
        let mut text = recorded.to_string();
        for (label, value) in &self.labels {
            text = text.replace(label, value);
        }
        serde_json::from_str(&text).unwrap()
    }

    fn label(&mut self, label: &str, value: &Value) {
        let value = value.as_str().unwrap().to_owned();
        self.labels.insert(label.to_owned(), value);
    }

    fn worker(&self, method: &str, path: &str) -> Request {
        Request::new(method, path).basic(&self.labels["<worker-1>"], "secret-1")
    }

    async fn send(&self, request: Request) -> Answer {
        request.send(self.farm.address).await
    }

    /// A Worker as in the recordings, which is awake.
    async fn sign_on(&mut self) {
        let types = ["blender", "ffmpeg", "file-management", "misc"];
        let body = json!({"name": "w", "secret": "secret-1", "platform": "linux", "supported_task_types": types});
        let registered = self
            .farm
            .post("/api/v3/worker/register-worker", &body)
            .await;
        self.label("<worker-1>", &registered.json()["uuid"]);
        let body =
            json!({"name": "w", "supported_task_types": types, "software_version": "3.9-test"});
        let request = self.worker("POST", "/api/v3/worker/sign-on").json(&body);
        assert_eq!(self.send(request).await.status, 200);
        self.change_state("awake").await;
    }

    async fn change_state(&self, state: &str) {
        let request = self.worker("POST", "/api/v3/worker/state-changed");
        self.send(request.json(&json!({"status": state})))
            .await
            .nothing();
    }

    /// A job of so many tasks whose first one the Worker has.
    async fn job_at_work(&mut self, job: &str, name: &str, tasks: u32) {
        let body = json!({
            "name": name, "type": "echo-sleep-test", "priority": 50, "submitter_platform": "linux",
            "settings": {"message": "hello", "sleep_duration_seconds": 1, "sleep_repeats": tasks - 1},
        });
        let submitted = self.farm.post("/api/v3/jobs", &body).await.json();
        self.label(job, &submitted["id"]);
        self.take_task().await;
        self.name_tasks(job).await;
    }

    async fn take_task(&self) {
        let taken = self.send(self.worker("POST", "/api/v3/worker/task")).await;
        assert_eq!(taken.status, 200, "{}", taken.text());
    }

    async fn name_tasks(&mut self, job: &str) {
        let path = format!("/api/v3/jobs/{}/tasks", self.labels[job]);
        let tasks = self.farm.get(&path).await.json();
        for task in tasks["tasks"].as_array().unwrap() {
            let label = format!(
                "{}.task-{}>",
                job.trim_end_matches('>'),
                task["index_in_job"]
            );
            self.label(&label, &task["id"]);
        }
    }

    async fn request(&mut self, recorded: &Value, expected: &Value) {
        let text = |member: &str| recorded[member].as_str().unwrap().to_owned();
        let mut request = Request::new(&text("method"), &text("path"));
        if let Some(user) = recorded["basic_auth"]["user"].as_str() {
            request = request.basic(user, recorded["basic_auth"]["password"].as_str().unwrap());
        }
        if let Some(body) = recorded["body"].get("json") {
            request = request.json(body);
        }
        let answer = self.send(request).await;
        assert_eq!(
            json!(answer.status),
            expected["status"],
            "{recorded} {}",
            answer.text()
        );
        let body = &expected["body"]["json"];
        for member in ["id", "uuid"] {
            if let Some(label) = body[member].as_str().filter(|text| text.starts_with('<')) {
                self.label(label, &answer.json()[member]);
                if label.starts_with("<job") && !label.contains("task") {
                    self.name_tasks(label).await;
                }
            }
        }
    }

    /// Awaits the recorded events, in any order, and no others. The state of the farm is told to everybody, and
    /// recorded only where it is the subject.
    async fn events(&mut self, n: u64, recorded: &Value) {
        let recorded = recorded.as_array().unwrap().iter();
        let mut missing: Vec<Value> = recorded
            .map(|event| as_ours(self.scenario, n, event))
            .collect();
        let farm_status = self.scenario == "socketio-farm-status";
        while !missing.is_empty() {
            let (name, payload) = self.socket.event().await.unwrap();
            if name == "/status" && !farm_status {
                continue;
            }
            let told = json!({"event": name, "payload": payload});
            let found = missing.iter().position(|expected| equal(expected, &told));
            let found = found.unwrap_or_else(|| {
                panic!("{} {n}: {told}\nis none of {missing:#?}", self.scenario)
            });
            missing.remove(found);
        }
        let mut others = self.socket.events(&self.farm).await;
        others.retain(|(name, _)| name != "/status" || farm_status);
        assert!(others.is_empty(), "{} {n}: {others:?}", self.scenario);
    }

    /// What the recording does not tell, because it only prepares.
    async fn prepare(&mut self, n: u64) {
        match (self.scenario, n) {
            ("socketio-jobs", 1) => self.sign_on().await,
            ("socketio-failed-job", 1) => {
                self.sign_on().await;
                self.job_at_work("<job-1>", "2 tasks", 2).await;
            }
            ("socketio-failed-job", 7) => {
                self.job_at_work("<job-2>", "13 tasks", 13).await;
                // Its events were not recorded.
                self.socket.events(&self.farm).await;
            }
            ("socketio-workers", 13) => {
                self.farm.submit(1).await;
                self.take_task().await;
            }
            ("socketio-farm-status", 2) => self.sign_on().await,
            ("socketio-farm-status", 3) => {
                self.farm.submit(1).await;
                self.take_task().await;
            }
            _ => {}
        }
    }
}

/// Whether what was told is what was recorded.
fn equal(recorded: &Value, told: &Value) -> bool {
    match (recorded, told) {
        (Value::String(label), Value::String(time)) if label == "<time>" => {
            DateTime::parse_from_rfc3339(time).is_ok()
        }
        (Value::String(label), Value::String(text)) if label == "<text>" => !text.is_empty(),
        (Value::String(label), told) if label == "<count>" => told.is_u64(),
        (Value::Object(recorded), Value::Object(told)) => {
            recorded.len() == told.len()
                && recorded
                    .iter()
                    .all(|(name, value)| told.get(name).is_some_and(|told| equal(value, told)))
        }
        (Value::Array(recorded), Value::Array(told)) => {
            recorded.len() == told.len()
                && recorded
                    .iter()
                    .zip(told)
                    .all(|(recorded, told)| equal(recorded, told))
        }
        _ => recorded == told,
    }
}

async fn play(scenario: &'static str, recording: &str, enough: usize) {
    let recording: Value = serde_json::from_str(recording).unwrap();
    let mut player = Player::new(scenario).await;
    let mut told = 0;
    for exchange in recording["exchanges"].as_array().unwrap() {
        let n = exchange["n"].as_u64().unwrap();
        player.prepare(n).await;
        let exchange = player.filled(exchange);
        match exchange["kind"].as_str() {
            Some("emit") => player.socket.subscribe(exchange["payload"].clone()).await,
            Some("events") => {
                told += exchange["events"].as_array().unwrap().len();
                player.events(n, &exchange["events"]).await;
            }
            _ => {
                player
                    .request(&exchange["request"], &exchange["response"])
                    .await
            }
        }
    }
    assert!(told >= enough, "{scenario}: only {told}");
    player.farm.end().await;
}

#[actix::test]
async fn a_job_that_is_steered_tells_what_was_recorded() {
    let recording = include_str!("../../../protocol/tests/contract/recordings/socketio-jobs.json");
    play("socketio-jobs", recording, 15).await;
}

#[actix::test]
async fn a_job_that_fails_tells_what_was_recorded() {
    let recording =
        include_str!("../../../protocol/tests/contract/recordings/socketio-failed-job.json");
    play("socketio-failed-job", recording, 4).await;
}

#[actix::test]
async fn workers_tell_what_was_recorded() {
    let recording =
        include_str!("../../../protocol/tests/contract/recordings/socketio-workers.json");
    play("socketio-workers", recording, 5).await;
}
