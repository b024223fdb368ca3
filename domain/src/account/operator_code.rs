//! Operator codes: made by an operator who has looked at who somebody is, valid after a wait in which anybody whom the
//! account belongs to can say no.

use super::causes::{CancelledBy, OperatorCodeRejection};
use super::events::AccountEvent;
use super::refusal::AccountRefusal;
use super::state::{Account, HeldOperatorCode, Person, StatedAddress};
use crate::id::{OperatorCodeId, SessionId};
use crate::policy;
use crate::secret::{Personal, Verifier};
use crate::time::Timestamp;
use crate::word::{KeyId, Reason};

/// What an operator code is made of.
#[derive(Debug, Clone)]
pub struct NewOperatorCode {
    /// Its id.
    pub id: OperatorCodeId,
    /// Its keyed hash.
    pub verifier: Verifier,
    /// The key of the hash.
    pub key: KeyId,
}

/// Who says no to a recovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Canceller {
    /// Who reads the notice about this code.
    Mail(OperatorCodeId),
    /// Who has this session.
    Session(SessionId),
    /// An operator.
    Operator,
}

impl Account {
    /// Takes the place of a code that was made before.
    pub(super) fn issue_operator_code(
        &self,
        now: Timestamp,
        code: NewOperatorCode,
        reason: Reason,
        stated: Option<StatedAddress>,
    ) -> Result<Vec<AccountEvent>, AccountRefusal> {
        let person = self.active()?;
        if stated.as_ref().is_some_and(|stated| stated.email == person.holder.email) {
            return Err(AccountRefusal::SameAddress);
        }
        let (email, email_key) = stated.map(|stated| (stated.email, stated.email_key)).unzip();
        let valid_from = now + policy::OPERATOR_CODE_WAIT.value;
        Ok(vec![AccountEvent::OperatorCodeIssued {
            operator_code: code.id,
            verifier: code.verifier,
            key: code.key,
            reason: Personal::plain(reason),
            valid_from,
            expires_at: valid_from + policy::OPERATOR_CODE_LIFETIME.value,
            supersedes: person.pending_operator_code(now).map(|pending| pending.id),
            email,
            email_key,
        }])
    }

    /// Cancelling is the safe direction: nothing more is asked of who may.
    pub(super) fn cancel_recovery(
        &self,
        now: Timestamp,
        by: Canceller,
    ) -> Result<Vec<AccountEvent>, AccountRefusal> {
        let person = match by {
            Canceller::Session(session) => self.asked_in(session)?,
            Canceller::Mail(_) | Canceller::Operator => self.active()?,
        };
        let pending = person.pending_operator_code(now).ok_or(AccountRefusal::NoOperatorCode)?;
        let (by, session) = match by {
            Canceller::Mail(told) if told != pending.id => return Err(AccountRefusal::NoOperatorCode),
            Canceller::Mail(_) => (CancelledBy::Mail, None),
            Canceller::Session(session) => (CancelledBy::Session, Some(session)),
            Canceller::Operator => (CancelledBy::Operator, None),
        };
        Ok(vec![AccountEvent::RecoveryCancelled { operator_code: pending.id, by, session }])
    }

    pub(super) fn operator_code_issued(&mut self, code: HeldOperatorCode) {
        if let Some(person) = self.person_mut() {
            person.operator_code = Some(code);
        }
    }

    pub(super) fn operator_code_ended(&mut self) {
        if let Some(person) = self.person_mut() {
            person.operator_code = None;
        }
    }
}

impl Person {
    /// The end of a pending operator code where an operator shuts the account.
    pub(super) fn forestall(&self, now: Timestamp) -> Option<AccountEvent> {
        self.pending_operator_code(now).map(|pending| AccountEvent::RecoveryCancelled {
            operator_code: pending.id,
            by: CancelledBy::Operator,
            session: None,
        })
    }

    /// The operator code that can be used, now or after its wait.
    pub fn pending_operator_code(&self, now: Timestamp) -> Option<&HeldOperatorCode> {
        self.operator_code.as_ref().filter(|code| now < code.expires_at)
    }
}

impl HeldOperatorCode {
    /// Why it is not accepted now, though it is the right one.
    pub(super) fn untimely(&self, now: Timestamp) -> Option<OperatorCodeRejection> {
        if now < self.valid_from {
            Some(OperatorCodeRejection::TooEarly)
        } else if now < self.expires_at {
            None
        } else {
            Some(OperatorCodeRejection::Expired)
        }
    }

    /// Whether it is its time.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.untimely(now).is_none()
    }
}
