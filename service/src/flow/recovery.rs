//! Recover an account with two proofs of three: a mailed code, a backup code, an operator's code.

use std::fmt;

use countersign_domain::account::{
    Account, AccountCommand, AccountEvent, AccountRefusal, CompleteRecovery, RecoveryProofs, SecondProof,
};
use countersign_domain::code::{BackupCode, Digits, OperatorCode};
use countersign_domain::decider::Decider;
use countersign_domain::email::Email;
use countersign_domain::id::{AccountId, OperatorCodeId};
use countersign_domain::password::Password;
use countersign_domain::word::CodePurpose;
use countersign_stores::{Loaded, Metadata};

use super::answer::BackupCodeOffer;
use super::attempt::Completing;
use crate::address::Claim;
use crate::answering::Target;
use crate::attempt_token::{AttemptBearer, AttemptKind};
use crate::command::{Done, Undone};
use crate::context::Context;
use crate::error::ServiceError;
use crate::once::{Asked, Keeper, Until};
use crate::service::Service;
use crate::shown::Shown;
use crate::view::{AttemptReply, BackupCodeReply, SignInReply, SignInView};

/// What completes a recovery; its `Debug` says nothing of it.
#[derive(Clone)]
pub struct RecoveryCompletion {
    /// The token that the recovery was answered with.
    pub token: String,
    /// The two proofs.
    pub proofs: TypedProofs,
    /// The password that the person chose.
    pub password: Password,
}

/// Two proofs of different kinds, as they were typed.
#[derive(Debug, Clone)]
pub enum TypedProofs {
    /// The digits that were mailed, and a backup code.
    Mailed(Digits, BackupCode),
    /// An operator's code, and the digits that were mailed.
    OperatorAndMailed(OperatorCode, Digits),
    /// An operator's code, and a backup code.
    OperatorAndBackup(OperatorCode, BackupCode),
}

/// What became of the address that was stated for a recovery.
enum Stated {
    /// None was, or it is not its turn.
    Nothing,
    /// It is the account's.
    Claimed(Claim),
    /// It is another account's.
    Taken,
}

impl fmt::Debug for RecoveryCompletion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecoveryCompletion").finish_non_exhaustive()
    }
}

impl Service {
    /// Asks for a recovery, and mails a code where the address is an active account's. Who shows an operator code that is
    /// valid gets the code at the address that was stated with it, if one was, whatever strangers have asked for.
    pub async fn request_recovery(
        &self,
        asked: impl Into<Asked<AttemptReply>>,
        email: Email,
        shown: Option<OperatorCode>,
    ) -> Result<AttemptReply, ServiceError> {
        let service = self.clone();
        self.once(asked.into(), move |context, keeper| async move {
            let shown = shown.as_ref();
            service.request_attempt(AttemptKind::Recovery, &context, &keeper, &email, shown).await
        })
        .await
    }

    /// Recovers an account, which brings it to the gate.
    pub async fn complete_recovery(
        &self,
        asked: impl Into<Asked<SignInReply>>,
        completion: RecoveryCompletion,
    ) -> Result<SignInReply, ServiceError> {
        let service = self.clone();
        self.once(asked.into(), move |context, keeper| async move {
            service.do_complete_recovery(&context, &keeper, completion).await
        })
        .await
    }

    async fn do_complete_recovery(
        &self,
        context: &Context,
        keeper: &Keeper<SignInReply>,
        completion: RecoveryCompletion,
    ) -> Result<SignInReply, ServiceError> {
        let begun =
            self.begin_completion(AttemptKind::Recovery, context, &completion.token, &completion.password);
        let Completing { bearer, known, password, ending } = begun.await?;
        let offer = self.offer_backup_code(bearer.account)?;
        let metadata = context.metadata(self.now(), None);
        let make = |state: &Account, claimed: bool| {
            Ok(AccountCommand::CompleteRecovery(CompleteRecovery {
                recovery: bearer.attempt,
                client: context.client,
                proofs: self.look_at(bearer, state, &completion.proofs)?,
                replacement: offer.proposal.clone(),
                password: password.clone(),
                claimed,
            }))
        };
        let claim =
            match self.claim_stated(bearer.account, &known, make(&known.state, true)?, &metadata).await? {
                Stated::Nothing => None,
                Stated::Claimed(claim) => Some(claim),
                Stated::Taken => {
                    let taken = Undone::Refused(AccountRefusal::StaleCheck, self.now());
                    return self.completed(keeper, ending, Err(taken)).await;
                }
            };
        let make = |state: &Account| make(state, claim.is_some());
        let AttemptBearer { account, attempt, .. } = bearer;
        let until = Some(Until::SignIn(attempt));
        let target = Target { account, known: Some(known), metadata: &metadata, until };
        let answer = |done: &Done<Account>| self.recovered(bearer, done, &offer);
        let outcome = self.answer_with(target, keeper, make, answer).await;
        if let (Ok(_), Some(claim)) = (&outcome, &claim) {
            self.claim_followed(claim).await;
        }
        self.completed(keeper, ending, outcome).await
    }

