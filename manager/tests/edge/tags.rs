//! Tags: made, changed, given to Workers and jobs, and removed. And blocks that are taken back.

use serde_json::{Value, json};

use super::client::{Answer, Request};
use super::events::{EVENTS, Stream};
use super::farm::{Farm, UNKNOWN_ID};

const TAGS: &str = "/api/v3/worker-mgt/tags";
const OWN_ID: &str = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";

fn tag(id: &str) -> String {
    format!("/api/v3/worker-mgt/tag/{id}")
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap()
}

async fn send(farm: &Farm, method: &str, path: &str, body: &Value) -> Answer {
    Request::new(method, path)
        .json(body)
        .send(farm.address)
        .await
}

async fn make(farm: &Farm, name: &str) -> String {
    let made = farm.post(TAGS, &json!({"name": name})).await.json();
    text(&made, "id").to_owned()
}

#[actix::test]
async fn a_tag_is_made_shown_changed_and_removed() {
    let farm = Farm::start().await;
    assert_eq!(farm.get(TAGS).await.json(), json!({"tags": []}));
    let gpu = farm
        .post(TAGS, &json!({"name": "GPU", "description": "fast"}))
        .await
        .json();
    let id = text(&gpu, "id");
    let shown = json!({"id": id, "name": "GPU", "description": "fast"});
    assert_eq!(gpu, shown);
    let own = farm
        .post(
            TAGS,
            &json!({"id": OWN_ID, "name": "own", "description": ""}),
        )
        .await;
    assert_eq!(own.json(), json!({"id": OWN_ID, "name": "own"}));
    let unnamed = farm.post(TAGS, &json!({"id": "", "name": ""})).await.json();
    assert_eq!(text(&unnamed, "id").len(), 36);
    assert_eq!(
        farm.get(TAGS).await.json(),
        json!({"tags": [shown, own.json(), unnamed]})
    );

    for (body, description) in [
        (json!({"name": "2"}), Some("fast")),
        (json!({"name": "2", "description": ""}), None),
        (
            json!({"id": OWN_ID, "name": "3", "description": "x"}),
            Some("x"),
        ),
    ] {
        send(&farm, "PUT", &tag(id), &body).await.nothing();
        let found = farm.get(&tag(id)).await.json();
        assert_eq!(
            (&found["id"], &found["name"]),
            (&json!(id), &body["name"]),
            "{body}"
        );
        let found = found.get("description").and_then(Value::as_str);
        assert_eq!(found, description, "{body}");
    }
    let delete = || Request::new("DELETE", &tag(id)).send(farm.address);
    delete().await.nothing();
    delete().await.refused(404);
    farm.get(&tag(id)).await.refused(404);
    farm.end().await;
}

#[actix::test]
async fn what_is_wrong_with_a_tag_is_said_and_changes_nothing() {
    let farm = Farm::start().await;
    let id = make(&farm, "GPU").await;
    make(&farm, "gpu").await;
    let before = farm.get(TAGS).await.json();
    farm.post(TAGS, &json!({"name": "GPU"})).await.refused(409);
    farm.post(TAGS, &json!({"id": id, "name": "new"}))
        .await
        .refused(409);
    for body in [
        json!({}),
        json!({"name": 5}),
        json!({"name": "new", "id": "odd"}),
    ] {
        farm.post(TAGS, &body).await.refused(400);
    }
    send(&farm, "PUT", &tag(&id), &json!({"name": "gpu"}))
        .await
        .refused(409);
    send(&farm, "PUT", &tag(&id), &json!({"description": "x"}))
        .await
        .refused(400);
    send(&farm, "PUT", &tag(UNKNOWN_ID), &json!({"name": "x"}))
        .await
        .refused(404);
    for (method, id, status) in [
        ("GET", "odd", 400),
        ("DELETE", "odd", 400),
        ("GET", UNKNOWN_ID, 404),
        ("DELETE", UNKNOWN_ID, 404),
    ] {
        Request::new(method, &tag(id))
            .send(farm.address)
            .await
            .refused(status);
    }
    assert_eq!(farm.get(TAGS).await.json(), before);
    farm.end().await;
}

#[actix::test]
async fn a_worker_has_the_tags_that_it_is_given() {
    let farm = Farm::start().await;
    let who = farm.awake().await;
    let worker = format!("/api/v3/worker-mgt/workers/{}", who.id);
    let set_tags = format!("{worker}/settags");
    let (one, two) = (make(&farm, "one").await, make(&farm, "two").await);
    for (given, names) in [
        (vec![one.as_str(), &two], json!(["one", "two"])),
        (vec![UNKNOWN_ID, "nonsense", &two, &two], json!(["two"])),
        (vec![], json!([])),
    ] {
        farm.post(&set_tags, &json!({"tag_ids": given}))
            .await
            .nothing();
        let found = farm.get(&worker).await.json();
        let tags = found.get("tags").and_then(Value::as_array);
        let found: Vec<&Value> = tags.into_iter().flatten().map(|tag| &tag["name"]).collect();
        assert_eq!(json!(found), names);
        assert_eq!(
            tags.is_none(),
            names == json!([]),
            "without tags it has no list"
        );
    }
    farm.post(&set_tags, &json!({"tag_ids": null}))
        .await
        .refused(400);
    for (id, status) in [(UNKNOWN_ID, 404), ("odd", 400)] {
        let path = format!("/api/v3/worker-mgt/workers/{id}/settags");
        farm.post(&path, &json!({"tag_ids": []}))
            .await
            .refused(status);
    }
    farm.end().await;
}

