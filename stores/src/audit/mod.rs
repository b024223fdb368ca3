//! What auditors read: events in the one order, by filter and page, and one stream as of a moment.

mod condition;
mod event;
mod page;
mod stream;

pub use self::event::AuditEvent;
pub use self::page::{AuditPage, LIMIT_MOST, Order, PageQuery};
pub use self::stream::Placed;
