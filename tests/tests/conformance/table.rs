//! The table: every operation × its codes, and how each is provoked. `table.yaml` is the table itself.

use std::collections::BTreeMap;

use farandole_tests::harness::Request;
use farandole_tests::wire::Stage;
use serde::Deserialize;
use serde_json::Value;

/// How the codes of an operation are provoked, in this order.
pub(crate) type Cases = BTreeMap<u16, Vec<Case>>;

/// How a code is provoked, or why it never is.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Case {
    /// A request; see [`request`].
    Request(String),
    /// A request after something was done, in the lines that a [`Stage`] knows.
    After { after: Vec<String>, request: String },
    /// Nobody sends it, for this reason.
    Never { never: String },
}

/// The table, by operation.
pub(crate) fn table() -> BTreeMap<String, Cases> {
    yaml_serde::from_str(include_str!("table.yaml")).expect("a table")
}

/// Reads a request: `[WORKER] METHOD PATH [BODY]`, below `/api/v3`. A body is JSON, or `TYPE: TEXT`, or `TYPE: N bytes`.
pub(crate) fn request(stage: &mut Stage, text: &str) -> Request {
    let (worker, rest) = match text.split_once(' ') {
        Some((worker, rest)) if worker.starts_with("worker-") => (Some(worker), rest),
        _ => (None, text),
    };
    let mut words = rest.splitn(3, ' ');
    let (method, path) = (
        words.next().expect("a method"),
        words.next().expect("a path"),
    );
    let path = stage.fill_in(&format!("/api/v3{path}"));
    let mut request = Request::new(method, &path);
    if let Some(worker) = worker {
        request = stage.credentials(request, worker);
    }
    let Some(body) = words.next() else {
        return request;
    };
    let body = stage.fill_in(body);
    if serde_json::from_str::<Value>(&body).is_ok() {
        return request
            .header("Content-Type", "application/json")
            .body(body);
    }
    let (content_type, body) = body
        .split_once(": ")
        .unwrap_or_else(|| panic!("neither JSON nor a type: {body}"));
    let body = match body.strip_suffix(" bytes") {
        Some(count) => vec![0; count.parse().expect("a number")],
        None => body.as_bytes().to_vec(),
    };
    request.header("Content-Type", content_type).body(body)
}
