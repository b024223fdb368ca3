//! What a commit leaves to be done: a message, a notice, an event of another stream, a reply to be forgotten.
//!
//! The database writes a row for each such event in the commit itself. The command's own task does the
//! work and takes the row away; after a crash, or a mail server's bad hour, the sweep finds the row and
//! does the same work with the same outcome.

mod code;
mod followers;
mod notice;
mod sweep;
mod waiting;

pub(crate) use sweep::SWEEP;
pub use sweep::{SWEEP_EVERY, Swept};
pub use waiting::Waiting;
pub(crate) use waiting::waiting;

use std::sync::Arc;
use std::time::Instant;

use countersign_delivery::{Message, SendError};
use countersign_domain::account::{
    About, Account, AccountCommand, AccountEvent, IssueCause, Notice, PasswordChange,
};
use countersign_domain::decider::{Decider, Recorded};
use countersign_domain::id::{AccountId, ClientId};
use countersign_domain::time::{Span, Timestamp};
use countersign_stores::{FollowUp, Loaded};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::command::{ASKED_EVERY, ASKED_FOR, Done, Undone};
use crate::context::Context;
use crate::error::ServiceError;
use crate::measures::of_attempt;
use crate::once::Until;
use crate::service::Service;

/// How long the sweep leaves a message to an attempt of its own: until it is sent or given up, and that is recorded.
const ATTEMPT_LONGEST: Span = Span::seconds(40);

/// Whether nothing is left to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All is done; the row can go.
    Done,
    /// All is done, and the commit that recorded it took the row away.
    Settled,
    /// Too many messages are on their way: nothing was tried.
    NoRoom,
    /// Something is in the way; the sweep tries again.
    Later {
        /// When last: there is no more use in it then.
        last: Timestamp,
        /// Whether the message may have left all the same.
        may_have_left: bool,
    },
}

/// What is left of a piece of work that was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    Nothing,
    /// All of it, since there was no room to try.
    NotTried,
    /// All of it, to be tried again.
    All {
        /// When last, if there is a last time.
        last: Option<Timestamp>,
        /// Whether a message may have left all the same.
        may_have_left: bool,
    },
}

/// Whether the work of an event is done before its command is answered: what follows in another stream, and that what was
/// shown is forgotten.
fn is_done_at_once(event: &AccountEvent) -> bool {
    matches!(
        event,
        AccountEvent::SignedIn { .. } | AccountEvent::Closed { .. } | AccountEvent::SaveConfirmed { .. }
    )
}

/// A piece of work that an event left.
struct Work {
    account: AccountId,
    sequence: u64,
    recorded: Recorded<AccountEvent>,
    /// The client that asked for what left it.
    client: Option<ClientId>,
    /// The row, where the sweep found it.
    again: Option<Again>,
    /// The account as the commit left it, where that was a moment ago.
    known: Option<Loaded<Account>>,
}

/// What the sweep knows of a piece of work.
struct Again {
    row: FollowUp,
    /// Dropped when a message begins to be sent: then the sweep goes on to the next row.
    deciding: oneshot::Sender<()>,
}

impl Again {
    /// Whether a message of an attempt before may have left: where the sweep is not at it yet there was none.
    fn may_have_left(again: Option<&Self>) -> bool {
        again.is_some_and(|again| again.row.may_have_left)
    }
}

impl Left {
    /// All of it, and what came of it is not known.
    const IN_DOUBT: Self = Self::All { last: None, may_have_left: true };

    fn unless(done: bool) -> Self {
        if done { Self::Nothing } else { Self::IN_DOUBT }
    }
}

impl Service {
    /// Starts what a command's committed events leave to be done. Events of other streams are appended, and what a saved
    /// code was shown by is forgotten, before this returns; messages are sent without anybody waiting for them.
    pub(crate) async fn follow(&self, account: AccountId, client: Option<ClientId>, done: Done<Account>) {
        let Done { loaded, events, .. } = done;
        for (sequence, recorded) in events.into_iter().filter(|(_, recorded)| recorded.event.leaves_work()) {
            let at_once = is_done_at_once(&recorded.event);
            let known = Some(loaded.clone());
            let work = Work { account, sequence, recorded, client, again: None, known };
            if at_once {
                self.do_follow_up(work).await;
            } else {
                self.deliver(work);
            }
        }
    }

    /// Sends a message in a task of its own; where too many are on their way, or where none is sent from, the sweep of a
    /// server sends it. That none has left yet is written where it is known: for all that the database says, this task
    /// may have died behind its sending.
    fn deliver(&self, work: Work) {
        if self.parts().transport.is_none() {
            return;
        }
        let service = self.clone();
        self.spawn(async move {
            let (account, sequence) = (work.account, work.sequence);
            match service.do_follow_up(work).await {
                Left::NotTried | Left::All { may_have_left: false, .. } => {}
                Left::Nothing | Left::All { .. } => return,
            }
            let stream = account.to_string();
            let written = service.store().nothing_left(Account::TYPE, &stream, sequence).await;
            if let Err(error) = written {
                tracing::warn!(%account, sequence, %error, "that no message has left cannot be written");
            }
        });
    }

