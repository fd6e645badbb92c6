//! Which methods a path takes: for clients that ask for options, and for those that use another one.

use std::sync::Arc;

use actix_web::dev::ResourceDef;
use farandole_protocol::paths;
use serde_json::{Map, Value};

/// What is told of a path that leads nowhere.
const OTHERS: &str = "OPTIONS, GET, HEAD";

/// The paths that can be read and are not part of the interface that the OpenAPI document describes.
const READ_ONLY: [&str; 9] = [
    "/",
    paths::OPENAPI,
    "/api/v3/swagger-ui/{file:.*}",
    paths::ADDON,
    paths::OLD_ADDON,
    paths::HEALTHZ,
    paths::READYZ,
    paths::METRICS,
    paths::UPNP_DESCRIPTION,
];

/// The methods of each path.
#[derive(Clone, Debug)]
pub(super) struct Methods(Arc<[(ResourceDef, String)]>);

impl Methods {
    /// As the document says.
    pub(super) fn of(document: &Value) -> Self {
        let paths = document.get("paths").and_then(Value::as_object);
        let mut paths: Vec<_> = paths.into_iter().flatten().collect();
        // A path without parameters is not taken for one with.
        paths.sort_by_key(|(path, _)| path.matches('{').count());
        let entry = |(path, item): (&String, &Value)| {
            // The path of a file has slashes of its own.
            let pattern = path.replace("{path}", "{path:.+}");
            (ResourceDef::new(pattern), methods(item.as_object()))
        };
        let read_only = READ_ONLY.map(|path| (ResourceDef::new(path), OTHERS.to_owned()));
        let all = paths.into_iter().map(entry).chain(read_only);
        Self(all.collect())
    }

    /// The methods that this path takes, if it leads anywhere.
    pub(super) fn of_path(&self, path: &str) -> Option<&str> {
        let found = self.0.iter().find(|(template, _)| template.is_match(path));
        found.map(|(_, methods)| methods.as_str())
    }

    /// The value of the header `Allow` in the answer to OPTIONS for this path.
    pub(super) fn allowed(&self, path: &str) -> &str {
        self.of_path(path).unwrap_or(OTHERS)
    }
}

/// What can be got can also be asked for without its body.
fn methods(item: Option<&Map<String, Value>>) -> String {
    let mut all = vec!["OPTIONS".to_owned()];
    for method in item.into_iter().flat_map(Map::keys) {
        all.push(method.to_uppercase());
        if method == "get" {
            all.push("HEAD".to_owned());
        }
    }
    all.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_path_has_its_own() {
        let document = json!({"paths": {
            "/jobs/{id}": {"get": {}, "delete": {}}, "/jobs/types": {"get": {}}, "/jobs": {"get": {}, "post": {}},
            "/jobs/{id}/files/{path}": {"get": {}}, "/jobs/{id}/tag": {"post": {}},
        }});
        let methods = Methods::of(&document);
        for (path, allowed) in [
            ("/jobs", "OPTIONS, GET, HEAD, POST"),
            ("/jobs/types", "OPTIONS, GET, HEAD"),
            ("/jobs/1", "OPTIONS, GET, HEAD, DELETE"),
            ("/jobs/1/tag", "OPTIONS, POST"),
            ("/jobs/1/files/a/b.png", "OPTIONS, GET, HEAD"),
            ("/healthz", "OPTIONS, GET, HEAD"),
            ("/api/v3/swagger-ui/index.html", "OPTIONS, GET, HEAD"),
        ] {
            assert_eq!(methods.of_path(path), Some(allowed), "{path}");
        }
        for nowhere in [
            "/elsewhere/x",
            "/jobs/",
            "/jobs/1/tag/2",
            "/api/v3/swagger-ui",
        ] {
            assert_eq!(methods.of_path(nowhere), None);
            assert_eq!(methods.allowed(nowhere), OTHERS);
        }
    }
}
