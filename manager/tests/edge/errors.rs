//! What is refused, how, and in which order things are checked.

use serde_json::json;

use super::client::Request;
use super::farm::{Farm, UNKNOWN_ID};

#[actix::test]
async fn what_is_unknown_is_said_with_code_and_message() {
    let farm = Farm::start().await;
    for path in [
        "/nothing",
        "/api/v3/nothing",
        "/api/v3/version/",
        "/api/v3/jobs/",
        "/api/v3/jobs//tasks",
        "/api/v3/swagger-ui",
        "/api/v3/swagger-ui/nothing.js",
        "/api/farm/v1/nothing",
        &format!("/api/v3/jobs/{UNKNOWN_ID}/"),
        &format!("/api/v3/jobs/{UNKNOWN_ID}/tasks/1"),
    ] {
        farm.get(path).await.refused(404);
    }
    farm.end().await;
}

#[actix::test]
async fn another_method_is_refused_with_those_that_are_allowed() {
    let farm = Farm::start().await;
    let job = format!("/api/v3/jobs/{UNKNOWN_ID}");
    let file = format!("/api/farm/v1/jobs/{UNKNOWN_ID}/files/a/b.png");
    for (method, path, allowed) in [
        ("PUT", "/api/v3/version", "OPTIONS, GET, HEAD"),
        ("DELETE", "/api/v3/jobs", "OPTIONS, GET, HEAD, POST"),
        ("PATCH", &job, "OPTIONS, GET, HEAD, DELETE"),
        ("GET", "/api/v3/worker/sign-on", "OPTIONS, POST"),
        ("POST", "/api/v3/swagger-ui/", "OPTIONS, GET, HEAD"),
        ("POST", "/job-files/x", "GET, HEAD, OPTIONS"),
        ("PUT", &file, "OPTIONS, GET, HEAD"),
        ("PATCH", "/", "OPTIONS, GET, HEAD"),
        ("NONSENSE", "/healthz", "OPTIONS, GET, HEAD"),
    ] {
        let answer = Request::new(method, path).send(farm.address).await;
        let message = answer.refused(405);
        assert!(message.contains(method), "{message}");
        assert_eq!(answer.header("allow"), Some(allowed), "{path}");
    }
    for method in ["PUT", "POST", "HEAD"] {
        let mut connection = Request::new(method, "/nothing").open(farm.address).await;
        let head = connection.head().await;
        assert_eq!((head.status, head.header("allow")), (404, None), "{method}");
    }
    for path in ["/", "/api/v3/jobs", "/nothing"] {
        let answer = Request::new("OPTIONS", path).send(farm.address).await;
        answer.nothing();
        assert!(
            answer
                .header("allow")
                .is_some_and(|methods| methods.contains("GET"))
        );
    }
    farm.end().await;
}

#[actix::test]
async fn head_is_answered_as_get_is_without_the_body() {
    let farm = Farm::start().await;
    let job = farm.submit(1).await["id"].as_str().unwrap().to_owned();
    let job = format!("/api/v3/jobs/{job}");
    for path in [
        "/",
        "/healthz",
        "/api/v3/version",
        "/api/v3/jobs",
        "/api/v3/openapi3.json",
        "/api/v3/swagger-ui/",
        "/api/v3/jobs/nonsense",
        "/api/v3/worker/state",
        "/metrics",
        &job,
    ] {
        let got = farm.get(path).await;
        let mut connection = Request::new("HEAD", path).open(farm.address).await;
        let head = connection.head().await;
        assert_eq!(head.status, got.status, "{path}");
        for name in ["content-type", "location"] {
            assert_eq!(head.header(name), got.header(name), "{path}");
        }
        // The size of the metrics changes with each request.
        if path != "/metrics" {
            assert_eq!(head.header("content-length"), got.header("content-length"));
        }
        // No body came: the next answer on this connection begins right here.
        let next = connection.again(Request::new("GET", "/healthz")).await;
        assert_eq!(next.status, 200, "{path}");
    }
    let mut connection = Request::new("HEAD", "/api/farm/v1/events")
        .open(farm.address)
        .await;
    assert_eq!(connection.head().await.status, 200, "a stream has no end");
    let next = connection.again(Request::new("GET", "/healthz")).await;
    assert_eq!(next.status, 200);
    farm.end().await;
}

