//! The contract: which operations there are, with which codes, and what their answers look like.

use std::collections::BTreeMap;

use farandole_tests::harness::Answer;
use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

/// Members that the contract requires but defines nowhere: nobody sends them.
const UNDEFINED: [(&str, &str); 4] = [
    ("ManagerVariable", "name"),
    ("RegisteredWorker", "current_task"),
    ("JobTasksSummary", "jobs"),
    ("EventLastRenderedUpdate", "task_id"),
];

/// The contract, as far as answers go.
pub(crate) struct Contract {
    components: Value,
    operations: BTreeMap<String, Operation>,
}

/// What an operation answers, by code; `default` stands for all others.
struct Operation {
    answers: BTreeMap<String, Value>,
}

impl Contract {
    pub(crate) fn read() -> Self {
        let text = include_str!("../../../protocol/tests/contract/openapi-v3.json");
        let mut document: Value = serde_json::from_str(text).expect("the contract is JSON");
        for (schema, member) in UNDEFINED {
            let required = document.pointer_mut(&format!("/components/schemas/{schema}/required"));
            let required = required
                .and_then(Value::as_array_mut)
                .expect("required members");
            let count = required.len();
            required.retain(|name| name != member);
            assert!(required.len() < count, "{schema} does not require {member}");
        }
        let mut operations = BTreeMap::new();
        for methods in members(&document["paths"]).values() {
            for operation in members(methods)
                .values()
                .filter(|value| value["operationId"].is_string())
            {
                let answers = members(&operation["responses"]);
                let answers = answers
                    .iter()
                    .map(|(code, answer)| (code.clone(), answer.clone()))
                    .collect();
                let id = operation["operationId"]
                    .as_str()
                    .expect("a name")
                    .to_owned();
                operations.insert(id, Operation { answers });
            }
        }
        Self {
            components: document["components"].clone(),
            operations,
        }
    }

    /// The names of all operations.
    pub(crate) fn operations(&self) -> Vec<String> {
        self.operations.keys().cloned().collect()
    }

    /// The codes that an operation is documented to answer with; `default` is one of them.
    pub(crate) fn codes(&self, operation: &str) -> Vec<String> {
        self.operations[operation].answers.keys().cloned().collect()
    }

    /// What is wrong with an answer.
    pub(crate) fn faults(&self, operation: &str, answer: &Answer) -> Vec<String> {
        let answers = &self.operations[operation].answers;
        let code = answer.status.to_string();
        let content = answers
            .get(&code)
            .and_then(|documented| documented.get("content"));
        if answer.status >= 400 && content.is_none() {
            // Whatever is refused, and however much of that is documented, has one form.
            return self.body_faults(&json!({ "$ref": "#/components/schemas/Error" }), answer);
        }
        let Some(content) = content else {
            let is_empty = answer.body.is_empty();
            return (!is_empty)
                .then(|| format!("a body where none is documented: {}", answer.text()))
                .into_iter()
                .collect();
        };
        if let Some(json) = content.get("application/json") {
            return self.body_faults(&json["schema"], answer);
        }
        let content_type = answer.header("content-type").unwrap_or_default();
        let mut documented = members(content).keys();
        let known = documented.any(|name| content_type.starts_with(name.as_str()));
        (!known)
            .then(|| format!("content type {content_type}"))
            .into_iter()
            .collect()
    }

    fn body_faults(&self, schema: &Value, answer: &Answer) -> Vec<String> {
        if answer.header("content-type") != Some("application/json") {
            return vec![format!("content type {:?}", answer.header("content-type"))];
        }
        let validator = self.validator(schema);
        let body = answer.json();
        validator
            .iter_errors(&body)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect()
    }

    fn validator(&self, schema: &Value) -> Validator {
        let document = json!({ "allOf": [schema], "components": self.components });
        jsonschema::options()
            .with_draft(Draft::Draft7)
            .should_validate_formats(true)
            .build(&document)
            .expect("the contract's schemas are schemas")
    }
}

fn members(value: &Value) -> &Map<String, Value> {
    value.as_object().expect("an object")
}