#[actix::test]
async fn a_tagged_job_waits_for_who_has_its_tag() {
    let farm = Farm::start().await;
    let who = farm.awake().await;
    let id = make(&farm, "GPU").await;
    let mut job = json!({
        "name": "j", "type": "echo-sleep-test", "priority": 50, "submitter_platform": "linux", "worker_tag": id,
        "settings": {"message": "m", "sleep_duration_seconds": 0, "sleep_repeats": 0},
    });
    let submitted = farm.post("/api/v3/jobs", &job).await.json();
    assert_eq!(submitted["worker_tag"], json!(id));
    let path = format!("/api/v3/jobs/{}", text(&submitted, "id"));
    let ask = who.request("POST", "/api/v3/worker/task");
    ask.clone().send(farm.address).await.nothing();
    let mut waiting = ask.header("Prefer", "wait=60").open(farm.address).await;
    let set_tags = format!("/api/v3/worker-mgt/workers/{}/settags", who.id);
    // The wait may not have begun yet; either way it ends with a task.
    farm.post(&set_tags, &json!({"tag_ids": [id]}))
        .await
        .nothing();
    assert_eq!(waiting.answer().await.json()["job"], submitted["id"]);

    let set_tag = format!("{path}/settag");
    let with_tag = |body: Value| {
        let (farm, set_tag, path) = (&farm, &set_tag, &path);
        async move {
            farm.post(set_tag, &body).await.nothing();
            farm.get(path).await.json().get("worker_tag").cloned()
        }
    };
    assert_eq!(with_tag(json!({})).await, None);
    assert_eq!(with_tag(json!({"name": "GPU"})).await, Some(json!(id)));
    let other = make(&farm, "other").await;
    let both = json!({"id": other, "name": "GPU"});
    assert_eq!(with_tag(both).await, Some(json!(other)));
    for body in [
        json!({"name": "none"}),
        json!({"name": ""}),
        json!({"id": "", "name": "GPU"}),
        json!({"id": UNKNOWN_ID}),
    ] {
        farm.post(&set_tag, &body).await.refused(406);
    }
    assert_eq!(farm.get(&path).await.json()["worker_tag"], json!(other));
    Request::new("DELETE", &tag(&other))
        .send(farm.address)
        .await
        .nothing();
    assert_eq!(farm.get(&path).await.json().get("worker_tag"), None);

    for (id, status) in [(UNKNOWN_ID, 404), ("odd", 400)] {
        farm.post(&format!("/api/v3/jobs/{id}/settag"), &json!({}))
            .await
            .refused(status);
    }
    job["worker_tag"] = json!(UNKNOWN_ID);
    let message = farm.post("/api/v3/jobs", &job).await.refused(400);
    assert!(message.contains(UNKNOWN_ID), "{message}");
    farm.end().await;
}

#[actix::test]
async fn tags_are_told_of_as_they_change() {
    let farm = Farm::start().await;
    let listen = Request::new("GET", &format!("{EVENTS}?topic=/workertags"));
    let mut stream = Stream::open(&farm, listen).await;
    stream.next().await.unwrap();
    let id = make(&farm, "GPU").await;
    send(&farm, "PUT", &tag(&id), &json!({"name": "CPU"}))
        .await
        .nothing();
    Request::new("DELETE", &tag(&id))
        .send(farm.address)
        .await
        .nothing();
    for expected in [
        json!({"tag": {"id": id, "name": "GPU", "description": ""}}),
        json!({"tag": {"id": id, "name": "CPU", "description": ""}}),
        json!({"tag": {"id": id, "name": ""}, "was_deleted": true}),
    ] {
        let told = stream.next().await.unwrap();
        assert_eq!(told.name, "workertag");
        assert_eq!(told.data, expected);
    }
    farm.end().await;
}

#[actix::test]
async fn a_block_is_taken_back() {
    let farm = Farm::start().await;
    let job = farm.submit(1).await;
    let path = |id: &str| format!("/api/v3/jobs/{id}/blocklist");
    let of_job = path(text(&job, "id"));
    let entry = json!([{"worker_id": UNKNOWN_ID, "task_type": "misc", "worker_name": "x"}]);
    send(&farm, "DELETE", &of_job, &entry).await.nothing();
    send(&farm, "DELETE", &path(UNKNOWN_ID), &entry)
        .await
        .nothing();
    send(&farm, "DELETE", &path("odd"), &entry)
        .await
        .refused(400);
    for body in [
        json!([]),
        json!({}),
        json!([{"worker_id": "odd", "task_type": "misc"}]),
    ] {
        send(&farm, "DELETE", &of_job, &body).await.refused(400);
    }
    Request::new("DELETE", &of_job)
        .send(farm.address)
        .await
        .refused(400);
    farm.end().await;
}
