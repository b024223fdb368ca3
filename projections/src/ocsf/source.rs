//! The JSON of an audit event, of which nothing sealed is taken.

use countersign_domain::secret::{ERASED, PLAIN_PERSONAL, PLAIN_VERIFIER};
use countersign_domain::time::Timestamp;
use serde_json::Value;

/// The classes of sealed values, each as a plain value's key.
const CLASSES: [&str; 2] = [PLAIN_PERSONAL, PLAIN_VERIFIER];

/// An audit event, as auditors get it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a>(pub(super) &'a Value);

impl<'a> Source<'a> {
    /// A text at a JSON pointer; none where it is empty or sealed.
    pub(super) fn text(self, pointer: &str) -> Option<&'a str> {
        let value = self.0.pointer(pointer).filter(|value| !is_sealed(value))?;
        value.as_str().filter(|text| !text.is_empty())
    }

    /// A whole number at a JSON pointer.
    pub(super) fn number(self, pointer: &str) -> Option<u64> {
        self.0.pointer(pointer)?.as_u64()
    }

    /// The event's stored name.
    pub(super) fn name(self) -> Option<&'a str> {
        self.text("/type")
    }

    /// When it happened, in milliseconds since the start of 1970.
    pub(super) fn millis(self) -> Option<i64> {
        self.text("/at")?.parse().ok().map(Timestamp::as_millis)
    }

    /// How the person authenticated, where the event says so.
    pub(super) fn amr(self) -> Option<Vec<&'a str>> {
        let methods = self.0.pointer("/payload/amr")?.as_array()?;
        Some(methods.iter().filter_map(Value::as_str).collect())
    }
}

/// Whether a value is sealed, stands for one that was erased, or is in the form that only the store may see.
pub(super) fn is_sealed(value: &Value) -> bool {
    match value {
        Value::String(text) => text.split_once('.').is_some_and(|(head, _)| is_class(head)),
        Value::Object(fields) => {
            fields.contains_key(ERASED) || CLASSES.iter().any(|class| fields.contains_key(*class))
        }
        _ => false,
    }
}

fn is_class(head: &str) -> bool {
    CLASSES.iter().any(|class| class.strip_prefix('$') == Some(head))
}
