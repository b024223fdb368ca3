//! What a commit leaves to be done: a message, a notice, an event of another stream.
//!
//! The database writes a row for each such event in the commit itself. The command's own task does the
//! work and takes the row away; after a crash, or a mail server's bad hour, the sweep finds the row and
//! does the same work with the same outcome.

mod code;
mod followers;
mod notice;
mod sweep;

pub use sweep::{SWEEP_EVERY, Swept};

use std::sync::Arc;

use countersign_domain::account::{About, Account, AccountEvent, IssueCause, Notice, PasswordChange};
use countersign_domain::decider::{Decider, Recorded};
use countersign_domain::id::{AccountId, ClientId};
use countersign_domain::time::Timestamp;
use countersign_stores::Loaded;

use crate::command::Done;
use crate::error::ServiceError;
use crate::once::Until;
use crate::service::Service;

/// Whether nothing is left to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All is done; the row can go.
    Done,
    /// All is done, and the commit that recorded it took the row away.
    Settled,
    /// Something is in the way; the sweep tries again, and last at this time, when there is no more use in it.
    Later {
        /// When.
        last: Timestamp,
    },
}

/// What is left of a piece of work that was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    Nothing,
    /// All of it, to be tried again: last at this time, if there is a last time.
    All(Option<Timestamp>),
}

/// Whether an event of another stream must follow, rather than a message.
fn is_followed_by_events(event: &AccountEvent) -> bool {
    matches!(event, AccountEvent::SignedIn { .. } | AccountEvent::Closed { .. })
}

/// A piece of work that an event left.
struct Work {
    account: AccountId,
    sequence: u64,
    recorded: Recorded<AccountEvent>,
    /// The client that asked for what left it.
    client: Option<ClientId>,
    /// The account as the commit left it, where that was a moment ago.
    known: Option<Loaded<Account>>,
}

impl Left {
    fn unless(done: bool) -> Self {
        if done { Self::Nothing } else { Self::All(None) }
    }
}

impl Service {
    /// Starts what a command's committed events leave to be done. Events of other streams are appended
    /// before this returns; messages are sent without anybody waiting for them.
    pub(crate) async fn follow(&self, account: AccountId, client: Option<ClientId>, done: Done<Account>) {
        let Done { loaded, events, .. } = done;
        for (sequence, recorded) in events.into_iter().filter(|(_, recorded)| recorded.event.leaves_work()) {
            let at_once = is_followed_by_events(&recorded.event);
            let work = Work { account, sequence, recorded, client, known: Some(loaded.clone()) };
            if at_once {
                self.do_follow_up(work).await;
            } else {
                self.deliver(work);
            }
        }
    }

    /// Sends a message in a task of its own; where too many are on their way, or where none is sent from, the sweep of a
    /// server sends it.
    fn deliver(&self, work: Work) {
        if self.parts().transport.is_none() {
            return;
        }
        let Ok(permit) = Arc::clone(&self.parts().deliveries).try_acquire_owned() else { return };
        let service = self.clone();
        self.spawn(async move {
            service.do_follow_up(work).await;
            drop(permit);
        });
    }

    /// Does what an event leaves to be done and takes its row away; a failure is logged, and left to the
    /// sweep.
    async fn do_follow_up(&self, work: Work) -> Left {
        let (account, sequence) = (work.account, work.sequence);
        match self.follow_up(work).await {
            Ok(Outcome::Later { last }) => Left::All(Some(last)),
            Ok(Outcome::Settled) => Left::Nothing,
            Ok(Outcome::Done) => {
                Left::unless(self.settle(Account::TYPE, &account.to_string(), sequence).await)
            }
            Err(error) => {
                tracing::warn!(%account, sequence, %error, "a follow-up failed and will be tried again");
                Left::All(None)
            }
        }
    }

