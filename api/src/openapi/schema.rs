//! Shapes of JSON, as JSON Schema (2020-12, which OpenAPI 3.1 takes) says them.

use countersign_domain::id::Kind;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::text::WHOLE_LARGEST;

/// What follows the prefix of an id: a hyphenated lower-case `UUIDv7`.
const UUID: &str = "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
/// A moment in the one form that moments have.
const MOMENT: &str = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$";

/// A text.
pub(crate) fn text() -> Value {
    json!({ "type": "string" })
}

/// A text of at least and at most so many characters.
pub(crate) fn text_of(least: usize, most: usize) -> Value {
    json!({ "type": "string", "minLength": least, "maxLength": most })
}

/// A text that a pattern describes whole.
pub(crate) fn pattern(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": format!("^{pattern}$") })
}

/// An id.
pub(crate) fn id<K: Kind>() -> Value {
    pattern(&format!("{}_{UUID}", K::PREFIX))
}

/// A version of an account's stream, as `Countersign-Version` says it.
pub(crate) fn version() -> Value {
    pattern(&format!("acc_{UUID}:[0-9]{{1,15}}"))
}

/// A moment.
pub(crate) fn time() -> Value {
    json!({ "type": "string", "format": "date-time", "pattern": MOMENT })
}

/// SHA-256, in lower-case hexadecimal digits.
pub(crate) fn hash() -> Value {
    pattern("[0-9a-f]{64}")
}

/// A token: a prefix, and Base64url.
pub(crate) fn token(prefix: &str) -> Value {
    pattern(&format!("{prefix}_[A-Za-z0-9_-]+"))
}

/// A whole number, not below zero.
pub(crate) fn whole() -> Value {
    json!({ "type": "integer", "minimum": 0, "maximum": WHOLE_LARGEST })
}

/// A whole number between two, both inclusive.
pub(crate) fn between(least: u32, most: u32) -> Value {
    json!({ "type": "integer", "minimum": least, "maximum": most })
}

/// True, or false.
pub(crate) fn flag() -> Value {
    json!({ "type": "boolean" })
}

/// One of some words.
pub(crate) fn word<T: Serialize>(words: impl IntoIterator<Item = T>) -> Value {
    let words: Vec<T> = words.into_iter().collect();
    json!({ "type": "string", "enum": words })
}

/// This text, and no other.
pub(crate) fn only(value: &str) -> Value {
    json!({ "type": "string", "const": value })
}

/// A list.
pub(crate) fn list(items: Value) -> Value {
    Value::from_iter([("type", Value::from("array")), ("items", items)])
}

/// What it says, or null.
pub(crate) fn nullable(schema: Value) -> Value {
    Value::from_iter([("anyOf", Value::from(vec![schema, json!({ "type": "null" })]))])
}

/// One of several shapes.
pub(crate) fn either(schemas: impl IntoIterator<Item = Value>) -> Value {
    let schemas: Vec<_> = schemas.into_iter().collect();
    match schemas.as_slice() {
        [only] => only.clone(),
        _ => json!({ "oneOf": schemas }),
    }
}

/// An object of which nothing more is said than that it is one.
pub(crate) fn anything() -> Value {
    json!({ "type": "object", "additionalProperties": true })
}

/// Bytes that are no JSON.
pub(crate) fn bytes() -> Value {
    json!({ "type": "string", "format": "binary" })
}

/// A shape with a name.
pub(crate) fn named(name: &str) -> Value {
    json!({ "$ref": address(name) })
}

/// Where a shape with a name stands.
pub(crate) fn address(name: &str) -> String {
    format!("#/components/schemas/{name}")
}

/// The same, with a sentence about it.
pub(crate) fn told(mut schema: Value, about: &str) -> Value {
    if let Some(fields) = schema.as_object_mut() {
        fields.insert("description".to_owned(), json!(about));
    }
    schema
}

/// An object, field by field.
#[derive(Debug, Default)]
pub(crate) struct Object {
    properties: Map<String, Value>,
    required: Vec<&'static str>,
}

impl Object {
    /// An object without fields.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// An object of the API, whose type is named by a field.
    pub(crate) fn of(name: &str) -> Self {
        Self::new().field("object", only(name))
    }

    /// With a field that is always there.
    pub(crate) fn field(mut self, name: &'static str, schema: Value) -> Self {
        self.required.push(name);
        self.optional(name, schema)
    }

    /// With a field that may be there.
    pub(crate) fn optional(mut self, name: &'static str, schema: Value) -> Self {
        self.properties.insert(name.to_owned(), schema);
        self
    }

    /// The shape of a reply: it may get more fields in a later version.
    pub(crate) fn open(self) -> Value {
        json!({ "type": "object", "required": self.required, "properties": self.properties })
    }

    /// The shape of a request: nothing else is taken.
    pub(crate) fn closed(self) -> Value {
        let mut schema = self.open();
        if let Some(fields) = schema.as_object_mut() {
            fields.insert("additionalProperties".to_owned(), json!(false));
        }
        schema
    }
}
