//! Verification codes: asked for, sent, typed.

use super::attempt::{Challenge, SignIn, Stage};
use super::causes::{CodeMessage, DeliveryFailure, IssueCause};
use super::commands::{AnswerEmailCode, CodeCheck, NewBackupCode, NewChallenge};
use super::events::AccountEvent;
use super::refusal::AccountRefusal;
use super::sign_in::{Assurance, keep_newest};
use super::state::{Account, Person, Sending};
use crate::id::{ChallengeId, OperatorCodeId, SignInId};
use crate::policy;
use crate::time::Timestamp;
use crate::word::{Aal, Amr, Authenticator, Channel, CodePurpose, Factor};

impl Account {
    pub(super) fn request_challenge(
        &self,
        now: Timestamp,
        sign_in: SignInId,
        factor: Factor,
        challenge: NewChallenge,
    ) -> Result<Vec<AccountEvent>, AccountRefusal> {
        let (person, sign_in) = self.awaiting_factor(now, sign_in)?;
        match factor {
            Factor::BackupCode => return Err(AccountRefusal::NothingToSend),
            Factor::EmailCode => person.may_attempt(Authenticator::EmailCode, sign_in.device, now)?,
        }
        let Some(last) = sign_in.challenge() else {
            return Ok(vec![person.request_code(now, sign_in.id, challenge)]);
        };
        if now < last.resend_after() {
            return Err(AccountRefusal::ResendTooSoon { at: last.resend_after() });
        }
        Ok(vec![if last.is_live(now) {
            person.request_again(now, sign_in.id, last)
        } else {
            person.request_code(now, sign_in.id, challenge)
        }])
    }

    pub(super) fn answer_email_code(
        &self,
        now: Timestamp,
        answer: AnswerEmailCode,
    ) -> Result<Vec<AccountEvent>, AccountRefusal> {
        let (person, sign_in) = self.awaiting_factor(now, answer.sign_in)?;
        person.may_attempt(Authenticator::EmailCode, sign_in.device, now)?;
        let challenge = sign_in.challenge().ok_or(AccountRefusal::NoChallenge)?;
        if answer.challenge.is_some_and(|stated| stated != challenge.id) {
            return Err(AccountRefusal::ChallengeExpired);
        }
        challenge.may_be_answered(now, answer.check)?;
        if challenge.is_answered_by(answer.check) {
            return Ok(person.accept_email_code(now, sign_in, challenge, answer));
        }
        let rejected = AccountEvent::CodeRejected { challenge: challenge.id, sign_in: Some(sign_in.id) };
        let consequences = person.consequences(Authenticator::EmailCode, sign_in.device, now);
        Ok(std::iter::once(rejected).chain(consequences).collect())
    }

    pub(super) fn record_code_sent(&self, challenge: ChallengeId, send: u32) -> Vec<AccountEvent> {
        let unsettled = self.unsettled_sending(challenge, send);
        unsettled.map(|_| AccountEvent::CodeSent { challenge, send }).into_iter().collect()
    }

    /// A message that nobody saw leave left all the same, where its code was accepted and can have come by no other.
    pub(super) fn record_code_failed(
        &self,
        challenge: ChallengeId,
        send: u32,
        cause: DeliveryFailure,
    ) -> Vec<AccountEvent> {
        let Some(sending) = self.unsettled_sending(challenge, send) else { return Vec::new() };
        vec![if cause != DeliveryFailure::TooMany && self.must_have_left(sending) {
            AccountEvent::CodeSent { challenge, send }
        } else {
            AccountEvent::CodeDeliveryFailed { challenge, send, reason: cause }
        }]
    }
}

impl Account {
    /// Of several messages with one code, none is known to be the one that it came by: all have the same digits.
    fn must_have_left(&self, sending: &Sending) -> bool {
        let of_it = self.unsettled().iter().filter(|other| other.challenge == sending.challenge);
        sending.used && of_it.filter(|other| other.used).count() == 1
    }

