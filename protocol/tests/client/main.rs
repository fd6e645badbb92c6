//! The client against a scripted server: what goes over the wire, and what callers can tell apart.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail the test"
)]

mod server;
mod tags;

use std::time::Duration;

use bytes::Bytes;
use farandole_protocol::api::{TaskLogInfo, TaskUpdate};
use farandole_protocol::client::{
    ClientError, Credentials, ManagerClient, ManagerHttp, StreamMessage, TaskAnswer,
    parse_manager_url,
};
use farandole_protocol::event::{Event, EventId, Hello, Topic};
use farandole_protocol::ids::{JobId, TaskId, WorkerId};
use farandole_protocol::status::{FarmStatus, TaskStatus, WorkerStatus};
use tokio::net::TcpSocket;
use tokio::time::Instant;

use crate::server::{Server, Step, answer, json};

const VERSION: &str = r#"{"version":"1","shortversion":"1","name":"farm","git":"x"}"#;

#[tokio::test]
async fn a_manager_says_what_it_is() {
    let server = Server::run(vec![json("200 OK", VERSION)]);
    assert_eq!(server.client("").version().await.unwrap().name, "farm");
    let request = server.request();
    assert!(request.has("GET /api/v3/version HTTP/1.1"));
    assert!(request.has(&format!(
        "user-agent: Farandole/{}",
        env!("CARGO_PKG_VERSION")
    )));
    assert!(
        !request
            .head
            .iter()
            .any(|line| line.starts_with("authorization"))
    );
}

#[tokio::test]
async fn a_base_url_may_have_a_path() {
    let server = Server::run(vec![json("200 OK", VERSION)]);
    server.client("/sub/").version().await.unwrap();
    assert!(server.request().has("GET /sub/api/v3/version HTTP/1.1"));
}