    /// A place for a message that is about to be sent, if there is room. From here on it may have left, and until this
    /// attempt is over nobody makes another.
    async fn begin_sending(
        &self,
        again: Option<Again>,
    ) -> Result<Option<OwnedSemaphorePermit>, ServiceError> {
        let Ok(place) = Arc::clone(&self.parts().deliveries).try_acquire_owned() else { return Ok(None) };
        let Some(Again { row, deciding }) = again else { return Ok(Some(place)) };
        let begun = self.store().begin(&row, self.now() + ATTEMPT_LONGEST).await;
        drop(deciding);
        if let Err(error) = begun {
            // What nobody can say of it already may be sent all the same: a role may lack the right to write this.
            if !row.may_have_left {
                return Err(error.into());
            }
            let (stream, sequence) = (&row.stream, row.sequence);
            tracing::warn!(stream, sequence, %error, "that a message is on its way cannot be written");
        }
        Ok(Some(place))
    }

    /// Hands a message over, and counts what came of it.
    async fn hand_over(&self, message: &Message) -> Result<Result<(), SendError>, ServiceError> {
        let attempt = self.transport()?.send(message).await;
        self.parts().messages.count(of_attempt(attempt));
        Ok(attempt)
    }

    /// Does what an event leaves to be done and takes its row away; a failure is logged, and left to the
    /// sweep.
    async fn do_follow_up(&self, work: Work) -> Left {
        let (account, sequence) = (work.account, work.sequence);
        match self.follow_up(work).await {
            Ok(Outcome::Later { last, may_have_left }) => Left::All { last: Some(last), may_have_left },
            Ok(Outcome::NoRoom) => Left::NotTried,
            Ok(Outcome::Settled) => Left::Nothing,
            Ok(Outcome::Done) => {
                Left::unless(self.settle(Account::TYPE, &account.to_string(), sequence).await)
            }
            Err(error) => {
                tracing::warn!(%account, sequence, %error, "a follow-up failed and will be tried again");
                Left::IN_DOUBT
            }
        }
    }

    async fn follow_up(&self, work: Work) -> Result<Outcome, ServiceError> {
        let Work { account: id, sequence, recorded, client, again, known } = work;
        match &recorded.event {
            AccountEvent::CodeRequested { .. } => self.send_code(id, client, known, &recorded, again).await,
            AccountEvent::SignedIn { .. } => {
                let outcome = self.follow_signed_in(id, known, &recorded).await?;
                self.forget_ended(id, sequence, &recorded.event).await?;
                Ok(outcome)
            }
            AccountEvent::Closed { .. } => self.follow_closed(id).await,
            AccountEvent::EmailChanged { previous, .. } => {
                self.follow_email_changed(id, previous).await?;
                self.tell(id, (client, sequence), &recorded, again).await
            }
            event => {
                self.forget_ended(id, sequence, event).await?;
                self.tell(id, (client, sequence), &recorded, again).await
            }
        }
    }

    /// Tells of an event whoever is to be told: that one of them cannot be keeps no other waiting.
    async fn tell(
        &self,
        id: AccountId,
        (client, sequence): (Option<ClientId>, u64),
        recorded: &Recorded<AccountEvent>,
        mut again: Option<Again>,
    ) -> Result<Outcome, ServiceError> {
        let mut all = Outcome::Done;
        let elsewhere = told_elsewhere(&recorded.event, sequence);
        for told in told(&recorded.event, sequence).into_iter().chain(elsewhere) {
            let outcome = self.send_notice(id, client, told, recorded, &mut again).await?;
            if matches!(outcome, Outcome::Later { .. } | Outcome::NoRoom) {
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

    /// Records what came of a message. While the database is away that is tried for some seconds, since nothing but this
    /// task knows that the message left.
    async fn record(
        &self,
        id: AccountId,
        client: Option<ClientId>,
        mut known: Option<Loaded<Account>>,
        command: AccountCommand,
    ) -> Result<(), ServiceError> {
        let metadata = Context::follower(client).metadata(self.now(), None);
        let give_up = Instant::now() + ASKED_FOR;
        loop {
            let make = |_: &Account| Ok(command.clone());
            let commands = &self.parts().commands;
            let recorded = commands.execute_from(&id.to_string(), known.take(), &metadata, make).await;
            match recorded.map_err(Undone::into_service_error) {
                Err(ServiceError::Stored(error)) if error.is_away() && Instant::now() < give_up => {
                    tracing::warn!(account = %id, %error, "what came of a message cannot be recorded; trying again");
                    tokio::time::sleep(ASKED_EVERY).await;
                }
                recorded => return recorded.map(drop),
            }
        }
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
