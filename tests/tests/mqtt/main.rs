//! The farm's events at a real MQTT broker, which is killed and started again in the middle of a job, and which is
//! reached by TLS and `WebSockets`, too.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests end where something goes wrong, and a broker is a process"
)]

mod bridge;
mod broker;
mod certificates;
mod listener;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use farandole_tests::harness::{
    Api, DeadPort, Manager, ManagerOptions, Worker, WorkerOptions, eventually,
};
use serde_json::{Value, json};
use tempfile::tempdir;

use bridge::Bridge;
use broker::{Broker, PASSWORD};
use certificates::Authority;
use listener::{Listener, Told};

const EVENTS: &str = "/api/farm/v1/events";

/// All that has happened since the Manager started, as its own event stream tells it.
fn history(api: &Api, job: &str) -> Vec<(String, Value)> {
    let hello = api.request("GET", EVENTS).send().unwrap();
    let hello = BufReader::new(hello).lines().map_while(Result::ok);
    let id = { hello }.find_map(|line| line.strip_prefix("id: ").map(str::to_owned));
    let run = id.unwrap().split_once('-').unwrap().0.to_owned();
    let path = format!("{EVENTS}?last_event_id={run}-0");
    let stream = BufReader::new(api.request("GET", &path).send().unwrap());
    let (mut events, mut name) = (Vec::new(), String::new());
    for line in stream.lines().map_while(Result::ok) {
        if let Some(text) = line.strip_prefix("event: ") {
            text.clone_into(&mut name);
        } else if let Some(data) = line.strip_prefix("data: ") {
            let data: Value = serde_json::from_str(data).unwrap();
            let last = name == "job" && data["id"] == job && data["status"] == "completed";
            events.push((name.clone(), data));
            if last {
                break;
            }
        }
    }
    events.retain(|(name, _)| name != "hello");
    events
}

/// The topic of an event of the stream.
fn topic(name: &str, payload: &Value) -> String {
    match name {
        "task" => format!("farm/a/jobs/{}", payload["job_id"].as_str().unwrap()),
        "job" => "farm/a/jobs".to_owned(),
        "worker" => "farm/a/workers".to_owned(),
        other => format!("farm/a/{other}"),
    }
}

/// A Manager that tells this broker everything.
fn telling(folder: &Path, broker: &str) -> ManagerOptions {
    ManagerOptions::below(folder)
        .with("mqtt-client-enabled", "true")
        .with("mqtt-client-broker", broker)
        .with("mqtt-client-topic-prefix", "farm/a")
        .with("mqtt-client-username", "farm")
        .with("mqtt-client-password", PASSWORD)
}

#[test]
fn nothing_is_missing_when_the_broker_is_killed_in_the_middle_of_a_job() {
    let folder = tempdir().unwrap();
    let mut broker = Broker::start(&folder.path().join("broker"));
    let listener = Listener::start(&broker);
    let options = telling(folder.path(), &broker.url()).with("log-level", "trace");
    let mut manager = Manager::start(options);
    let api = manager.api();
    let job = api.submit_echo_sleep("told", 300, 0);
    let worker = WorkerOptions::below(folder.path(), "anna", &manager.url());
    let mut worker = Worker::start(worker);

    api.wait_for_tasks(&job, "completed", 20);
    broker.process.kill();
    api.wait_for_tasks(&job, "completed", 120);
    broker = broker.run_again();
    api.wait_for_job(&job, "completed");

    let is_last = |told: &Told| told.0 == "farm/a/jobs" && told.1["status"] == "completed";
    let told = listener.until(is_last);
    let expected = history(&api, &job);
    assert!(expected.len() > 600, "{}", expected.len());
    for (name, payload) in &expected {
        let expected = (topic(name, payload), payload.clone());
        assert!(told.contains(&expected), "missing: {expected:?}");
    }
    // The first time that each is told is in order.
    let mut places = expected.iter().map(|(name, payload)| {
        let expected = (topic(name, payload), payload.clone());
        told.iter().position(|told| *told == expected)
    });
    assert!(places.by_ref().is_sorted());
    assert!(told.iter().all(|(topic, _)| !topic.contains("tasklog")));

    // The farewell goes out, too.
    worker.process.kill();
    assert!(manager.process.terminate().success());
    let farewell = json!({"type": "manager-shutdown"});
    listener.until(|told| told.0 == "farm/a/lifecycle" && told.1 == farewell);
    assert!(!manager.process.output().contains(PASSWORD));
    assert!(broker.process.runs());
}

