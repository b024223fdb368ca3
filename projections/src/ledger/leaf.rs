//! The leaf data of an event: a hash of its canonical form as it is stored, before any upcasting.

use std::fmt;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Hash;

/// An event as it is stored; nothing but these seven fields is hashed.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct LedgerEvent<'a> {
    /// The aggregate's name.
    pub aggregate_type: &'a str,
    /// The stream.
    pub aggregate_id: &'a str,
    /// The event's place in it, from 1.
    pub sequence: u64,
    /// The event's stored name.
    pub event_type: &'a str,
    /// The version of the event's stored shape.
    pub event_version: &'a str,
    /// What happened.
    pub payload: &'a Value,
    /// Who asked for it, from where.
    pub metadata: &'a Value,
}

/// SHA-256 of the RFC 8785 form of an event: what the ledger publishes in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeafData(pub [u8; 32]);

/// An event has no canonical form.
#[derive(Debug)]
pub struct LeafError(serde_json::Error);

impl LeafData {
    /// The leaf data of an event.
    pub fn of(event: &LedgerEvent<'_>) -> Result<Self, LeafError> {
        let canonical = serde_json_canonicalizer::to_vec(event).map_err(LeafError)?;
        Ok(Self(Sha256::digest(canonical).into()))
    }

    /// The leaf over it.
    pub fn leaf(&self) -> Hash {
        Hash::of_leaf(&self.0)
    }
}

impl fmt::Display for LeafError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an event has no canonical form: {}", self.0)
    }
}

impl std::error::Error for LeafError {}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn leaf_of(payload: &Value, metadata: &Value) -> String {
        let event = LedgerEvent {
            aggregate_type: "Account",
            aggregate_id: "acc_1",
            sequence: 2,
            event_type: "code.sent",
            event_version: "1",
            payload,
            metadata,
        };
        hex::encode(LeafData::of(&event).unwrap().0)
    }

    /// Computed by another implementation: `hashlib.sha256` over `json.dumps(…, sort_keys=True,
    /// separators=(',', ':'), ensure_ascii=False)` in Python.
    const LEAF: &str = "2435f120690c4f43aff3f2a1b1f32c7929516a181a2ab5397b0304287f1428c0";

    #[test]
    fn the_leaf_data_of_an_event_is_what_another_implementation_computes() {
        let payload =
            json!({"type": "code.sent", "send": 1, "at": "2026-01-01T00:00:00.000Z", "name": "Zoë"});
        assert_eq!(leaf_of(&payload, &json!({"command_id": "x"})), LEAF);
    }

    #[test]
    fn the_order_of_keys_does_not_change_the_leaf_data() {
        let one: Value = serde_json::from_str(r#"{"a": 1, "b": {"c": 2, "d": 3}}"#).unwrap();
        let other: Value = serde_json::from_str(r#"{"b": {"d": 3, "c": 2}, "a": 1}"#).unwrap();
        assert_eq!(leaf_of(&one, &json!({})), leaf_of(&other, &json!({})));
    }

    #[test]
    fn payload_and_metadata_are_both_hashed() {
        let plain = leaf_of(&json!({}), &json!({}));
        assert_ne!(leaf_of(&json!({"a": 1}), &json!({})), plain);
        assert_ne!(leaf_of(&json!({}), &json!({"a": 1})), plain);
    }
}
