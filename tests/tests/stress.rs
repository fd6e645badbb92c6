//! The players of the benchmark, against a made-up Manager that keeps books on them.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use clap::Parser;
use farandole_tests::harness::DeadPort;
use farandole_tests::stress::{Plan, Report, run};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

/// Registers anybody, and hands out each task once.
#[derive(Default)]
struct FakeManager {
    books: RefCell<Books>,
    /// Every so many requests of a connection it is closed without a word.
    closes_after: Option<usize>,
    /// Answers updates of this status with 503.
    refuses: Option<&'static str>,
}

#[derive(Default)]
struct Books {
    /// The `Authorization` of everybody who signed on and not off.
    awake: BTreeSet<String>,
    queue: VecDeque<Task>,
    /// The state of each task that was handed out.
    states: BTreeMap<Uuid, String>,
    /// Ready once the echo of the job is done.
    after: BTreeMap<Uuid, Vec<Task>>,
    jobs: BTreeMap<String, (i64, String)>,
    signed_off: usize,
}

#[derive(Clone)]
struct Task {
    id: Uuid,
    job: String,
}

struct Request {
    line: String,
    headers: BTreeMap<String, String>,
    body: Value,
}

impl FakeManager {
    /// Carries out a plan against this Manager.
    async fn run(&self, arguments: &str) -> anyhow::Result<Report> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/sub/", listener.local_addr().unwrap());
        let arguments = ["stress", "--manager", &url]
            .into_iter()
            .chain(arguments.split_whitespace());
        let plan = Plan::parse_from(arguments);
        tokio::select! {
            report = run(&plan) => report,
            () = self.serve(listener) => unreachable!("it serves for ever"),
        }
    }

    async fn serve(&self, listener: TcpListener) {
        let mut connections = FuturesUnordered::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => connections.push(self.talk(accepted.unwrap().0)),
                Some(()) = connections.next() => {}
            }
        }
    }

    async fn talk(&self, mut stream: TcpStream) {
        let mut bytes = Vec::new();
        for _ in 0..self.closes_after.unwrap_or(usize::MAX) {
            let Some(request) = next_request(&mut stream, &mut bytes).await else {
                return;
            };
            let (status, body) = self.answer(&request);
            // In chunks, as Flamenco sends what is long.
            let text = if status == 204 {
                "HTTP/1.1 204 No Content\r\n\r\n".to_owned()
            } else {
                let body = body.to_string();
                format!(
                    "HTTP/1.1 {status} X\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
                    body.len()
                )
            };
            stream.write_all(text.as_bytes()).await.unwrap();
        }
    }

    fn answer(&self, request: &Request) -> (u16, Value) {
        let books = &mut *self.books.borrow_mut();
        let who = request
            .headers
            .get("authorization")
            .cloned()
            .unwrap_or_default();
        let body = &request.body;
        let path = request
            .line
            .strip_suffix(" HTTP/1.1")
            .unwrap()
            .replace("/sub/api/v3", "");
        let parts: Vec<&str> = path
            .split(['/', ' '])
            .filter(|part| !part.is_empty())
            .collect();
        match parts.as_slice() {
            ["GET", "version"] => (200, json!({ "name": "Fake", "version": "1" })),
            ["POST", "worker", "register-worker"] => (200, json!({ "uuid": Uuid::new_v4() })),
            ["POST", "worker", "sign-on"] => (200, json!({ "status_requested": "awake" })),
            ["POST", "worker", "state-changed"] => {
                books.awake.insert(who);
                (204, Value::Null)
            }
            ["POST", "worker", "sign-off"] => {
                books.signed_off += usize::from(books.awake.remove(&who));
                (204, Value::Null)
            }
            ["POST", "jobs"] => (200, books.submit(body)),
            ["POST", "jobs", id, "setpriority"] => {
                books.jobs.get_mut(*id).unwrap().0 = body["priority"].as_i64().unwrap();
                (204, Value::Null)
            }
            ["POST", "jobs", id, "setstatus"] => {
                body["status"]
                    .as_str()
                    .unwrap()
                    .clone_into(&mut books.jobs.get_mut(*id).unwrap().1);
                (204, Value::Null)
            }
            ["GET", "jobs", id] => (200, json!({ "id": id, "status": books.jobs[*id].1 })),
            _ if !books.awake.contains(&who) => (403, Value::Null),
            ["POST", "worker", "task"] => match books.queue.pop_front() {
                Some(task) => {
                    books.states.insert(task.id, "assigned".to_owned());
                    (
                        200,
                        json!({ "uuid": task.id, "job": task.job, "attempt": 7, "commands": [] }),
                    )
                }
                None => (204, Value::Null),
            },
            ["POST", "worker", "task", _] if self.refuses == body["taskStatus"].as_str() => {
                (503, Value::Null)
            }
            ["POST", "worker", "task", id] => {
                assert_eq!(request.headers.get("farandole-attempt").unwrap(), "7");
                books.update(id.parse().unwrap(), body["taskStatus"].as_str().unwrap());
                (204, Value::Null)
            }
            _ => (404, Value::Null),
        }
    }
}

impl Books {
    fn submit(&mut self, job: &Value) -> Value {
        let id = Uuid::new_v4().to_string();
        let task = || Task {
            id: Uuid::new_v4(),
            job: id.clone(),
        };
        let echo = task();
        let count = job["settings"]["sleep_repeats"].as_u64().unwrap();
        self.after
            .insert(echo.id, (0..count).map(|_| task()).collect());
        self.queue.push_front(echo);
        self.jobs.insert(
            id.clone(),
            (job["priority"].as_i64().unwrap(), "queued".to_owned()),
        );
        json!({ "id": id, "status": "queued" })
    }

