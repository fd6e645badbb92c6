//! Registrations and wrong secrets: none of them goes unnoticed, and none keeps honest Workers out.

use std::time::{Duration, Instant};

use farandole_tests::harness::{Answer, Manager, ManagerOptions, Request, eventually};
use serde_json::{Value, json};
use tempfile::TempDir;

const WORKERS: &str = "/api/v3/worker-mgt/workers";

fn manager(flags: &[(&str, &str)]) -> (Manager, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let options = flags
        .iter()
        .fold(ManagerOptions::below(folder.path()), |all, (key, value)| {
            all.with(key, value)
        });
    (Manager::start(options), folder)
}

fn register(manager: &Manager, name: &str) -> Answer {
    // As Workers make them up.
    let secret = "0123456789abcdef".repeat(4);
    let body = json!({
        "name": name, "secret": secret, "platform": "linux", "supported_task_types": ["misc"],
    });
    Request::new("POST", "/api/v3/worker/register-worker")
        .json(&body)
        .send(&manager.address())
}

fn sign_on(manager: &Manager, worker: &str, secret: &str) -> u16 {
    let body = json!({"name": "honest", "software_version": "1", "supported_task_types": ["misc"]});
    let request = Request::new("POST", "/api/v3/worker/sign-on").basic(worker, secret);
    request.json(&body).send(&manager.address()).status
}

fn names(manager: &Manager) -> Vec<String> {
    let list = manager.api().get(WORKERS);
    let workers = list["workers"].as_array().unwrap();
    let name = |worker: &Value| worker["name"].as_str().unwrap().to_owned();
    workers.iter().map(name).collect()
}

#[test]
fn a_registration_is_logged_and_forgotten_when_it_is_not_used() {
    let (manager, _folder) = manager(&[("registration-timeout", "1s")]);
    let registered = register(&manager, "honest");
    let honest = registered.json()["uuid"].as_str().unwrap().to_owned();
    assert_eq!(
        sign_on(&manager, &honest, &"0123456789abcdef".repeat(4)),
        200
    );
    let unused = register(&manager, "rogue").json();
    let unused = unused["uuid"].as_str().unwrap();
    let line_about = |text: &str| {
        let log = manager.process.own_output();
        let mut lines = log.lines();
        let line = lines.find(|line| line.contains(text) && line.contains(unused));
        line.map(str::to_owned)
    };
    let line = line_about("a new Worker has registered").unwrap();
    assert!(
        line.contains("127.0.0.1") && line.contains("rogue"),
        "{line}"
    );
    eventually("the registration is forgotten", || {
        (names(&manager) == ["honest"]).then_some(())
    });
    eventually("it is told", || line_about("never signed on is forgotten"));
}

#[test]
fn registrations_above_the_limit_wait_and_are_then_refused() {
    let (manager, _folder) = manager(&[("registration-limit", "20")]);
    // A limit of 20 in five minutes: the next turn is 15 s away, longer than a registration waits.
    let answers: Vec<_> = (0..40)
        .map(|n| register(&manager, &n.to_string()))
        .collect();
    let taken = answers.iter().filter(|answer| answer.status == 200).count();
    assert!((20..=30).contains(&taken), "{taken}");
    let refused = answers.iter().find(|answer| answer.status == 429).unwrap();
    assert!(refused.header("retry-after").is_some());
    assert!(
        refused.text().contains("registration_limit"),
        "{}",
        refused.text()
    );
    let log = manager.process.own_output();
    let lines = log
        .lines()
        .filter(|line| line.contains("registrations of Workers are refused"));
    assert!((1..5).contains(&lines.count()), "{log}");
}

#[test]
fn wrong_secrets_cost_time_and_right_ones_none() {
    let (manager, _folder) = manager(&[]);
    let registered = register(&manager, "honest").json();
    let worker = registered["uuid"].as_str().unwrap();
    let began = Instant::now();
    for _ in 0..5 {
        assert_eq!(sign_on(&manager, worker, "wrong"), 403);
    }
    // 0.1 s, 0.2 s, …
    let guessing = began.elapsed();
    assert!(guessing >= Duration::from_millis(1_500), "{guessing:?}");

    // Many at once: few wait, and all others are refused at once.
    let address = manager.address();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let guesses: Vec<_> = (0..200)
            .map(|_| {
                scope.spawn(|| {
                    let request = Request::new("GET", "/api/v3/worker/state");
                    request.basic(worker, "wrong").send(&address).status
                })
            })
            .collect();
        let honest = sign_on(&manager, worker, &"0123456789abcdef".repeat(4));
        assert_eq!(honest, 200);
        guesses
            .into_iter()
            .map(|guess| guess.join().unwrap())
            .collect()
    });
    assert!(statuses.iter().all(|status| matches!(status, 403 | 429)));
    assert!(statuses.contains(&429) && statuses.contains(&403));
    let log = manager.process.own_output();
    let lines = log
        .lines()
        .filter(|line| line.contains("credentials of Workers are refused"));
    assert!((1..5).contains(&lines.count()), "{log}");
}
