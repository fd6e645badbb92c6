//! Tags, blocks and schedules: which requests the calls come to.

use farandole_protocol::api::{JobBlocklist, JobTagChange, WorkerSleepSchedule, WorkerTag};
use farandole_protocol::ids::{JobId, TagId, WorkerId};

use crate::server::{Server, answer, json};

const DONE: &str = "204 No Content";

#[tokio::test]
async fn tags_are_made_changed_given_and_removed() {
    let tag = r#"{"id":"f81d4fae-7dec-41d0-a765-00a0c91e6bf6","name":"GPU"}"#;
    let list = format!(r#"{{"tags":[{tag}]}}"#);
    let steps = vec![json("200 OK", tag), json("200 OK", &list)];
    let done = (0..5).map(|_| answer(DONE, "", ""));
    let server = Server::run(steps.into_iter().chain(done).collect());
    let client = server.client("");
    let (worker, job) = (WorkerId::random(), JobId::random());
    let made = client
        .create_tag(&WorkerTag {
            id: None,
            name: "GPU".to_owned(),
            description: None,
        })
        .await
        .unwrap();
    assert_eq!(client.tags().await.unwrap(), std::slice::from_ref(&made));
    let id: TagId = made.id.as_deref().unwrap().parse().unwrap();
    client.update_tag(id, &made).await.unwrap();
    client.set_worker_tags(worker, &[id]).await.unwrap();
    let by_name = JobTagChange {
        id: None,
        name: Some("GPU".to_owned()),
    };
    client.set_job_tag(job, &by_name).await.unwrap();
    client
        .remove_from_blocklist(job, &JobBlocklist::default())
        .await
        .unwrap();
    client.delete_tag(id).await.unwrap();
    let management = "/api/v3/worker-mgt";
    for line in [
        format!("POST {management}/tags HTTP/1.1"),
        format!("GET {management}/tags HTTP/1.1"),
        format!("PUT {management}/tag/{id} HTTP/1.1"),
        format!("POST {management}/workers/{worker}/settags HTTP/1.1"),
        format!("POST /api/v3/jobs/{job}/settag HTTP/1.1"),
        format!("DELETE /api/v3/jobs/{job}/blocklist HTTP/1.1"),
        format!("DELETE {management}/tag/{id} HTTP/1.1"),
    ] {
        let request = server.request();
        assert!(request.has(&line), "{line}: {request:?}");
    }
}

#[tokio::test]
async fn a_worker_may_have_no_schedule() {
    let schedule = WorkerSleepSchedule {
        is_active: true,
        days_of_week: "mo".to_owned(),
        start_time: "22:00".to_owned(),
        end_time: "06:00".to_owned(),
    };
    let stored = serde_json::to_string(&schedule).unwrap();
    let server = Server::run(vec![
        answer(DONE, "", ""),
        answer(DONE, "", ""),
        json("200 OK", &stored),
    ]);
    let (client, worker) = (server.client(""), WorkerId::random());
    assert_eq!(client.sleep_schedule(worker).await.unwrap(), None);
    client.set_sleep_schedule(worker, &schedule).await.unwrap();
    assert_eq!(client.sleep_schedule(worker).await.unwrap(), Some(schedule));
}
