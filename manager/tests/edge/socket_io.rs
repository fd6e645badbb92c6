//! Socket.IO: what clients may send, logs, the end. Its handshake and all that it tells are compared to recordings in the
//! tests of whole farms.

use serde_json::{Value, json};

use super::client::Request;
use super::farm::Farm;
use super::socket::Socket;

#[actix::test]
async fn other_methods_are_refused() {
    let farm = Farm::start().await;
    for method in ["PUT", "DELETE", "PATCH"] {
        let answer = Request::new(method, "/socket.io/").send(farm.address).await;
        assert_eq!(answer.status, 503);
    }
    let options = Request::new("OPTIONS", "/socket.io/")
        .send(farm.address)
        .await;
    assert_eq!(options.status, 204);
    farm.end().await;
}

#[actix::test]
async fn a_ping_of_the_websocket_itself_is_answered() {
    let farm = Farm::start().await;
    let mut socket = Socket::open(&farm).await;
    socket.ping().await;
    farm.end().await;
}

#[actix::test]
async fn packets_that_make_no_sense_are_passed_over_or_end_the_session() {
    let farm = Farm::start().await;
    let mut socket = Socket::open(&farm).await;
    for packet in [
        "42[",
        "421[\"/subscription\",{]",
        "421[\"/subscription\"]",
        "421[\"/subscription\",{\"uuid\":1}]",
        "40",
        "3",
        "431[1]",
    ] {
        socket.send(packet).await;
    }
    socket.send("2").await;
    assert_eq!(socket.next().await.as_deref(), Some("3"));
    for packet in ["1", "41", "9", "hello", ""] {
        let mut socket = Socket::open(&farm).await;
        socket.send(packet).await;
        assert_eq!(socket.next().await, None, "{packet:?}");
    }
    let mut binary = Socket::open(&farm).await;
    binary.send_binary().await;
    assert_eq!(binary.next().await, None);
    farm.end().await;
}

#[actix::test]
async fn a_subscription_to_a_log_really_gets_it() {
    let farm = Farm::start().await;
    let (who, task) = farm.at_work().await;
    let id = task["uuid"].as_str().unwrap();
    let mut socket = Socket::open(&farm).await;
    socket
        .subscribe(json!({"op": "subscribe", "type": "tasklog", "uuid": id}))
        .await;
    let path = format!("/api/v3/worker/task/{id}");
    farm.say(&who, &path, &json!({"log": "one\n"}))
        .await
        .nothing();
    let logs = |events: Vec<(String, Value)>| -> Vec<(String, Value, Value)> {
        let of_logs = events.into_iter().filter(|(name, _)| name != "/status");
        of_logs
            .map(|(name, data)| (name, data["task_id"].clone(), data["log"].clone()))
            .collect()
    };
    // Notes of the Manager's own may come before.
    let heard = logs(socket.events(&farm).await);
    assert_eq!(
        heard.last(),
        Some(&("/tasklog".to_owned(), json!(id), json!("one\n")))
    );

    socket
        .subscribe(json!({"op": "unsubscribe", "type": "tasklog", "uuid": id}))
        .await;
    farm.say(&who, &path, &json!({"log": "two\n"}))
        .await
        .nothing();
    assert!(logs(socket.events(&farm).await).is_empty());
    farm.end().await;
}

#[actix::test]
async fn sessions_end_with_the_manager_after_its_farewell() {
    let farm = Farm::start().await;
    let mut socket = Socket::open(&farm).await;
    farm.end().await;
    let mut last = None;
    while let Some(event) = socket.event().await {
        last = Some(event);
    }
    let farewell = json!({"type": "manager-shutdown"});
    assert_eq!(last, Some(("/lifecycle".to_owned(), farewell)));
}