    pub(super) fn code_requested(
        &mut self,
        purpose: CodePurpose,
        sign_in: Option<SignInId>,
        asked: Challenge,
        operator_code: Option<OperatorCodeId>,
    ) {
        let sending = Sending { challenge: asked.id, send: asked.send, used: false };
        if let Some(unsettled) = self.unsettled_mut() {
            unsettled.push(sending);
        }
        match (sign_in, self) {
            (None, Self::Unverified(unverified)) => unverified.registration.challenge = Some(asked),
            (None, _) => {}
            (Some(reset), account) if purpose == CodePurpose::PasswordReset => {
                account.reset_asked(reset, asked);
            }
            (Some(recovery), account) if purpose == CodePurpose::Recovery => {
                account.recovery_asked(recovery, asked, operator_code);
            }
            (Some(sign_in), account) => {
                let mailed = asked.message == CodeMessage::Code;
                if let Some(person) = account.person_mut().filter(|_| mailed) {
                    person.code_mailed(asked.requested_at);
                }
                if let Some(sign_in) = account.sign_in_mut(sign_in) {
                    sign_in.was_sent(asked);
                }
            }
        }
    }

    /// The outcome of a message is known. One that left, or may have, can be the one that the code came by.
    pub(super) fn code_settled(
        &mut self,
        challenge: ChallengeId,
        send: u32,
        failure: Option<DeliveryFailure>,
    ) {
        let may_have_left = matches!(failure, None | Some(DeliveryFailure::Unknown));
        if let Some(unsettled) = self.unsettled_mut() {
            unsettled.retain(|sending| sending.challenge != challenge || sending.send != send);
            let others = unsettled.iter_mut().filter(|other| may_have_left && other.challenge == challenge);
            others.for_each(|other| other.used = false);
        }
        if let Some(challenge) = self.challenge_mut(challenge).filter(|_| may_have_left) {
            challenge.left = true;
        }
    }

    /// The code came by one of the messages whose outcome is not known, unless another one left.
    pub(super) fn code_accepted(&mut self, challenge: ChallengeId) {
        let left = self.challenge(challenge).is_some_and(|challenge| challenge.left);
        if let Some(unsettled) = self.unsettled_mut() {
            let of_it = unsettled.iter_mut().filter(|sending| sending.challenge == challenge);
            of_it.for_each(|sending| sending.used = !left);
        }
        if let Some(person) = self.person_mut() {
            person.succeeded(Authenticator::EmailCode);
        }
    }

    pub(super) fn code_rejected(&mut self, challenge: ChallengeId, sign_in: Option<SignInId>) {
        if let Some(challenge) = self.challenge_mut(challenge) {
            challenge.guesses = challenge.guesses.saturating_add(1);
        }
        // A reset or a recovery is no sign-in: its own five guesses bound it.
        if let Some(sign_in) = sign_in.filter(|id| self.sign_in(*id).is_some()) {
            self.failed_in(Authenticator::EmailCode, sign_in);
        }
    }
}

impl Person {
    /// A new challenge of a sign-in, sent for the first time.
    pub(super) fn request_code(
        &self,
        now: Timestamp,
        sign_in: SignInId,
        challenge: NewChallenge,
    ) -> AccountEvent {
        AccountEvent::CodeRequested {
            challenge: challenge.id,
            purpose: CodePurpose::SignIn,
            sign_in: Some(sign_in),
            channel: Channel::Email,
            code_id: challenge.code_id,
            key: challenge.key,
            send: 1,
            message: self.next_message(now),
            expires_at: now + policy::CODE_LIFETIME.value,
            operator_code: None,
        }
    }

    /// The same code once more, with the expiry that it had.
    fn request_again(&self, now: Timestamp, sign_in: SignInId, last: &Challenge) -> AccountEvent {
        AccountEvent::CodeRequested {
            challenge: last.id,
            purpose: CodePurpose::SignIn,
            sign_in: Some(sign_in),
            channel: Channel::Email,
            code_id: last.code_id,
            key: last.key.clone(),
            send: last.send + 1,
            message: self.next_message(now),
            expires_at: last.expires_at,
            operator_code: None,
        }
    }

