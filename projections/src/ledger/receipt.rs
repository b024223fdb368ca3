//! Receipts: what shows somebody who is offline that an event is in the ledger.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    CheckpointError, Hash, LeafData, LeafError, LedgerEvent, TreeHead, VerifyingKey, verify_inclusion,
};

/// An event, and what proves that it stands at its index under a signed tree head.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    object: Object,
    index: u64,
    event: Stored,
    leaf: Hex,
    size: u64,
    inclusion: Vec<Hex>,
    tree_head: String,
}

/// Why a receipt proves nothing.
#[derive(Debug)]
pub enum ReceiptError {
    /// Its event has no canonical form.
    Event(LeafError),
    /// Its leaf is not that of its event.
    Leaf,
    /// Its tree head does not hold.
    Head(CheckpointError),
    /// Its size is not that of its tree head.
    Size,
    /// Its event is not proven to stand at its index.
    Inclusion,
}

/// The name of this kind of object.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Object {
    Receipt,
}

/// An event as it is stored: what [`LedgerEvent`] borrows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    aggregate_id: String,
    aggregate_type: String,
    event_type: String,
    event_version: String,
    metadata: Value,
    payload: Value,
    sequence: u64,
}

/// A hash as 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct Hex([u8; 32]);

impl Receipt {
    /// The receipt of an event at an index, with its inclusion proof in the tree of a size and the signed
    /// note of that tree's head.
    pub fn new(
        index: u64,
        event: &LedgerEvent<'_>,
        size: u64,
        inclusion: &[Hash],
        tree_head: String,
    ) -> Result<Self, LeafError> {
        let leaf = Hex(LeafData::of(event)?.0);
        let inclusion = inclusion.iter().map(|hash| Hex(hash.0)).collect();
        Ok(Self { object: Object::Receipt, index, event: event.into(), leaf, size, inclusion, tree_head })
    }

    /// The event's place in the ledger.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The event, as it is stored.
    pub fn event(&self) -> LedgerEvent<'_> {
        let Stored { aggregate_id, aggregate_type, event_type, event_version, metadata, payload, sequence } =
            &self.event;
        let sequence = *sequence;
        LedgerEvent { aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata }
    }

    /// Checks that the event stands at its index under the tree head, and that the ledger's key signed that.
    pub fn verify(&self, key: &VerifyingKey) -> Result<(), ReceiptError> {
        let data = LeafData::of(&self.event()).map_err(ReceiptError::Event)?;
        if data.0 != self.leaf.0 {
            return Err(ReceiptError::Leaf);
        }
        let head = TreeHead::open(&self.tree_head, key).map_err(ReceiptError::Head)?;
        if head.size != self.size {
            return Err(ReceiptError::Size);
        }
        let path: Vec<_> = self.inclusion.iter().map(|beside| Hash(beside.0)).collect();
        verify_inclusion(data.leaf(), self.index, head.size, head.root, &path)
            .map_err(|_| ReceiptError::Inclusion)
    }
}

impl From<&LedgerEvent<'_>> for Stored {
    fn from(event: &LedgerEvent<'_>) -> Self {
        Self {
            aggregate_id: event.aggregate_id.to_owned(),
            aggregate_type: event.aggregate_type.to_owned(),
            event_type: event.event_type.to_owned(),
            event_version: event.event_version.to_owned(),
            metadata: event.metadata.clone(),
            payload: event.payload.clone(),
            sequence: event.sequence,
        }
    }
}

impl From<Hex> for String {
    fn from(hash: Hex) -> Self {
        hex::encode(hash.0)
    }
}

impl TryFrom<String> for Hex {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        const FORM: &str = "a hash is 64 lower-case hexadecimal digits";
        let mut hash = [0; 32];
        hex::decode_to_slice(&text, &mut hash).map_err(|_| FORM)?;
        if hex::encode(hash) == text { Ok(Self(hash)) } else { Err(FORM) }
    }
}

impl fmt::Display for ReceiptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(cause) => write!(f, "{cause}"),
            Self::Leaf => f.write_str("the leaf is not that of the event"),
            Self::Head(cause) => write!(f, "{cause}"),
            Self::Size => f.write_str("the size is not that of the tree head"),
            Self::Inclusion => f.write_str("the event is not proven to stand at its index"),
        }
    }
}

