//! Looking at events and states as the JSON that they are stored as.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::secret::{ERASED, PLAIN_PERSONAL, PLAIN_VERIFIER};

/// What a sealable value looks like in a stored form, apart from plain.
#[derive(Debug, Clone, Copy)]
pub(super) enum Seal {
    /// As the store keeps it.
    Sealed,
    /// As it is read once its key is gone.
    Erased,
}

impl Seal {
    fn stand_in(self, class: &str) -> Value {
        match self {
            Self::Sealed => json!(format!("{}.kit.AAAA", class.trim_start_matches('$'))),
            Self::Erased => json!({ ERASED: true }),
        }
    }
}

/// The JSON of an event or a state; a value that cannot be written is its error's text.
pub(super) fn image(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_else(|error| json!(format!("not JSON: {error}")))
}

/// The value with everything that the store seals replaced by what would be stored in its place.
pub(super) fn seal(value: &Value, seal_as: Seal) -> Value {
    match value {
        Value::Object(fields) => match class_of(fields) {
            Some(class) => seal_as.stand_in(class),
            None => fields.iter().map(|(key, field)| (key.clone(), seal(field, seal_as))).collect(),
        },
        Value::Array(items) => items.iter().map(|item| seal(item, seal_as)).collect(),
        leaf => leaf.clone(),
    }
}

/// The class of a plain value on its way to the store.
fn class_of(fields: &Map<String, Value>) -> Option<&str> {
    let (key, _) = fields.iter().next().filter(|_| fields.len() == 1)?;
    [PLAIN_PERSONAL, PLAIN_VERIFIER].contains(&key.as_str()).then_some(key)
}

/// Whether the value is one that a store would seal, or has sealed or lost.
pub(super) fn is_sealable(value: &Value) -> bool {
    value.as_object().is_some_and(|fields| class_of(fields).is_some() || fields.contains_key(ERASED))
}

/// Every value that holds no other, with the path to it: `sign_in`, `device.id`, `codes.0`.
pub(super) fn leaves(value: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    collect(String::new(), value, &mut found);
    found
}

fn collect(path: String, value: &Value, found: &mut Vec<(String, Value)>) {
    match value {
        _ if is_sealable(value) => found.push((path, value.clone())),
        Value::Object(fields) if !fields.is_empty() => {
            fields.iter().for_each(|(key, field)| collect(join(&path, key), field, found));
        }
        Value::Array(items) if !items.is_empty() => {
            items.iter().zip(0_u32..).for_each(|(item, n)| collect(join(&path, &n.to_string()), item, found));
        }
        leaf => found.push((path, leaf.clone())),
    }
}

/// A path with one more step.
pub(super) fn join(path: &str, step: &str) -> String {
    if path.is_empty() { step.to_owned() } else { format!("{path}.{step}") }
}
