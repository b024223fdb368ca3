//! The codes that operators have made for recoveries, and who says no to one.

use countersign_domain::account::{Account, AccountCommand, AccountRefusal, Canceller, StatedAddress};
use countersign_domain::email::Email;
use countersign_domain::id::AccountId;
use countersign_domain::secret::Personal;
use countersign_domain::word::Reason;

use super::bearer::SessionBearer;
use super::challenge::Version;
use crate::context::Context;
use crate::entropy;
use crate::error::ServiceError;
use crate::service::Service;
use crate::shown::Shown;
use crate::view::IssuedOperatorCode;

impl Service {
    /// Has a code made to recover an account with, of which its person is told by mail; with another address for who lost
    /// the mailbox, which is told too.
    pub async fn issue_operator_code(
        &self,
        context: Context,
        account: AccountId,
        reason: Reason,
        another: Option<Email>,
    ) -> Result<IssuedOperatorCode, ServiceError> {
        let service = self.clone();
        self.run(async move {
            let code = entropy::operator_code();
            let id = entropy::id(service.now());
            let proposal = service.parts().keys.new_operator_code(account, id, &code)?;
            let stated = service.stated_address(account, another).await?;
            let command = AccountCommand::IssueOperatorCode { code: proposal, reason, stated };
            let done = service.carry(&context, account, command).await?;
            let held = done.loaded.state.person().and_then(|person| person.operator_code.as_ref());
            let held = held.ok_or_else(|| ServiceError::broken("an operator code was not taken in"))?;
            Ok(IssuedOperatorCode {
                version: Version { account, version: done.loaded.version },
                code: Shown::new(code.grouped()),
                valid_from: held.valid_from,
                expires_at: held.expires_at,
            })
        })
        .await
    }

    /// The address that an account is to get. That nobody else has it is told while somebody can still do something about
    /// it; what counts is the claim.
    async fn stated_address(
        &self,
        account: AccountId,
        another: Option<Email>,
    ) -> Result<Option<StatedAddress>, ServiceError> {
        let Some(email) = another else { return Ok(None) };
        if self.holder(&email).await?.is_some_and(|holder| holder.id != account) {
            return Err(ServiceError::AddressTaken);
        }
        let email_key = self.current_address_key(&email)?;
        Ok(Some(StatedAddress { email: Personal::plain(email), email_key }))
    }

    /// Says no to a recovery as an operator.
    pub async fn cancel_recovery(
        &self,
        context: Context,
        account: AccountId,
    ) -> Result<Version, ServiceError> {
        self.say_no(context, account, Canceller::Operator).await
    }

    /// Says no to a recovery in a session.
    pub async fn cancel_own_recovery(
        &self,
        context: Context,
        bearer: SessionBearer,
    ) -> Result<Version, ServiceError> {
        let SessionBearer { account, session, .. } = bearer;
        self.still_signed_in(bearer).await?;
        self.say_no(context, account, Canceller::Session(session)).await
    }

    /// Says no to the recovery that a mailed link is about; false where there is nothing to say no to any more.
    pub async fn cancel_recovery_by_link(&self, context: Context, token: &str) -> Result<bool, ServiceError> {
        let read = self.parts().keys.read_cancel_token(token);
        let (account, code) = read.map_err(|_| ServiceError::NotFound)?;
        match self.say_no(context, account, Canceller::Mail(code)).await {
            Ok(_) => Ok(true),
            Err(ServiceError::Refused { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether the recovery that a mailed link is about can still be cancelled; nothing is changed.
    pub async fn can_be_cancelled(&self, token: &str) -> Result<bool, ServiceError> {
        let read = self.parts().keys.read_cancel_token(token);
        let (account, code) = read.map_err(|_| ServiceError::NotFound)?;
        let state = self.store().load::<Account>(&account.to_string()).await?.state;
        let Account::Active(person) = state else { return Ok(false) };
        Ok(person.pending_operator_code(self.now()).is_some_and(|pending| pending.id == code))
    }

    async fn say_no(
        &self,
        context: Context,
        account: AccountId,
        by: Canceller,
    ) -> Result<Version, ServiceError> {
        let service = self.clone();
        let carried = self.run(async move {
            let done = service.carry(&context, account, AccountCommand::CancelRecovery { by }).await?;
            Ok(Version { account, version: done.loaded.version })
        });
        match carried.await {
            Err(ServiceError::Refused { refusal: AccountRefusal::NoOperatorCode, .. })
                if !matches!(by, Canceller::Mail(_)) =>
            {
                Err(ServiceError::NotFound)
            }
            other => other,
        }
    }
}
