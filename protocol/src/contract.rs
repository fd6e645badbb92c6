//! Whether an OpenAPI document keeps the contract of the v3 interface: for tests, here and in the Manager.
//!
//! Schemas are compared by what they mean, not by how they are written: references are followed, `allOf` is merged.
//! A document may say more, as long as a peer that only knows the contract need not notice: optional members, bounds
//! on the size of an integer, statuses. Descriptions, examples and defaults are not compared.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Every respect in which a schema of the contract is absent from the document, or different there; in words.
/// Both are OpenAPI 3.0.
pub fn differences(contract: &Value, document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (name, schema) in schemas(contract) {
        match schemas(document).find(|(other, _)| *other == name) {
            Some((_, other)) => compare(
                name,
                &shape(contract, schema),
                &shape(document, other),
                &mut found,
            ),
            None => found.push(format!("{name}: absent")),
        }
    }
    found
}

/// Every respect in which an operation of the contract is less described in the document: it is absent, or one of its
/// statuses, or a type of content of one of these, or of its request.
pub fn missing_from_operations(contract: &Value, document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (path, item) in members(contract.get("paths")) {
        for (method, operation) in members(Some(item)) {
            // Beside the methods there may be what all of them have in common.
            let Some(id) = text(operation, "operationId") else {
                continue;
            };
            let ours = document
                .get("paths")
                .and_then(|paths| paths.get(path)?.get(method));
            let Some(ours) = ours else {
                found.push(format!("{id}: absent"));
                continue;
            };
            for (status, response) in members(operation.get("responses")) {
                match ours.get("responses").and_then(|ours| ours.get(status)) {
                    Some(ours) => {
                        missing_content(&format!("{id} {status}"), response, ours, &mut found);
                    }
                    None => found.push(format!("{id} {status}: absent")),
                }
            }
            if let Some(body) = operation.get("requestBody") {
                let ours = ours.get("requestBody").unwrap_or(&Value::Null);
                missing_content(&format!("{id} body"), body, ours, &mut found);
            }
        }
    }
    found
}

fn missing_content(place: &str, contract: &Value, document: &Value, found: &mut Vec<String>) {
    for (content_type, _) in members(contract.get("content")) {
        let ours = document
            .get("content")
            .and_then(|ours| ours.get(content_type));
        if ours.is_none() {
            found.push(format!("{place}: not as {content_type}"));
        }
    }
}