#[test]
fn a_broker_that_is_never_there_keeps_nobody_from_anything() {
    let nobody = DeadPort::take();
    for url in [
        format!("mqtt://{}", nobody.address()),
        "http://nonsense".to_owned(),
    ] {
        let folder = tempdir().unwrap();
        let options = ManagerOptions::below(folder.path())
            .with("mqtt-client-enabled", "true")
            .with("mqtt-client-broker", &url);
        let mut manager = Manager::start(options);
        manager.api().submit_echo_sleep("untold", 1, 0);
        assert!(manager.process.terminate().success());
        assert!(
            manager
                .process
                .output()
                .to_lowercase()
                .contains("mqtt broker")
        );
    }
}

#[test]
fn a_broker_is_told_by_tls_and_by_web_sockets() {
    let folder = tempdir().unwrap();
    let authority = Authority::new("the farm");
    let identity = authority.sign("127.0.0.1");
    let (broker, secure_port) = Broker::with_tls(&folder.path().join("broker"), &identity);
    let listener = Listener::start(&broker);
    let bridge = Bridge::start(broker.port, None);
    let secure_bridge = Bridge::start(broker.port, Some(&identity));
    let ca_file = folder.path().join("ca.pem");
    fs::write(&ca_file, authority.pem()).unwrap();
    for (url, is_secure) in [
        (format!("mqtts://127.0.0.1:{secure_port}"), true),
        (format!("ws://127.0.0.1:{}/mqtt", bridge.port), false),
        (format!("wss://127.0.0.1:{}", secure_bridge.port), true),
    ] {
        let mut options = telling(folder.path(), &url);
        if is_secure {
            options = options.with("mqtt-client-ca-file", &ca_file.to_string_lossy());
        }
        let mut manager = Manager::start(options);
        let job = manager.api().submit_echo_sleep("told", 1, 0);
        listener.until(|told| told.0 == "farm/a/jobs" && told.1["id"] == job.as_str());
        assert!(manager.process.terminate().success(), "{url}");
    }
}

#[test]
fn a_broker_that_cannot_prove_who_it_is_hears_nothing() {
    let folder = tempdir().unwrap();
    let identity = Authority::new("the farm").sign("127.0.0.1");
    let (_broker, port) = Broker::with_tls(&folder.path().join("broker"), &identity);
    let (others, none) = (folder.path().join("ca.pem"), folder.path().join("none.pem"));
    fs::write(&others, Authority::new("somebody else").pem()).unwrap();
    let url = format!("mqtts://127.0.0.1:{port}");
    for (url, ca_file, reason) in [
        (&*url, None, "certificate"),
        (&*url, Some(&others), "invalid peer certificate"),
        (&*url, Some(&none), "mqtt.client.ca_file: cannot read"),
        ("mqtt://127.0.0.1", Some(&others), "begin it with mqtts://"),
    ] {
        let mut options = telling(folder.path(), url);
        if let Some(path) = ca_file {
            options = options.with("mqtt-client-ca-file", &path.to_string_lossy());
        }
        let mut manager = Manager::start(options);
        eventually("the log says why", || {
            manager.process.output().contains(reason).then_some(())
        });
        assert!(
            !manager
                .process
                .output()
                .contains("connected to the MQTT broker")
        );
        assert!(manager.process.terminate().success());
        // The next one begins with a log of its own.
        fs::remove_file(folder.path().join("manager/manager.log")).unwrap();
    }
}
