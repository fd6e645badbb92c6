//! The Manager's interface, as a test calls it: plain requests, JSON as it comes.

use std::time::Duration;

use reqwest::blocking::{Client, RequestBuilder, Response};
use serde_json::{Value, json};

use super::wait::eventually;

/// The interface of one Manager.
#[derive(Clone, Debug)]
pub struct Api {
    base: String,
    client: Client,
}

impl Api {
    /// The interface at this base URL.
    pub fn new(base: &str) -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = Client::builder()
            .timeout(Duration::from_secs(30))
            .build()
            .expect("a client can be built");
        Self {
            base: base.to_owned(),
            client,
        }
    }

    /// A request that is not sent yet.
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = method.parse().expect("a method");
        self.client.request(method, format!("{}{path}", self.base))
    }

    /// The answer to a GET request, whatever it is.
    pub fn response(&self, path: &str) -> Response {
        self.request("GET", path)
            .send()
            .expect("the manager answers")
    }

    /// The JSON that is found there.
    pub fn get(&self, path: &str) -> Value {
        let response = self.response(path);
        assert!(
            response.status().is_success(),
            "GET {path}: {}",
            response.status()
        );
        response.json().expect("JSON")
    }

    /// The JSON that is found there, if the Manager answers at all, and well.
    pub fn try_get(&self, path: &str) -> Option<Value> {
        let response = self.request("GET", path).send().ok()?;
        response
            .status()
            .is_success()
            .then(|| response.json().ok())
            .flatten()
    }

    /// Posts JSON. Gives the status and the body.
    pub fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let response = self
            .request("POST", path)
            .json(body)
            .send()
            .expect("the manager answers");
        let status = response.status().as_u16();
        (status, response.json().unwrap_or(Value::Null))
    }

    /// Waits until the Manager is ready.
    pub fn wait_until_ready(&self) {
        eventually("the manager is ready", || {
            let response = self.request("GET", "/readyz").send().ok()?;
            response.status().is_success().then_some(())
        });
    }

    /// Submits a job. Gives its id.
    pub fn submit(&self, job: &Value) -> String {
        let (status, body) = self.post("/api/v3/jobs", job);
        assert_eq!(status, 200, "{body}");
        text(&body, "id")
    }

    /// Submits a job that echoes and sleeps.
    pub fn submit_echo_sleep(&self, name: &str, sleeps: u32, seconds: u32) -> String {
        self.submit(&json!({
            "name": name,
            "type": "echo-sleep-test",
            "priority": 50,
            "submitter_platform": "linux",
            "settings": { "message": name, "sleep_duration_seconds": seconds, "sleep_repeats": sleeps },
        }))
    }

    /// A job.
    pub fn job(&self, id: &str) -> Value {
        self.get(&format!("/api/v3/jobs/{id}"))
    }

    /// The tasks of a job.
    pub fn tasks(&self, job: &str) -> Vec<Value> {
        let tasks = self.get(&format!("/api/v3/jobs/{job}/tasks"));
        tasks["tasks"].as_array().expect("tasks").clone()
    }

    /// Waits until a job has this status, also while the Manager is away.
    pub fn wait_for_job(&self, id: &str, status: &str) {
        eventually(&format!("job {id} is {status}"), || {
            let job = self.try_get(&format!("/api/v3/jobs/{id}"))?;
            (job["status"] == status).then_some(())
        });
    }

    /// Waits until so many tasks of a job have this status.
    pub fn wait_for_tasks(&self, job: &str, status: &str, count: usize) {
        eventually(&format!("{count} tasks of {job} are {status}"), || {
            let tasks = self.try_get(&format!("/api/v3/jobs/{job}/tasks"))?;
            let tasks = tasks["tasks"].as_array()?;
            (tasks.iter().filter(|task| task["status"] == status).count() >= count).then_some(())
        });
    }

    /// Waits until so many Workers are awake.
    pub fn wait_for_workers(&self, count: usize) {
        eventually(&format!("{count} workers are awake"), || {
            let workers = self.try_get("/api/v3/worker-mgt/workers")?;
            let workers = workers["workers"].as_array()?;
            (workers
                .iter()
                .filter(|worker| worker["status"] == "awake")
                .count()
                >= count)
                .then_some(())
        });
    }
}

/// A text member.
fn text(value: &Value, member: &str) -> String {
    value[member]
        .as_str()
        .unwrap_or_else(|| panic!("no {member} in {value}"))
        .to_owned()
}
