//! Requests that make no sense: many of them are few lines in the log.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use farandole_tests::harness::{Manager, ManagerOptions, Request, eventually};
use serde_json::json;

#[test]
fn garbage_is_few_lines_that_say_where_it_comes_from() {
    let folder = tempfile::tempdir().unwrap();
    let manager = Manager::start(ManagerOptions::below(folder.path()));
    let before = manager.process.own_output().lines().count();
    for _ in 0..5_000 {
        let mut stream = TcpStream::connect(manager.address()).unwrap();
        // What a client of TLS begins with.
        drop(stream.write_all(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"));
        drop(stream.read(&mut [0; 256]));
    }
    let refused = eventually("all are counted", || {
        let metrics = Request::new("GET", "/metrics")
            .send(&manager.address())
            .text();
        let line = metrics
            .lines()
            .find(|line| line.contains("kind=\"malformed\""))?;
        let count: u32 = line.rsplit(' ').next()?.parse().ok()?;
        (count >= 5_000).then_some(count)
    });
    assert!(refused < 5_100);
    let log = manager.process.own_output();
    assert!(log.lines().count() - before < 20, "{log}");
    let mut lines = log.lines();
    let line = lines.find(|line| line.contains("requests that cannot be understood are refused"));
    assert!(line.unwrap().contains("127.0.0.1"));
}

#[test]
fn jobs_that_make_no_sense_are_few_lines() {
    let folder = tempfile::tempdir().unwrap();
    let manager = Manager::start(ManagerOptions::below(folder.path()));
    let before = manager.process.own_output().lines().count();
    let job = json!({
        "name": "job", "type": "no such type", "priority": 50, "submitter_platform": "linux",
    });
    for path in ["/api/v3/jobs", "/api/v3/jobs/check"] {
        for _ in 0..100 {
            let answer = Request::new("POST", path)
                .json(&job)
                .send(&manager.address());
            assert_eq!(answer.status, 400, "{}", answer.text());
        }
    }
    let log = manager.process.own_output();
    assert!(log.lines().count() - before < 20, "{log}");
    assert!(
        log.contains("jobs are refused") && log.contains("no such type"),
        "{log}"
    );
}
