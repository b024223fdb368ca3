//! One stream, each event at its place in the ledger.

use super::event::{AuditEvent, AuditRow, COLUMNS, EVENT_AT_PLACE};
use crate::database::sql::Statement;
use crate::error::StoreError;
use crate::store::EventStore;

/// A stream's events that have their place in the ledger, in their order.
pub type Placed = Vec<AuditEvent>;

impl EventStore {
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
