//! Pure: the refusals that operations have in common, for the OpenAPI document. What an operation alone refuses stands
//! at its handler.

use serde_json::{Map, Value, json};

/// Parameters of paths that are ids of ours.
const IDS: [&str; 3] = ["job_id", "task_id", "worker_id"];

/// Adds to each operation what it can be refused for, where nothing is said of that yet.
pub(super) fn complete(document: &mut Value) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else {
        return;
    };
    for (path, item) in paths {
        for operation in item.as_object_mut().into_iter().flat_map(Map::values_mut) {
            let refusals = refusals(path, operation);
            name_ids(operation);
            name_bytes(operation);
            let Some(responses) = operation
                .get_mut("responses")
                .and_then(Value::as_object_mut)
            else {
                continue;
            };
            for (status, description) in refusals {
                let error = json!({
                    "description": description,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
                });
                responses.entry(status).or_insert(error);
            }
        }
    }
}

/// The contract calls ids texts; which texts, clients may as well know.
fn name_ids(operation: &mut Value) {
    let parameters = operation
        .get_mut("parameters")
        .and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        let is_id = parameter
            .get("name")
            .and_then(Value::as_str)
            .is_some_and(|name| IDS.contains(&name));
        if let (true, Some(Value::Object(schema))) = (is_id, parameter.get_mut("schema")) {
            schema.insert("format".to_owned(), "uuid".into());
        }
    }
}

/// A body that is no JSON is bytes, whatever the type that holds them.
fn name_bytes(operation: &mut Value) {
    let content = operation
        .pointer_mut("/requestBody/content")
        .and_then(Value::as_object_mut);
    for (content_type, media) in content.into_iter().flatten() {
        if content_type != "application/json" {
            *media = json!({"schema": {"type": "string", "format": "binary"}});
        }
    }
}

fn refusals(path: &str, operation: &Value) -> Vec<(&'static str, &'static str)> {
    let mut found = vec![(
        "503",
        "busy, or recovering from a fault; try again after `Retry-After` if there is one",
    )];
    if operation.get("security").is_some() {
        found.push(("403", "no credentials of a Worker, or wrong ones"));
    }
    let has_body = operation.get("requestBody").is_some();
    if has_body || path.contains('{') || operation.get("parameters").is_some() {
        found.push(("400", "the request cannot be understood"));
    }
    if has_body {
        found.push(("413", "the body is too large"));
    }
    if path.contains('{') {
        found.push(("404", "there is no such thing"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operation_says_what_it_is_refused_for_and_keeps_what_it_said() {
        let mut document = json!({"paths": {
            "/a": {"get": {"responses": {"200": {}}}},
            "/b/{id}": {"post": {"requestBody": {}, "security": [], "responses": {"404": {"description": "ours"}}}},
        }});
        complete(&mut document);
        let statuses = |operation: &Value| {
            let responses = operation["responses"].as_object().unwrap();
            let mut statuses: Vec<String> = responses.keys().cloned().collect();
            statuses.sort();
            statuses
        };
        let paths = &document["paths"];
        assert_eq!(statuses(&paths["/a"]["get"]), ["200", "503"]);
        let post = &paths["/b/{id}"]["post"];
        assert_eq!(statuses(post), ["400", "403", "404", "413", "503"]);
        assert_eq!(post["responses"]["404"]["description"], "ours");
    }
}
