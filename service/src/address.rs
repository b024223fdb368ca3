//! Who holds an address: found from the claim, in every stream that it may be claimed in.

use countersign_domain::account::{Account, AccountCommand};
use countersign_domain::decider::Decider;
use countersign_domain::email::Email;
use countersign_domain::email_address::{EmailAddress, EmailAddressCommand, EmailAddressRefusal};
use countersign_domain::id::{AccountId, ClientId};
use countersign_domain::secret::Personal;
use countersign_domain::word::AddressKey;
use countersign_stores::{Loaded, Metadata};

use crate::command::Undone;
use crate::context::Context;
use crate::error::ServiceError;
use crate::follow_up::Outcome;
use crate::service::Service;

/// A stream that never is: looked up for an address that nobody holds, so that the work is the same.
const NOBODY: &str = "acc_nobody";

/// What an address said.
#[derive(Debug)]
enum Said {
    /// It is so, by these events; by none if it was so already.
    Done(Vec<u64>),
    /// Another account holds it.
    ClaimedByAnother,
    /// It is held in another key's stream, if at all.
    Elsewhere,
}

/// An account that holds an address.
#[derive(Debug)]
pub(crate) struct AddressHolder {
    pub(crate) id: AccountId,
    pub(crate) account: Loaded<Account>,
    /// The stream that the claim stands in.
    pub(crate) claim: AddressKey,
}

/// An address that is claimed for an account.
#[derive(Debug)]
pub(crate) struct Claim {
    stream: AddressKey,
    /// The events that claimed it; none where it was claimed before.
    events: Vec<u64>,
}

impl Service {
    /// The account that holds an address. All streams are looked up, whichever holds the claim, so that
    /// the work tells nothing; a claim whose follower is missing is followed first.
    pub(crate) async fn holder(&self, email: &Email) -> Result<Option<AddressHolder>, ServiceError> {
        let mut holder = None;
        for claim in self.parts().keys.address_keys(email)? {
            let address = self.store().load::<EmailAddress>(&claim.to_string()).await?;
            if let (EmailAddress::Claimed { account }, None) = (address.state, &holder) {
                holder = Some((account, claim, address.version));
            }
        }
        let Some((id, claim, version)) = holder else {
            self.store().load::<Account>(NOBODY).await?;
            return Ok(None);
        };
        let account = self.store().load::<Account>(&id.to_string()).await?;
        match account.state {
            Account::Unregistered | Account::Unverified(_) => {
                let client = self.store().client_at::<EmailAddress>(&claim.to_string(), version).await?;
                let account = self.follow_claim(id, client).await?;
                Ok(Some(AddressHolder { id, account, claim }))
            }
            Account::Active(_) | Account::Suspended(_) => Ok(Some(AddressHolder { id, account, claim })),
            Account::Closed(_) => {
                self.release(id, &claim).await?;
                Ok(None)
            }
        }
    }

    /// Appends `account.email_verified`, which follows `email.claimed`.
    pub(crate) async fn follow_claim(
        &self,
        id: AccountId,
        client: Option<ClientId>,
    ) -> Result<Loaded<Account>, ServiceError> {
        let metadata = Context::follower(client).metadata(self.now(), None);
        let verify = |_: &Account| Ok(AccountCommand::VerifyEmail);
        let done = self.parts().commands.execute_account(&id.to_string(), &metadata, verify).await?;
        Ok(done.loaded)
    }

    /// Claims an address for an account and verifies the account; `None` if another account holds it.
    pub(crate) async fn claim(
        &self,
        id: AccountId,
        email: &Email,
        metadata: &Metadata,
    ) -> Result<Option<Loaded<Account>>, ServiceError> {
        let Some(claim) = self.claim_only(id, email, metadata).await? else { return Ok(None) };
        let account = self.follow_claim(id, metadata.client).await?;
        self.claim_followed(&claim).await;
        Ok(Some(account))
    }

    /// Claims an address for an account, and leaves to the caller what follows; `None` if another account holds it.
    pub(crate) async fn claim_only(
        &self,
        id: AccountId,
        email: &Email,
        metadata: &Metadata,
    ) -> Result<Option<Claim>, ServiceError> {
        if self.holder(email).await?.is_some_and(|holder| holder.id != id) {
            return Ok(None);
        }
        let mut keys = self.parts().keys.address_keys(email)?;
        // The same order on every server, whichever key is current there: one stream is the lock.
        keys.sort();
        for key in keys {
            match self.ask_address(&key, metadata, EmailAddressCommand::Claim { account: id }).await? {
                Said::Done(events) => return Ok(Some(Claim { stream: key, events })),
                Said::ClaimedByAnother => return Ok(None),
                // It was moved by a server whose current key is another one.
                Said::Elsewhere => {}
            }
        }
        Err(ServiceError::broken("an address has moved out of every stream that it can be in"))
    }

