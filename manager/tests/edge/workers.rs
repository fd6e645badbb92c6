//! What Workers ask: answers, codes and headers.

use serde_json::json;

use super::client::Request;
use super::farm::{Farm, UNKNOWN_ID};

const TASK: &str = "/api/v3/worker/task";

#[actix::test]
async fn a_worker_registers_from_where_it_is() {
    let farm = Farm::start().await;
    let body = json!({"name": "a", "secret": "s", "platform": "linux", "supported_task_types": ["misc", "blender"]});
    let register = || Request::new("POST", "/api/v3/worker/register-worker").json(&body);
    let answer = register().send(farm.address).await.json();
    assert_eq!(answer["address"], "127.0.0.1");
    assert_eq!(answer["supported_task_types"], json!(["misc", "blender"]));
    let proxied = register()
        .header("X-Forwarded-For", " 10.1.2.3, 10.0.0.1")
        .header("X-Real-IP", "10.9.9.9");
    assert_eq!(
        proxied.send(farm.address).await.json()["address"],
        "10.1.2.3"
    );
    let proxied = register().header("X-Real-IP", "[2001:db8::1]");
    assert_eq!(
        proxied.send(farm.address).await.json()["address"],
        "2001:db8::1"
    );

    let list = farm.get("/api/v3/worker-mgt/workers").await.json();
    assert_eq!(list["workers"].as_array().unwrap().len(), 3);
    farm.end().await;
}

#[actix::test]
async fn every_answer_to_a_request_for_a_task() {
    let farm = Farm::start().await;
    let who = farm.member("secret").await;
    let ask = || who.request("POST", TASK);
    let message = ask().send(farm.address).await.refused(409);
    assert!(message.contains("offline"), "{message}");

    let body = json!({"name": "anna", "supported_task_types": ["misc"], "software_version": "1"});
    farm.say(&who, "/api/v3/worker/sign-on", &body).await.json();
    farm.say(
        &who,
        "/api/v3/worker/state-changed",
        &json!({"status": "awake"}),
    )
    .await
    .nothing();
    let nothing = ask().send(farm.address).await;
    nothing.nothing();
    assert!(nothing.header("preference-applied").is_none());

    farm.submit(2).await;
    let waiting = ask()
        .header("Prefer", "respond-async, wait=999")
        .send(farm.address)
        .await;
    assert_eq!(waiting.status, 200);
    assert_eq!(waiting.header("preference-applied"), Some("wait=60"));
    let task = waiting.json();
    assert_eq!(
        (&task["name"], &task["status"], &task["attempt"]),
        (&json!("echo"), &json!("active"), &json!(1))
    );

    let path = format!("/api/v3/worker-mgt/workers/{}/setstatus", who.id);
    farm.post(&path, &json!({"status": "asleep", "is_lazy": true}))
        .await
        .nothing();
    let told = ask().send(farm.address).await;
    assert_eq!(told.status, 423);
    assert_eq!(told.json(), json!({"status_requested": "asleep"}));
    farm.post(&path, &json!({"status": "restart", "is_lazy": true}))
        .await
        .refused(412);
    farm.end().await;
}

#[actix::test]
async fn who_waits_for_a_task_gets_the_first_one() {
    let farm = Farm::start().await;
    let who = farm.awake().await;
    let ask = who.request("POST", TASK).header("Prefer", "wait=60");
    let mut waiting = ask.open(farm.address).await;
    // What is asked after it on the same connection is answered after it.
    let job = farm.submit(1).await;
    let answer = waiting.answer().await;
    assert_eq!(answer.header("preference-applied"), Some("wait=60"));
    assert_eq!(answer.json()["job"], job["id"]);
    farm.end().await;
}

#[actix::test]
async fn waits_end_with_the_manager() {
    let farm = Farm::start().await;
    let who = farm.awake().await;
    let ask = who.request("POST", TASK).header("Prefer", "wait=60");
    let (mut one, mut other) = (ask.open(farm.address).await, ask.open(farm.address).await);
    // A Worker waits once: the older request is answered as soon as the newer one waits.
    let (answer, mut waiting) = tokio::select! {
        answer = one.answer() => (answer, other),
        answer = other.answer() => (answer, one),
    };
    answer.nothing();
    farm.end().await;
    waiting.answer().await.nothing();
    assert_eq!(waiting.line().await, None, "the connection ends, too");
}

#[actix::test]
async fn updates_and_questions_about_a_task() {
    let farm = Farm::start().await;
    let (who, task) = farm.at_work().await;
    let path = format!("{TASK}/{}", task["uuid"].as_str().unwrap());
    farm.say(&who, &path, &json!({})).await.nothing();
    let may = format!("{path}/may-i-run");
    let yes = json!({"mayKeepRunning": true, "reason": "", "statusChangeRequested": false});
    assert_eq!(
        who.request("GET", &may).send(farm.address).await.json(),
        yes
    );
    let older = who
        .request("GET", &may)
        .header("Farandole-Attempt", "0")
        .send(farm.address)
        .await
        .json();
    assert_eq!(older["mayKeepRunning"], false);
    let unknown = who
        .request("GET", &format!("{TASK}/{UNKNOWN_ID}/may-i-run"))
        .send(farm.address)
        .await
        .json();
    assert_eq!(
        (
            &unknown["mayKeepRunning"],
            &unknown["statusChangeRequested"]
        ),
        (&json!(false), &json!(false))
    );

    farm.say(&who, &format!("{TASK}/{UNKNOWN_ID}"), &json!({}))
        .await
        .refused(404);
    farm.say(&who, &format!("{TASK}/nonsense"), &json!({}))
        .await
        .refused(400);
    farm.say(&who, &path, &json!({"taskStatus": "soft-failed"}))
        .await
        .refused(400);
    farm.say(&who, &path, &json!({"taskStatus": "nonsense"}))
        .await
        .refused(400);
    let stranger = farm.member("other").await;
    farm.say(&stranger, &path, &json!({"activity": "mine"}))
        .await
        .refused(409);

    farm.say(&who, &path, &json!({"taskStatus": "completed"}))
        .await
        .nothing();
    farm.say(&who, &path, &json!({"taskStatus": "completed"}))
        .await
        .nothing();
    farm.say(&who, &path, &json!({"taskStatus": "failed"}))
        .await
        .refused(409);
    farm.end().await;
}

