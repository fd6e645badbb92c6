//! The event stream.

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
