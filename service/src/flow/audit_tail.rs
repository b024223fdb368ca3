//! A live tail: events as the history takes them, from a place on, for as long as somebody listens.

use std::collections::VecDeque;
use std::time::Duration;

use countersign_domain::client::AuditRead;
use countersign_projections::filter::Filter;
use countersign_projections::read_model::Model;
use countersign_stores::StoreError;
use countersign_stores::audit::{AuditEvent, PageQuery};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Instant, timeout};

use super::audit::Reader;
use crate::error::{BUSY_RETRY_AFTER, ServiceError};
use crate::service::Service;

/// Tails that are open at once.
pub(crate) const TAILS_MOST: usize = 32;
/// Events that are read at once.
const READ_AT_ONCE: u32 = 100;
/// How often it is looked whether who opened a tail may still read.
const CHECK_EVERY: Duration = Duration::from_secs(5);
/// How often a tail looks for what no read model of this process told it of.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// A tail that is open.
pub struct AuditTail {
    service: Service,
    query: PageQuery,
    read: VecDeque<AuditEvent>,
    taken: watch::Receiver<()>,
    reader: Reader,
    /// When it was last looked whether the reader may still read.
    checked: Instant,
    /// The request that opened it, whose own event it leaves out.
    own_request: Option<String>,
    _place: OwnedSemaphorePermit,
}

impl Service {
    /// Opens a tail behind an index, or behind all that the history has.
    pub async fn audit_tail(
        &self,
        reader: &Reader,
        filter: Filter,
        asked: String,
        after: Option<u64>,
    ) -> Result<AuditTail, ServiceError> {
        let place = self.parts().tails.clone().try_acquire_owned();
        let place = place.map_err(|_| ServiceError::Busy { retry_after: BUSY_RETRY_AFTER })?;
        let taken = self.parts().taken.subscribe();
        let after = match after {
            Some(after) => Some(after),
            None => self.taken().await?,
        };
        self.record_read(reader, AuditRead::Tail, asked).await?;
        let query = PageQuery { after, limit: READ_AT_ONCE, open: reader.may_open, ..PageQuery::of(filter) };
        let own_request = reader.context.request_id.clone();
        Ok(AuditTail {
            service: self.clone(),
            query,
            read: VecDeque::new(),
            taken,
            reader: reader.clone(),
            checked: Instant::now(),
            own_request,
            _place: place,
        })
    }

    /// The last index that the history has taken.
    pub(super) async fn taken(&self) -> Result<Option<u64>, ServiceError> {
        let progress = self.store().progress().await.map_err(StoreError::Database)?;
        let history = progress.iter().find(|progress| progress.name == Model::History.name());
        Ok(history.and_then(|history| history.position.checked_sub(1)))
    }
}

impl AuditTail {
    /// The next event, however long it takes to come; nothing where the tail has to end.
    pub async fn next(&mut self) -> Option<AuditEvent> {
        loop {
            if let Some(event) = self.read.pop_front() {
                return Some(event);
            }
            match self.read_on().await {
                Ok(true) => {}
                Ok(false) => self.news_or_time().await?,
                Err(error) => {
                    tracing::warn!(%error, "a tail ends; whoever listens goes on from the last event");
                    return None;
                }
            }
        }
    }

    /// Reads what has come; false where the end was reached.
    async fn read_on(&mut self) -> Result<bool, ServiceError> {
        if self.checked.elapsed() > CHECK_EVERY {
            self.service.check_still_reads(&self.reader).await?;
            self.checked = Instant::now();
        }
        // Before the page, so that nothing that comes meanwhile is passed over.
        let taken = self.service.taken().await?;
        let page = self.service.store().audit_page(&self.query).await?;
        let last = page.events.last().map(|event| event.row.index);
        // Without a next page everything that was taken by then has been looked at.
        self.query.after = page.next.or(taken.max(last).max(self.query.after));
        let own = self.own_request.as_deref();
        let is_own = |event: &AuditEvent| {
            event.row.event_type == "audit.read" && event.row.request_id.as_deref() == own
        };
        self.read.extend(page.events.into_iter().filter(|event| !is_own(event)));
        Ok(page.next.is_some() || !self.read.is_empty())
    }

    async fn news_or_time(&mut self) -> Option<()> {
        match timeout(LOOK_EVERY, self.taken.changed()).await {
            Ok(Err(_)) => None,
            Ok(Ok(())) | Err(_) => Some(()),
        }
    }
}
