//! The OpenAPI document: what it says is there is there, what is not said is not, and it keeps the contract.

use serde_json::{Map, Value};

use super::client::Request;
use super::farm::{Farm, UNKNOWN_ID};

/// How the Manager says that nothing is served under a path.
const NOTHING: &str = "there is nothing at";

pub(crate) fn contract() -> Value {
    serde_json::from_str(include_str!(
        "../../../protocol/tests/contract/openapi-v3.json"
    ))
    .unwrap()
}

/// Method, path and description of every operation.
pub(crate) fn operations(
    document: &Value,
) -> impl Iterator<Item = (String, &String, &Map<String, Value>)> {
    let paths = document["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().iter();
        methods
            .filter(|(method, _)| ["get", "post", "put", "delete"].contains(&method.as_str()))
            .map(move |(method, operation)| {
                (method.to_uppercase(), path, operation.as_object().unwrap())
            })
    })
}

/// Whether something answers there.
async fn is_served(farm: &Farm, method: &str, path: &str) -> bool {
    let path = path
        .replace("{audience}", "users")
        .replace("{platform}", "linux")
        .replace("{typeName}", "none");
    let path = path
        .replace(['{', '}'], "")
        .replace("job_id", UNKNOWN_ID)
        .replace("task_id", UNKNOWN_ID);
    // An event stream has no end, unless it is refused.
    let answer = Request::new(method, &format!("{path}?topic=nonsense"))
        .send(farm.address)
        .await;
    !(answer.status == 404 && answer.text().contains(NOTHING))
}

#[actix::test]
async fn what_is_described_is_served_and_nothing_else() {
    let farm = Farm::start().await;
    let document = farm.get("/api/v3/openapi3.json").await.json();
    let mut described = Vec::new();
    for (method, path, _) in operations(&document) {
        assert!(
            is_served(&farm, &method, path).await,
            "{method} {path} is described, but not served"
        );
        described.push((method, path.clone()));
    }
    for (method, path, _) in operations(&contract()) {
        let is_described = described.contains(&(method.clone(), path.clone()));
        assert_eq!(
            is_served(&farm, &method, path).await,
            is_described,
            "{method} {path}"
        );
    }
    farm.end().await;
}

#[actix::test]
async fn the_tags_of_operations_are_listed() {
    let farm = Farm::start().await;
    let (document, contract) = (farm.get("/api/v3/openapi3.json").await.json(), contract());
    let names = |document: &Value| -> Vec<String> {
        let tags = document["tags"].as_array().unwrap().iter();
        tags.map(|tag| tag["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let listed = names(&document);
    assert_eq!(listed[..listed.len() - 1], names(&contract));
    for (method, path, operation) in operations(&document) {
        let tag = operation["tags"][0].as_str().unwrap();
        assert!(
            listed.iter().any(|name| name == tag),
            "{method} {path}: {tag}"
        );
    }
    farm.end().await;
}

#[actix::test]
async fn the_document_keeps_the_contract() {
    let farm = Farm::start().await;
    let (document, contract) = (farm.get("/api/v3/openapi3.json").await.json(), contract());
    assert_eq!(
        farandole_protocol::contract::differences(&contract, &document),
        Vec::<String>::new()
    );
    for (method, path, operation) in operations(&document) {
        let Some(promised) = contract["paths"].get(path) else {
            assert!(
                path.starts_with("/api/farm/v1/"),
                "{path} is not in the contract"
            );
            continue;
        };
        let promised = &promised[method.to_lowercase()];
        for member in ["operationId", "tags"] {
            assert_eq!(
                operation.get(member),
                promised.get(member),
                "{method} {path} {member}"
            );
        }
        assert_eq!(
            operation.get("security"),
            promised.get("security"),
            "{method} {path}"
        );
        for status in promised["responses"]
            .as_object()
            .unwrap()
            .keys()
            .filter(|status| status.starts_with('2'))
        {
            assert!(
                operation["responses"].get(status).is_some(),
                "{method} {path} {status}"
            );
        }
    }
    farm.end().await;
}

#[actix::test]
async fn every_operation_and_status_of_the_contract_is_described() {
    let farm = Farm::start().await;
    let document = farm.get("/api/v3/openapi3.json").await.json();
    let missing = farandole_protocol::contract::missing_from_operations(&contract(), &document);
    assert_eq!(missing, Vec::<String>::new());
    farm.end().await;
}

#[actix::test]
async fn what_is_described_says_what_refusals_look_like() {
    let farm = Farm::start().await;
    let document = farm.get("/api/v3/openapi3.json").await.json();
    for (method, path, operation) in operations(&document) {
        let responses = operation["responses"].as_object().unwrap();
        for status in responses
            .keys()
            // "Later" is said without a word, and never by ours.
            .filter(|status| status.starts_with(['4', '5']) && *status != "425")
        {
            let body = &responses[status]["content"]["application/json"]["schema"]["$ref"];
            assert!(body.is_string(), "{method} {path} {status}");
        }
        assert!(responses.contains_key("503"), "{method} {path}");
    }
    farm.end().await;
}

#[actix::test]
async fn the_interface_can_be_tried_in_a_browser() {
    let farm = Farm::start().await;
    let root = farm.get("/").await;
    assert_eq!(
        (root.status, root.header("location")),
        (307, Some("/api/v3/swagger-ui/"))
    );
    let page = farm.get("/api/v3/swagger-ui/").await;
    assert_eq!(page.status, 200);
    assert!(
        page.header("content-type")
            .is_some_and(|found| found.starts_with("text/html"))
    );
    let script = farm.get("/api/v3/swagger-ui/swagger-initializer.js").await;
    assert!(script.text().contains("/api/v3/openapi3.json"));
    farm.end().await;
}

#[actix::test]
async fn discovery_leads_to_a_description() {
    let farm = Farm::start().await;
    let answer = farm.get("/upnp/description.xml").await;
    assert_eq!(answer.status, 200);
    assert!(
        answer.text().contains("urn:flamenco:manager:0"),
        "{}",
        answer.text()
    );
    farm.end().await;
}
