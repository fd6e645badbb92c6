//! A Manager of its own, and what is done with it before something is looked at, said in short lines.
//!
//! | line | what it does |
//! |---|---|
//! | `register NAME [PLATFORM [TYPE,…]]` | registers a Worker: the first is `worker-1` with secret `secret-1`, and so on |
//! | `signs-on WORKER NAME [restart]` | signs it on, and says that it can be restarted |
//! | `worker NAME [PLATFORM [TYPE,…]]` | registers and signs on, and says that it is awake |
//! | `says WORKER STATUS` | tells its new state |
//! | `asks WORKER` | asks for a task |
//! | `updates WORKER TASK {…}` | sends an update |
//! | `logs WORKER TASK lines` or `one-long-line` | sends much log |
//! | `shows WORKER TASK` | sends a picture |
//! | `signs-off WORKER` | signs it off |
//! | `job NAME SLEEPS [{…}]` | submits a job that echoes and sleeps, with more members: the first is `job-1`, its tasks `job-1.task-1` and so on |
//! | `sets JOB-OR-TASK STATUS` | a person sets a status |
//! | `wants WORKER STATUS lazy` or `now` | a person wants a state |
//! | `deletes JOB`, `removes WORKER` | a person deletes |
//! | `nobody LABEL` | a label stands for something that does not exist |
//! | `folder NAME` | makes a folder beside the configuration |
//! | `awaits PATH STATUS` | waits until a request for this is answered so |
//! | `farm-is STATUS` | waits until the farm is in this state |
//! | `sends METHOD PATH [{…}]` | any other request of a person, below `/api/v3` |

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::labels::Labels;
use crate::harness::{Answer, Manager, Request, eventually};

const TYPES: [&str; 4] = ["blender", "ffmpeg", "file-management", "misc"];

/// A Manager with a folder of its own, and what its ids are called.
#[derive(Debug)]
pub struct Stage {
    /// The Manager.
    pub manager: Manager,
    /// What stands for its ids.
    pub labels: Labels,
    /// Where its configuration is, and all that it makes.
    pub folder: TempDir,
}

impl Stage {
    /// A Manager with this configuration, in which `{dir}` is its folder and `{port}` its port.
    pub fn with(configuration: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let manager = Manager::start_configured(folder.path(), configuration);
        let mut labels = Labels::default();
        labels.bind("dir", &folder.path().display().to_string());
        labels.bind("base", &manager.url());
        labels.bind("address", &manager.address());
        Self {
            manager,
            labels,
            folder,
        }
    }

    /// A text that is to be sent, with values for its labels. A task that was not seen yet is looked up.
    pub fn fill_in(&mut self, text: &str) -> String {
        for label in self.labels.unbound(text) {
            if let Some((job, number)) = label.split_once(".task-") {
                self.look_up_tasks(job);
                assert!(
                    self.labels.value(label).is_some(),
                    "{job} has no task {number}"
                );
            } else if label.starts_with("uuid-") {
                self.labels.bind(label, &uuid::Uuid::new_v4().to_string());
            } else {
                panic!("nothing is known of {label}: its preparation is missing");
            }
        }
        self.labels.filled_in(text)
    }

    fn look_up_tasks(&mut self, job: &str) {
        let id = self
            .labels
            .value(job)
            .unwrap_or_else(|| panic!("nothing is known of {job}"));
        for task in self.manager.api().tasks(id) {
            let label = format!("{job}.task-{}", task["index_in_job"]);
            self.labels
                .bind(&label, task["id"].as_str().expect("an id"));
        }
    }

    /// Sends a request.
    pub fn send(&self, request: &Request) -> Answer {
        request.send(&self.manager.address())
    }

