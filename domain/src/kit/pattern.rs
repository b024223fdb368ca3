//! What a scenario expects of an event: all of it, or its stored name and some of its fields.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::json::{image, is_sealable, join};
use crate::decider::Event;

/// The key of an object that stands for many values.
const MATCHER: &str = "$match";

/// An expected event.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    fields: Map<String, Value>,
    whole: bool,
}

/// A field, as expected and as found.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Compared {
    pub(super) path: String,
    /// What was asked for, in words; none where nothing was.
    pub(super) expected: Option<String>,
    pub(super) actual: Option<Value>,
    pub(super) fits: bool,
}

/// Expects an event of this stored name; only fields that are added [`with`](Pattern::with) a value matter.
pub fn event(name: &str) -> Pattern {
    Pattern { fields: Map::from_iter([("type".to_owned(), json!(name))]), whole: false }
}

/// Expects exactly this event; to be used where exact and partial ones stand in one list.
pub fn exactly<E: Event>(event: E) -> Pattern {
    Pattern::from(event)
}

/// Stands for any value, in [`Pattern::with`] and [`partial`]; the field has to be there.
pub fn any() -> Value {
    json!({ MATCHER: "any" })
}

/// Stands for any well-formed id, of whatever kind.
pub fn any_id() -> Value {
    json!({ MATCHER: "any_id" })
}

/// Stands for a field that is not there.
pub fn absent() -> Value {
    json!({ MATCHER: "absent" })
}

/// Stands for an object that has these fields, and perhaps others.
pub fn partial(fields: impl Serialize) -> Value {
    json!({ MATCHER: "partial", "fields": image(&fields) })
}

impl Pattern {
    /// Expects a field to have a value, in the form that it is stored in.
    #[must_use]
    pub fn with(mut self, field: &str, value: impl Serialize) -> Self {
        self.fields.insert(field.to_owned(), image(&value));
        self
    }

    /// The stored name that is expected.
    pub(super) fn name(&self) -> &str {
        self.fields.get("type").and_then(Value::as_str).unwrap_or_default()
    }

    /// Compares with an event as it is stored, field by field; the name comes first.
    pub(super) fn compare(&self, stored: &Value) -> Vec<Compared> {
        let mut found = Vec::new();
        compare_fields("", Some(&self.fields), stored.as_object(), self.whole, &mut found);
        // When an event happened is the clock's business, unless somebody asks.
        found.retain(|field| field.path != "at" || field.expected.is_some());
        found.sort_by_key(|field| field.path != "type");
        found
    }
}

impl<E: Event> From<E> for Pattern {
    fn from(event: E) -> Self {
        let fields = image(&event).as_object().cloned().unwrap_or_default();
        Self { fields, whole: true }
    }
}

fn compare_fields(
    path: &str,
    expected: Option<&Map<String, Value>>,
    actual: Option<&Map<String, Value>>,
    whole: bool,
    found: &mut Vec<Compared>,
) {
    let keys: BTreeSet<&String> = expected.iter().chain(&actual).flat_map(|fields| fields.keys()).collect();
    for key in keys {
        let (expected, actual) = (expected.and_then(|f| f.get(key)), actual.and_then(|f| f.get(key)));
        match expected {
            None => found.push(leaf(join(path, key), None, actual, !whole)),
            Some(expected) => compare_value(join(path, key), expected, actual, found),
        }
    }
}

fn compare_value(path: String, expected: &Value, actual: Option<&Value>, found: &mut Vec<Compared>) {
    let fields = expected.as_object().filter(|_| !is_sealable(expected));
    match (fields, actual.and_then(Value::as_object)) {
        (Some(matcher), _) if matcher.contains_key(MATCHER) => compare_matcher(path, matcher, actual, found),
        (Some(expected), Some(actual)) => compare_fields(&path, Some(expected), Some(actual), true, found),
        _ => found.push(leaf(path, Some(expected.to_string()), actual, actual == Some(expected))),
    }
}

fn compare_matcher(
    path: String,
    matcher: &Map<String, Value>,
    actual: Option<&Value>,
    found: &mut Vec<Compared>,
) {
    let name = matcher.get(MATCHER).and_then(Value::as_str).unwrap_or_default();
    let (fields, object) = (matcher.get("fields"), actual.and_then(Value::as_object));
    if let (Some(fields), Some(object)) = (fields.and_then(Value::as_object), object) {
        return compare_fields(&path, Some(fields), Some(object), false, found);
    }
    let fits = match name {
        "any" => actual.is_some(),
        "any_id" => actual.and_then(Value::as_str).is_some_and(is_id),
        "absent" => actual.is_none(),
        _ => false,
    };
    found.push(leaf(path, Some(format!("({})", name.replace('_', " "))), actual, fits));
}

fn leaf(path: String, expected: Option<String>, actual: Option<&Value>, fits: bool) -> Compared {
    Compared { path, expected, actual: actual.cloned(), fits }
}

/// A prefix of letters and a hyphenated lower-case `UUIDv7`.
fn is_id(text: &str) -> bool {
    let Some((prefix, unique)) = text.split_once('_') else { return false };
    let lower = !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_lowercase());
    lower && unique.parse::<Uuid>().is_ok_and(|id| id.get_version_num() == 7 && id.to_string() == unique)
}
