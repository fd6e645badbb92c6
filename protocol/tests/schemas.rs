//! The types say what the contract says: every schema of it, with the same members, types, requiredness and enums.
//! Whether the comparison would notice is tried, too.

#![expect(clippy::expect_used, reason = "helpers of tests fail the test")]

use farandole_protocol::{contract, schemas};
use serde_json::{Map, Value, json};

fn contract_document() -> Value {
    serde_json::from_str(include_str!("contract/openapi-v3.json")).expect("the contract is JSON")
}

fn our_document() -> Value {
    let schemas: Map<String, Value> = schemas::all()
        .into_iter()
        .map(|(name, schema)| {
            (
                name.to_owned(),
                serde_json::to_value(schema).expect("a schema is JSON"),
            )
        })
        .collect();
    schemas::to_openapi_3_0(json!({"components": {"schemas": schemas}}))
}

#[test]
fn every_schema_says_what_the_contract_says() {
    assert_eq!(
        contract::differences(&contract_document(), &our_document()),
        Vec::<String>::new()
    );
}

#[test]
fn four_members_are_required_but_never_defined() {
    let undefined = contract::undefined_members(&contract_document());
    let expected = [
        "ManagerVariable.name",
        "RegisteredWorker.current_task",
        "JobTasksSummary.jobs",
        "EventLastRenderedUpdate.task_id",
    ];
    assert_eq!(undefined, expected);
}

#[test]
fn every_reference_leads_to_a_listed_schema() {
    fn check(document: &Value, value: &Value) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    let pointer = reference.strip_prefix('#').expect("references are local");
                    assert!(document.pointer(pointer).is_some(), "{reference}");
                }
                members.values().for_each(|member| check(document, member));
            }
            Value::Array(values) => values.iter().for_each(|value| check(document, value)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let document = our_document();
    check(&document, &document);
}

/// Changes our document at one place and expects the comparison to say so.
#[track_caller]
fn notices(pointer: &str, value: Value, expected: &str) {
    let mut document = our_document();
    *document.pointer_mut(pointer).expect("the place exists") = value;
    let differences = contract::differences(&contract_document(), &document);
    assert!(
        differences
            .iter()
            .any(|difference| difference.contains(expected)),
        "{differences:?}"
    );
}

#[test]
fn the_comparison_notices_what_differs() {
    let task = "/components/schemas/Task";
    notices(
        &format!("{task}/required"),
        json!(["id"]),
        "Task.created: required is false",
    );
    notices(
        &format!("{task}/properties/name/type"),
        json!("integer"),
        "Task.name: Integer",
    );
    notices(
        &format!("{task}/properties/status"),
        json!({"type": "string"}),
        "Task.status: Text",
    );
    notices(&format!("{task}/properties"), json!({}), "Task.id: absent");
    notices(
        "/components/schemas/TaskStatus/enum/0",
        json!("busy"),
        "TaskSummary.status: Text",
    );
    notices(
        "/components/schemas/JobPriorityChange/properties/priority/maximum",
        json!(99),
        "JobPriorityChange.priority",
    );
    notices(
        "/components/schemas/JobsQueryResult/properties/jobs/items",
        json!({}),
        "JobsQueryResult.jobs[]: Any",
    );
}

#[test]
fn only_optional_members_may_be_added() {
    let mut document = our_document();
    let error = document
        .pointer_mut("/components/schemas/Error")
        .expect("it exists");
    error["properties"]["hint"] = json!({"type": "string"});
    assert!(contract::differences(&contract_document(), &document).is_empty());
    let error = document
        .pointer_mut("/components/schemas/Error")
        .expect("it exists");
    error["required"] = json!(["code", "message", "hint"]);
    assert_eq!(
        contract::differences(&contract_document(), &document),
        ["Error.hint: required, but not in the contract"]
    );
}
