//! Pages of events, by filter, from a place in the ledger on.

use countersign_domain::time::Timestamp;
use countersign_projections::filter::{Field, Filter};

use super::condition::Condition;
use super::event::{AuditEvent, AuditRow, COLUMNS, EVENT_AT_PLACE};
use crate::database::sql::Statement;
use crate::error::StoreError;
use crate::store::EventStore;

/// The most events of a page.
pub const LIMIT_MOST: u32 = 500;
/// The most events that are looked at for one page, where the database cannot decide: then the page ends
/// early, and the next one goes on.
const LOOKED_AT_MOST: u32 = 5_000;

/// In which order events come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The newest first.
    Newest,
    /// The oldest first.
    Oldest,
}

/// Which events a page holds.
#[derive(Debug, Clone)]
pub struct PageQuery {
    /// Those that this asks for.
    pub filter: Filter,
    /// Not before this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
    /// In which order.
    pub order: Order,
    /// Behind this index, in the order.
    pub after: Option<u64>,
    /// How many at most: 1 to [`LIMIT_MOST`].
    pub limit: u32,
    /// Whether to open where the person was, and what they used.
    pub open: bool,
}

impl PageQuery {
    /// All that a filter asks for, from its oldest event on, in the largest pages and with nothing opened.
    pub fn of(filter: Filter) -> Self {
        Self {
            filter,
            from: None,
            to: None,
            order: Order::Oldest,
            after: None,
            limit: LIMIT_MOST,
            open: false,
        }
    }
}

/// A page of events.
#[derive(Debug, Clone)]
pub struct AuditPage {
    /// The events.
    pub events: Vec<AuditEvent>,
    /// What to give as `after` for the next page; nothing behind the last one.
    pub next: Option<u64>,
}

impl EventStore {
    /// Reads a page of events, as far as `sign_in_history` has read.
    pub async fn audit_page(&self, query: &PageQuery) -> Result<AuditPage, StoreError> {
        let decided_here = query.filter.fields().contains(&Field::Ip);
        let limit = query.limit.clamp(1, LIMIT_MOST);
        let looked_at = if decided_here { LOOKED_AT_MOST } else { limit + 1 };
        let rows: Vec<AuditRow> = self.database.rows(&statement(query, looked_at)).await?;
        let all_looked_at = u32::try_from(rows.len()).is_ok_and(|rows| rows < looked_at);
        let mut events = rows.into_iter().map(|row| self.audit_event(row)).collect::<Result<Vec<_>, _>>()?;
        if query.open || decided_here {
            self.open_origin(&mut events).await?;
        }
        let last_looked_at = events.last().map(|event| event.row.index);
        if decided_here {
            events.retain(|event| event.is_asked_for(&query.filter));
        }
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = events.len() > limit;
        events.truncate(limit);
        if !query.open {
            for event in &mut events {
                (event.ip, event.user_agent) = (None, None);
            }
        }
        let next = match events.last() {
            Some(last) if more => Some(last.row.index),
            _ if all_looked_at => None,
            _ => last_looked_at,
        };
        Ok(AuditPage { events, next })
    }

    /// Reads the event at a place in the ledger.
    pub async fn audit_event_at(&self, index: u64, open: bool) -> Result<Option<AuditEvent>, StoreError> {
        let select = format!("SELECT {COLUMNS} FROM ledger l {EVENT_AT_PLACE} WHERE l.idx = $1");
        let row: Option<AuditRow> = self.database.row(&Statement::new(select).sequence(index)).await?;
        let Some(event) = row.map(|row| self.audit_event(row)).transpose()? else { return Ok(None) };
        let mut found = [event];
        if open {
            self.open_origin(&mut found).await?;
        }
        Ok(found.into_iter().next())
    }
}

fn statement(query: &PageQuery, most: u32) -> Statement {
    let mut condition = Condition::new(&format!(
        "SELECT {COLUMNS} FROM sign_in_history h JOIN ledger l ON l.idx = h.idx {EVENT_AT_PLACE} WHERE TRUE"
    ));
    condition.and_filter(&query.filter);
    if let Some(from) = query.from {
        condition.and_integer(" AND h.at >= ", from.as_millis());
    }
    if let Some(to) = query.to {
        condition.and_integer(" AND h.at < ", to.as_millis());
    }
    let (behind, order) = match query.order {
        Order::Newest => (" AND h.idx < ", "DESC"),
        Order::Oldest => (" AND h.idx > ", "ASC"),
    };
    if let Some(after) = query.after {
        condition.and_integer(behind, i64::try_from(after).unwrap_or(i64::MAX));
    }
    condition.and_integer(&format!(" ORDER BY h.idx {order} LIMIT "), i64::from(most));
    condition.statement()
}