#[actix::test]
async fn a_worker_says_how_long_its_program_has_done_nothing() {
    let farm = Farm::start().await;
    let (who, task) = farm.at_work().await;
    let id = task["uuid"].as_str().unwrap();
    let ask = |idle| {
        who.request("GET", &format!("{TASK}/{id}/may-i-run"))
            .header("Farandole-Idle", idle)
    };
    let why = async || {
        let why = farm.get(&format!("/api/farm/v1/tasks/{id}/why")).await;
        why.json()["summary"].as_str().unwrap().to_owned()
    };
    for idle in [
        "nonsense",
        "output=1, frame=2",
        "output=3, frame=40, processor=5",
    ] {
        let answer = ask(idle).send(farm.address).await.json();
        assert_eq!(answer["mayKeepRunning"], true, "{idle}");
        let said = why().await;
        assert!(!said.contains("not ended"), "{said}");
    }
    let idle = "output=39, frame=40, processor=1, exit=39";
    ask(idle).send(farm.address).await.json();
    let said = why().await;
    assert!(
        said.ends_with("all frames are done; the program has not ended for 39 s"),
        "{said}"
    );
    farm.end().await;
}

#[actix::test]
async fn a_second_process_with_the_same_identity_is_refused() {
    let farm = Farm::start().await;
    let who = farm.member("secret").await;
    let sign_on = async |run: &str| {
        let body = json!({
            "name": "anna", "supported_task_types": ["misc"], "software_version": "1", "run": run,
        });
        farm.say(&who, "/api/v3/worker/sign-on", &body).await
    };
    let (one, other) = (
        "11111111-1111-4111-8111-111111111111",
        "22222222-2222-4222-8222-222222222222",
    );
    assert_eq!(sign_on(one).await.status, 200);
    let refused = sign_on(other).await;
    assert_eq!(refused.header("retry-after"), Some("5"));
    let message = refused.refused(409);
    assert!(
        message.contains("another process works as Worker anna"),
        "{message}"
    );
    assert_eq!(sign_on(one).await.status, 200);
    let refused = sign_on(other).await;
    assert_eq!(refused.header("retry-after"), None, "the first is alive");
    refused.refused(409);
    farm.end().await;
}

#[actix::test]
async fn health_names_every_part() {
    let farm = Farm::start().await;
    assert_eq!(farm.get("/healthz").await.status, 200);
    let ready = farm.get("/readyz").await;
    assert_eq!(ready.status, 200);
    let ready = ready.json();
    assert_eq!(ready["ready"], true);
    let names: Vec<&str> = ready["parts"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|part| part["name"].as_str())
        .collect();
    assert!(
        names.contains(&"scheduler") && names.contains(&"store-writer") && names.len() >= 10,
        "{names:?}"
    );
    farm.end().await;
}

#[actix::test]
async fn who_was_given_a_task_is_kept() {
    let farm = Farm::start().await;
    let (who, given) = farm.at_work().await;
    let attempts = format!(
        "/api/farm/v1/tasks/{}/attempts",
        given["uuid"].as_str().unwrap()
    );
    let listed = farm.get(&attempts).await.json();
    assert_eq!(listed["attempts"].as_array().unwrap().len(), 1);
    let attempt = &listed["attempts"][0];
    assert_eq!(
        (&attempt["attempt"], &attempt["worker_id"]),
        (&json!(1), &json!(who.id))
    );
    assert_eq!(attempt.get("outcome"), None);

    let cancel = json!({"status": "cancel-requested", "reason": "enough"});
    let job = given["job"].as_str().unwrap();
    farm.post(&format!("/api/v3/jobs/{job}/setstatus"), &cancel)
        .await;
    let listed = farm.get(&attempts).await.json();
    assert_eq!(listed["attempts"][0]["outcome"], "canceled");
    farm.get(&format!("/api/farm/v1/tasks/{UNKNOWN_ID}/attempts"))
        .await
        .refused(404);
    farm.end().await;
}

#[actix::test]
async fn a_deleted_worker_is_nobody_any_more_and_its_task_goes_back() {
    let farm = Farm::start().await;
    let (who, given) = farm.at_work().await;
    let path = format!("/api/v3/worker-mgt/workers/{}", who.id);
    let delete = || Request::new("DELETE", &path);
    delete().send(farm.address).await.nothing();
    delete().send(farm.address).await.refused(404);
    farm.get(&path).await.refused(404);
    who.request("POST", TASK)
        .send(farm.address)
        .await
        .refused(403);
    let task = format!("/api/v3/tasks/{}", given["uuid"].as_str().unwrap());
    assert_eq!(farm.get(&task).await.json()["status"], "queued");
    farm.end().await;
}
