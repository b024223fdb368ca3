//! An event as auditors read it, whoever shows it: the API, the command line, an export.

use serde_json::{Value, json};

use crate::read_model::HistoryRow;

/// What an event's body is made of.
#[derive(Debug, Clone, Copy)]
pub struct EventBody<'a> {
    /// What auditors filter by.
    pub row: &'a HistoryRow,
    /// The version of its shape, as it is stored.
    pub version: &'a str,
    /// What happened, as it is stored.
    pub payload: &'a Value,
    /// What is known of how it came about, as it is stored.
    pub metadata: &'a Value,
    /// Its leaf data, in hex.
    pub leaf: &'a str,
    /// The person's address on the network, where it was opened.
    pub ip: Option<&'a str>,
    /// What the person's program calls itself, where it was opened.
    pub user_agent: Option<&'a str>,
}

impl EventBody<'_> {
    /// The body: what auditors filter by beside the event as it is stored, with everything sealed.
    pub fn json(&self) -> Value {
        let row = self.row;
        json!({
            "object": "event",
            "index": row.index,
            "type": row.event_type,
            "version": self.version,
            "at": row.at,
            "stream": { "type": row.aggregate_type, "id": row.stream, "sequence": row.sequence },
            "account": row.account,
            "sign_in": row.sign_in,
            "session": row.session,
            "client": row.client,
            "actor": row.actor,
            "request_id": row.request_id,
            "ip": self.ip,
            "user_agent": self.user_agent,
            "outcome": row.outcome,
            "factor": row.factor,
            "payload": self.payload,
            "metadata": self.metadata,
            "leaf": self.leaf,
        })
    }
}
