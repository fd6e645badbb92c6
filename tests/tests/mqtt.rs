//! The farm's events at a real MQTT broker, which is killed and started again in the middle of a job.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests end where something goes wrong, and a broker is a process"
)]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use farandole_tests::harness::{
    Api, DeadPort, Manager, ManagerOptions, Process, Worker, WorkerOptions, eventually,
};
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v5::Packet;
use rumqttc::{AsyncClient, Event, MqttOptions, SessionMode};
use serde_json::{Value, json};
use tempfile::tempdir;

const EVENTS: &str = "/api/farm/v1/events";
const PASSWORD: &str = "correct-horse";

/// A broker that keeps what it has taken on disk.
struct Broker {
    process: Process,
    folder: PathBuf,
    port: u16,
}

impl Broker {
    fn start(folder: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        fs::create_dir_all(folder).unwrap();
        let passwords = folder.join("passwords");
        let made = Command::new("mosquitto_passwd")
            .args(["-b", "-c"])
            .arg(&passwords)
            .args(["farm", PASSWORD])
            .status();
        assert!(made.unwrap().success());
        // As root the broker would become another user, who may not write here.
        let config = format!(
            "listener {port} 127.0.0.1\nuser root\npassword_file {}\npersistence true\npersistence_location {}/\n\
             autosave_on_changes true\nautosave_interval 1\nmax_queued_messages 0\n",
            passwords.display(),
            folder.display(),
        );
        fs::write(folder.join("mosquitto.conf"), config).unwrap();
        Self::run(folder.to_owned(), port)
    }

    fn run(folder: PathBuf, port: u16) -> Self {
        // Where Debian has it, which is not on everybody's path.
        let installed = Path::new("/usr/sbin/mosquitto");
        let program = if installed.is_file() {
            installed
        } else {
            Path::new("mosquitto")
        };
        let mut command = Command::new(program);
        command.arg("-c").arg(folder.join("mosquitto.conf"));
        let process = Process::start("mosquitto", command, &folder.join("mosquitto.log"));
        eventually("the broker listens", || {
            TcpStream::connect(("127.0.0.1", port)).ok()
        });
        Self {
            process,
            folder,
            port,
        }
    }

    fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }

    /// The same again, with what it has kept.
    fn run_again(self) -> Self {
        let (folder, port) = (self.folder.clone(), self.port);
        drop(self);
        Self::run(folder, port)
    }
}

/// Somebody who hears of everything, on a thread of its own, to the end of the test.
struct Listener(Receiver<Told>);

/// An event as it came: topic and payload.
type Told = (String, Value);

impl Listener {
    /// Begins to listen, and waits until the broker has written that down.
    fn start(broker: &Broker) -> Self {
        let mut options = MqttOptions::new("listener", ("127.0.0.1", broker.port));
        options.set_session_mode(SessionMode::Persistent);
        options.set_credentials("farm", PASSWORD);
        let (sender, told) = mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = { runtime }.enable_all().build().unwrap();
            runtime.block_on(listen(options, sender));
        });
        let saved = broker.folder.join("mosquitto.db");
        eventually("the broker has saved the subscription", || {
            fs::read(&saved)
                .is_ok_and(|saved| contains(&saved, b"listener"))
                .then_some(())
        });
        Self(told)
    }

    /// What was heard until an event for which `last` is true, which must come.
    fn until(&self, last: impl Fn(&Told) -> bool) -> Vec<Told> {
        let mut all = Vec::new();
        loop {
            let told = self.0.recv_timeout(Duration::from_mins(2));
            all.push(told.unwrap_or_else(|_| panic!("not all was told: {all:?}")));
            if all.last().is_some_and(&last) {
                return all;
            }
        }
    }
}

/// Passes on what is told; a broken connection is made again.
async fn listen(options: MqttOptions, to: Sender<Told>) {
    let (client, mut events) = AsyncClient::builder(options).capacity(10).build();
    client.try_subscribe("#", QoS::AtLeastOnce).unwrap();
    loop {
        match events.poll().await {
            Ok(Event::Incoming(Packet::Publish(told))) => {
                let topic = String::from_utf8(told.topic.to_vec()).unwrap();
                let payload = serde_json::from_slice(&told.payload).unwrap();
                if to.send((topic, payload)).is_err() {
                    return;
                }
            }
            Ok(_) => {}
            // As clients do: a broker that is away is left alone for a moment.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|found| found == part)
}

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

#[test]
fn nothing_is_missing_when_the_broker_is_killed_in_the_middle_of_a_job() {
    let folder = tempdir().unwrap();
    let mut broker = Broker::start(&folder.path().join("broker"));
    let listener = Listener::start(&broker);
    let options = ManagerOptions::below(folder.path())
        .with("mqtt-client-enabled", "true")
        .with("mqtt-client-broker", &broker.url())
        .with("mqtt-client-topic-prefix", "farm/a")
        .with("mqtt-client-username", "farm")
        .with("mqtt-client-password", PASSWORD)
        .with("log-level", "trace");
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
