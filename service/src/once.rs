//! A request that is asked again has one effect and one answer.
//!
//! ```text
//! key known? ── no ──► noted, with a lease ──► worked on ──► reply kept ──► append ──► answered
//!     │ yes                                        ▲            (before each attempt)
//!     ├── other body ──► KeyReused                 │
//!     ├── a kept reply is true ──► that reply      │
//!     ├── lease runs ──► InProgress                │
//!     └── lease is over ──► taken over ────────────┘
//! ```
//!
//! A kept reply is true if the event behind its version is its command's, so that a crash between commit and reply, or
//! a connection that is cut around the commit, costs nothing. Whoever works on a request looks for the reply of another
//! command again after each look at the stream: what that one committed is seen there, or makes the append conflict.

mod until;

use std::future::Future;
use std::sync::Arc;

use countersign_domain::account::Account;
use countersign_domain::decider::Decider;
use countersign_domain::id::AccountId;
use countersign_domain::time::{Span, Timestamp};
use countersign_stores::Opening;
use countersign_stores::idempotency::{AppendsBehind, KnownRequest, NewReply};
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::context::Context;
use crate::entropy;
use crate::error::ServiceError;
use crate::repeatable::{Repeatable, RepeatableUnder};
use crate::service::Service;

pub(crate) use self::until::Until;

/// How long a command has before another may take its request over: several times what any needs.
pub const LEASE: Span = Span::seconds(10);
/// How long a key is remembered.
pub const REMEMBERED: Span = Span::hours(24);
/// How often the same key is looked at while others come and go with it, before the request is called busy.
const LOOKS: usize = 8;

/// Who asks, and how their answer is kept for when they ask again.
pub struct Asked<T> {
    context: Context,
    keep: Option<Keep<T>>,
}

/// What an answer is kept as: the caller alone knows its form.
type Form<T> = dyn Fn(Result<&T, &ServiceError>) -> Vec<u8> + Send + Sync;

struct Keep<T> {
    request: Repeatable,
    form: Arc<Form<T>>,
}

impl<T> From<Context> for Asked<T> {
    fn from(context: Context) -> Self {
        Self { context, keep: None }
    }
}

impl<T> Asked<T> {
    /// A request that may be asked again; its answer is kept in a form of the caller's.
    pub fn repeatable(
        context: Context,
        request: Repeatable,
        form: impl Fn(Result<&T, &ServiceError>) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        Self { context, keep: Some(Keep { request, form: Arc::new(form) }) }
    }
}

/// Keeps the answer of one command that works on a request; keeps nothing where the request has no key.
pub(crate) struct Keeper<T> {
    service: Service,
    kept: Option<Kept<T>>,
    /// Whether nothing is left to be kept: an event was committed, or the answer was kept as it is.
    settled: OnceCell<()>,
}

struct Kept<T> {
    under: RepeatableUnder,
    form: Arc<Form<T>>,
    command: Uuid,
    account: String,
    taken_over: bool,
}

impl Service {
    /// Works on a request in a task of its own, so that a client that hangs up cannot cancel it halfway; one that may
    /// be asked again is worked on once.
    pub(crate) async fn once<T, F>(
        &self,
        asked: Asked<T>,
        work: impl FnOnce(Context, Arc<Keeper<T>>) -> F + Send + 'static,
    ) -> Result<T, ServiceError>
    where
        T: Send + Sync + 'static,
        F: Future<Output = Result<T, ServiceError>> + Send + 'static,
    {
        let service = self.clone();
        self.run(async move {
            let Asked { mut context, keep } = asked;
            let kept = match keep {
                Some(keep) => Some(service.begin(keep).await?),
                None => None,
            };
            if let Some(kept) = &kept {
                context.command = Some(kept.command);
                context.idempotency = Some(kept.under.mac().to_owned());
            }
            let keeper = Arc::new(Keeper { service, kept, settled: OnceCell::new() });
            let outcome = work(context, Arc::clone(&keeper)).await;
            keeper.end(outcome.as_ref()).await;
            outcome
        })
        .await
    }

    /// Notes that a new command works on a request, or takes it over; an error says what else is known of it.
    async fn begin<T>(&self, Keep { request, form }: Keep<T>) -> Result<Kept<T>, ServiceError> {
        let command = entropy::uuid(self.now());
        for _ in 0..LOOKS {
            let now = self.now();
            let Some(known) = self.store().known_request(&request.macs(), now).await? else {
                let account = AccountId::new(entropy::uuid(now)).to_string();
                let under = request.current()?;
                let new = known_from_now_on(&under, command, &account, now);
                match self.store().note_request(&new, now).await {
                    Ok(true) => {
                        self.alone_with(&request, &under, command).await?;
                        return Ok(Kept { under, form, command, account, taken_over: false });
                    }
                    Ok(false) => {}
                    // It may be noted all the same: the next look tells.
                    Err(error) => tracing::warn!(%error, "noting a request failed"),
                }
                continue;
            };
            let under = request.under(&known.mac)?;
            if known.fingerprint != under.fingerprint() {
                return Err(ServiceError::KeyReused);
            }
            let account = known.account.clone();
            if known.command == command {
                // Noted by an attempt that looked like a failure.
                self.alone_with(&request, &under, command).await?;
                return Ok(Kept { under, form, command, account, taken_over: false });
            }
            if let Some(reply) = self.store().kept_reply(under.mac(), under.seal(), now).await? {
                return Err(ServiceError::Answered(reply));
            }
            if now < known.lease_until {
                return Err(ServiceError::InProgress { retry_after: now.until(known.lease_until) });
            }
            if self.store().take_request_over(&known, command, now + LEASE).await? {
                return Ok(Kept { under, form, command, account, taken_over: true });
            }
        }
        Err(ServiceError::InProgress { retry_after: Span::seconds(1) })
    }

