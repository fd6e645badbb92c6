//! Clients that do not read: they are cut off, and cost nobody else anything. On the event stream they go on where
//! they were.

use farandole_manager::ask;
use farandole_manager::broadcaster::Publish;
use farandole_manager::metrics::MeasureBroadcaster;
use farandole_protocol::event::{Event, EventTaskLogUpdate};
use farandole_protocol::ids::TaskId;
use serde_json::json;

use super::client::Request;
use super::events::{EVENTS, Stream};
use super::farm::Farm;
use super::socket::Socket;

/// More than the system keeps for a connection: so many large texts.
const LARGE: usize = 80;
/// And then as many as a listener's queue takes.
const SMALL: usize = 1_010;

/// Tells of so much that nobody can who does not read.
async fn tell_too_much(farm: &Farm, task_id: TaskId) {
    let large = "x".repeat(1 << 18);
    for n in 0..LARGE + SMALL {
        let log = if n < LARGE {
            large.clone()
        } else {
            "small".to_owned()
        };
        let (offset, size) = (Some(n as u64), None);
        let update = EventTaskLogUpdate {
            task_id,
            log,
            offset,
            size,
        };
        let broadcaster = &farm.manager.parts.broadcaster;
        broadcaster.tell(Publish(Event::TaskLog(update))).unwrap();
        // When it answers, it has told.
        ask::ask(broadcaster, MeasureBroadcaster).await.unwrap();
    }
}

#[actix::test]
async fn a_slow_client_of_the_event_stream_is_cut_off_and_goes_on_where_it_was() {
    let farm = Farm::start().await;
    let task = TaskId::random();
    let path = format!("{EVENTS}?topic=/tasklog/{task}");
    let mut stream = Stream::open(&farm, Request::new("GET", &path)).await;
    let hello = stream.next().await.unwrap();
    tell_too_much(&farm, task).await;
    let (mut last, mut told, mut connections) = (hello.id, Vec::new(), 1);
    while told.len() < LARGE + SMALL {
        match stream.next().await {
            Some(event) if event.name == "hello" => {
                assert_eq!(event.data["resumed"], true);
            }
            Some(event) => {
                last = event.id;
                told.push(event.data["offset"].as_u64().unwrap());
            }
            None => {
                let request = Request::new("GET", &path).header("Last-Event-ID", &last);
                stream = Stream::open(&farm, request).await;
                connections += 1;
            }
        }
    }
    assert_eq!(connections, 2, "it was cut off once");
    assert!(told.into_iter().eq(0..(LARGE + SMALL) as u64));
    farm.end().await;
}

#[actix::test]
async fn a_slow_client_of_socket_io_is_cut_off() {
    let farm = Farm::start().await;
    let task = TaskId::random();
    let (mut slow, mut quick) = (Socket::open(&farm).await, Socket::open(&farm).await);
    slow.subscribe(json!({"op": "subscribe", "type": "tasklog", "uuid": task}))
        .await;
    tell_too_much(&farm, task).await;
    let mut told = 0;
    while slow.next().await.is_some() {
        told += 1;
    }
    assert!((1..LARGE + SMALL).contains(&told), "{told}");
    // What everybody is told may come before the answer.
    quick.send("2").await;
    while quick.next().await.expect("it is still served") != "3" {}
    farm.end().await;
}