#[actix::test]
async fn half_a_character_is_refused_with_its_place() {
    let farm = Farm::start().await;
    let body = "{\"name\": \"sc\\udce9ne\", \"type\": \"echo-sleep-test\", \"submitter_platform\": \"linux\"}";
    let request = Request::new("POST", "/api/v3/jobs")
        .header("Content-Type", "application/json")
        .body(body);
    let message = request.send(farm.address).await.refused(400);
    assert!(
        message.contains("\\udce9 at line 1 column 13") && message.contains("renamed"),
        "{message}"
    );
    farm.end().await;
}

#[actix::test]
async fn ids_are_uuids() {
    let farm = Farm::start().await;
    let message = farm.get("/api/v3/jobs/a%2Fb").await.refused(400);
    assert!(
        message.contains("/api/v3/jobs/a%2Fb") && message.contains("UUID"),
        "{message}"
    );
    for id in [
        "nonsense",
        "11111111222243338444555555555555",
        "type",
        "%00",
        "%ff",
    ] {
        farm.get(&format!("/api/v3/jobs/{id}")).await.refused(400);
    }
    farm.get(&format!("/api/v3/jobs/{UNKNOWN_ID}"))
        .await
        .refused(404);
    farm.get(&format!("/api/v3/jobs/{}", UNKNOWN_ID.replace('1', "A")))
        .await
        .refused(404);
    let change = json!({"status": "paused", "reason": ""});
    farm.post("/api/v3/tasks/nonsense/setstatus", &change)
        .await
        .refused(404);
    farm.end().await;
}

#[actix::test]
async fn bad_credentials_win_over_a_bad_body_that_is_not_even_waited_for() {
    let farm = Farm::start().await;
    let who = farm.member("secret").await;
    let wrong = Request::new("POST", "/api/v3/worker/task/nonsense").basic(&who.id, "wrong");
    for request in [
        wrong.clone(),
        Request::new("POST", "/api/v3/worker/sign-on"),
        Request::new("POST", "/api/v3/worker/state-changed").basic("nobody", "x"),
    ] {
        let with_body = request.header("Content-Length", "1000000");
        let mut connection = with_body.open(farm.address).await;
        connection.answer().await.refused(403);
    }
    wrong.body("{").send(farm.address).await.refused(403);
    farm.end().await;
}

#[actix::test]
async fn a_bad_body_wins_over_a_bad_id_even_if_it_comes_later() {
    let farm = Farm::start().await;
    let request = Request::new("POST", "/api/v3/jobs/nonsense/setstatus")
        .header("Content-Type", "application/json")
        .header("Content-Length", "2")
        .header("Expect", "100-continue");
    let mut connection = request.open(farm.address).await;
    // The Manager has seen the head, and nothing else.
    assert_eq!(connection.head().await.status, 100);
    connection.write(b"{}").await;
    let message = connection.answer().await.refused(400);
    assert!(message.contains("status"), "{message}");

    let good = json!({"status": "paused", "reason": ""});
    let message = farm
        .post("/api/v3/jobs/nonsense/setstatus", &good)
        .await
        .refused(400);
    assert!(message.contains("UUID"), "{message}");
    farm.end().await;
}

