//! Events on their way into a file: page after page, the oldest first, up to where the history was when it began.

use std::sync::Arc;

use countersign_domain::client::AuditRead;
use countersign_stores::audit::{AuditEvent, LIMIT_MOST, Order, PageQuery};
use tokio::sync::OwnedSemaphorePermit;

use super::audit::Reader;
use crate::error::{BUSY_RETRY_AFTER, ServiceError};
use crate::service::Service;

/// Exports that are made at once.
pub(crate) const EXPORTS_MOST: usize = 4;

/// An export that is under way.
pub struct AuditExport {
    service: Service,
    reader: Reader,
    query: PageQuery,
    bound: u64,
    left: u64,
    ended: bool,
    _place: OwnedSemaphorePermit,
}

impl Service {
    /// Begins an export of what a query asks for, at most so many events; its order and its page size don't count.
    pub async fn audit_export(
        &self,
        reader: &Reader,
        query: PageQuery,
        asked: String,
        most: Option<u64>,
    ) -> Result<AuditExport, ServiceError> {
        let place = Arc::clone(&self.parts().exports).try_acquire_owned();
        let place = place.map_err(|_| ServiceError::Busy { retry_after: BUSY_RETRY_AFTER })?;
        let bound = self.taken().await?.map_or(0, |last| last + 1);
        self.record_read(reader, AuditRead::Export, asked).await?;
        let query = PageQuery {
            order: Order::Oldest,
            after: None,
            limit: LIMIT_MOST,
            open: reader.may_open,
            ..query
        };
        let left = most.unwrap_or(u64::MAX);
        let (service, reader) = (self.clone(), reader.clone());
        Ok(AuditExport { service, reader, query, bound, left, ended: false, _place: place })
    }
}

impl AuditExport {
    /// The index below which every event is looked at: that of the last one and one more, where no more are wanted.
    pub fn bound(&self) -> u64 {
        self.bound
    }

    /// The index below which every event has been looked at.
    pub fn looked_at(&self) -> u64 {
        if self.ended { self.bound } else { self.query.after.map_or(0, |after| after + 1).min(self.bound) }
    }

    /// The next events, perhaps none of them; nothing behind the last. An error where the history is made anew
    /// meanwhile, or where who reads may do so no more.
    pub async fn next(&mut self) -> Result<Option<Vec<AuditEvent>>, ServiceError> {
        if self.ended || self.left == 0 {
            self.ended = true;
            return Ok(None);
        }
        self.service.check_still_reads(&self.reader).await?;
        self.check_history().await?;
        let page = self.service.store().audit_page(&self.query).await?;
        self.check_history().await?;
        let bounded = page.events.into_iter().take_while(|event| event.row.index < self.bound);
        let events: Vec<_> = bounded.take(usize::try_from(self.left).unwrap_or(usize::MAX)).collect();
        self.left = self.left.saturating_sub(u64::try_from(events.len()).unwrap_or(u64::MAX));
        if let (0, Some(last)) = (self.left, events.last()) {
            self.bound = last.row.index + 1;
        }
        self.ended = page.next.is_none_or(|next| next + 1 >= self.bound);
        self.query.after = page.next;
        Ok(Some(events))
    }

    /// A history that was emptied holds less than what there was: its pages end early.
    async fn check_history(&self) -> Result<(), ServiceError> {
        if self.service.taken().await?.map_or(0, |last| last + 1) < self.bound {
            return Err(ServiceError::Busy { retry_after: BUSY_RETRY_AFTER });
        }
        Ok(())
    }
}