    /// Claims the address that a recovery would make the account's, where its proofs are right: the claim stands before the
    /// account says so, so that no address is ever two accounts'.
    async fn claim_stated(
        &self,
        account: AccountId,
        known: &Loaded<Account>,
        complete: AccountCommand,
        metadata: &Metadata,
    ) -> Result<Stated, ServiceError> {
        let decided = known.state.decide(self.now().max(known.last_at), complete).unwrap_or_default();
        let stated = decided.iter().find_map(|event| match event {
            AccountEvent::EmailChanged { email, .. } => email.known(),
            _ => None,
        });
        let Some(email) = stated else { return Ok(Stated::Nothing) };
        let claim = self.claim_only(account, email, metadata).await?;
        Ok(claim.map_or(Stated::Taken, Stated::Claimed))
    }

    fn look_at(
        &self,
        bearer: AttemptBearer,
        state: &Account,
        typed: &TypedProofs,
    ) -> Result<RecoveryProofs, ServiceError> {
        let account = bearer.account;
        let open = state.recovery(bearer.attempt).map(|recovery| &recovery.challenge);
        let check = |code: &Digits| self.check_attempt_code(CodePurpose::Recovery, bearer, open, code);
        let found = |code: &BackupCode| self.find_backup_code(account, state, code);
        let operator = |code: &OperatorCode| self.find_operator_code(account, state, code);
        Ok(match typed {
            TypedProofs::Mailed(code, backup) => {
                RecoveryProofs::Mailed { check: check(code)?, found: found(backup)? }
            }
            TypedProofs::OperatorAndMailed(code, mailed) => RecoveryProofs::Operator {
                code: operator(code)?,
                second: SecondProof::MailedCode(check(mailed)?),
            },
            TypedProofs::OperatorAndBackup(code, backup) => RecoveryProofs::Operator {
                code: operator(code)?,
                second: SecondProof::BackupCode(found(backup)?),
            },
        })
    }

    /// The operator code that was typed, if it fits and its time has come.
    pub(super) fn valid_operator_code(
        &self,
        account: AccountId,
        state: &Account,
        typed: &OperatorCode,
    ) -> Result<Option<OperatorCodeId>, ServiceError> {
        let held = state.person().and_then(|person| person.operator_code.as_ref());
        let valid = held.filter(|held| held.is_valid(self.now())).map(|held| held.id);
        let found = self.find_operator_code(account, state, typed)?;
        Ok(found.filter(|found| valid == Some(*found)))
    }

    fn find_operator_code(
        &self,
        account: AccountId,
        state: &Account,
        typed: &OperatorCode,
    ) -> Result<Option<OperatorCodeId>, ServiceError> {
        let Some(held) = state.person().and_then(|person| person.operator_code.as_ref()) else {
            return Ok(None);
        };
        Ok(self.parts().keys.is_operator_code(account, held, typed)?.then_some(held.id))
    }

    /// The sign-in that a completed recovery is; where a proof was wrong, only that.
    fn recovered(
        &self,
        AttemptBearer { account, attempt, .. }: AttemptBearer,
        done: &Done<Account>,
        offer: &BackupCodeOffer,
    ) -> Result<SignInReply, ServiceError> {
        let completed = |event: &AccountEvent| matches!(event, AccountEvent::RecoveryCompleted { .. });
        if !done.events.iter().any(|(_, recorded)| completed(&recorded.event)) {
            return Err(ServiceError::CodeRejected);
        }
        let state = &done.loaded.state;
        let sign_in = state.sign_in(attempt);
        let sign_in = sign_in.ok_or_else(|| ServiceError::broken("a recovery came to no sign-in"))?;
        let view = SignInView::of(account, state, done.loaded.version, sign_in, done.now);
        Ok(SignInReply {
            token: Some(Shown::new(self.parts().keys.sign_in_token(account, attempt, sign_in.client)?)),
            backup_code: Some(BackupCodeReply { id: offer.proposal.id, code: offer.code.clone() }),
            ..SignInReply::without_secrets(view)
        })
    }
}
