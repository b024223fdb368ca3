//! The bodies of what auditors read.

use countersign_stores::audit::AuditEvent;
use serde_json::{Value, json};

/// An event: what auditors filter by beside it as it is stored, with everything sealed.
pub fn event(event: &AuditEvent) -> Value {
    let (row, stored) = (&event.row, &event.stored);
    json!({
        "object": "event",
        "index": row.index,
        "type": row.event_type,
        "version": stored.event_version,
        "at": row.at,
        "stream": { "type": row.aggregate_type, "id": row.stream, "sequence": row.sequence },
        "account": row.account,
        "sign_in": row.sign_in,
        "session": row.session,
        "client": row.client,
        "actor": row.actor,
        "request_id": row.request_id,
        "ip": event.ip,
        "user_agent": event.user_agent,
        "outcome": row.outcome,
        "factor": row.factor,
        "payload": stored.payload,
        "metadata": stored.metadata,
        "leaf": hex::encode(&event.leaf),
    })
}