fn members(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

/// Members that the contract requires but never defines, as `Schema.member`. Nobody can send them, so they count
/// for nothing above.
pub fn undefined_members(contract: &Value) -> Vec<String> {
    let undefined = |(name, schema): (&String, &Value)| {
        let properties = schema.get("properties").cloned().unwrap_or_default();
        let missing = texts(schema, "required")
            .into_iter()
            .filter(|member| properties.get(member).is_none());
        missing
            .map(|member| format!("{name}.{member}"))
            .collect::<Vec<_>>()
    };
    schemas(contract)
        .filter(|(_, schema)| schema.get("properties").is_some())
        .flat_map(undefined)
        .collect()
}

/// What a schema says about a value.
#[derive(Clone, Debug, Default, PartialEq)]
enum Shape {
    /// Nothing.
    #[default]
    Any,
    Boolean,
    Number,
    Integer {
        format: Option<String>,
        bounds: [Option<i64>; 2],
    },
    Text {
        format: Option<String>,
        values: BTreeSet<String>,
    },
    Array(Box<Shape>),
    /// Any members, all of one shape.
    Map(Box<Shape>),
    Object(BTreeMap<String, Member>),
    /// Something that this module does not understand.
    Other(String),
}

#[derive(Clone, Debug, PartialEq)]
struct Member {
    shape: Shape,
    is_required: bool,
}

fn compare(place: &str, contract: &Shape, document: &Shape, found: &mut Vec<String>) {
    match (contract, document) {
        (Shape::Array(ours), Shape::Array(theirs)) | (Shape::Map(ours), Shape::Map(theirs)) => {
            compare(&format!("{place}[]"), ours, theirs, found);
        }
        (Shape::Object(members), Shape::Object(others)) => {
            compare_members(place, members, others, found);
        }
        // A document may say how large its integers are where the contract does not.
        (
            Shape::Integer {
                format: None,
                bounds,
            },
            Shape::Integer { bounds: others, .. },
        ) if bounds == others => {}
        _ if contract == document => {}
        _ => found.push(format!("{place}: {document:?} instead of {contract:?}")),
    }
}

fn compare_members(
    place: &str,
    members: &BTreeMap<String, Member>,
    others: &BTreeMap<String, Member>,
    found: &mut Vec<String>,
) {
    for (name, member) in members {
        let place = format!("{place}.{name}");
        match others.get(name) {
            None => found.push(format!("{place}: absent")),
            Some(other) => {
                if other.is_required != member.is_required {
                    found.push(format!("{place}: required is {}", other.is_required));
                }
                compare(&place, &member.shape, &other.shape, found);
            }
        }
    }
    let added = others
        .iter()
        .filter(|(name, other)| other.is_required && !members.contains_key(*name));
    found.extend(
        added.map(|(name, _)| format!("{place}.{name}: required, but not in the contract")),
    );
}

fn shape(document: &Value, schema: &Value) -> Shape {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let target = reference
            .strip_prefix('#')
            .and_then(|pointer| document.pointer(pointer));
        return target.map_or_else(
            || Shape::Other(reference.to_owned()),
            |target| shape(document, target),
        );
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        return merged(parts.iter().map(|part| shape(document, part)));
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("boolean") => Shape::Boolean,
        Some("number") => Shape::Number,
        Some("integer") => Shape::Integer {
            format: text(schema, "format"),
            bounds: ["minimum", "maximum"].map(|bound| schema.get(bound).and_then(Value::as_i64)),
        },
        Some("string") => Shape::Text {
            format: text(schema, "format"),
            values: texts(schema, "enum"),
        },
        Some("array") => Shape::Array(Box::new(part(document, schema, "items"))),
        Some("object") => object(document, schema),
        // The parts of an `allOf` do not say their type.
        None if schema.get("properties").is_some() => object(document, schema),
        None if schema
            .as_object()
            .is_some_and(|schema| !schema.contains_key("oneOf")) =>
        {
            Shape::Any
        }
        _ => Shape::Other(schema.to_string()),
    }
}

/// An object without members of its own is a map, free-form where nothing is said of its values.
fn object(document: &Value, schema: &Value) -> Shape {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return Shape::Map(Box::new(part(document, schema, "additionalProperties")));
    };
    let required = texts(schema, "required");
    let member = |(name, schema): (&String, &Value)| {
        let member = Member {
            shape: shape(document, schema),
            is_required: required.contains(name),
        };
        (name.clone(), member)
    };
    Shape::Object(properties.iter().map(member).collect())
}

/// The members of all parts; required where any part says so.
fn merged(parts: impl Iterator<Item = Shape>) -> Shape {
    let mut all: BTreeMap<String, Member> = BTreeMap::new();
    for part in parts {
        let Shape::Object(members) = part else {
            return part;
        };
        for (name, member) in members {
            let is_required = member.is_required;
            all.entry(name).or_insert(member).is_required |= is_required;
        }
    }
    Shape::Object(all)
}

/// The shape of a part of a schema; `true` and nothing at all mean any.
fn part(document: &Value, schema: &Value, name: &str) -> Shape {
    schema
        .get(name)
        .filter(|part| part.is_object())
        .map_or(Shape::Any, |part| shape(document, part))
}

fn schemas(document: &Value) -> impl Iterator<Item = (&String, &Value)> {
    document
        .pointer("/components/schemas")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

fn text(schema: &Value, name: &str) -> Option<String> {
    schema.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn texts(schema: &Value, name: &str) -> BTreeSet<String> {
    let values = schema
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    values
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}