    /// Does what a line says.
    pub fn carry_out(&mut self, line: &str) {
        let (line, object) = split_object(line);
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [
                "register" | "worker" | "signs-on" | "signs-off" | "says" | "asks" | "updates"
                | "logs" | "shows",
                ..,
            ] => {
                self.by_a_worker(line, &words, object);
            }
            ["wants", worker, status, how] => {
                let body = json!({ "status": status, "is_lazy": *how == "lazy" });
                self.by_a_person(
                    "POST",
                    &format!("/worker-mgt/workers/<{worker}>/setstatus"),
                    Some(body),
                );
            }
            ["job", name, sleeps] => self.submit(name, sleeps, object),
            ["sets", thing, status] => {
                let kind = if thing.contains(".task-") {
                    "tasks"
                } else {
                    "jobs"
                };
                let body = json!({ "status": status, "reason": "prepared" });
                self.by_a_person("POST", &format!("/{kind}/<{thing}>/setstatus"), Some(body));
            }
            ["deletes", job] => self.by_a_person("DELETE", &format!("/jobs/<{job}>"), None),
            ["removes", worker] => {
                self.by_a_person("DELETE", &format!("/worker-mgt/workers/<{worker}>"), None);
            }
            ["nobody", label] => self.labels.bind(label, &uuid::Uuid::new_v4().to_string()),
            ["folder", name] => {
                fs::create_dir_all(self.folder.path().join(name)).expect("a folder can be made");
            }
            ["awaits", path, status] => {
                let path = self.fill_in(&format!("/api/v3{path}"));
                let request = Request::new("GET", &path);
                eventually(line, || {
                    (self.send(&request).status.to_string() == *status).then_some(())
                });
            }
            ["farm-is", status] => eventually(line, || {
                let found = self.manager.api().get("/api/v3/status");
                (found["status"] == *status).then_some(())
            }),
            ["sends", method, path] => self.by_a_person(method, path, object),
            _ => panic!("a preparation that nobody knows: {line}"),
        }
    }

    fn by_a_worker(&mut self, line: &str, words: &[&str], object: Option<Value>) {
        match words {
            ["register", name, rest @ ..] => drop(self.register(name, rest)),
            ["worker", name, rest @ ..] => {
                let worker = self.register(name, rest);
                self.sign_on(&worker, name, false);
                self.report(&worker, "state-changed", Some(json!({ "status": "awake" })));
            }
            ["signs-on", worker, name, rest @ ..] => self.sign_on(worker, name, !rest.is_empty()),
            ["signs-off", worker] => self.report(worker, "sign-off", None),
            ["says", worker, status] => {
                self.report(worker, "state-changed", Some(json!({ "status": status })));
            }
            ["asks", worker] => self.report(worker, "task", None),
            ["updates", worker, task] => self.report(worker, &format!("task/<{task}>"), object),
            ["logs", worker, task, "lines"] => {
                let mut log = String::new();
                for n in 0..100 {
                    log.extend([&format!("line {n:04} "), &*"x".repeat(40), "\n"]);
                }
                let log = json!({ "log": log + "the last line" });
                self.report(worker, &format!("task/<{task}>"), Some(log));
            }
            ["logs", worker, task, "one-long-line"] => {
                let log = json!({ "log": "y".repeat(3_000) });
                self.report(worker, &format!("task/<{task}>"), Some(log));
            }
            ["shows", worker, task] => {
                let path = self.fill_in(&format!("/api/v3/worker/task/<{task}>/output-produced"));
                let request = Request::new("POST", &path).header("Content-Type", "image/png");
                let request = self.credentials(request, worker).body(picture());
                well(&request, &self.send(&request));
            }
            _ => panic!("a preparation that nobody knows: {line}"),
        }
    }

    fn register(&mut self, name: &str, rest: &[&str]) -> String {
        let number = self.labels.count("worker-") + 1;
        let types: Vec<&str> = rest
            .get(1)
            .map_or(TYPES.to_vec(), |types| types.split(',').collect());
        let body = json!({
            "name": name.replace('_', " "),
            "secret": format!("secret-{number}"),
            "platform": rest.first().unwrap_or(&"linux"),
            "supported_task_types": types,
        });
        let request = Request::new("POST", "/api/v3/worker/register-worker").json(&body);
        let answer = well(&request, &self.send(&request));
        let label = format!("worker-{number}");
        self.labels
            .bind(&label, answer["uuid"].as_str().expect("an id"));
        label
    }

    fn sign_on(&mut self, worker: &str, name: &str, can_restart: bool) {
        let path = self.fill_in(&format!("/api/v3/worker-mgt/workers/<{worker}>"));
        let types = self.manager.api().get(&path)["supported_task_types"].clone();
        let body = json!({
            "name": name.replace('_', " "),
            "supported_task_types": types,
            "software_version": "3.9-test",
            "can_restart": can_restart,
        });
        self.report(worker, "sign-on", Some(body));
    }

    fn submit(&mut self, name: &str, sleeps: &str, more: Option<Value>) {
        let sleeps: u32 = sleeps.parse().expect("a number of sleeps");
        let mut job = json!({
            "name": name.replace('_', " "),
            "type": "echo-sleep-test",
            "priority": 50,
            "submitter_platform": "linux",
            "settings": { "message": "hello", "sleep_duration_seconds": 1, "sleep_repeats": sleeps },
        });
        if let (Some(job), Some(Value::Object(more))) = (job.as_object_mut(), more) {
            job.extend(more);
        }
        let id = self.manager.api().submit(&job);
        let label = format!("job-{}", self.labels.count("job-") + 1);
        self.labels.bind(&label, &id);
        // Its tasks are known even when it is deleted.
        self.look_up_tasks(&label);
    }

    /// A request with a Worker's credentials.
    pub fn credentials(&self, request: Request, worker: &str) -> Request {
        let (_, number) = worker.split_once('-').expect("a worker");
        let id = self
            .labels
            .value(worker)
            .unwrap_or_else(|| panic!("nobody is {worker}"));
        request.basic(id, &format!("secret-{number}"))
    }

    fn report(&mut self, worker: &str, path: &str, body: Option<Value>) {
        let path = self.fill_in(&format!("/api/v3/worker/{path}"));
        let mut request = self.credentials(Request::new("POST", &path), worker);
        if let Some(body) = body {
            request = request.json(&body);
        }
        well(&request, &self.send(&request));
    }

    fn by_a_person(&mut self, method: &str, path: &str, body: Option<Value>) {
        let path = self.fill_in(&format!("/api/v3{path}"));
        let mut request = Request::new(method, &path);
        if let Some(body) = body {
            let body = self.fill_in(&body.to_string());
            request = request
                .header("Content-Type", "application/json")
                .body(body);
        }
        well(&request, &self.send(&request));
    }
}

/// A small picture.
pub(super) fn picture() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(8, 8)
        .write_to(&mut bytes, image::ImageFormat::Png)
        .expect("a picture can be written");
    bytes.into_inner()
}

/// A line without the JSON at its end.
fn split_object(line: &str) -> (&str, Option<Value>) {
    match line
        .find([' '])
        .and_then(|_| line.find(" {").or_else(|| line.find(" [")))
    {
        Some(at) => {
            let value =
                serde_json::from_str(&line[at..]).unwrap_or_else(|error| panic!("{line}: {error}"));
            (&line[..at], Some(value))
        }
        None => (line, None),
    }
}

/// What an answer has to be where a preparation asks.
fn well(request: &Request, answer: &Answer) -> Value {
    assert!(
        (200..300).contains(&answer.status),
        "{}: {} {}",
        request.line(),
        answer.status,
        answer.text()
    );
    answer.json()
}
