//! One stream, each event at its place in the ledger.

use countersign_domain::account::Account;
use countersign_domain::decider::Decider;

use super::event::{AuditEvent, AuditRow, COLUMNS, EVENT_AT_PLACE};
use crate::database::sql::Statement;
use crate::error::StoreError;
use crate::store::EventStore;

/// A stream's events that have their place in the ledger, in their order.
pub type Placed = Vec<AuditEvent>;

impl EventStore {
    /// The index of the event of an account that granted a session.
    pub async fn index_of_grant(&self, account: &str, session: &str) -> Result<Option<u64>, StoreError> {
        let granted = |event: &&AuditEvent| {
            event.row.event_type == "sign_in.signed_in" && event.row.session.as_deref() == Some(session)
        };
        let placed = self.placed(Account::TYPE, account).await?;
        Ok(placed.iter().find(granted).map(|event| event.row.index))
    }

    /// Reads the events of a stream that have their place in the ledger, with everything sealed.
    pub async fn placed(&self, aggregate_type: &str, stream: &str) -> Result<Placed, StoreError> {
        let select = format!(
            "SELECT {COLUMNS} FROM ledger l {EVENT_AT_PLACE} \
             WHERE l.aggregate_type = $1 AND l.aggregate_id = $2 ORDER BY l.sequence"
        );
        let select = Statement::new(select).text(aggregate_type).text(stream);
        let rows: Vec<AuditRow> = self.database.rows(&select).await?;
        rows.into_iter().map(|row| self.audit_event(row)).collect()
    }
}