#[tokio::test]
async fn a_worker_proves_itself_and_names_its_attempt() {
    let worker_id: WorkerId = "f81d4fae-7dec-41d0-a765-00a0c91e6bf6".parse().unwrap();
    let server = Server::run(vec![
        answer("204 No Content", "", ""),
        answer("202 Accepted", "", ""),
    ]);
    let client = server.client("").with_credentials(Credentials {
        worker_id,
        secret: "s".to_owned(),
    });
    let task = TaskId::random();
    let update = TaskUpdate {
        task_status: Some(TaskStatus::Completed),
        ..TaskUpdate::default()
    };
    client.update_task(task, Some(3), &update).await.unwrap();
    client
        .output_produced(task, None, Bytes::from_static(b"jpeg"))
        .await
        .unwrap();

    let request = server.request();
    assert!(
        request.has(&format!("POST /api/v3/worker/task/{task} HTTP/1.1")),
        "{request:?}"
    );
    assert!(
        request.has("authorization: Basic ZjgxZDRmYWUtN2RlYy00MWQwLWE3NjUtMDBhMGM5MWU2YmY2OnM="),
        "{request:?}"
    );
    assert!(request.has("farandole-attempt: 3"));
    assert_eq!(request.body, r#"{"taskStatus":"completed"}"#);
    let request = server.request();
    assert!(request.has("content-type: image/jpeg"));
    assert!(
        !request
            .head
            .iter()
            .any(|line| line.starts_with("farandole-attempt"))
    );
    assert_eq!(request.body, "jpeg");
}

#[tokio::test]
async fn a_request_for_a_task_has_three_answers() {
    let task = format!(
        r#"{{"uuid":"{}","job":"{}","name":"t","status":"active","priority":50,"job_priority":50,"job_type":"j",
            "task_type":"misc","commands":null,"steps_completed":0,"steps_total":1,"attempt":2}}"#,
        TaskId::random(),
        JobId::random()
    );
    let applied = "Content-Type: application/json\r\nPreference-Applied: wait=30\r\n";
    let server = Server::run(vec![
        answer("200 OK", applied, &task),
        answer("204 No Content", "", ""),
        json("423 Locked", r#"{"status_requested":"asleep"}"#),
        json("409 Conflict", r#"{"code":409,"message":"asleep"}"#),
    ]);
    let client = server.client("");

    let reply = client
        .request_task(Some(Duration::from_secs(30)))
        .await
        .unwrap();
    assert!(
        matches!(&reply.answer, TaskAnswer::Task { task } if task.attempt == Some(2)),
        "{reply:?}"
    );
    assert!(reply.waited);
    assert!(server.request().has("prefer: wait=30"));

    let reply = client.request_task(None).await.unwrap();
    assert_eq!((reply.answer, reply.waited), (TaskAnswer::NoTask, false));
    assert!(
        !server
            .request()
            .head
            .iter()
            .any(|line| line.starts_with("prefer"))
    );

    let reply = client.request_task(None).await.unwrap();
    assert_eq!(reply.answer, TaskAnswer::StatusChange(WorkerStatus::Asleep));

    let refusal = client.request_task(None).await.unwrap_err();
    assert_eq!(refusal.refused_status(), Some(409));
}

#[tokio::test]
async fn a_wish_that_is_not_there_is_none() {
    let server = Server::run(vec![
        answer("204 No Content", "", ""),
        json("200 OK", r#"{"status_requested":"restart"}"#),
    ]);
    let client = server.client("");
    assert_eq!(client.state().await.unwrap(), None);
    assert_eq!(client.state().await.unwrap(), Some(WorkerStatus::Restart));
}

/// What a caller is told when this is the answer.
async fn refusal(step: Step) -> (u16, String, Option<Duration>) {
    let server = Server::run(vec![step]);
    match server.client("").farm_status().await {
        Err(ClientError::Refused {
            status,
            message,
            retry_after,
        }) => (status, message, retry_after),
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_refusal_gives_its_reason_whatever_its_form() {
    let busy = answer(
        "503 Service Unavailable",
        "Content-Type: application/json\r\nRetry-After: 2\r\n",
        r#"{"code":503,"message":"busy"}"#,
    );
    assert_eq!(
        refusal(busy).await,
        (503, "busy".to_owned(), Some(Duration::from_secs(2)))
    );
    let framework = json("400 Bad Request", r#"{"message":"no"}"#);
    assert_eq!(refusal(framework).await, (400, "no".to_owned(), None));
    assert_eq!(
        refusal(json("404 Not Found", r#""unknown""#)).await,
        (404, "unknown".to_owned(), None)
    );
    let text = answer(
        "502 Bad Gateway",
        "Content-Type: text/plain\r\n",
        " proxy \n",
    );
    assert_eq!(refusal(text).await, (502, "proxy".to_owned(), None));
    assert_eq!(
        refusal(json("500 Oops", "{broken")).await,
        (500, "{broken".to_owned(), None)
    );
    let elsewhere = answer("301 Moved", "Location: http://127.0.0.1:1/\r\n", "");
    assert_eq!(refusal(elsewhere).await, (301, String::new(), None));
}

#[tokio::test]
async fn what_is_no_manager_is_not_understood() {
    for step in [
        answer("200 OK", "Content-Type: text/html\r\n", VERSION),
        json("200 OK", "<html>"),
        json("200 OK", r#"{"version":1}"#),
    ] {
        let server = Server::run(vec![step]);
        let result = server.client("").version().await;
        assert!(
            matches!(result, Err(ClientError::NotUnderstood(_))),
            "{result:?}"
        );
    }
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    drop(rustls::crypto::ring::default_provider().install_default());
    // A port that is taken, so that no other test gets it, but on which nobody listens.
    let taken = TcpSocket::new_v4().unwrap();
    taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let client = ManagerHttp::new(&parse_manager_url(&address).unwrap()).unwrap();
    assert!(matches!(
        client.version().await,
        Err(ClientError::Unreachable(_))
    ));
}

#[tokio::test]
async fn a_connection_that_was_just_closed_costs_a_question_nothing() {
    let status = || json("200 OK", r#"{"status":"idle"}"#);
    let server = Server::run(vec![status(), Step::HangUp, status()]);
    let client = server.client("");
    assert_eq!(client.farm_status().await.unwrap(), FarmStatus::Idle);
    assert_eq!(client.farm_status().await.unwrap(), FarmStatus::Idle);
}

#[tokio::test]
async fn what_may_not_happen_twice_is_sent_once() {
    let server = Server::run(vec![
        json("200 OK", VERSION),
        Step::HangUp,
        json("200 OK", VERSION),
    ]);
    let client = server.client("");
    client.version().await.unwrap();
    assert!(matches!(
        client.sign_off().await,
        Err(ClientError::Unreachable(_))
    ));
    server.request();
    server.request();
    assert!(server.was_asked_no_more());
}

/// How long, in virtual time, a call waits for a server that never answers.
async fn patience(wait: Option<Duration>) -> Duration {
    let server = Server::run(vec![json("200 OK", VERSION), Step::Silence]);
    let client = server.client("");
    // With a connection at hand the clock only has the answer to wait for.
    client.version().await.expect("it answers once");
    tokio::time::pause();
    let start = Instant::now();
    assert!(matches!(
        client.request_task(wait).await,
        Err(ClientError::Unreachable(_))
    ));
    start.elapsed()
}

#[tokio::test]
async fn a_call_is_given_up_after_half_a_minute() {
    assert_eq!(patience(None).await.as_secs(), 30);
}

#[tokio::test]
async fn a_wait_comes_on_top_of_the_usual_time() {
    assert_eq!(patience(Some(Duration::from_mins(1))).await.as_secs(), 90);
}

#[tokio::test]
async fn a_log_is_read_from_where_the_last_part_ended() {
    let range = "Content-Range: bytes 4-7/8\r\nContent-Type: text/plain\r\n";
    let server = Server::run(vec![
        answer("206 Partial Content", range, "more"),
        answer("416 Range Not Satisfiable", "", ""),
        answer("200 OK", "", "all of it"),
    ]);
    let client = server.client("");
    let log = TaskLogInfo {
        task_id: TaskId::random(),
        job_id: JobId::random(),
        url: "/job-files/x/task.txt".to_owned(),
        size: 8,
    };
    assert_eq!(client.task_log_part(&log, 4).await.unwrap(), "more");
    assert!(server.request().has("range: bytes=4-1048579"));
    assert_eq!(client.task_log_part(&log, 8).await.unwrap(), "");
    assert_eq!(client.task_log_part(&log, 4).await.unwrap(), "of it");
}

#[tokio::test]
async fn events_are_listened_to_from_where_one_left_off() {
    let stream = "id: 00000000000000ff-4\nevent: hello\ndata: {\"id\":\"00000000000000ff-4\",\"resumed\":true}\n\n\
        : still here\n\n\
        event: something-new\ndata: {}\n\n\
        id: 00000000000000ff-5\nevent: status\ndata: {\"status\":\"idle\"}\n\n";
    let server = Server::run(vec![answer(
        "200 OK",
        "Content-Type: text/event-stream\r\n",
        stream,
    )]);
    let last = EventId { run: 255, n: 4 };
    let topics = [Topic::Status, Topic::Jobs];
    let mut events = server.client("").events(&topics, Some(last)).await.unwrap();

    let hello = Hello {
        id: last,
        resumed: true,
    };
    assert_eq!(
        events.next().await.unwrap(),
        Some(StreamMessage::Hello(hello))
    );
    let Some(StreamMessage::Event(event)) = events.next().await.unwrap() else {
        panic!("an event comes")
    };
    assert!(matches!(&*event, Event::Status(status) if status.0.status == FarmStatus::Idle));
    assert_eq!(events.last_id(), Some(EventId { run: 255, n: 5 }));
    assert_eq!(events.next().await.unwrap(), None);

    let request = server.request();
    assert!(
        request.has("GET /api/farm/v1/events?topic=%2Fstatus&topic=%2Fjobs HTTP/1.1"),
        "{request:?}"
    );
    assert!(request.has("last-event-id: 00000000000000ff-4"));
}
