//! Those who do not belong to the farm, played beside the Workers: connections that say little, listeners that hear
//! everything, registrations that are never used, and wrong secrets.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use farandole_protocol::paths;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{Instant, interval_at, sleep};
use uuid::Uuid;

use super::connection::Connection;
use super::manager::Manager;
use super::request::Request;

/// How many connections registrations and wrong secrets come by, each one request after another.
const CONNECTIONS: u32 = 64;
/// A slow connection sends a byte this often.
const A_BYTE_EACH: Duration = Duration::from_secs(5);
/// A stranger who was sent away comes back after this time.
const COME_BACK: Duration = Duration::from_secs(2);

/// How many strangers of each kind there are.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Crowd {
    /// Also hold this many connections that send a large body, a byte each five seconds
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub slow_connections: u32,

    /// Also hold this many event streams
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub listeners: u32,

    /// Also register this many Workers that are never used, spread over the run
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub registrations: u32,

    /// Also ask this often for a task with a wrong secret, spread over the run
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub wrong_secrets: u32,
}

/// What strangers were told: for each kind of stranger the statuses, and how often each was the answer.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Answers(pub BTreeMap<&'static str, BTreeMap<String, u64>>);

impl Answers {
    fn count(&mut self, kind: &'static str, answer: String) {
        *self.0.entry(kind).or_default().entry(answer).or_default() += 1;
    }
}

/// What all strangers share.
#[derive(Clone, Debug)]
struct Scene {
    manager: Manager,
    answers: Rc<RefCell<Answers>>,
    /// For how long one request may take.
    limit: Duration,
}

impl Crowd {
    /// Lets all strangers do what they do, for this time, beside something else. They have a thread of their own, so that
    /// Workers wait for them at the Manager and not here.
    pub(super) async fn beside<T>(
        self,
        manager: &Manager,
        lasts: Duration,
        work: impl Future<Output = T>,
    ) -> (T, Answers) {
        let (stop, stopped) = oneshot::channel();
        let manager = manager.clone();
        let strangers = thread::spawn(move || self.play(manager, lasts, stopped));
        let done = work.await;
        drop(stop);
        (done, strangers.join().unwrap_or_default())
    }

    /// Plays until there is nothing more to wait for.
    fn play(self, manager: Manager, lasts: Duration, stopped: oneshot::Receiver<()>) -> Answers {
        let scene = Scene {
            manager,
            answers: Rc::default(),
            limit: lasts.max(Duration::from_mins(1)),
        };
        let Ok(runtime) = Builder::new_current_thread().enable_all().build() else {
            return Answers::default();
        };
        LocalSet::new().block_on(&runtime, async {
            self.begin(&scene, lasts).await;
            drop(stopped.await);
        });
        scene.answers.take()
    }

    async fn begin(self, scene: &Scene, lasts: Duration) {
        for _ in 0..self.slow_connections {
            spawn_local(scene.clone().slow());
        }
        for _ in 0..self.listeners {
            spawn_local(scene.clone().listener());
        }
        let own_id = match self.wrong_secrets {
            0 => None,
            _ => scene.register("wrong secret").await,
        };
        for (number, mine) in (0..CONNECTIONS).zip(shares(self.registrations)) {
            spawn_local(scene.clone().registrations(number, mine, lasts));
        }
        for mine in shares(self.wrong_secrets) {
            spawn_local(scene.clone().wrong_secrets(own_id, mine, lasts));
        }
    }
}

/// What each connection does of so many requests.
fn shares(count: u32) -> impl Iterator<Item = u32> {
    (0..CONNECTIONS)
        .map(move |number| count / CONNECTIONS + u32::from(number < count % CONNECTIONS))
}

impl Scene {
    fn count(&self, kind: &'static str, answer: impl ToString) {
        self.answers.borrow_mut().count(kind, answer.to_string());
    }

    /// Opens a connection and sends the beginning of a request.
    async fn open(&self, head: &str) -> Option<TcpStream> {
        let mut stream = TcpStream::connect(self.manager.address).await.ok()?;
        let host = &self.manager.host;
        let text = format!("{head}Host: {host}\r\n\r\n");
        stream.write_all(text.as_bytes()).await.ok()?;
        Some(stream)
    }

