//! What auditors ask: pages of events, one event, what an account amounted to, a sign-in step by step. Each read is
//! an event of the client that reads, before it gets an answer.

use countersign_domain::account::{Account, AccountEvent};
use countersign_domain::client::{AuditRead, Client, ClientCommand};
use countersign_domain::decider::{Decider, Recorded};
use countersign_domain::id::{AccountId, ChallengeId, SignInId};
use countersign_domain::secret::Personal;
use countersign_domain::time::Timestamp;
use countersign_projections::filter::{Filter, TextField};
use countersign_stores::audit::{AuditEvent, AuditPage, PageQuery};
use serde::Deserialize;
use serde_json::Value;

use crate::context::Context;
use crate::error::ServiceError;
use crate::service::Service;

/// Who reads, and whether personal values may be opened for them.
#[derive(Debug, Clone)]
pub struct Reader {
    /// Who asks, and from where; without a client in development, where no read is recorded.
    pub context: Context,
    /// Whether personal values may be opened.
    pub may_open: bool,
}

/// A moment in the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// All that was recorded.
    Now,
    /// Up to an index of the ledger, with it.
    Index(u64),
    /// Up to the last event of the stream that was not later.
    Time(Timestamp),
}

/// What an account amounted to.
#[derive(Debug, Clone)]
pub struct StateAt {
    /// The index of the last event that counts; none where there is none.
    pub index: Option<u64>,
    /// The account, with everything sealed.
    pub state: Account,
}

/// A step of a sign-in.
#[derive(Debug, Clone)]
pub struct ReplayStep {
    /// What happened.
    pub event: AuditEvent,
    /// The account before.
    pub before: Account,
    /// The account after.
    pub after: Account,
}

impl Service {
    /// A page of events.
    pub async fn audit_page(
        &self,
        reader: &Reader,
        query: PageQuery,
        asked: String,
    ) -> Result<AuditPage, ServiceError> {
        self.record_read(reader, AuditRead::Events, asked).await?;
        Ok(self.store().audit_page(&query).await?)
    }

    /// The event at a place in the ledger.
    pub async fn audit_event(&self, reader: &Reader, index: u64) -> Result<AuditEvent, ServiceError> {
        self.record_read(reader, AuditRead::Event, index.to_string()).await?;
        self.store().audit_event_at(index, reader.may_open).await?.ok_or(ServiceError::NotFound)
    }

    /// What an account amounted to at a moment.
    pub async fn audit_account_state(
        &self,
        reader: &Reader,
        account: AccountId,
        as_of: AsOf,
    ) -> Result<StateAt, ServiceError> {
        self.record_read(reader, AuditRead::AccountState, account.to_string()).await?;
        let events = self.store().placed(Account::TYPE, &account.to_string()).await?;
        if events.is_empty() {
            return Err(ServiceError::NotFound);
        }
        let mut told = StateAt { index: None, state: Account::default() };
        for event in events.into_iter().take_while(|event| as_of.counts(event)) {
            let recorded = recorded(&event)?;
            told.state.evolve(recorded.at, &recorded.event);
            told.index = Some(event.row.index);
        }
        Ok(told)
    }

    /// A sign-in, step by step.
    pub async fn audit_sign_in(
        &self,
        reader: &Reader,
        sign_in: SignInId,
    ) -> Result<Vec<ReplayStep>, ServiceError> {
        self.record_read(reader, AuditRead::SignInReplay, sign_in.to_string()).await?;
        let account = self.account_of_sign_in(sign_in).await?.ok_or(ServiceError::NotFound)?;
        let mut steps = Vec::new();
        let mut state = Account::default();
        let mut challenges = Vec::new();
        for event in self.store().placed(Account::TYPE, &account).await? {
            let recorded = recorded(&event)?;
            let before = state.clone();
            state.evolve(recorded.at, &recorded.event);
            if is_about(&event, &recorded.event, sign_in, &mut challenges) {
                steps.push(ReplayStep { event, before, after: state.clone() });
            }
        }
        Ok(steps)
    }

    /// Refuses who was allowed to read when it began, and is no more.
    pub(super) async fn check_still_reads(&self, reader: &Reader) -> Result<(), ServiceError> {
        let Some(client) = reader.context.client else { return Ok(()) };
        match self.store().load::<Client>(&client.to_string()).await?.state {
            Client::Registered { .. } => Ok(()),
            _ => Err(ServiceError::TokenRejected),
        }
    }

    pub(super) async fn record_read(
        &self,
        reader: &Reader,
        read: AuditRead,
        asked: String,
    ) -> Result<(), ServiceError> {
        let Some(client) = reader.context.client else { return Ok(()) };
        let asked = Personal::plain(asked);
        let command = ClientCommand::RecordRead { read, asked, opened: reader.may_open };
        self.ask_client(reader.context.clone(), client, command).await
    }

    /// The account that a sign-in is of, as the history tells.
    async fn account_of_sign_in(&self, sign_in: SignInId) -> Result<Option<String>, ServiceError> {
        let filter = Filter::one(TextField::SignIn, sign_in.to_string());
        let query = PageQuery { limit: 1, ..PageQuery::of(filter) };
        let page = self.store().audit_page(&query).await?;
        Ok(page.events.into_iter().next().and_then(|event| event.row.account))
    }
}

impl AsOf {
    fn counts(self, event: &AuditEvent) -> bool {
        match self {
            Self::Now => true,
            Self::Index(index) => event.row.index <= index,
            Self::Time(time) => event.row.at <= time,
        }
    }
}

fn recorded(event: &AuditEvent) -> Result<Recorded<AccountEvent>, ServiceError> {
    Recorded::deserialize(&event.newest).map_err(ServiceError::broken)
}

/// Whether an event is about a sign-in: it names it, or a code that was requested for it.
fn is_about(
    event: &AuditEvent,
    what: &AccountEvent,
    sign_in: SignInId,
    challenges: &mut Vec<ChallengeId>,
) -> bool {
    match what {
        AccountEvent::CodeRequested { challenge, sign_in: Some(of), .. } if *of == sign_in => {
            challenges.push(*challenge);
            true
        }
        AccountEvent::CodeSent { challenge, .. } | AccountEvent::CodeDeliveryFailed { challenge, .. } => {
            challenges.contains(challenge)
        }
        AccountEvent::GateReopened { took_over, .. } if *took_over == sign_in => true,
        _ => event.stored.payload.get("sign_in").and_then(Value::as_str) == Some(&sign_in.to_string()),
    }
}