    fn update(&mut self, task: Uuid, status: &str) {
        let before = self.states.insert(task, status.to_owned()).unwrap();
        assert!(matches!(
            (before.as_str(), status),
            ("assigned", "active") | ("active", "completed")
        ));
        if status == "completed" {
            self.queue
                .extend(self.after.remove(&task).unwrap_or_default());
        }
    }

    fn fill(&mut self, tasks: usize) {
        self.queue.extend((0..tasks).map(|_| Task {
            id: Uuid::new_v4(),
            job: "other".to_owned(),
        }));
    }
}

async fn next_request(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<Request> {
    loop {
        let text = String::from_utf8(bytes.clone()).unwrap();
        if let Some((head, rest)) = text.split_once("\r\n\r\n") {
            let mut lines = head.lines();
            let line = lines.next().unwrap().to_owned();
            let pairs = lines.map(|line| line.split_once(": ").unwrap());
            let headers: BTreeMap<_, _> = pairs
                .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                .collect();
            let length = headers
                .get("content-length")
                .map_or(0, |length| length.parse().unwrap());
            if rest.len() >= length {
                let body = serde_json::from_str(&rest[..length]).unwrap_or_default();
                bytes.drain(..head.len() + 4 + length);
                return Some(Request {
                    line,
                    headers,
                    body,
                });
            }
        }
        if stream.read_buf(bytes).await.unwrap_or(0) == 0 {
            return None;
        }
    }
}

fn count(report: &Report, operation: &str) -> u64 {
    report
        .operations
        .iter()
        .find(|one| one.operation == operation)
        .map_or(0, |one| one.count)
}

#[tokio::test]
async fn its_own_jobs_are_submitted_and_done() {
    let manager = FakeManager::default();
    let report = manager
        .run("--workers 5 --submit --tasks 100 --jobs 3 --duration 600")
        .await
        .unwrap();
    assert_eq!(report.manager, "Fake 1");
    assert_eq!((report.tasks, report.submitted.unwrap().jobs), (100, 3));
    assert_eq!((report.handed_out_twice, report.unfinished), (0, 0));
    assert_eq!(report.errors, BTreeMap::new());
    // The echo of each job is done besides.
    assert_eq!(
        (
            count(&report, "schedule"),
            count(&report, "update: completed")
        ),
        (103, 103)
    );
    assert_eq!(count(&report, "whole cycle"), 100);
    assert_eq!(
        (count(&report, "register"), count(&report, "sign on")),
        (5, 5)
    );

    let books = manager.books.into_inner();
    assert!(books.states.values().all(|state| state == "completed"));
    assert_eq!((books.signed_off, books.awake.len()), (5, 0));
    assert!(
        books
            .jobs
            .values()
            .all(|job| *job == (50, "cancel-requested".to_owned())),
        "it never said completed"
    );
}

#[tokio::test]
async fn as_many_tasks_are_done_as_were_asked_for() {
    let manager = FakeManager::default();
    manager.books.borrow_mut().fill(100);
    let report = manager.run("--workers 7 --cycles 20").await.unwrap();
    assert_eq!(report.tasks, 20);
    assert_eq!(manager.books.borrow().queue.len(), 80);
}

#[tokio::test]
async fn a_connection_that_is_closed_is_made_again() {
    let manager = FakeManager {
        closes_after: Some(4),
        ..FakeManager::default()
    };
    manager.books.borrow_mut().fill(50);
    let report = manager.run("--workers 3 --cycles 50").await.unwrap();
    assert_eq!((report.tasks, report.errors), (50, BTreeMap::new()));
}

#[tokio::test]
async fn errors_are_counted_by_kind() {
    tokio::time::pause();
    let manager = FakeManager {
        refuses: Some("completed"),
        ..FakeManager::default()
    };
    manager.books.borrow_mut().fill(4);
    let report = manager.run("--workers 2 --duration 60").await.unwrap();
    assert_eq!((report.tasks, report.unfinished), (0, 0));
    assert_eq!(
        report.errors,
        BTreeMap::from([("update: completed: HTTP 503".to_owned(), 4)])
    );
}

#[tokio::test]
async fn a_run_without_work_ends_by_itself() {
    tokio::time::pause();
    let report = FakeManager::default()
        .run("--workers 2 --duration 600")
        .await
        .unwrap();
    assert_eq!(report.tasks, 0);
    assert!(count(&report, "schedule (nothing)") > 600);
}

#[tokio::test]
async fn what_keeps_a_run_from_taking_place_is_an_error() {
    let plan = Plan::parse_from(["stress", "--manager", "https://localhost/"]);
    assert!(
        run(&plan)
            .await
            .unwrap_err()
            .to_string()
            .contains("http://")
    );

    let nobody = DeadPort::take();
    let url = format!("http://{}/", nobody.address());
    let error = run(&Plan::parse_from(["stress", "--manager", &url]))
        .await
        .unwrap_err();
    assert_eq!(
        format!("{error:#}"),
        format!("no Manager at {url}: no connection: connection refused")
    );
}

#[tokio::test]
async fn a_report_is_for_people_and_for_programs() {
    let manager = FakeManager::default();
    let report = manager.run("--workers 1 --submit --tasks 2").await.unwrap();
    let text = report.to_string();
    assert!(
        text.contains("submitted 2 tasks in 1 jobs") && text.contains("whole cycle"),
        "{text}"
    );
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["tasks"], 2);
    assert!(
        json["operations"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["operation"] == "schedule")
    );
}