#[actix::test]
async fn what_is_wrong_with_a_body_is_said() {
    let farm = Farm::start().await;
    let path = "/api/v3/worker/register-worker";
    let post = |content_type: &'static str, body: &'static str| {
        let request = Request::new("POST", path).header("Content-Type", content_type);
        request.body(body).send(farm.address)
    };
    let json = "application/json";
    for (body, expected) in [
        ("", "no body"),
        ("  \n ", "blank"),
        ("{", "EOF"),
        ("null", "null"),
        ("[]", "length 0"),
        ("{}", "missing field"),
        (r#"{"name": 5}"#, "integer `5`"),
        (
            r#"{"name": "a", "secret": "b", "platform": "c"}"#,
            "missing field `supported_task_types`",
        ),
        (
            r#"{"name": null, "secret": "b", "platform": "c", "supported_task_types": []}"#,
            "null",
        ),
    ] {
        let message = post(json, body).await.refused(400);
        assert!(message.contains(expected), "{body}: {message}");
    }
    let body = r#"{"name": "a", "secret": "b", "platform": "c", "supported_task_types": [], "other": {}} and more"#;
    for content_type in [
        "application/json",
        "application/json; charset=utf-8",
        "application/json;x",
        "application/json ; x",
        "Application/JSON",
    ] {
        assert_eq!(post(content_type, body).await.status, 200);
    }
    for content_type in ["text/plain", "*/*", "application/jsonx", ""] {
        let message = post(content_type, body).await.refused(400);
        assert!(message.contains("application/json"), "{message}");
    }
    let without_type = Request::new("POST", path)
        .body(body)
        .send(farm.address)
        .await;
    without_type.refused(400);
    let chunked = Request::new("POST", path)
        .header("Content-Type", json)
        .chunked(body.as_bytes());
    assert_eq!(chunked.send(farm.address).await.status, 200);
    farm.end().await;
}

#[actix::test]
async fn too_much_is_too_much_whether_it_is_announced_or_not() {
    let farm = Farm::start().await;
    let request = Request::new("POST", "/api/v3/jobs").header("Content-Type", "application/json");
    // Refused by its length alone: nothing of it was sent.
    let announced = request.clone().header("Content-Length", "1048577");
    announced
        .open(farm.address)
        .await
        .answer()
        .await
        .refused(413);
    let message = request
        .clone()
        .chunked(&vec![b' '; (1 << 20) + 1])
        .send(farm.address)
        .await
        .refused(413);
    assert!(message.contains("1 MiB"), "{message}");
    request
        .body(vec![b' '; 1 << 20])
        .send(farm.address)
        .await
        .refused(400);

    let who = farm.member("secret").await;
    let path = format!("/api/v3/worker/task/{UNKNOWN_ID}/output-produced");
    let picture = who
        .request("POST", &path)
        .header("Content-Type", "image/png");
    let large = picture.clone().header("Content-Length", "26214401");
    large.open(farm.address).await.answer().await.refused(413);
    picture
        .clone()
        .body("")
        .send(farm.address)
        .await
        .refused(400);
    picture.body("x").send(farm.address).await.refused(404);
    let text = who
        .request("POST", &path)
        .header("Content-Type", "text/plain")
        .body("x");
    text.send(farm.address).await.refused(415);
    let nothing = who.request("POST", &path);
    nothing.send(farm.address).await.refused(411);
    farm.end().await;
}

#[actix::test]
async fn a_connection_is_used_again_after_a_body_that_nobody_wanted() {
    let farm = Farm::start().await;
    let (who, _) = farm.at_work().await;
    let sign_off = || {
        who.request("POST", "/api/v3/worker/sign-off")
            .body(vec![b'x'; 200_000])
    };
    let mut connection = sign_off().open(farm.address).await;
    connection.write(&vec![b'x'; 200_000]).await;
    connection.answer().await.nothing();
    connection.again(sign_off()).await.nothing();
    let unknown = Request::new("POST", "/nothing").body(vec![b'x'; 200_000]);
    connection.again(unknown).await.refused(404);
    let refused = Request::new("POST", "/api/v3/jobs").json(&json!({}));
    connection.again(refused).await.refused(400);
    assert_eq!(
        connection
            .again(Request::new("GET", "/healthz"))
            .await
            .status,
        200
    );
    farm.end().await;
}

#[actix::test]
async fn the_empty_text_is_no_status() {
    let farm = Farm::start().await;
    let (who, task) = farm.at_work().await;
    let nothing = json!({"status": "", "reason": "", "is_lazy": false});
    for path in [
        format!("/api/v3/jobs/{}/setstatus", task["job"].as_str().unwrap()),
        format!("/api/v3/tasks/{}/setstatus", task["uuid"].as_str().unwrap()),
        format!("/api/v3/worker-mgt/workers/{}/setstatus", who.id),
    ] {
        farm.post(&path, &nothing).await.refused(400);
    }
    farm.say(&who, "/api/v3/worker/state-changed", &nothing)
        .await
        .refused(400);
    let update = format!("/api/v3/worker/task/{}", task["uuid"].as_str().unwrap());
    farm.say(&who, &update, &json!({"taskStatus": ""}))
        .await
        .refused(400);
    farm.end().await;
}

#[actix::test]
async fn priorities_are_from_0_to_100() {
    let farm = Farm::start().await;
    let job = farm.submit(1).await;
    let path = format!("/api/v3/jobs/{}/setpriority", job["id"].as_str().unwrap());
    for priority in [json!(-1), json!(101), json!(50.0), json!("50"), json!(null)] {
        farm.post(&path, &json!({"priority": priority}))
            .await
            .refused(400);
    }
    for priority in [0, 100] {
        farm.post(&path, &json!({"priority": priority}))
            .await
            .nothing();
    }
    farm.end().await;
}
