//! A command's way: load the stream, decide, append with the expected version; on a lost race, again.
//!
//! Slow facts, above all password hashes, are found before the loop and carry the version of what they
//! were checked against, so that no retry hashes again. Racers for one stream in this process queue on a
//! lock; racers elsewhere are told apart by the database.

use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use countersign_domain::account::{Account, AccountCommand, AccountRefusal};
use countersign_domain::decider::{Decider, Recorded};
use countersign_domain::time::Timestamp;
use countersign_stores::{AppendError, Committed, EventStore, Loaded, Metadata, StoreError};
use tokio::sync::{Mutex, MutexGuard, Notify};
use uuid::Uuid;

use crate::clock::Clock;
use crate::error::{BUSY_RETRY_AFTER, ServiceError};

/// How often a command is decided before it is given up as too busy.
///
/// Each race that is lost is somebody else's commit to the same stream, and losses come in series: who has just
/// appended through another server is there first again. With three servers at work on one account, one of
/// some 1,700 lost races was the sixteenth of its command.
const ATTEMPTS: usize = 64;
/// Locks that streams are spread over; two streams that share one only wait for each other.
const LOCKS: usize = 1_024;
/// How long a stream is asked what became of an append, where the database does not answer: a restart of its server.
pub(crate) const ASKED_FOR: Duration = Duration::from_secs(8);
/// How often it is asked meanwhile.
pub(crate) const ASKED_EVERY: Duration = Duration::from_millis(100);

/// What carries commands to streams.
pub(crate) struct Commands {
    pub(crate) store: EventStore,
    pub(crate) clock: Clock,
    /// Told after every commit; the sequencer waits for it.
    pub(crate) committed: Notify,
    locks: Vec<Mutex<()>>,
    hasher: RandomState,
}

/// What came of a command that was not refused.
#[derive(Debug, Clone)]
pub(crate) struct Done<D: Decider> {
    /// The stream after it.
    pub(crate) loaded: Loaded<D>,
    /// What was committed, with each event's sequence; nothing if what was asked for already held.
    pub(crate) events: Vec<(u64, Recorded<D::Event>)>,
    /// The time that the decision was made for.
    pub(crate) now: Timestamp,
}

/// What happens beside the steps of a command.
pub(crate) trait Beside<D: Decider>: Send {
    /// A state was loaded and is about to be decided on.
    fn loaded(&mut self) -> impl Future<Output = Result<(), ServiceError>> + Send;
    /// Events were decided behind a version and are about to be appended; nothing is, where this fails.
    fn decided(
        &mut self,
        behind: u64,
        done: impl FnOnce() -> Done<D> + Send,
    ) -> impl Future<Output = Result<(), ServiceError>> + Send;
}

/// Nothing happens beside.
impl<D: Decider> Beside<D> for () {
    async fn loaded(&mut self) -> Result<(), ServiceError> {
        Ok(())
    }

    async fn decided(
        &mut self,
        _behind: u64,
        _done: impl FnOnce() -> Done<D> + Send,
    ) -> Result<(), ServiceError> {
        Ok(())
    }
}

/// Why a command was not done.
#[derive(Debug)]
pub(crate) enum Undone<R> {
    /// The domain says no, at that time.
    Refused(R, Timestamp),
    /// Something else.
    Failed(ServiceError),
}

impl<D: Decider> Done<D> {
    /// What will have come of events that were decided, once they are appended.
    fn of(loaded: &Loaded<D>, recorded: &[Recorded<D::Event>], now: Timestamp) -> Self {
        let mut after = loaded.clone();
        let mut events = Vec::with_capacity(recorded.len());
        for recorded in recorded {
            after.state.evolve(recorded.at, &recorded.event);
            after.version += 1;
            after.last_at = recorded.at;
            events.push((after.version, recorded.clone()));
        }
        Self { loaded: after, events, now }
    }
}

impl Commands {
    pub(crate) fn new(store: EventStore, clock: Clock) -> Self {
        let locks = (0..LOCKS).map(|_| Mutex::new(())).collect();
        Self { store, clock, committed: Notify::new(), locks, hasher: RandomState::new() }
    }

    /// Carries a command to a stream. `command` makes it from the state that it will be decided on; it may
    /// be called several times and must be quick.
    pub(crate) async fn execute<D: Decider>(
        &self,
        stream: &str,
        metadata: &Metadata,
        command: impl FnMut(&D) -> Result<D::Command, ServiceError> + Send,
    ) -> Result<Done<D>, Undone<D::Refusal>> {
        self.execute_from(stream, None, metadata, command).await
    }

    /// The same, first on a state that was loaded a moment ago: if it is out of date by now, the append says
    /// so, and the next attempt loads.
    pub(crate) async fn execute_from<D: Decider>(
        &self,
        stream: &str,
        known: Option<Loaded<D>>,
        metadata: &Metadata,
        command: impl FnMut(&D) -> Result<D::Command, ServiceError> + Send,
    ) -> Result<Done<D>, Undone<D::Refusal>> {
        self.execute_beside(stream, known, metadata, command, &mut ()).await
    }

