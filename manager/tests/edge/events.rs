//! The event stream.

use farandole_protocol::event::{LogPosition, LogStep};
use serde_json::{Value, json};

use super::client::{Connection, Request};
use super::farm::Farm;

pub(crate) const EVENTS: &str = "/api/farm/v1/events";

/// A stream of events that has been opened.
pub(crate) struct Stream(Connection);

/// An event as it came.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) data: Value,
}

impl Stream {
    pub(crate) async fn open(farm: &Farm, request: Request) -> Self {
        let mut connection = request.open(farm.address).await;
        let head = connection.head().await;
        assert_eq!(head.status, 200);
        assert_eq!(head.header("content-type"), Some("text/event-stream"));
        assert_eq!(head.header("cache-control"), Some("no-cache"));
        assert_eq!(head.header("x-accel-buffering"), Some("no"));
        Self(connection)
    }

    /// The next event; `None` at the end. Sizes of chunks and comments are passed over.
    pub(crate) async fn next(&mut self) -> Option<Told> {
        let (mut id, mut name) = (String::new(), String::new());
        loop {
            let line = self.0.line().await?;
            if line == "0" {
                return None;
            }
            match line.split_once(": ") {
                Some(("id", value)) => value.clone_into(&mut id),
                Some(("event", value)) => value.clone_into(&mut name),
                Some(("data", value)) => {
                    let data = serde_json::from_str(value).unwrap();
                    return Some(Told { id, name, data });
                }
                _ => {}
            }
        }
    }
}

#[actix::test]
async fn a_stream_begins_with_hello_and_goes_on_where_it_was() {
    let farm = Farm::start().await;
    let mut stream =
        Stream::open(&farm, Request::new("GET", &format!("{EVENTS}?topic=/jobs"))).await;
    let hello = stream.next().await.unwrap();
    assert_eq!(
        (hello.name.as_str(), &hello.data["resumed"]),
        ("hello", &json!(false))
    );
    assert_eq!(hello.data["id"], json!(hello.id));

    let job = farm.submit(1).await;
    let first = stream.next().await.unwrap();
    assert_eq!(
        (first.name.as_str(), &first.data["id"]),
        ("job", &job["id"])
    );
    assert!(
        first
            .id
            .split_once('-')
            .is_some_and(|(run, _)| hello.id.starts_with(run)),
        "{first:?}"
    );
    let second = farm.submit(1).await;

    let by_header = Request::new("GET", &format!("{EVENTS}?topic=/workers&topic=/jobs"))
        .header("Last-Event-ID", &first.id);
    let by_query = Request::new(
        "GET",
        &format!("{EVENTS}?topic=/jobs&last_event_id={}", first.id),
    );
    for request in [by_header, by_query] {
        let mut stream = Stream::open(&farm, request).await;
        let hello = stream.next().await.unwrap();
        assert_eq!(
            (&hello.data["resumed"], &hello.data["id"]),
            (&json!(true), &json!(first.id))
        );
        assert_eq!(stream.next().await.unwrap().data["id"], second["id"]);
    }
    let unknown = Request::new("GET", EVENTS).header("Last-Event-ID", "nonsense");
    let hello = Stream::open(&farm, unknown).await.next().await.unwrap();
    assert_eq!(hello.data["resumed"], false);
    farm.get(&format!("{EVENTS}?topic=/nonsense"))
        .await
        .refused(400);
    farm.end().await;
}

#[actix::test]
async fn logs_are_told_to_those_who_ask_for_them() {
    let farm = Farm::start().await;
    let (who, task) = farm.at_work().await;
    let id = task["uuid"].as_str().unwrap();
    let mut all = Stream::open(&farm, Request::new("GET", EVENTS)).await;
    let path = format!("{EVENTS}?topic=/tasklog/{id}");
    let mut logs = Stream::open(&farm, Request::new("GET", &path)).await;
    for stream in [&mut all, &mut logs] {
        assert_eq!(stream.next().await.unwrap().name, "hello");
    }
    let update = json!({"log": "said\n", "taskStatus": "completed"});
    farm.say(&who, &format!("/api/v3/worker/task/{id}"), &update)
        .await
        .nothing();
    let mut told = logs.next().await.unwrap();
    while told.data["log"] != "said\n" {
        assert_eq!(told.name, "tasklog");
        told = logs.next().await.unwrap();
    }
    let mut told = all.next().await.unwrap();
    while told.data["status"] != "completed" {
        assert_ne!(told.name, "tasklog");
        told = all.next().await.unwrap();
    }
    farm.end().await;
}

#[actix::test]
async fn streams_end_with_the_manager() {
    let farm = Farm::start().await;
    let mut stream = Stream::open(
        &farm,
        Request::new("GET", &format!("{EVENTS}?topic=/lifecycle")),
    )
    .await;
    assert_eq!(stream.next().await.unwrap().name, "hello");
    let address = farm.address;
    farm.end().await;
    let last = stream.next().await.unwrap();
    assert_eq!(last.data, json!({"type": "manager-shutdown"}), "{address}");
    assert!(stream.next().await.is_none());
}

