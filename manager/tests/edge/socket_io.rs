//! Socket.IO: the handshake as it was recorded, what clients may send, logs.

use serde_json::{Value, json};

use super::client::Request;
use super::farm::{Farm, NOBODY};
use super::socket::Socket;

const HANDSHAKE: &str =
    include_str!("../../../protocol/tests/contract/recordings/socketio-handshake.json");

fn exchanges() -> Vec<Value> {
    let recording: Value = serde_json::from_str(HANDSHAKE).unwrap();
    recording["exchanges"].as_array().unwrap().clone()
}

#[actix::test]
async fn other_transports_are_refused_as_recorded() {
    let farm = Farm::start().await;
    let mut tried = 0;
    for exchange in exchanges() {
        let (asked, expected) = (&exchange["request"], &exchange["response"]);
        let Some(method) = asked["method"].as_str() else {
            continue;
        };
        let mut request = Request::new(method, asked["path"].as_str().unwrap());
        if let Some(text) = asked["body"]["text"].as_str() {
            request = request.header("Content-Type", "text/plain").body(text);
        }
        let answer = request.send(farm.address).await;
        assert_eq!(json!(answer.status), expected["status"], "{exchange}");
        let content_type = answer.header("content-type");
        assert_eq!(
            content_type,
            expected["content_type"].as_str(),
            "{exchange}"
        );
        assert!(!answer.body.is_empty());
        tried += 1;
    }
    assert_eq!(tried, 4);
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
async fn a_client_is_greeted_and_answered_as_recorded() {
    let farm = Farm::start().await;
    let mut socket = Socket::upgrade(&farm).await;
    let (mut emitted, mut greeted) = (0, false);
    for exchange in exchanges() {
        match exchange["kind"].as_str() {
            Some("socket") => {
                let opened = socket.next().await.unwrap();
                let mut open: Value =
                    serde_json::from_str(opened.strip_prefix('0').unwrap()).unwrap();
                assert_eq!(open["sid"].as_str().unwrap().len(), 20);
                open["sid"] = json!("<20 characters>");
                assert_eq!(open, exchange["received"][0]["open"]);
                assert_eq!(
                    json!(socket.next().await),
                    exchange["received"][1]["packet"]
                );
                greeted = true;
            }
            Some("emit") => {
                let wish = exchange["payload"].to_string().replace("<uuid-1>", NOBODY);
                let wish = serde_json::from_str(&wish).unwrap();
                let name = exchange["event"].as_str().unwrap();
                let (answer, others) = socket.emit(name, &wish).await;
                let expected = &exchange["acknowledgement"];
                if expected == &json!(["<text>"]) {
                    let text = answer.unwrap()[0].as_str().unwrap().to_owned();
                    assert!(text.len() > 2 && text != "ok", "{exchange}");
                } else {
                    assert_eq!(answer.unwrap_or(Value::Null), *expected, "{exchange}");
                }
                assert!(others.is_empty(), "{others:?}");
                emitted += 1;
            }
            _ => {}
        }
    }
    assert!(greeted && emitted > 15);
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
