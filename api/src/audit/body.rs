//! The bodies of what auditors read.

use countersign_projections::event_body::EventBody;
use countersign_stores::audit::AuditEvent;
use serde_json::Value;

/// An event: what auditors filter by beside it as it is stored, with everything sealed.
pub fn event(event: &AuditEvent) -> Value {
    let body = EventBody {
        row: &event.row,
        version: &event.stored.event_version,
        payload: &event.stored.payload,
        metadata: &event.stored.metadata,
        leaf: &hex::encode(&event.leaf),
        ip: event.ip.as_deref(),
        user_agent: event.user_agent.as_deref(),
    };
    body.json()
}
