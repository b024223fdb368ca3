//! Whether an OCSF event is what the schema asks for.

use std::net::IpAddr;

use serde_json::{Map, Value};

use super::choices::{Choices, OTHER};
use super::schema::{Attribute, CLASSES, Class, Kind, Object};
use super::source::is_sealed;

/// Says everything that is wrong with an OCSF event of the classes that we use: what is required and missing, what is
/// not of its type or not one of its choices, what we do not know of, and what is sealed.
pub fn check(event: &Value) -> Result<(), Vec<String>> {
    let uid = event.get("class_uid").and_then(Value::as_i64);
    let Some(class) = CLASSES.into_iter().find(|class| Some(class.uid) == uid) else {
        return Err(vec!["class_uid is not the uid of a class that we use".to_owned()]);
    };
    let findings = [object("", event, class.object), arithmetic(event, class), sealed("", event)].concat();
    if findings.is_empty() { Ok(()) } else { Err(findings) }
}

fn object(path: &str, value: &Value, object: &Object) -> Vec<String> {
    let Some(fields) = value.as_object() else { return vec![format!("{path} is not an object")] };
    let attributes = object.all_attributes();
    let mut findings = missing(path, fields, object, &attributes);
    for (name, value) in fields {
        let path = join(path, name);
        match attributes.iter().find(|attribute| attribute.name == name) {
            Some(attribute) => findings.extend(of_kind(&path, value, attribute.kind, fields)),
            None => findings.push(format!("{path} is nothing that we know of in {}", object.source)),
        }
    }
    findings
}

fn missing(path: &str, fields: &Map<String, Value>, object: &Object, all: &[&Attribute]) -> Vec<String> {
    let is_there = |name: &str| fields.contains_key(name);
    let required = all.iter().filter(|attribute| attribute.is_required && !is_there(attribute.name));
    let said = |attribute: &&Attribute| format!("{} is missing", join(path, attribute.name));
    let mut findings: Vec<_> = required.map(said).collect();
    let one_of = object.constraint();
    if !one_of.is_empty() && !one_of.iter().any(|name| is_there(name)) {
        findings.push(format!("{} needs at least one of {}", join(path, "*"), one_of.join(", ")));
    }
    findings
}

fn of_kind(path: &str, value: &Value, kind: Kind, beside: &Map<String, Value>) -> Vec<String> {
    let (fits, expected) = match kind {
        Kind::Text => (value.as_str().is_some_and(|text| !text.is_empty()), "a text"),
        Kind::Address => (value.as_str().is_some_and(|text| text.parse::<IpAddr>().is_ok()), "an address"),
        Kind::Integer => (value.as_i64().is_some(), "a whole number"),
        Kind::Flag => (value.is_boolean(), "true or false"),
        Kind::Free => (value.is_object(), "an object"),
        Kind::Choice(choices) => (is_labelled(value, choices, beside), "one of its choices, with its label"),
        Kind::One(inner) => return object(path, value, inner),
        Kind::List(inner) => return list(path, value, inner),
    };
    if fits { Vec::new() } else { vec![format!("{path} is not {expected}")] }
}

/// A choice goes with its caption; another one has to say what it is.
fn is_labelled(value: &Value, choices: &Choices, beside: &Map<String, Value>) -> bool {
    let label = beside.get(choices.label).and_then(Value::as_str);
    match value.as_i64() {
        Some(OTHER) => label.is_some(),
        Some(id) => choices.caption(id).is_some_and(|caption| label.is_none_or(|label| label == caption)),
        None => false,
    }
}

fn list(path: &str, value: &Value, inner: &Object) -> Vec<String> {
    let Some(items) = value.as_array() else { return vec![format!("{path} is not a list")] };
    items.iter().zip(0..).flat_map(|(item, n)| object(&format!("{path}.{n}"), item, inner)).collect()
}

/// A type is a class and an activity, in number and in words.
fn arithmetic(event: &Value, class: &Class) -> Vec<String> {
    let Some(activity) = event.get("activity_id").and_then(Value::as_i64) else { return Vec::new() };
    let mut findings = Vec::new();
    if event.get("type_uid").and_then(Value::as_i64) != Some(class.type_uid(activity)) {
        findings.push("type_uid is not class_uid * 100 + activity_id".to_owned());
    }
    let name = event.get("type_name").and_then(Value::as_str);
    if name.is_some_and(|name| name != class.type_name(activity)) {
        findings.push("type_name is not the captions of class and activity".to_owned());
    }
    findings
}

fn sealed(path: &str, value: &Value) -> Vec<String> {
    match value {
        _ if is_sealed(value) => vec![format!("{path} is sealed")],
        Value::Object(fields) => {
            fields.iter().flat_map(|(name, field)| sealed(&join(path, name), field)).collect()
        }
        Value::Array(items) => items.iter().flat_map(|item| sealed(path, item)).collect(),
        _ => Vec::new(),
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
