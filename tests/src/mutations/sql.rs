//! The statements of mutations.

use std::ops::RangeInclusive;

use countersign_projections::ledger::{LeafData, LedgerEvent};
use serde_json::{Value, json};

use super::{Kind, Mutation};

/// Where indexes are put that are in the way; no log of a test is that long.
const ASIDE: u64 = 1_000_000_000;
/// An event that was appended as it should be waits for its index; one that was put in does not have to.
const NOTHING_WAITS: &str = "DELETE FROM events_pending";
/// The stream of events that nobody committed.
const FORGED: &str = "pr_forged";

/// Reads events with their indexes as JSON, by their order, also those that lack one of the two.
pub(super) fn dump(postgres: bool) -> String {
    let (object, json) = if postgres { ("json_build_object", "") } else { ("json_object", "json") };
    format!(
        "SELECT CAST({object}('index', idx, 'aggregate_type', aggregate_type, 'aggregate_id', aggregate_id, \
         'sequence', sequence, 'event_type', event_type, 'event_version', event_version, \
         'payload', {json}(payload), 'metadata', {json}(metadata)) AS text) \
         FROM ledger FULL JOIN events USING (aggregate_type, aggregate_id, sequence) ORDER BY idx"
    )
}

/// What makes a mutation, given the event at its first index.
pub(super) fn statements(mutation: &Mutation, event: &Value, postgres: bool) -> String {
    let Mutation { kind, at, other, more } = *mutation;
    let (taken, tail) = (at..=at + more, at..=ASIDE);
    match kind {
        Kind::BitFlipped => {
            let column = if other % 2 == 0 { "payload" } else { "metadata" };
            update(column, &flipped(&event[column], other), at)
        }
        Kind::PayloadForged => update("payload", &forged(event, other).to_string(), at),
        Kind::ForgedWithItsLeaf => forge_with_leaf(event, at, other, postgres),
        Kind::MetadataForged => update("metadata", &json!({ "forged": other }).to_string(), at),
        Kind::Renamed => update("event_type", &format!("probe.forged_{other}"), at),
        Kind::EventsDeleted => delete_events(&taken),
        Kind::IndexesDeleted => delete_indexes(&taken),
        Kind::TakenOut => {
            let up = move_from(at + more + 1, &format!("- {}", more + 1));
            format!("{}; {up}", delete_both(taken))
        }
        Kind::PutIn => put_in(event, other + 1),
        Kind::PutInBetween => put_in_between(event, at, postgres),
        Kind::Swapped => format!(
            "UPDATE ledger SET idx = {ASIDE} + idx WHERE idx IN ({at}, {other}); \
             UPDATE ledger SET idx = {other} WHERE idx = {ASIDE} + {at}; \
             UPDATE ledger SET idx = {at} WHERE idx = {ASIDE} + {other}"
        ),
        Kind::IndexesCut => delete_indexes(&tail),
        Kind::TailCut => delete_both(tail),
        Kind::RolledBack => format!(
            "{}; DELETE FROM ledger_tiles; DELETE FROM tree_heads WHERE size > {at}; {NOTHING_WAITS}",
            delete_both(tail)
        ),
        Kind::LeafAltered => {
            let leaf = bytes([u8::try_from(other % 256).expect("it is a byte"); 32], postgres);
            format!("UPDATE ledger SET leaf = {leaf} WHERE idx = {at}")
        }
    }
}

fn update(column: &str, value: &str, at: u64) -> String {
    format!("UPDATE events SET {column} = {} WHERE {}", quoted(value), having(&(at..=at)))
}

fn forge_with_leaf(event: &Value, at: u64, other: u64, postgres: bool) -> String {
    let forged = with(event, "payload", forged(event, other));
    let leaf = leaf(&forged, postgres);
    let update = update("payload", &forged["payload"].to_string(), at);
    format!("{update}; UPDATE ledger SET leaf = {leaf} WHERE idx = {at}")
}

