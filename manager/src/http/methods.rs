//! Which methods a path takes: for whoever asks for options.

use std::sync::Arc;

use actix_web::dev::ResourceDef;
use serde_json::{Map, Value};

/// What every path takes that is not described.
const OTHERS: &str = "OPTIONS, GET";

/// The methods of each path that the OpenAPI document describes.
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
            (ResourceDef::new(path.as_str()), methods(item.as_object()))
        };
        Self(paths.into_iter().map(entry).collect())
    }

    /// The value of the header `Allow` for this path.
    pub(super) fn allowed(&self, path: &str) -> &str {
        let found = self.0.iter().find(|(template, _)| template.is_match(path));
        found.map_or(OTHERS, |(_, methods)| methods)
    }
}

fn methods(item: Option<&Map<String, Value>>) -> String {
    let described = item.into_iter().flat_map(Map::keys);
    let described = described.map(|method| method.to_uppercase());
    let all: Vec<String> = std::iter::once("OPTIONS".to_owned())
        .chain(described)
        .collect();
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
        }});
        let methods = Methods::of(&document);
        assert_eq!(methods.allowed("/jobs"), "OPTIONS, GET, POST");
        assert_eq!(methods.allowed("/jobs/types"), "OPTIONS, GET");
        assert_eq!(methods.allowed("/jobs/1"), "OPTIONS, GET, DELETE");
        assert_eq!(methods.allowed("/elsewhere/x"), "OPTIONS, GET");
    }
}