impl std::error::Error for ReceiptError {}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ledger::{SigningKey, inclusion, root};

    /// A key, and the receipt of the event 2 among 5, as JSON.
    fn receipt() -> (VerifyingKey, Value) {
        let (payload, metadata) = (json!({"type": "code.sent", "send": 1}), json!({"command_id": "x"}));
        let event = |sequence| LedgerEvent {
            aggregate_type: "Account",
            aggregate_id: "acc_1",
            sequence,
            event_type: "code.sent",
            event_version: "1",
            payload: &payload,
            metadata: &metadata,
        };
        let leaves: Vec<_> = (1..=5).map(|sequence| LeafData::of(&event(sequence)).unwrap().leaf()).collect();
        let (key, origin) = (SigningKey::from_secret(&[7; 32]), "countersign.local/ledger".parse().unwrap());
        let head = TreeHead { origin, size: 5, root: root(&leaves) };
        let path = inclusion(&leaves, 2).unwrap();
        let receipt = Receipt::new(2, &event(3), 5, &path, key.sign(&head)).unwrap();
        (key.verifying_key(head.origin), serde_json::to_value(receipt).unwrap())
    }

    fn holds(receipt: Value, key: &VerifyingKey) -> bool {
        serde_json::from_value::<Receipt>(receipt).is_ok_and(|receipt| receipt.verify(key).is_ok())
    }

    /// The place of each value that has no values in it, as JSON pointers.
    fn places(value: &Value, place: String) -> Vec<String> {
        let within = |key: String, value: &Value| places(value, format!("{place}/{key}"));
        match value {
            Value::Object(fields) => {
                fields.iter().flat_map(|(key, value)| within(key.clone(), value)).collect()
            }
            Value::Array(items) => {
                items.iter().enumerate().flat_map(|(key, value)| within(key.to_string(), value)).collect()
            }
            _ => vec![place],
        }
    }

    /// Other values of the same kind, close to the one that stands there.
    fn others(value: &Value) -> Vec<Value> {
        match value {
            Value::Number(number) => {
                let number = number.as_u64().unwrap();
                vec![json!(number + 1), json!(number - 1), json!(-1)]
            }
            Value::String(text) => vec![
                json!(format!("{text}0")),
                json!(text[1..]),
                json!(text.replacen(|digit: char| digit.is_ascii_alphanumeric(), "0", 1)),
                json!(text.to_uppercase()),
            ],
            other => panic!("no other value of {other}"),
        }
    }

    #[test]
    fn a_receipt_proves_its_event() {
        let (key, receipt) = receipt();
        assert!(holds(receipt, &key));
    }

    #[test]
    fn a_receipt_has_the_documented_form() {
        let (_, receipt) = receipt();
        let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
        assert_eq!(receipt["object"], "receipt");
        assert_eq!(keys(&receipt), "event inclusion index leaf object size tree_head");
        assert_eq!(
            keys(&receipt["event"]),
            "aggregate_id aggregate_type event_type event_version metadata payload sequence"
        );
    }

    #[test]
    fn a_receipt_with_any_value_altered_is_refused() {
        let (key, receipt) = receipt();
        let places = places(&receipt, String::new());
        assert_eq!(places.len(), 16, "{places:?}");
        for place in places {
            let value = receipt.pointer(&place).unwrap();
            for other in others(value).into_iter().filter(|other| other != value) {
                let mut altered = receipt.clone();
                *altered.pointer_mut(&place).unwrap() = other.clone();
                assert!(!holds(altered, &key), "{place} altered to {other}");
            }
        }
    }

    #[test]
    fn a_receipt_with_more_or_less_in_it_is_refused() {
        let (key, receipt) = receipt();
        for object in ["", "/event", "/event/payload", "/event/metadata"] {
            let mut more = receipt.clone();
            more.pointer_mut(object).unwrap()["more"] = json!(1);
            assert!(!holds(more, &key), "more in {object}");
        }
        for object in ["", "/event", "/event/payload", "/event/metadata"] {
            for field in receipt.pointer(object).unwrap().as_object().unwrap().keys() {
                let mut less = receipt.clone();
                less.pointer_mut(object).unwrap().as_object_mut().unwrap().remove(field);
                assert!(!holds(less, &key), "no {field} in {object}");
            }
        }
    }

    #[test]
    fn an_inclusion_proof_of_another_length_is_refused() {
        let (key, mut receipt) = receipt();
        let whole = receipt["inclusion"].as_array().unwrap().clone();
        receipt["inclusion"] = json!(whole[1..]);
        assert!(!holds(receipt.clone(), &key));
        receipt["inclusion"] = json!([whole.clone(), vec![whole[0].clone()]].concat());
        assert!(!holds(receipt, &key));
    }

    #[test]
    fn a_receipt_under_a_head_of_another_size_or_key_is_refused() {
        let (key, mut receipt) = receipt();
        let other = SigningKey::from_secret(&[8; 32]).verifying_key(key.name().clone());
        let head = TreeHead::open(receipt["tree_head"].as_str().unwrap(), &key).unwrap();
        assert!(!holds(receipt.clone(), &other));
        let longer = TreeHead { size: 6, ..head };
        receipt["tree_head"] = json!(SigningKey::from_secret(&[7; 32]).sign(&longer));
        assert!(!holds(receipt.clone(), &key));
        receipt["tree_head"] = json!("no head");
        assert!(!holds(receipt, &key));
    }
}
