//! Waiting until a read model has taken what a caller knows was committed.

use std::time::Duration;

use countersign_domain::account::Account;
use countersign_domain::decider::Decider;
use countersign_domain::id::AccountId;
use countersign_domain::time::Span;
use countersign_projections::read_model::Model;
use tokio::time::{Instant, sleep};

use crate::error::ServiceError;
use crate::service::Service;

/// The longest that a read waits.
const WAIT_MOST: Duration = Duration::from_secs(5);
/// How often it is looked at meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// When to come back where it took longer.
const RETRY_AFTER: Span = Span::seconds(1);

/// A version that a command brought an account's stream to, as `Countersign-Version` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitFor {
    /// The account.
    pub account: AccountId,
    /// The place of the last event.
    pub version: u64,
}

impl Service {
    /// Waits until a read model has taken an account's event, at most five seconds.
    pub async fn wait_for(&self, wait: WaitFor, model: Model) -> Result<(), ServiceError> {
        let (stream, begin) = (wait.account.to_string(), Instant::now());
        while !self.store().has_taken(model, Account::TYPE, &stream, wait.version).await? {
            if begin.elapsed() > WAIT_MOST {
                return Err(ServiceError::Busy { retry_after: RETRY_AFTER });
            }
            sleep(LOOK_EVERY).await;
        }
        Ok(())
    }
}