    async fn follow_up(&self, work: Work) -> Result<Outcome, ServiceError> {
        let Work { account: id, sequence, recorded, client, known } = work;
        match &recorded.event {
            AccountEvent::CodeRequested { .. } => self.send_code(id, client, known, &recorded).await,
            AccountEvent::SignedIn { .. } => {
                let outcome = self.follow_signed_in(id, known, &recorded).await?;
                self.forget_ended(id, sequence, &recorded.event).await?;
                Ok(outcome)
            }
            AccountEvent::Closed { .. } => self.follow_closed(id).await,
            AccountEvent::EmailChanged { previous, .. } => {
                self.follow_email_changed(id, previous).await?;
                self.tell(id, client, sequence, &recorded).await
            }
            event => {
                self.forget_ended(id, sequence, event).await?;
                self.tell(id, client, sequence, &recorded).await
            }
        }
    }

    /// Tells of an event whoever is to be told: that one of them cannot be keeps no other waiting.
    async fn tell(
        &self,
        id: AccountId,
        client: Option<ClientId>,
        sequence: u64,
        recorded: &Recorded<AccountEvent>,
    ) -> Result<Outcome, ServiceError> {
        let mut all = Outcome::Done;
        let elsewhere = told_elsewhere(&recorded.event, sequence);
        for told in told(&recorded.event, sequence).into_iter().chain(elsewhere) {
            let outcome = self.send_notice(id, client, told, recorded).await?;
            if matches!(outcome, Outcome::Later { .. }) {
                all = outcome;
            }
        }
        Ok(all)
    }

    /// Forgets the replies that showed what an event brought to its end.
    async fn forget_ended(
        &self,
        account: AccountId,
        sequence: u64,
        event: &AccountEvent,
    ) -> Result<(), ServiceError> {
        let Some(ended) = Until::ended_by(event) else { return Ok(()) };
        let stream = account.to_string();
        Ok(self.store().forget_replies_before::<Account>(&[ended.text()], &stream, sequence).await?)
    }

    /// Takes a row away whose work is done; true if it is gone.
    pub(crate) async fn settle(&self, aggregate_type: &str, stream: &str, sequence: u64) -> bool {
        let settled = self.store().settle(aggregate_type, stream, sequence).await;
        if let Err(error) = &settled {
            tracing::warn!(stream, sequence, %error, "a finished follow-up could not be taken away");
        }
        settled.is_ok()
    }
}

/// What is told of an event at an address that is not the account's, or not any more.
fn told_elsewhere(event: &AccountEvent, sequence: u64) -> Option<(Notice, About)> {
    let notice = match event {
        AccountEvent::OperatorCodeIssued { email: Some(_), .. } => Notice::AddressStated,
        AccountEvent::EmailChanged { .. } => Notice::EmailChanged,
        _ => return None,
    };
    Some((notice, About::Event(sequence)))
}

/// What a person is told of an event, and what that is about.
fn told(event: &AccountEvent, sequence: u64) -> Option<(Notice, About)> {
    Some(match event {
        AccountEvent::BackupCodeRedeemed { backup_code, .. } => {
            (Notice::BackupCodeRedeemed, About::BackupCode(*backup_code))
        }
        AccountEvent::BackupCodeIssued { backup_code, cause, supersedes: Some(_), .. }
            if *cause != IssueCause::Redeemed =>
        {
            (Notice::BackupCodeReplaced, About::BackupCode(*backup_code))
        }
        // A recovery is told of as a whole.
        AccountEvent::PasswordChanged { cause: PasswordChange::Changed | PasswordChange::Reset, .. } => {
            (Notice::PasswordChanged, About::Event(sequence))
        }
        AccountEvent::OperatorCodeIssued { .. } => (Notice::RecoveryPrepared, About::Event(sequence)),
        AccountEvent::RecoveryCancelled { .. } => (Notice::RecoveryCancelled, About::Event(sequence)),
        AccountEvent::RecoveryCompleted { .. } => (Notice::AccountRecovered, About::Event(sequence)),
        _ => return None,
    })
}
