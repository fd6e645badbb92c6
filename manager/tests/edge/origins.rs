//! Which pages of other origins may read answers and have something done, by which names the Manager may be called, and
//! what browsers are told.

use serde_json::json;

use super::client::Request;
use super::farm::{Farm, Member, USUAL};

#[actix::test]
async fn only_web_clients_under_development_on_our_own_hosts_may_read_answers() {
    let farm = Farm::start().await;
    for path in [
        "/api/v3/version",
        "/nothing",
        "/api/v3/swagger-ui/",
        "/job-files/x",
    ] {
        let answer = farm.get(path).await;
        assert_eq!(answer.header("vary"), Some("Origin"), "{path}");
        assert!(answer.header("access-control-allow-origin").is_none());
    }
    for origin in ["http://localhost:8081", "http://127.0.0.1:8081"] {
        let request = Request::new("GET", "/api/v3/version").header("Origin", origin);
        let answer = request.send(farm.address).await;
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
        assert!(answer.header("access-control-allow-credentials").is_none());
    }
    for origin in [
        "http://evil.example:8081",
        "http://localhost:8080",
        "https://localhost:8081",
        "null",
    ] {
        let request = Request::new("GET", "/api/v3/version").header("Origin", origin);
        let answer = request.send(farm.address).await;
        assert_eq!(
            answer.status, 200,
            "what changes nothing is done, and cannot be read"
        );
        assert!(answer.header("access-control-allow-origin").is_none());
    }
    farm.end().await;
}

#[actix::test]
async fn browsers_are_told_beforehand_what_they_may_send() {
    let farm = Farm::start().await;
    let ask = |origin| {
        let request = Request::new("OPTIONS", "/api/v3/jobs").header("Origin", origin);
        request
            .header("Access-Control-Request-Method", "POST")
            .send(farm.address)
    };
    let allowed = ask("http://localhost:8081").await;
    allowed.nothing();
    assert_eq!(
        allowed.header("access-control-allow-methods"),
        Some("POST,GET,OPTIONS,PUT,DELETE")
    );
    assert!(
        allowed
            .header("access-control-allow-headers")
            .is_some_and(|names| names.contains("Authorization"))
    );
    let other = ask("http://evil.example:8081").await;
    other.nothing();
    assert!(other.header("access-control-allow-methods").is_none());
    farm.end().await;
}

const JOBS_CHECK: &str = "/api/v3/jobs/check";

/// A request that changes something, or looks as if it did.
fn order() -> Request {
    Request::new("POST", JOBS_CHECK).json(&json!({}))
}

#[actix::test]
async fn pages_of_other_origins_have_nothing_done() {
    let farm = Farm::start().await;
    let own = format!("http://{}", farm.address);
    let expected = order().send(farm.address).await.status;
    let host = farm.address.to_string();
    for origin in [&own, "http://localhost:8081"] {
        let request = order().host(&host).header("Origin", origin);
        let answer = request.send(farm.address).await;
        assert_eq!(answer.status, expected, "{origin}");
    }
    for origin in [
        "http://evil.example",
        "null",
        "http://localhost:1",
        "https://127.0.0.1",
    ] {
        for request in [
            order(),
            Request::new("PUT", "/api/v3/configuration/file").json(&json!({"manager_name": "x"})),
            Request::new(
                "DELETE",
                "/api/v3/jobs/11111111-2222-4333-8444-555555555555",
            ),
            Request::new("GET", "/socket.io/?EIO=3&transport=websocket")
                .header("Upgrade", "websocket"),
        ] {
            let answer = request.header("Origin", origin).send(farm.address).await;
            assert_eq!(answer.status, 403, "{origin}");
            assert!(answer.text().contains("allowed_hosts"), "{}", answer.text());
        }
    }
    let other_site = order().header("Sec-Fetch-Site", "cross-site");
    assert_eq!(other_site.send(farm.address).await.status, 403);
    assert_eq!(
        farm.get("/api/v3/version").await.json()["name"],
        "Farandole"
    );
    farm.end().await;
}

