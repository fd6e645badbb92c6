//! Connections and listeners to events: none of them shuts the others out.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use farandole_tests::harness::{Manager, ManagerOptions, Request, eventually};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A Manager that may have only so many files open.
fn manager(open_files: u32) -> (Manager, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let options = ManagerOptions {
        open_files: Some(open_files),
        ..ManagerOptions::below(folder.path())
    };
    (Manager::start(options), folder)
}

/// A connection that stays open, with the beginning of the answer to a request.
fn ask(manager: &Manager, path: &str) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(manager.address()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_mins(1)))
        .unwrap();
    let host = manager.address();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut start = [0; 512];
    let length = stream.read(&mut start).unwrap_or_default();
    let start = String::from_utf8_lossy(&start[..length]).into_owned();
    (stream, start)
}

fn post(path: &str, body: &Value) -> Request {
    Request::new("POST", path).json(body)
}

/// A new Worker: its id.
fn register(manager: &Manager) -> String {
    let body = json!({
        "name": "honest", "secret": "secret", "platform": "linux", "supported_task_types": ["misc"],
    });
    let answer = post("/api/v3/worker/register-worker", &body).send(&manager.address());
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["uuid"].as_str().unwrap().to_owned()
}

fn sign_on(manager: &Manager, worker: &str) -> u16 {
    let body = json!({"name": "honest", "software_version": "1", "supported_task_types": ["misc"]});
    let request = post("/api/v3/worker/sign-on", &body).basic(worker, "secret");
    request.send(&manager.address()).status
}

#[test]
fn listeners_leave_room_for_workers_and_submissions() {
    let (manager, _folder) = manager(200);
    let address = manager.address();
    let streams: Vec<_> = (0..300)
        .map(|_| ask(&manager, "/api/farm/v1/events"))
        .collect();
    let held = streams
        .iter()
        .filter(|(_, start)| start.starts_with("HTTP/1.1 200"));
    assert!(held.count() >= 40);
    let refused = streams
        .iter()
        .filter(|(_, start)| start.starts_with("HTTP/1.1 503"));
    let refused: Vec<_> = refused.collect();
    assert!(refused.len() > 200, "{}", refused.len());
    for (_, start) in &refused {
        assert!(start.contains("retry-after"), "{start}");
    }
    assert_eq!(Request::new("GET", "/healthz").send(&address).status, 200);
    let worker = register(&manager);
    assert_eq!(sign_on(&manager, &worker), 200);
    let job = json!({
        "name": "job", "type": "echo-sleep-test", "priority": 50, "submitter_platform": "linux",
        "settings": {"message": "hello", "sleep_duration_seconds": 1, "sleep_repeats": 1},
    });
    let submitted = post("/api/v3/jobs", &job).send(&address);
    assert_eq!(submitted.status, 200, "{}", submitted.text());
    let log = manager.process.own_output();
    let lines = log
        .lines()
        .filter(|line| line.contains("listeners to events are refused"));
    let count = lines.filter(|line| line.contains("127.0.0.1")).count();
    assert!((1..5).contains(&count), "{log}");
}

#[test]
fn connections_that_do_nothing_leave_room_for_workers() {
    let (manager, _folder) = manager(200);
    let worker = register(&manager);
    let idle: Vec<_> = (0..110).map(|_| ask(&manager, "/api/v3/version")).collect();
    let stranger = Request::new("GET", "/api/v3/jobs").send(&manager.address());
    assert_eq!(stranger.status, 503, "{}", stranger.text());
    assert!(stranger.header("retry-after").is_some());
    assert_eq!(sign_on(&manager, &worker), 200);
    assert_eq!(
        Request::new("GET", "/healthz")
            .send(&manager.address())
            .status,
        200
    );
    // Above all of that, connections are closed at once.
    let more: Vec<_> = (0..100).map(|_| ask(&manager, "/healthz")).collect();
    assert!(
        more.iter()
            .any(|(_, start)| !start.starts_with("HTTP/1.1 200"))
    );
    drop((idle, more));
    eventually("there is room again", || {
        let answer = ask(&manager, "/api/v3/version").1;
        answer.starts_with("HTTP/1.1 200").then_some(())
    });
}