    /// Whether nobody has noted the same request under another key of the keyring meanwhile: a server whose current key is
    /// another one. Whoever sees the other steps back, so that at most one goes on: of two, the second to write sees the
    /// first. Where both do, neither does anything, and the client asks again.
    async fn alone_with(
        &self,
        request: &Repeatable,
        under: &RepeatableUnder,
        command: Uuid,
    ) -> Result<(), ServiceError> {
        let (mut others, own) = (request.macs(), under.mac());
        others.retain(|other| *other != own);
        if self.store().known_request(&others, self.now()).await?.is_none() {
            return Ok(());
        }
        self.store().take_note_back(under.mac(), command).await?;
        Err(ServiceError::InProgress { retry_after: Span::seconds(1) })
    }
}

fn known_from_now_on(under: &RepeatableUnder, command: Uuid, account: &str, now: Timestamp) -> KnownRequest {
    KnownRequest {
        mac: under.mac().to_owned(),
        fingerprint: under.fingerprint().to_owned(),
        command,
        account: account.to_owned(),
        lease_until: now + LEASE,
        expires_at: now + REMEMBERED,
    }
}

impl<T> Keeper<T> {
    /// The account that a request makes: the same, whoever works on it.
    pub(crate) fn account(&self) -> Result<AccountId, ServiceError> {
        match &self.kept {
            Some(kept) => kept.account.parse().map_err(ServiceError::broken),
            None => Ok(entropy::id(self.service.now())),
        }
    }

    /// Whether another command worked on the same request before, and may have come to some commit.
    pub(crate) fn has_taken_over(&self) -> bool {
        self.kept.as_ref().is_some_and(|kept| kept.taken_over)
    }

    /// Ends the work where another command's has turned out to be done.
    pub(crate) async fn stop_if_answered(&self) -> Result<(), ServiceError> {
        let Some(kept) = &self.kept else { return Ok(()) };
        let store = self.service.store();
        match store.kept_reply(kept.under.mac(), kept.under.seal(), self.service.now()).await? {
            Some(reply) => Err(ServiceError::Answered(reply)),
            None => Ok(()),
        }
    }

    /// Keeps an answer before what it tells of is appended.
    pub(crate) async fn keep(
        &self,
        behind: &AppendsBehind,
        until: Option<Until>,
        answer: Result<&T, &ServiceError>,
    ) -> Result<(), ServiceError> {
        self.write(Some(behind), until, answer).await
    }

    /// Says that an answer which was kept has become true.
    pub(crate) fn committed(&self) {
        self.settle();
    }

    /// Keeps an answer that tells of nothing that was appended.
    pub(crate) async fn keep_as_it_is(&self, answer: Result<&T, &ServiceError>) -> Result<(), ServiceError> {
        self.write(None, None, answer).await?;
        self.settle();
        Ok(())
    }

    /// Whether the request was done before, though its reply is gone: an event of the account carries its key's hash.
    pub(crate) async fn was_done(&self, account: AccountId) -> Result<bool, ServiceError> {
        self.was_done_in(Account::TYPE, &account.to_string()).await
    }

    /// The same of any stream.
    pub(crate) async fn was_done_in(&self, aggregate_type: &str, stream: &str) -> Result<bool, ServiceError> {
        let Some(kept) = self.kept.as_ref().filter(|kept| kept.taken_over) else { return Ok(false) };
        let events = self.service.store().history(aggregate_type, stream, Opening::Nothing).await?;
        let mac = kept.under.mac();
        Ok(events.iter().any(|event| event.metadata.get("idempotency").is_some_and(|key| key == mac)))
    }

    fn settle(&self) {
        if self.settled.set(()).is_err() {
            tracing::debug!("a request was settled before");
        }
    }

    async fn write(
        &self,
        behind: Option<&AppendsBehind>,
        until: Option<Until>,
        answer: Result<&T, &ServiceError>,
    ) -> Result<(), ServiceError> {
        let Some(kept) = &self.kept else { return Ok(()) };
        let reply = zeroize::Zeroizing::new((kept.form)(answer));
        let until_text = until.map(Until::text);
        let remembered = until.map_or(REMEMBERED, Until::lasts);
        let new = NewReply {
            mac: kept.under.mac(),
            command: kept.command,
            behind,
            until: until_text.as_deref(),
            reply: &reply,
            expires_at: self.service.now() + remembered,
        };
        Ok(self.service.store().keep_reply(new, kept.under.seal()).await?)
    }

    /// The work has come to its end: an answer that tells of no event is kept now; where there is no answer, the
    /// request can be worked on again at once.
    async fn end(&self, outcome: Result<&T, &ServiceError>) {
        let Some(kept) = &self.kept else { return };
        if self.settled.initialized() {
            return;
        }
        let ended = match outcome {
            Err(error) if !error.is_answer() => {
                let released = self.service.store().release_request(kept.under.mac(), kept.command).await;
                released.map_err(ServiceError::from)
            }
            answer => self.keep_as_it_is(answer).await,
        };
        if let Err(error) = ended {
            tracing::warn!(%error, "a request is noted as worked on until its lease is over");
        }
    }
}