    /// Whether the next code is mailed, or withheld since the address had too many in the last hour.
    fn next_message(&self, now: Timestamp) -> CodeMessage {
        let hour = policy::SIGN_IN_MAIL_WINDOW.value;
        let mailed = self.codes_mailed.iter().filter(|at| at.until(now) < hour).count();
        if mailed < most_mailed() { CodeMessage::Code } else { CodeMessage::Withheld }
    }

    fn code_mailed(&mut self, at: Timestamp) {
        self.codes_mailed.push(at);
        keep_newest(&mut self.codes_mailed, most_mailed());
    }

    /// A right code opens the account where a backup code is saved, and the gate where none is.
    fn accept_email_code(
        &self,
        now: Timestamp,
        sign_in: &SignIn,
        challenge: &Challenge,
        answer: AnswerEmailCode,
    ) -> Vec<AccountEvent> {
        let accepted = AccountEvent::CodeAccepted { challenge: challenge.id, sign_in: Some(sign_in.id) };
        let then = if self.backup_codes.confirmed.is_some() {
            let assurance = Assurance { amr: vec![Amr::Pwd, Amr::Email], aal: Aal::Aal1 };
            self.grant(now, sign_in, assurance, answer.session)
        } else {
            self.issue_at_gate(sign_in, answer.backup_code)
        };
        vec![accepted, then]
    }

    /// The first sign-in after verification counts as enrolment (NIST SP 800-63B-4 4.2.1.1).
    fn issue_at_gate(&self, sign_in: &SignIn, code: NewBackupCode) -> AccountEvent {
        AccountEvent::BackupCodeIssued {
            backup_code: code.id,
            verifier: code.verifier,
            key: code.key,
            cause: IssueCause::Gate,
            supersedes: self.backup_codes.unconfirmed.as_ref().map(|code| code.id),
            aal: if self.enrolled { Aal::Aal1 } else { Aal::Aal2 },
            sign_in: sign_in.id,
        }
    }
}

impl SignIn {
    fn was_sent(&mut self, asked: Challenge) {
        if let Stage::FactorRequired { challenge } = &mut self.stage {
            let before = challenge.take().filter(|last| last.id == asked.id);
            *challenge = Some(before.iter().fold(asked, Challenge::sent_after));
        }
    }
}

impl Challenge {
    /// Whether it can still be answered at a moment.
    pub fn is_live(&self, now: Timestamp) -> bool {
        !self.is_exhausted() && now < self.expires_at
    }

    /// When the code can be sent again.
    pub fn resend_after(&self) -> Timestamp {
        self.requested_at + policy::RESEND_WAIT.value
    }

    fn is_exhausted(&self) -> bool {
        self.guesses >= policy::GUESSES_PER_CHALLENGE.value
    }

    /// Refuses an answer that can't be right any more, or that was compared with another challenge.
    pub(super) fn may_be_answered(&self, now: Timestamp, check: CodeCheck) -> Result<(), AccountRefusal> {
        if check.challenge == Some(self.id) {
            self.must_be_open(now)
        } else {
            Err(AccountRefusal::StaleCheck)
        }
    }

    /// Refuses what comes after the end.
    pub(super) fn must_be_open(&self, now: Timestamp) -> Result<(), AccountRefusal> {
        if self.is_exhausted() {
            Err(AccountRefusal::ChallengeExhausted)
        } else if !self.is_live(now) {
            Err(AccountRefusal::ChallengeExpired)
        } else {
            Ok(())
        }
    }

    /// Whether an answer is right; none is where no code was mailed.
    pub(super) fn is_answered_by(&self, check: CodeCheck) -> bool {
        check.fits && self.message == CodeMessage::Code
    }

    /// A code that is sent once more: its guesses count on, and a code that was mailed once fits whether or
    /// not it is mailed again.
    fn sent_after(self, before: &Self) -> Self {
        let message = if before.message == CodeMessage::Code { CodeMessage::Code } else { self.message };
        Self { guesses: before.guesses, message, left: before.left, ..self }
    }
}

/// Codes of an hour, and how many of them the account remembers.
fn most_mailed() -> usize {
    usize::try_from(policy::SIGN_IN_MAIL_PER_HOUR.value).unwrap_or(usize::MAX)
}
