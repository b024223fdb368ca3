//! What auditors see, and what they send.

use countersign_domain::id::kind;
use countersign_service::flow::{Bucket, SummaryBy};
use serde_json::Value;

use super::Shape;
use crate::export::Format;
use crate::openapi::schema::{self, Object};
use crate::openapi::words;

pub(super) fn shapes() -> Vec<Shape> {
    vec![
        ("event", event().open()),
        ("event_page", event_page()),
        ("proven_event", proven_event()),
        ("account_state", account_state()),
        ("sign_in_replay", sign_in_replay()),
        ("summary", summary()),
        ("export_request", export_request()),
    ]
}

/// Which events are asked for, in a query or in a body: the words of `q`.
pub(crate) fn filter() -> Value {
    schema::text_of(0, 4_096)
}

fn event() -> Object {
    let text_or_null = || schema::nullable(schema::text());
    let stream = Object::new()
        .field("type", schema::text())
        .field("id", schema::text())
        .field("sequence", schema::whole());
    Object::of("event")
        .field("index", schema::told(schema::whole(), "Its place in the ledger."))
        .field("type", schema::told(schema::text(), "Its stored name: `docs/events.md` has them all."))
        .field("version", schema::pattern("[0-9]+"))
        .field("at", schema::time())
        .field("stream", stream.open())
        .field("account", text_or_null())
        .field("sign_in", text_or_null())
        .field("session", text_or_null())
        .field("client", text_or_null())
        .field("actor", text_or_null())
        .field("request_id", text_or_null())
        .field("ip", schema::told(text_or_null(), "Opened with an operator's key only."))
        .field("user_agent", schema::told(text_or_null(), "Opened with an operator's key only."))
        .field("outcome", schema::nullable(words::outcomes()))
        .field("factor", schema::nullable(words::tried()))
        .field("payload", schema::told(schema::anything(), "As it is stored, with everything sealed."))
        .field("metadata", schema::told(schema::anything(), "As it is stored, with everything sealed."))
        .field("leaf", schema::told(schema::hash(), "What the ledger holds of it."))
}

fn event_page() -> Value {
    let next = schema::nullable(schema::pattern("[0-9]+"));
    Object::new()
        .field("data", schema::list(schema::named("event")))
        .field("next", schema::told(next, "What to give as `after`; null behind the last page."))
        .open()
}

fn proven_event() -> Value {
    let inclusion = Object::new()
        .field("size", schema::whole())
        .field("hashes", schema::list(schema::hash()))
        .field("tree_head", schema::told(schema::text(), "The signed note."));
    event().field("inclusion", schema::nullable(inclusion.open())).open()
}

fn account_state() -> Value {
    let index = schema::told(schema::nullable(schema::whole()), "The last event that it is made of.");
    let state = schema::either([schema::only("unregistered"), schema::anything()]);
    Object::of("account_state")
        .field("account", schema::id::<kind::Account>())
        .field("index", index)
        .field("state", schema::told(state, "The account; `unregistered` before its first event."))
        .open()
}

fn sign_in_replay() -> Value {
    let step = Object::new()
        .field("event", schema::named("event"))
        .field("before", schema::nullable(schema::anything()))
        .field("after", schema::nullable(schema::anything()));
    Object::of("sign_in_replay")
        .field("sign_in", schema::id::<kind::SignIn>())
        .field("steps", schema::list(step.open()))
        .open()
}

fn summary() -> Value {
    let mut row = Object::new()
        .field("bucket", schema::told(schema::nullable(schema::time()), "When it begins; null for `all`."))
        .field("count", schema::whole());
    let mut facets = Object::new();
    let facet =
        Object::new().field("value", schema::nullable(schema::text())).field("count", schema::whole());
    let facet = schema::list(facet.open());
    for by in SummaryBy::ALL {
        row = row.optional(by.word(), schema::nullable(schema::text()));
        facets = facets.optional(by.word(), facet.clone());
    }
    Object::of("summary")
        .field("bucket", schema::word(Bucket::ALL.map(Bucket::word)))
        .field("data", schema::list(row.open()))
        .field("facets", schema::told(facets.open(), "Every value, and its count over all the time."))
        .open()
}

fn export_request() -> Value {
    Object::new()
        .field("format", schema::word(Format::ALL.map(Format::word)))
        .optional("q", filter())
        .optional("account", schema::id::<kind::Account>())
        .optional("from", schema::time())
        .optional("to", schema::time())
        .closed()
}