    async fn slow(self) {
        let opening = format!(
            "POST {} HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 99614720\r\n",
            paths::JOBS
        );
        loop {
            if let Some(stream) = self.open(&opening).await {
                let (mut reading, mut writing) = stream.into_split();
                let mut answer = [0; 512];
                tokio::select! {
                    read = reading.read(&mut answer) => {
                        let length = read.unwrap_or_default();
                        self.count("slow connection", status(answer.get(..length).unwrap_or_default()));
                    }
                    () = async { while writing.write_all(b" ").await.is_ok() { sleep(A_BYTE_EACH).await; } } => {}
                }
            } else {
                self.count("slow connection", "no connection");
            }
            sleep(COME_BACK).await;
        }
    }

    async fn listener(self) {
        let opening = format!("GET {} HTTP/1.1\r\n", paths::FARM_EVENTS);
        let mut heard = vec![0; 16 << 10];
        loop {
            match self.open(&opening).await {
                Some(mut stream) => {
                    let first = stream.read(&mut heard).await.unwrap_or_default();
                    self.count("listener", status(heard.get(..first).unwrap_or_default()));
                    while stream.read(&mut heard).await.is_ok_and(|read| read > 0) {}
                }
                None => self.count("listener", "no connection"),
            }
            sleep(COME_BACK).await;
        }
    }

    /// Registers a Worker. Gives its id, if it got one.
    async fn register(&self, name: &str) -> Option<Uuid> {
        let mut connection = Connection::to(&self.manager, self.limit);
        self.register_by(&mut connection, name).await
    }

    async fn register_by(&self, connection: &mut Connection, name: &str) -> Option<Uuid> {
        #[derive(Deserialize)]
        struct Registered {
            uuid: Uuid,
        }
        let body = format!(
            r#"{{"name":"{name}","platform":"linux","secret":"secret of {name}","supported_task_types":["misc"]}}"#
        );
        let mut request = Request::to(&self.manager, "Basic Og==");
        let answer = connection
            .ask(request.post(paths::REGISTER_WORKER, "", &body))
            .await;
        match answer {
            Ok(answer) => {
                self.count("registration", answer.status);
                let registered: Option<Registered> = serde_json::from_slice(&answer.body).ok();
                registered.map(|registered| registered.uuid)
            }
            Err(fault) => {
                self.count("registration", fault);
                None
            }
        }
    }

    async fn registrations(self, number: u32, count: u32, lasts: Duration) {
        let mut connection = Connection::to(&self.manager, self.limit);
        let mut turns = turns(count, lasts);
        for turn in 0..count {
            turns.tick().await;
            let name = format!("stranger-{number}-{turn}");
            self.register_by(&mut connection, &name).await;
        }
    }

    async fn wrong_secrets(self, id: Option<Uuid>, count: u32, lasts: Duration) {
        let mut connection = Connection::to(&self.manager, self.limit);
        let id = id.unwrap_or_else(Uuid::new_v4);
        let mut turns = turns(count, lasts);
        for turn in 0..count {
            turns.tick().await;
            let credentials = STANDARD.encode(format!("{id}:wrong {turn}"));
            let mut request = Request::to(&self.manager, &format!("Basic {credentials}"));
            match connection
                .ask(request.post(paths::WORKER_TASK, "", ""))
                .await
            {
                Ok(answer) => self.count("wrong secret", answer.status),
                Err(fault) => self.count("wrong secret", fault),
            }
        }
    }
}

/// So many turns, spread over the time.
fn turns(count: u32, lasts: Duration) -> tokio::time::Interval {
    let each = lasts / count.max(1);
    interval_at(Instant::now(), each.max(Duration::from_millis(1)))
}

/// The status of an answer that begins with these bytes.
fn status(answer: &[u8]) -> String {
    let text = String::from_utf8_lossy(answer);
    let status = text
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3));
    status.unwrap_or("closed").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_shared_out_evenly_and_none_is_lost() {
        let all: Vec<u32> = shares(130).collect();
        assert_eq!((all.len(), all.iter().sum::<u32>()), (64, 130));
        assert_eq!((all[0], all[63]), (3, 2));
    }

    #[test]
    fn the_status_is_read() {
        assert_eq!(status(b"HTTP/1.1 503 X\r\n"), "503");
        assert_eq!(status(b""), "closed");
    }
}