#[actix::test]
async fn the_manager_answers_to_its_own_names_only() {
    let mut flags = USUAL.to_vec();
    flags.push("--allowed-hosts=farm.studio.example,*.studio.org");
    let farm = Farm::start_with(&flags).await;
    let call = |path, host| Request::new("GET", path).host(host).send(farm.address);
    for host in [
        "localhost:8080",
        "farm",
        "10.1.2.3",
        "[::1]:1",
        "farm.local",
        "farm.studio.example",
        "a.studio.org:80",
    ] {
        assert_eq!(call("/api/v3/version", host).await.status, 200, "{host}");
    }
    for host in [
        "evil.example",
        "evil.example:8080",
        "studio.org",
        "127.0.0.1.evil.example",
        "a b",
    ] {
        let answer = call("/api/v3/version", host).await;
        assert_eq!(answer.status, 421, "{host}");
        assert!(answer.text().contains("allowed_hosts"), "{}", answer.text());
        assert_eq!(call("/healthz", host).await.status, 200);
    }
    let absolute = Request::new("GET", "http://evil.example/api/v3/version");
    assert_eq!(absolute.send(farm.address).await.status, 421);
    farm.end().await;
}

#[actix::test]
async fn workers_may_call_the_manager_by_any_name() {
    let farm = Farm::start().await;
    let who = farm.awake().await;
    let ask = |who: &Member| {
        who.request("GET", "/api/v3/worker/state")
            .host("evil.example")
            .send(farm.address)
    };
    ask(&who).await.nothing();
    let stranger = Member {
        id: who.id.clone(),
        secret: "other".to_owned(),
    };
    assert_eq!(ask(&stranger).await.status, 421);
    let from_a_page = who
        .request("POST", "/api/v3/worker/sign-off")
        .host("evil.example")
        .header("Origin", "http://evil.example:81");
    assert_eq!(from_a_page.send(farm.address).await.status, 403);
    farm.end().await;
}

#[actix::test]
async fn files_are_not_taken_from_forms() {
    let farm = Farm::start().await;
    for path in [
        "/api/farm/v1/uploads/a.blend".to_owned(),
        format!("/api/v3/shaman/files/{}/1", "a".repeat(64)),
    ] {
        for form in [
            "text/plain",
            "Multipart/Form-Data; boundary=x",
            "application/x-www-form-urlencoded",
        ] {
            let request = Request::new("POST", &path)
                .body(b"x".to_vec())
                .header("Content-Type", form);
            assert_eq!(
                request.send(farm.address).await.status,
                415,
                "{path} as {form}"
            );
        }
    }
    farm.end().await;
}

#[actix::test]
async fn browsers_are_told_what_they_may_do_with_answers() {
    let farm = Farm::start().await;
    for path in [
        "/flamenco-addon.zip",
        "/api/v3/swagger-ui/",
        "/api/v3/version",
        "/nothing",
        "/job-files/x",
    ] {
        let answer = farm.get(path).await;
        assert_eq!(
            answer.header("x-content-type-options"),
            Some("nosniff"),
            "{path}"
        );
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
        assert_eq!(
            answer.header("referrer-policy"),
            Some("no-referrer"),
            "{path}"
        );
        let is_page = answer
            .header("content-type")
            .is_some_and(|it| it.starts_with("text/html"));
        let policy = answer.header("content-security-policy").unwrap();
        let expected = if is_page {
            "default-src 'none'; script-src 'self'"
        } else {
            "sandbox"
        };
        assert!(policy.starts_with(expected), "{path}: {policy}");
    }
    farm.end().await;
}

#[actix::test]
async fn connect_is_answered() {
    let farm = Farm::start().await;
    let answer = Request::new("CONNECT", "evil.example:443")
        .send(farm.address)
        .await;
    assert_eq!(answer.status, 405);
    farm.end().await;
}
