//! Heads and proofs.

use serde_json::Value;

use super::Shape;
use crate::openapi::schema::{self, Object};

pub(super) fn shapes() -> Vec<Shape> {
    vec![
        ("tree_head", tree_head()),
        ("inclusion_proof", inclusion_proof()),
        ("consistency_proof", consistency_proof()),
        ("receipt", receipt()),
    ]
}

fn tree_head() -> Value {
    Object::of("tree_head")
        .field("origin", schema::told(schema::text(), "The ledger's name."))
        .field("size", schema::whole())
        .field("root", schema::text())
        .field("note", schema::told(schema::text(), "The signed note, as C2SP has it."))
        .field("key", schema::told(schema::text(), "What it is checked with."))
        .open()
}

fn inclusion_proof() -> Value {
    Object::of("inclusion_proof")
        .field("index", schema::whole())
        .field("size", schema::whole())
        .field("leaf", schema::hash())
        .field("hashes", schema::list(schema::hash()))
        .open()
}

fn consistency_proof() -> Value {
    Object::of("consistency_proof")
        .field("from", schema::whole())
        .field("to", schema::whole())
        .field("hashes", schema::list(schema::hash()))
        .open()
}

fn receipt() -> Value {
    let stored = Object::new()
        .field("aggregate_id", schema::text())
        .field("aggregate_type", schema::text())
        .field("event_type", schema::text())
        .field("event_version", schema::pattern("[0-9]+"))
        .field("metadata", schema::anything())
        .field("payload", schema::anything())
        .field("sequence", schema::whole());
    Object::of("receipt")
        .field("index", schema::whole())
        .field("event", schema::told(stored.open(), "The event, as it is stored."))
        .field("leaf", schema::hash())
        .field("size", schema::whole())
        .field("inclusion", schema::list(schema::hash()))
        .field("tree_head", schema::told(schema::text(), "The signed note."))
        .open()
}