fn put_in(event: &Value, sequence: u64) -> String {
    let columns = ["event_type", "event_version"].map(|column| quoted(text(&event[column]))).join(", ");
    let bodies = ["payload", "metadata"].map(|column| quoted(&event[column].to_string())).join(", ");
    format!(
        "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata) \
         VALUES ({}, '{FORGED}', {sequence}, {columns}, {bodies}); {NOTHING_WAITS}",
        quoted(text(&event["aggregate_type"]))
    )
}

fn put_in_between(event: &Value, at: u64, postgres: bool) -> String {
    let forged = with(&with(event, "aggregate_id", FORGED.into()), "sequence", 1.into());
    let (put_in, move_up) = (put_in(&forged, 1), move_from(at, "+ 1"));
    format!(
        "{put_in}; {move_up}; INSERT INTO ledger (idx, aggregate_type, aggregate_id, sequence, leaf) \
         VALUES ({at}, {}, '{FORGED}', 1, {})",
        quoted(text(&event["aggregate_type"])),
        leaf(&forged, postgres)
    )
}

fn delete_both(places: RangeInclusive<u64>) -> String {
    format!("{}; {}", delete_events(&places), delete_indexes(&places))
}

fn delete_events(places: &RangeInclusive<u64>) -> String {
    format!("DELETE FROM events WHERE {}", having(places))
}

fn delete_indexes(places: &RangeInclusive<u64>) -> String {
    format!("DELETE FROM ledger WHERE idx BETWEEN {} AND {}", places.start(), places.end())
}

/// Moves the indexes from one on, which are in each other's way while they move.
fn move_from(from: u64, by: &str) -> String {
    format!(
        "UPDATE ledger SET idx = idx + {ASIDE} WHERE idx >= {from}; \
         UPDATE ledger SET idx = idx - {ASIDE} {by} WHERE idx >= {ASIDE}"
    )
}

/// Which events have these indexes.
fn having(places: &RangeInclusive<u64>) -> String {
    format!(
        "EXISTS (SELECT 1 FROM ledger l WHERE l.idx BETWEEN {} AND {} AND l.sequence = events.sequence \
         AND l.aggregate_type = events.aggregate_type AND l.aggregate_id = events.aggregate_id)",
        places.start(),
        places.end()
    )
}

/// The JSON with the lowest bit of a byte flipped: the first from a place on where it still is JSON, and
/// another one.
fn flipped(json: &Value, from: u64) -> String {
    let written = json.to_string().into_bytes();
    let from = usize::try_from(from).expect("it is an index") % written.len();
    let places = (from..written.len()).chain(0..from);
    let flipped = places.map(|place| {
        let mut flipped = written.clone();
        flipped[place] ^= 1;
        String::from_utf8(flipped).ok()
    });
    let is_another = |text: &String| serde_json::from_str::<Value>(text).is_ok_and(|other| other != *json);
    flipped.flatten().find(is_another).expect("a name has letters, each of which can be another one")
}

/// The payload, of another time and with a word that nobody said.
fn forged(event: &Value, number: u64) -> Value {
    let payload = with(&event["payload"], "at", "1970-01-01T00:00:00.000Z".into());
    with(&payload, "forged", number.into())
}

fn with(object: &Value, key: &str, value: Value) -> Value {
    let mut object = object.clone();
    object[key] = value;
    object
}

/// The leaf of an event, as a forger can make it who knows how.
fn leaf(event: &Value, postgres: bool) -> String {
    let event = LedgerEvent {
        aggregate_type: text(&event["aggregate_type"]),
        aggregate_id: text(&event["aggregate_id"]),
        sequence: event["sequence"].as_u64().expect("an event has a place"),
        event_type: text(&event["event_type"]),
        event_version: text(&event["event_version"]),
        payload: &event["payload"],
        metadata: &event["metadata"],
    };
    bytes(LeafData::of(&event).expect("an event has a leaf").0, postgres)
}

fn text(value: &Value) -> &str {
    value.as_str().expect("it is a text")
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn bytes(bytes: [u8; 32], postgres: bool) -> String {
    let hex = hex::encode(bytes);
    if postgres { format!("decode('{hex}', 'hex')") } else { format!("x'{hex}'") }
}