    /// The same, with something beside each attempt.
    pub(crate) async fn execute_beside<D: Decider>(
        &self,
        stream: &str,
        mut known: Option<Loaded<D>>,
        metadata: &Metadata,
        mut command: impl FnMut(&D) -> Result<D::Command, ServiceError> + Send,
        beside: &mut impl Beside<D>,
    ) -> Result<Done<D>, Undone<D::Refusal>> {
        let _queue = self.queue(stream).await;
        let mut tried_behind = None;
        for attempt in 0..=ATTEMPTS {
            let loaded = match known.take() {
                Some(known) => known,
                None => self.load_after::<D>(stream, tried_behind).await.map_err(Undone::failed)?,
            };
            if let Some(Committed { loaded, events }) = self.landed(&loaded, tried_behind, metadata).await? {
                let now = events.first().map_or(loaded.last_at, |(_, recorded)| recorded.at);
                return Ok(Done { loaded, events, now });
            }
            if attempt == ATTEMPTS {
                break;
            }
            beside.loaded().await.map_err(Undone::Failed)?;
            let now = self.clock.now().max(loaded.last_at);
            let wanted = command(&loaded.state).map_err(Undone::Failed)?;
            let events = loaded.state.decide(now, wanted).map_err(|refusal| Undone::Refused(refusal, now))?;
            let recorded: Vec<_> = events.into_iter().map(|event| Recorded { at: now, event }).collect();
            if recorded.is_empty() {
                return Ok(Done { loaded, events: Vec::new(), now });
            }
            let decided = || Done::of(&loaded, &recorded, now);
            beside.decided(loaded.version, decided).await.map_err(Undone::Failed)?;
            tried_behind = Some(loaded.version);
            match self.store.append(loaded, recorded, metadata).await {
                Ok(Committed { loaded, events }) => {
                    self.committed.notify_one();
                    return Ok(Done { loaded, events, now });
                }
                Err(AppendError::Conflict | AppendError::Unknown(_)) => {}
                Err(error) => return Err(Undone::failed(error)),
            }
        }
        Err(Undone::Failed(ServiceError::Busy { retry_after: BUSY_RETRY_AFTER }))
    }

    /// Loads a stream. Where this command has tried to append to it, whether that was committed is not to be told
    /// before the stream says so: it is asked again until the database answers, or for too long.
    async fn load_after<D: Decider>(
        &self,
        stream: &str,
        tried_behind: Option<u64>,
    ) -> Result<Loaded<D>, StoreError> {
        let load = || self.store.load::<D>(stream);
        if tried_behind.is_some() { asked_again(stream, load).await } else { load().await }
    }

    /// What an earlier append of this command committed after all: one that looked like a failure, or that
    /// was repeated after one, may have landed; deciding again on its own events would be wrong.
    async fn landed<D: Decider>(
        &self,
        loaded: &Loaded<D>,
        tried_behind: Option<u64>,
        metadata: &Metadata,
    ) -> Result<Option<Committed<D>>, Undone<D::Refusal>> {
        match tried_behind {
            Some(version) if loaded.version > version => {
                self.committed_by(&loaded.stream, version, metadata.command_id).await.map_err(Undone::failed)
            }
            _ => Ok(None),
        }
    }

    /// What a command committed behind a version, if it did.
    async fn committed_by<D: Decider>(
        &self,
        stream: &str,
        version: u64,
        command: Uuid,
    ) -> Result<Option<Committed<D>>, ServiceError> {
        let mut events = Vec::new();
        for sequence in version + 1.. {
            let by = asked_again(stream, || self.store.command_at::<D>(stream, sequence)).await?;
            if by != Some(command) {
                break;
            }
            let event = asked_again(stream, || self.store.event_at::<D>(stream, sequence)).await?;
            events.push((sequence, event.ok_or_else(|| ServiceError::broken("an event is gone"))?));
        }
        if events.is_empty() {
            return Ok(None);
        }
        let loaded = asked_again(stream, || self.store.load(stream)).await?;
        Ok(Some(Committed { loaded, events }))
    }

    async fn queue(&self, stream: &str) -> Option<MutexGuard<'_, ()>> {
        let place = self.hasher.hash_one(stream) % u64::try_from(self.locks.len()).unwrap_or(1);
        let lock = self.locks.get(usize::try_from(place).unwrap_or(0))?;
        Some(lock.lock().await)
    }

    /// The same for an account, whose refusals the service hands on.
    pub(crate) async fn execute_account(
        &self,
        stream: &str,
        metadata: &Metadata,
        command: impl FnMut(&Account) -> Result<AccountCommand, ServiceError> + Send,
    ) -> Result<Done<Account>, ServiceError> {
        self.execute(stream, metadata, command).await.map_err(Undone::into_service_error)
    }
}

/// Asks a stream what was committed, until the database answers, or for too long.
async fn asked_again<T, F>(stream: &str, ask: impl Fn() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let give_up = Instant::now() + ASKED_FOR;
    loop {
        match ask().await {
            Err(StoreError::Database(error)) if Instant::now() < give_up => {
                tracing::warn!(stream, %error, "a stream cannot be asked what was committed; asking again");
                tokio::time::sleep(ASKED_EVERY).await;
            }
            answer => return answer,
        }
    }
}

impl<R> Undone<R> {
    fn failed(error: impl Into<ServiceError>) -> Self {
        Self::Failed(error.into())
    }
}

impl Undone<AccountRefusal> {
    /// That the session which asks has ended says something of the caller's token, whoever looks at it first.
    pub(crate) fn into_service_error(self) -> ServiceError {
        match self {
            Self::Refused(AccountRefusal::SessionEnded, _) => ServiceError::TokenRejected,
            Self::Refused(refusal, now) => ServiceError::Refused { refusal, now },
            Self::Failed(error) => error,
        }
    }
}
