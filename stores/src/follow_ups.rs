//! Follow-ups: the work that a commit leaves, one row an event, written in the same commit.

use countersign_domain::time::Timestamp;

use crate::error::StoreError;
use crate::store::EventStore;

/// Work that a committed event left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUp {
    /// The aggregate's name.
    pub aggregate_type: String,
    /// The stream.
    pub stream: String,
    /// The event's place in it.
    pub sequence: u64,
    /// The event's stored name.
    pub event_type: String,
    /// When the event happened.
    pub at: Timestamp,
}

impl EventStore {
    /// Work that was left before a time, the oldest first.
    pub async fn follow_ups(&self, _before: Timestamp, _limit: u32) -> Result<Vec<FollowUp>, StoreError> {
        todo!()
    }

    /// Takes a piece of work off the list.
    pub async fn settle(&self, _aggregate_type: &str, _stream: &str, _sequence: u64) -> Result<(), StoreError> {
        todo!()
    }
}
