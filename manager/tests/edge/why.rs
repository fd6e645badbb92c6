//! Why something is not being worked on, as it is told over HTTP.

use farandole_protocol::api::{JobWhy, ReasonCode};
use serde_json::json;

use super::farm::{Farm, UNKNOWN_ID};

#[actix::test]
async fn why_is_told_of_tasks_and_jobs() {
    let farm = Farm::start().await;
    let who = farm.awake().await;
    let job = farm.submit(2).await;
    let job = job["id"].as_str().unwrap();
    let tasks = farm.get(&format!("/api/v3/jobs/{job}/tasks")).await.json();
    let of_task = |index: usize| {
        let id = tasks["tasks"][index]["id"].as_str().unwrap();
        format!("/api/farm/v1/tasks/{id}/why")
    };
    let why = farm.get(&of_task(0)).await.json();
    assert_eq!(why.get("reason"), None);
    let told = &why["workers"][0];
    assert_eq!(
        (&told["worker_id"], &told["code"]),
        (&json!(who.id), &json!("may-run"))
    );
    let why = farm.get(&of_task(1)).await.json();
    assert_eq!(why["reason"]["code"], "dependencies-unfinished");

    let pause = json!({"status": "pause-requested", "reason": "lunch"});
    farm.post(&format!("/api/v3/jobs/{job}/setstatus"), &pause)
        .await
        .nothing();
    let why = farm.get(&format!("/api/farm/v1/jobs/{job}/why")).await;
    let why: JobWhy = serde_json::from_value(why.json()).unwrap();
    assert_eq!(why.reason.unwrap().code, ReasonCode::JobNotRunning);
    assert!(why.summary.contains("paused"), "{}", why.summary);

    for thing in ["tasks", "jobs"] {
        for (id, status) in [(UNKNOWN_ID, 404), ("odd", 400)] {
            farm.get(&format!("/api/farm/v1/{thing}/{id}/why"))
                .await
                .refused(status);
        }
    }
    farm.end().await;
}
