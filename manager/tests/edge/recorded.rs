//! What a Flamenco Manager refused and took, as it was recorded: ours gives the same status, but where it is meant to
//! be different. Only for what ours serves so far.

use serde_json::Value;

use super::client::Request;
use super::document::operations;
use super::farm::{Farm, Member};

/// Where ours answers otherwise, by scenario and number: with which status, and why.
const DIFFERENT: [(&str, u64, u16, &str); 10] = [
    ("errors-bodies", 26, 400, REQUIRED),
    ("errors-bodies", 42, 400, REQUIRED),
    ("errors-bodies", 43, 400, REQUIRED),
    ("errors-bodies", 47, 204, NULL),
    ("errors-bodies", 48, 204, NULL),
    ("errors-bodies", 51, 204, NULL),
    ("errors-bodies", 53, 204, NULL),
    ("errors-bodies", 59, 400, REQUIRED),
    (
        "errors-credentials",
        19,
        403,
        "its Worker was deleted, which ours cannot do yet",
    ),
    (
        "errors-credentials",
        20,
        204,
        "ids are read whatever the case of their letters",
    ),
];
const REQUIRED: &str = "a required setting without a value is refused at once";
const NULL: &str = "null is as good as absent";

/// Whether a recorded path is one of a described path's.
fn fits(template: &str, path: &str) -> bool {
    let path = path.split('?').next().unwrap();
    let (mut parts, mut found) = (template.split('/'), path.split('/'));
    parts
        .by_ref()
        .zip(found.by_ref())
        .all(|(part, found)| part.starts_with('{') || part == found)
        && template.split('/').count() == path.split('/').count()
}

fn request(recorded: &Value, members: &[Member]) -> Option<Request> {
    let text = |member: &str| recorded[member].as_str().unwrap().to_owned();
    let mut request = Request::new(&text("method"), &text("path").replace(['{', '}'], "%7B"));
    for (name, value) in recorded["headers"].as_object().into_iter().flatten() {
        request = request.header(name, value.as_str().unwrap());
    }
    if let Some(user) = recorded["basic_auth"]["user"].as_str() {
        let user = match user {
            "<worker-1>" => &members[0].id,
            "<worker-2>" => &members[1].id,
            other => other,
        };
        let user = if user.to_lowercase() == user {
            user.to_owned()
        } else {
            members[0].id.to_uppercase()
        };
        request = request.basic(&user, recorded["basic_auth"]["password"].as_str().unwrap());
    }
    let body = match recorded.get("body") {
        None => return Some(request),
        Some(body) => body.get("json").map(Value::to_string).or_else(|| {
            body.get("text")
                .map(|text| text.as_str().unwrap().to_owned())
        })?,
    };
    Some(if recorded["chunked"] == true {
        request.chunked(body.as_bytes())
    } else {
        request.body(body)
    })
}

async fn replay(scenario: &str, recording: &str) {
    let farm = Farm::start().await;
    let members = [
        farm.member("secret-1").await,
        farm.member("another secret").await,
    ];
    let document = farm.get("/api/v3/openapi3.json").await.json();
    let served: Vec<_> = operations(&document).collect();
    let recording: Value = serde_json::from_str(recording).unwrap();
    let mut replayed = 0;
    for exchange in recording["exchanges"].as_array().unwrap() {
        let (recorded, answered) = (&exchange["request"], &exchange["response"]);
        let (method, path) = (
            recorded["method"].as_str().unwrap(),
            recorded["path"].as_str().unwrap(),
        );
        if !served
            .iter()
            .any(|(served, template, _)| served == method && fits(template, path))
        {
            continue;
        }
        let Some(request) = request(recorded, &members) else {
            continue;
        };
        let n = exchange["n"].as_u64().unwrap();
        let other = DIFFERENT
            .iter()
            .find(|(name, number, ..)| (*name, *number) == (scenario, n));
        let expected = other.map_or(answered["status"].as_u64().unwrap(), |(_, _, status, _)| {
            u64::from(*status)
        });
        let answer = request.send(farm.address).await;
        assert_eq!(
            u64::from(answer.status),
            expected,
            "{scenario} {n}: {exchange} {}",
            answer.text()
        );
        match answer.status {
            200 => assert_eq!(
                answer.header("content-type"),
                answered["content_type"].as_str()
            ),
            204 => answer.nothing(),
            status => drop(answer.refused(status)),
        }
        replayed += 1;
    }
    assert!(replayed > 20, "{scenario}: only {replayed}");
    farm.end().await;
}

#[actix::test]
async fn bodies_are_taken_and_refused_as_recorded() {
    let recording = include_str!("../../../protocol/tests/contract/recordings/errors-bodies.json");
    replay("errors-bodies", recording).await;
}

#[actix::test]
async fn ids_are_taken_and_refused_as_recorded() {
    let recording =
        include_str!("../../../protocol/tests/contract/recordings/errors-identifiers.json");
    replay("errors-identifiers", recording).await;
}

#[actix::test]
async fn credentials_are_taken_and_refused_as_recorded() {
    let recording =
        include_str!("../../../protocol/tests/contract/recordings/errors-credentials.json");
    replay("errors-credentials", recording).await;
}
