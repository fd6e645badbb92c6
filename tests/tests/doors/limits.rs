//! Bounds on what a single request, client or Worker can take of the Manager.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use farandole_tests::harness::{Answer, Manager, ManagerOptions, Opened, Request, eventually};
use serde_json::{Value, json};

const JOBS: &str = "/api/v3/jobs";
const MIB: usize = 1 << 20;

/// A Manager with these settings in a folder of its own.
fn manager(flags: &[(&str, &str)]) -> (Manager, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let options = flags
        .iter()
        .fold(ManagerOptions::below(folder.path()), |all, (key, value)| {
            all.with(key, value)
        });
    (Manager::start(options), folder)
}

fn post(path: &str) -> Request {
    Request::new("POST", path).header("Content-Type", "application/json")
}

fn post_json(path: &str, body: &Value) -> Request {
    Request::new("POST", path).json(body)
}

/// The answer to the registration of a Worker.
fn register(manager: &Manager, name: &str, secret: &str) -> Answer {
    let body = json!({
        "name": name, "secret": secret, "platform": "linux", "supported_task_types": ["misc"],
    });
    Request::new("POST", "/api/v3/worker/register-worker")
        .json(&body)
        .send(&manager.address())
}

/// The id of a Worker that was registered.
fn id(registered: &Answer) -> String {
    assert_eq!(registered.status, 200, "{}", registered.text());
    registered.json()["uuid"].as_str().unwrap().to_owned()
}

/// The message of an answer that refuses with this status.
#[track_caller]
fn refused(answer: &Answer, status: u16) -> String {
    assert_eq!(answer.status, status, "{}", answer.text());
    answer.json()["message"].as_str().unwrap().to_owned()
}

#[test]
fn bodies_of_strangers_share_a_bounded_memory_and_workers_have_their_own_part() {
    let (manager, _folder) =
        manager(&[("request-body-limit", "16"), ("request-memory-limit", "32")]);
    let address = manager.address();
    let (who, secret) = (id(&register(&manager, "honest", "secret")), "secret");
    let large = post(JOBS).body(vec![b' '; 14 * MIB]);

    // Each holds seven mebibytes and says nothing more.
    let silent: Vec<Opened> = (0..4).map(|_| large.open(&address)).collect();
    let refusal = eventually("the memory for bodies is used up", || {
        let answer = large.send(&address);
        (answer.status == 503).then_some(answer)
    });
    assert!(refused(&refusal, 503).contains("request_memory_limit"));
    assert!(refusal.header("retry-after").is_some());

    let worker = |path: &str, body: Value| {
        let request = Request::new("POST", path).basic(&who, secret);
        request.json(&body).send(&address)
    };
    let sign_on = json!({"name": "x", "software_version": "1", "supported_task_types": ["misc"]});
    assert_eq!(worker("/api/v3/worker/sign-on", sign_on).status, 200);
    let task = format!("/api/v3/worker/task/{who}");
    let report = worker(&task, json!({"log": "x".repeat(3 * MIB)}));
    assert_eq!(
        report.status,
        404,
        "read, and then no task: {}",
        report.text()
    );

    drop(silent);
    eventually("the memory is given back", || {
        (large.send(&address).status == 400).then_some(())
    });
}

#[test]
fn only_what_describes_whole_jobs_may_be_large() {
    let (manager, _folder) = manager(&[]);
    let address = manager.address();
    let two = vec![b' '; 2 * MIB];
    for path in ["/api/v3/worker/register-worker", "/api/v3/worker-mgt/tags"] {
        let answer = post(path).body(two.clone()).send(&address);
        assert!(refused(&answer, 413).contains("1 MiB"), "{path}");
    }
    // The body of a request that wants none is bounded, too, and its refusal is heard after all of it was sent.
    for request in [post("/nowhere"), post("/api/v3/nowhere")] {
        let answer = request.chunked(&vec![b' '; 9 * MIB]).send(&address);
        refused(&answer, 413);
    }
    for path in [JOBS, "/api/v3/jobs/check", "/api/v3/shaman/checkout/create"] {
        let answer = post(path).body(two.clone()).send(&address);
        refused(&answer, 400);
    }
}

#[test]
fn long_names_are_refused_and_lists_leave_large_settings_out() {
    let (manager, _folder) = manager(&[]);
    let job = |name: &str, message: &str| {
        json!({
            "name": name, "type": "echo-sleep-test", "priority": 50, "submitter_platform": "linux",
            "settings": {"message": message, "sleep_duration_seconds": 1, "sleep_repeats": 1},
        })
    };
    let submit = |job: &Value| post_json(JOBS, job).send(&manager.address());
    let message = refused(&submit(&job(&"x".repeat(3 * MIB), "hello")), 400);
    assert!(
        message.starts_with("name is 3145728 bytes long"),
        "{message}"
    );
    let long = register(&manager, &"x".repeat(2_000), "secret");
    assert!(refused(&long, 400).starts_with("name is 2000 bytes long"));

    let large = "x".repeat(20 << 10);
    for (name, message) in [("small", "hello"), ("large", &large)] {
        assert_eq!(submit(&job(name, message)).status, 200);
    }
    let list = manager.api().get(JOBS);
    let jobs = list["jobs"].as_array().unwrap();
    assert_eq!(jobs[0]["settings"]["message"], "hello");
    assert_eq!(jobs[1]["settings"], Value::Null);
    let one = manager.api().job(jobs[1]["id"].as_str().unwrap());
    assert_eq!(one["settings"]["message"], large.as_str());
}

#[test]
fn a_body_that_never_ends_is_given_up() {
    let (manager, _folder) = manager(&[]);
    let mut silent = TcpStream::connect(manager.address()).unwrap();
    let head = format!(
        "POST {JOBS} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: 99614720\r\n\r\n{{",
        manager.address()
    );
    silent.write_all(head.as_bytes()).unwrap();
    silent
        .set_read_timeout(Some(Duration::from_mins(2)))
        .unwrap();
    let mut answer = [0; 12];
    silent.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 408");
}