/// Somebody who follows the log of a task by the rules.
struct Reader {
    /// The log's file.
    file: String,
    position: LogPosition,
    read: String,
}

impl Reader {
    /// Reads the file from where it is.
    async fn read_file(&mut self, farm: &Farm) {
        let from = format!("bytes={}-", self.position.read());
        let request = Request::new("GET", &self.file).header("Range", &from);
        let answer = request.send(farm.address).await;
        // There is nothing new, or not even a file.
        if answer.status == 416 || answer.status == 404 {
            return;
        }
        assert_eq!(answer.status, 206);
        self.position.has_read(answer.body.len() as u64);
        self.read.push_str(answer.text());
    }

    async fn hear(&mut self, farm: &Farm, told: Told) {
        if told.name == "hello" {
            // Whether it is resumed or not: bytes are what counts.
            return self.read_file(farm).await;
        }
        let update = serde_json::from_value(told.data).unwrap();
        match self.position.hear(&update) {
            LogStep::Known => {}
            LogStep::Text(text) => self.read.push_str(&text),
            LogStep::ReadFrom(_) => self.read_file(farm).await,
        }
    }
}

#[actix::test]
async fn a_log_is_followed_by_byte_offset_whenever_the_connection_breaks() {
    let farm = Farm::start().await;
    let (who, task) = farm.at_work().await;
    let (id, job) = (
        task["uuid"].as_str().unwrap(),
        task["job"].as_str().unwrap(),
    );
    let file = format!("/job-files/job-{}/{job}/task-{id}.txt", &job[..4]);
    let path = format!("{EVENTS}?topic=/tasklog/{id}");
    let mut reader = Reader {
        file: file.clone(),
        position: LogPosition::default(),
        read: String::new(),
    };
    for round in 0..40 {
        let says = |text: String| {
            let update = json!({ "log": text });
            let (farm, who) = (&farm, &who);
            async move {
                let path = format!("/api/v3/worker/task/{id}");
                farm.say(who, &path, &update).await.nothing();
            }
        };
        // Nobody listens.
        for n in 0..round % 3 {
            says(format!("unheard {round} {n}")).await;
        }
        let mut stream = Stream::open(&farm, Request::new("GET", &path)).await;
        // Between the beginning of the stream and the reading of the file.
        says(format!("both ways {round} äöü\n")).await;
        reader.hear(&farm, stream.next().await.unwrap()).await;
        says(format!("live {round}\nand {round}")).await;
        while !reader.read.contains(&format!("and {round}\n")) {
            reader.hear(&farm, stream.next().await.unwrap()).await;
        }
    }
    let whole = farm.get(&file).await;
    assert_eq!(reader.read, whole.text());
    assert_eq!(reader.read.matches("both ways").count(), 40);
    farm.end().await;
}

#[actix::test]
async fn what_the_manager_counts_is_there_for_prometheus() {
    let farm = Farm::start().await;
    let (who, task) = farm.at_work().await;
    farm.submit(3).await;
    let update = json!({"taskStatus": "completed"});
    let path = format!("/api/v3/worker/task/{}", task["uuid"].as_str().unwrap());
    farm.say(&who, &path, &update).await.nothing();
    let _listener = Stream::open(&farm, Request::new("GET", EVENTS)).await;
    let answer = farm.get("/metrics").await;
    assert_eq!(answer.status, 200);
    let value = |name: &str| {
        let line = answer
            .text()
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let value = line.unwrap_or_else(|| panic!("no {name} in {}", answer.text()));
        value.parse::<f64>().unwrap()
    };
    let exactly = [
        ("farandole_ready{part=\"scheduler\"}", 1.0),
        ("farandole_queue{part=\"gatekeeper\"}", 0.0),
        ("farandole_jobs{status=\"queued\"}", 1.0),
        ("farandole_tasks{status=\"queued\"}", 3.0),
        ("farandole_workers{status=\"awake\"}", 1.0),
        ("farandole_task_changes_total{status=\"completed\"}", 1.0),
        ("farandole_workers_waiting", 0.0),
    ];
    for (name, expected) in exactly {
        assert!(
            (value(name) - expected).abs() < 0.5,
            "{name} is {}",
            value(name)
        );
    }
    for name in [
        "farandole_decisions_total",
        "farandole_commit_seconds_count",
        "farandole_commit_seconds_bucket{le=\"+Inf\"}",
        "farandole_commit_writes_sum",
        "farandole_events_total{kind=\"job\"}",
        "farandole_listeners",
    ] {
        assert!(value(name) >= 1.0, "{name} is {}", value(name));
    }
    assert!(answer.text().ends_with("# EOF\n"));
    farm.end().await;
}
