//! The deletion of jobs.

use std::fs;

use serde_json::{Value, json};

use super::client::{Answer, Request};
use super::farm::{Farm, Member, UNKNOWN_ID};

async fn delete(farm: &Farm, path: &str) -> Answer {
    Request::new("DELETE", path).send(farm.address).await
}

async fn delete_until(farm: &Farm, body: &Value) -> Answer {
    let request = Request::new("DELETE", "/api/v3/jobs/mass-delete").json(body);
    request.send(farm.address).await
}

async fn ask_for_task(farm: &Farm, who: &Member) -> Answer {
    let request = who.request("POST", "/api/v3/worker/task");
    request.send(farm.address).await
}

fn id_of(thing: &Value) -> String {
    thing["id"].as_str().unwrap().to_owned()
}

/// Waits until a job is gone.
async fn gone(farm: &Farm, job: &str) {
    while farm.get(&format!("/api/v3/jobs/{job}")).await.status != 404 {
        tokio::task::yield_now().await;
    }
}

#[actix::test]
async fn a_deleted_job_goes_with_all_that_belongs_to_it() {
    let farm = Farm::start().await;
    let (who, task) = farm.at_work().await;
    let (task, job) = (id_of_task(&task), task["job"].as_str().unwrap().to_owned());
    let update = json!({"task_status": "active", "log": "a line"});
    let said = format!("/api/v3/worker/task/{task}");
    farm.say(&who, &said, &update).await.nothing();
    let path = format!("/api/v3/jobs/{job}");
    let would = farm.get(&format!("{path}/what-would-delete-do")).await;
    assert_eq!(would.json(), json!({"shaman_checkout": false}));
    assert!(farm.folder.path().join("local").read_dir().unwrap().count() > 0);

    delete(&farm, &path).await.nothing();
    let may_run = who.request("GET", &format!("/api/v3/worker/task/{task}/may-i-run"));
    let may_run = may_run.send(farm.address).await.json();
    assert_eq!(may_run["mayKeepRunning"], false);
    gone(&farm, &job).await;

    assert_eq!(farm.get("/api/v3/jobs").await.json(), json!({"jobs": []}));
    let tasks = farm.get(&format!("{path}/tasks")).await.json();
    assert_eq!(tasks, json!({"tasks": []}));
    assert_eq!(
        farm.get(&format!("{path}/blocklist")).await.json(),
        json!([])
    );
    for path in [
        format!("{path}/what-would-delete-do"),
        format!("/api/v3/tasks/{task}"),
        format!("/api/v3/tasks/{task}/logtail"),
    ] {
        assert_eq!(farm.get(&path).await.status, 404, "{path}");
    }
    assert_eq!(delete(&farm, &path).await.status, 404);
    ask_for_task(&farm, &who).await.nothing();
    assert_eq!(farm.say(&who, &said, &update).await.status, 404);
    let worker = farm
        .get(&format!("/api/v3/worker-mgt/workers/{}", who.id))
        .await;
    assert!(worker.json().get("task").is_none());
    while files_below(&farm) > 0 {
        tokio::task::yield_now().await;
    }
    farm.end().await;
}

fn id_of_task(task: &Value) -> String {
    task["uuid"].as_str().unwrap().to_owned()
}

/// How many folders of jobs there are.
fn files_below(farm: &Farm) -> usize {
    fs::read_dir(farm.folder.path().join("local")).map_or(0, Iterator::count)
}

#[actix::test]
async fn what_is_no_job_is_not_deleted() {
    let farm = Farm::start().await;
    for (job, status) in [(UNKNOWN_ID, 404), ("x", 400)] {
        let path = format!("/api/v3/jobs/{job}");
        assert_eq!(delete(&farm, &path).await.status, status);
        let would = farm.get(&format!("{path}/what-would-delete-do")).await;
        assert_eq!(would.status, status);
    }
    farm.end().await;
}

#[actix::test]
async fn all_jobs_up_to_a_time_are_deleted_at_once_and_no_others() {
    let farm = Farm::start().await;
    let jobs = [farm.submit(1).await, farm.submit(2).await];
    for body in [
        json!({}),
        json!({"last_updated_max": "yesterday"}),
        json!([]),
    ] {
        assert_eq!(delete_until(&farm, &body).await.status, 400, "{body}");
    }
    let old = delete_until(&farm, &json!({"last_updated_max": "2020-01-01T00:00:00Z"})).await;
    assert_eq!(old.status, 416);
    assert_eq!(old.json()["code"], 416);
    assert_eq!(
        farm.get("/api/v3/jobs").await.json()["jobs"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let newest = jobs[1]["updated"].as_str().unwrap();
    let body = json!({"last_updated_max": newest});
    delete_until(&farm, &body).await.nothing();
    for job in &jobs {
        gone(&farm, &id_of(job)).await;
    }
    assert_eq!(delete_until(&farm, &body).await.status, 416);
    farm.end().await;
}
