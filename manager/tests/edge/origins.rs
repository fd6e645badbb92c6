//! Which pages of other origins may read answers.

use super::client::Request;
use super::farm::Farm;

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
        assert_eq!(answer.status, 200, "what is asked is done");
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
