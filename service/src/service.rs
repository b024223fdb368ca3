//! The service: what the use cases share.

use std::future::Future;
use std::sync::Arc;

use countersign_delivery::Transport;
use countersign_domain::time::Timestamp;
use countersign_projections::read_model::MODELS;
use countersign_stores::EventStore;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

use crate::access_token::{Issuer, PublishedKey};
use crate::clock::Clock;
use crate::command::Commands;
use crate::error::ServiceError;
use crate::flow::audit_export::EXPORTS_MOST;
use crate::flow::audit_tail::TAILS_MOST;
use crate::flow::client::KeyUses;
use crate::follow_up::SWEEP;
use crate::hashing::HashPool;
use crate::keys::Keys;
use crate::measures::{Counts, TAKEN};
use crate::repeatable::{Repeatable, Request};
use crate::sequencing::{LedgerProgress, SEQUENCER};

/// Messages that are on their way at once; further ones wait for the sweep.
const DELIVERIES_AT_ONCE: usize = 64;

/// The use cases of Countersign, over one database; cheap to clone.
#[derive(Clone)]
pub struct Service(Arc<Parts>);

/// What a service is made of.
pub(crate) struct Parts {
    pub(crate) commands: Commands,
    pub(crate) keys: Keys,
    pub(crate) hashing: HashPool,
    /// Where messages go; none where what a commit leaves to be sent is left to the servers.
    pub(crate) transport: Option<Transport>,
    pub(crate) issuer: Issuer,
    pub(crate) deliveries: Arc<Semaphore>,
    pub(crate) tails: Arc<Semaphore>,
    pub(crate) exports: Arc<Semaphore>,
    pub(crate) ledger: watch::Sender<LedgerProgress>,
    /// Changes whenever the history may have taken something.
    pub(crate) taken: watch::Sender<()>,
    pub(crate) key_uses: KeyUses,
    pub(crate) failures: Counts<&'static str>,
    pub(crate) messages: Counts<(&'static str, &'static str)>,
    tasks: TaskTracker,
}

impl Service {
    /// A service over a store. Without a transport it sends no message: what its commands leave to be sent is done by the
    /// sweep of one that has one.
    pub fn new(
        store: EventStore,
        keys: Keys,
        hashing: HashPool,
        transport: Option<Transport>,
        clock: Clock,
        issuer: Issuer,
    ) -> Self {
        Self(Arc::new(Parts {
            commands: Commands::new(store, clock),
            keys,
            hashing,
            transport,
            issuer,
            deliveries: Arc::new(Semaphore::new(DELIVERIES_AT_ONCE)),
            tails: Arc::new(Semaphore::new(TAILS_MOST)),
            exports: Arc::new(Semaphore::new(EXPORTS_MOST)),
            ledger: watch::Sender::default(),
            taken: watch::Sender::default(),
            key_uses: KeyUses::default(),
            failures: Counts::of(
                [SEQUENCER, SWEEP].into_iter().chain(MODELS.iter().map(|model| model.name())),
            ),
            messages: Counts::of([TAKEN]),
            tasks: TaskTracker::new(),
        }))
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.0.commands.clock.now()
    }

    /// The store that the service stands on.
    pub fn store(&self) -> &EventStore {
        &self.0.commands.store
    }

    /// The keys that access tokens are checked with, the current one first.
    pub fn published_keys(&self) -> Result<Vec<PublishedKey>, ServiceError> {
        Ok(self.0.keys.published_keys()?)
    }

    /// Who vouches for access tokens.
    pub fn issuer(&self) -> &Issuer {
        &self.0.issuer
    }

    /// Where messages go.
    pub(crate) fn transport(&self) -> Result<&Transport, ServiceError> {
        self.0.transport.as_ref().ok_or_else(|| ServiceError::broken("no message is sent from here"))
    }

    /// Waits until every command, and every message that is on its way, has come to its end. No command
    /// may be started afterwards.
    pub async fn finish(&self) {
        self.0.tasks.close();
        self.0.tasks.wait().await;
        self.store().settled().await;
    }

    /// Waits until nothing is under way, and goes on serving.
    pub async fn settled(&self) {
        self.0.tasks.close();
        self.0.tasks.wait().await;
        self.0.tasks.reopen();
    }

    /// The keyed hashes of a request that may be asked again.
    pub fn repeatable(&self, request: &Request<'_>) -> Result<Repeatable, ServiceError> {
        Ok(self.0.keys.repeatable(request)?)
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.0
    }

    /// Runs a use case in a task of its own, so that a client that hangs up cannot cancel it halfway.
    pub(crate) async fn run<T, F>(&self, work: F) -> Result<T, ServiceError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, ServiceError>> + Send + 'static,
    {
        self.0.tasks.spawn(work).await.map_err(ServiceError::broken)?
    }

    /// Runs something to its end, even where who waits for it goes away.
    pub(crate) fn in_task<T>(&self, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T>
    where
        T: Send + 'static,
    {
        self.0.tasks.spawn(work)
    }

    /// Runs something that nobody waits for.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.0.tasks.spawn(work);
    }
}
