//! Quotas: bounded, expiring counters that are not events.

use countersign_domain::time::{Span, Timestamp};
use countersign_domain::word::AddressKey;

use crate::error::StoreError;
use crate::store::EventStore;

impl EventStore {
    /// Counts a message to an address unless a limit is reached; tells whether it may be sent.
    pub async fn take_message(
        &self,
        _address: &AddressKey,
        _class: &str,
        _limits: &[(Span, u32)],
        _now: Timestamp,
    ) -> Result<bool, StoreError> {
        todo!()
    }

    /// Counts an attempt for an address that nobody owns; tells how many there are.
    pub async fn count_stranger(
        &self,
        _address: &AddressKey,
        _now: Timestamp,
        _lifetime: Span,
    ) -> Result<u32, StoreError> {
        todo!()
    }

    /// Deletes what expired; tells how many rows.
    pub async fn sweep_expired(&self, _now: Timestamp) -> Result<u64, StoreError> {
        todo!()
    }
}