    /// What follows a claim that whoever made it did not follow up: the account is verified by it, or has the address, or
    /// lets go of it, where it was claimed for a recovery that came to nothing.
    pub(crate) async fn follow_up_claim(
        &self,
        id: AccountId,
        client: Option<ClientId>,
        stream: &AddressKey,
    ) -> Result<Outcome, ServiceError> {
        let account = self.follow_claim(id, client).await?;
        let Some(person) = account.state.person() else { return Ok(Outcome::Done) };
        if !matches!(account.state, Account::Closed(_)) {
            if person.holder.email_key == *stream || self.leads_to(&person.holder.email, stream)? {
                return Ok(Outcome::Done);
            }
            let stated = person.pending_operator_code(self.now());
            let stated = stated.and_then(|code| Some((code.stated.as_ref()?, code.expires_at)));
            if let Some((stated, last)) = stated
                && self.leads_to(&stated.email, stream)?
            {
                return Ok(Outcome::Later { last, may_have_left: false });
            }
        }
        self.release(id, stream).await?;
        Ok(Outcome::Done)
    }

    /// Whether an address may be claimed in a stream. Of an address that cannot be read nobody knows, nor of a stream that
    /// was named with a key which only other servers have.
    fn leads_to(&self, email: &Personal<Email>, stream: &AddressKey) -> Result<bool, ServiceError> {
        let Some(email) = email.known().filter(|_| self.parts().keys.names(stream)) else { return Ok(true) };
        Ok(self.parts().keys.address_keys(email)?.contains(stream))
    }

    /// The work that a claim left is done.
    pub(crate) async fn claim_followed(&self, claim: &Claim) {
        self.settle_all(&claim.stream, &claim.events).await;
    }

    /// Appends `email.released`, which follows `account.closed` and `account.email_changed`.
    pub(crate) async fn release(&self, id: AccountId, claim: &AddressKey) -> Result<(), ServiceError> {
        let metadata = Context::service().metadata(self.now(), None);
        self.ask_address(claim, &metadata, EmailAddressCommand::Release { account: id }).await?;
        Ok(())
    }

    /// Lets the current key's stream hold what an older key's stream holds. What was moved out of the
    /// current key's stream stays where it is: servers that disagree which key is current must not move it to
    /// and fro.
    pub(crate) async fn move_to_current_key(
        &self,
        holder: &AddressHolder,
        email: &Email,
    ) -> Result<(), ServiceError> {
        let keys = self.parts().keys.address_keys(email)?;
        let Some(current) = keys.first().filter(|current| **current != holder.claim) else { return Ok(()) };
        let metadata = Context::service().metadata(self.now(), None);
        let claim = EmailAddressCommand::Claim { account: holder.id };
        if let Said::Done(claimed) = self.ask_address(current, &metadata, claim).await? {
            let moved = EmailAddressCommand::Move { account: holder.id, to: current.clone() };
            self.ask_address(&holder.claim, &metadata, moved).await?;
            self.settle_all(current, &claimed).await;
        }
        Ok(())
    }

    /// Carries a command to an address.
    async fn ask_address(
        &self,
        key: &AddressKey,
        metadata: &Metadata,
        command: EmailAddressCommand,
    ) -> Result<Said, ServiceError> {
        let make = |_: &EmailAddress| Ok(command.clone());
        match self.parts().commands.execute(&key.to_string(), metadata, make).await {
            Ok(done) => Ok(Said::Done(done.events.iter().map(|(sequence, _)| *sequence).collect())),
            Err(Undone::Refused(EmailAddressRefusal::ClaimedByAnother, _)) => Ok(Said::ClaimedByAnother),
            Err(Undone::Refused(EmailAddressRefusal::NotHeld | EmailAddressRefusal::Moved, _)) => {
                Ok(Said::Elsewhere)
            }
            Err(Undone::Failed(error)) => Err(error),
        }
    }

    async fn settle_all(&self, key: &AddressKey, sequences: &[u64]) {
        for sequence in sequences {
            self.settle(EmailAddress::TYPE, &key.to_string(), *sequence).await;
        }
    }
}
