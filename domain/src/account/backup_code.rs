//! Backup codes: issued, redeemed once, replaced in the same breath, confirmed as saved.

use super::attempt::{Gate, SignIn, SignInState, Stage};
use super::causes::IssueCause;
use super::commands::{BackupCodeMatch, NewBackupCode, NewSession};
use super::events::AccountEvent;
use super::refusal::AccountRefusal;
use super::sign_in::Assurance;
use super::state::{Account, BackupCodes, HeldCode, Person, RedeemedCode};
use crate::id::{BackupCodeId, SignInId};
use crate::policy;
use crate::time::Timestamp;
use crate::word::{Aal, Amr, Authenticator};

impl Account {
    pub(super) fn answer_backup_code(
        &self,
        now: Timestamp,
        sign_in: SignInId,
        found: BackupCodeMatch,
        replacement: NewBackupCode,
    ) -> Result<Vec<AccountEvent>, AccountRefusal> {
        let (person, sign_in) = self.awaiting_factor(now, sign_in)?;
        person.may_attempt(Authenticator::BackupCode, sign_in.device, now)?;
        if let BackupCodeMatch::Code(code) = found {
            if let Some(held) = person.backup_codes.usable(code) {
                return Ok(redeem(sign_in.id, held, replacement));
            }
            if let Some(redeemed) = person.backup_codes.reopenable(code, now) {
                return Ok(person.reopen_gate(sign_in, redeemed, replacement));
            }
        }
        let rejected = AccountEvent::BackupCodeRejected { sign_in: sign_in.id };
        let consequences = person.consequences(Authenticator::BackupCode, sign_in.device, now);
        Ok(std::iter::once(rejected).chain(consequences).collect())
    }

    pub(super) fn reissue_backup_code(
        &self,
        now: Timestamp,
        sign_in: SignInId,
        replacement: NewBackupCode,
    ) -> Result<Vec<AccountEvent>, AccountRefusal> {
        let (person, sign_in, gate) = self.at_gate(now, sign_in)?;
        if gate.reissues >= policy::REISSUES_PER_GATE.value {
            return Err(AccountRefusal::ReissuesExhausted);
        }
        let unseen = person.backup_codes.unconfirmed.as_ref().map_or(gate.code, |code| code.id);
        Ok(vec![issue(replacement, IssueCause::Reissued, Some(unseen), gate.code_aal, sign_in.id)])
    }

    pub(super) fn confirm_save(
        &self,
        now: Timestamp,
        sign_in: SignInId,
        backup_code: BackupCodeId,
        saved: bool,
        session: NewSession,
    ) -> Result<Vec<AccountEvent>, AccountRefusal> {
        let (person, sign_in, gate) = self.at_gate(now, sign_in)?;
        if !saved {
            return Err(AccountRefusal::NotSaved);
        }
        let is_newest = person.backup_codes.unconfirmed.as_ref().is_some_and(|code| code.id == backup_code);
        if backup_code != gate.code || !is_newest {
            return Err(AccountRefusal::BackupCodeSuperseded);
        }
        let confirmed = AccountEvent::SaveConfirmed { backup_code, sign_in: sign_in.id };
        let assurance = Assurance { amr: gate.amr.clone(), aal: gate.aal };
        Ok(vec![confirmed, person.grant(now, sign_in, assurance, session)])
    }

    /// The person, the sign-in and what it brought, if it stands at the gate.
    fn at_gate(&self, now: Timestamp, id: SignInId) -> Result<(&Person, &SignIn, &Gate), AccountRefusal> {
        let sign_in = self.sign_in(id).ok_or(AccountRefusal::UnknownSignIn)?;
        let person = self.person().ok_or(AccountRefusal::UnknownSignIn)?;
        match (sign_in.state(now), &sign_in.stage) {
            (SignInState::SaveRequired, Stage::SaveRequired(gate)) => Ok((person, sign_in, gate)),
            (SignInState::Expired, _) => Err(AccountRefusal::SignInExpired),
            (state, _) => Err(AccountRefusal::WrongState { state }),
        }
    }

    /// Takes a new code in, and brings the sign-in that it was issued in to the gate, unless a session asked for it, or
    /// a recovery, which `recovery.completed` brings there.
    pub(super) fn backup_code_issued(
        &mut self,
        at: Timestamp,
        code: HeldCode,
        sign_in: SignInId,
        cause: IssueCause,
    ) {
        let Some(person) = self.person_mut() else { return };
        let redeemed = person.backup_codes.redeemed.as_ref();
        let proven =
            redeemed.filter(|redeemed| redeemed.held_by == sign_in).map(|redeemed| redeemed.code.aal);
        let (shown, code_aal) = (code.id, code.aal);
        person.backup_codes.unconfirmed = Some(code);
        if let (IssueCause::Requested, Some(SignIn { stage: Stage::SignedIn(grant), .. })) =
            (cause, self.sign_in_mut(sign_in))
        {
            grant.backup_codes = grant.backup_codes.saturating_add(1);
        }
        let at_gate = !matches!(cause, IssueCause::Requested | IssueCause::Recovered);
        if let Some(sign_in) = self.sign_in_mut(sign_in).filter(|_| at_gate) {
            sign_in.shown(at, shown, code_aal, proven, cause);
        }
    }

    pub(super) fn backup_code_redeemed(&mut self, at: Timestamp, code: BackupCodeId, sign_in: SignInId) {
        let Some(person) = self.person_mut() else { return };
        person.succeeded(Authenticator::BackupCode);
        person.backup_codes.used_at = Some(at);
        if let Some(code) = person.backup_codes.take(code) {
            person.backup_codes.redeemed = Some(RedeemedCode { code, at, held_by: sign_in });
        }
    }

    pub(super) fn backup_code_rejected(&mut self, sign_in: SignInId) {
        if let Some(reset) = self.reset_mut(sign_in) {
            reset.challenge.guesses = reset.challenge.guesses.saturating_add(1);
        }
        self.recovery_guessed(sign_in);
        self.failed_in(Authenticator::BackupCode, sign_in);
    }

    pub(super) fn gate_reopened(&mut self, sign_in: SignInId, took_over: SignInId) {
        self.sign_in_ended(took_over, Stage::Cancelled);
        let Some(person) = self.person_mut() else { return };
        person.succeeded(Authenticator::BackupCode);
        if let Some(redeemed) = &mut person.backup_codes.redeemed {
            redeemed.held_by = sign_in;
        }
    }

    pub(super) fn save_confirmed(&mut self, at: Timestamp, code: BackupCodeId) {
        let Some(codes) = self.person_mut().map(|person| &mut person.backup_codes) else { return };
        if let Some(confirmed) = codes.take(code) {
            codes.confirmed = Some(confirmed);
            codes.confirmed_at = Some(at);
            codes.redeemed = None;
        }
    }
}

impl Person {
    fn reopen_gate(
        &self,
        sign_in: &SignIn,
        redeemed: &RedeemedCode,
        replacement: NewBackupCode,
    ) -> Vec<AccountEvent> {
        let reopened = AccountEvent::GateReopened {
            backup_code: redeemed.code.id,
            sign_in: sign_in.id,
            took_over: redeemed.held_by,
        };
        let unseen = self.backup_codes.unconfirmed.as_ref().map(|code| code.id);
        vec![reopened, issue(replacement, IssueCause::Gate, unseen, redeemed.code.aal, sign_in.id)]
    }
}

impl BackupCodes {
    /// The codes that a typed one is compared with: those that can be redeemed, and the one that was last.
    pub fn comparable(&self) -> impl Iterator<Item = &HeldCode> {
        let redeemed = self.redeemed.as_ref().map(|redeemed| &redeemed.code);
        self.confirmed.iter().chain(&self.unconfirmed).chain(redeemed)
    }

    pub(super) fn usable(&self, id: BackupCodeId) -> Option<&HeldCode> {
        self.confirmed.iter().chain(&self.unconfirmed).find(|code| code.id == id)
    }

    fn reopenable(&self, id: BackupCodeId, now: Timestamp) -> Option<&RedeemedCode> {
        let redeemed = self.redeemed.as_ref().filter(|redeemed| redeemed.code.id == id)?;
        let in_time = now < redeemed.at + policy::GATE_REOPENS_FOR.value;
        (in_time && self.unconfirmed.is_some()).then_some(redeemed)
    }

    /// Forgets a code that a session asked for and nobody said to have saved, unless it was shown in this sign-in: what
    /// ends the session must not leave it usable.
    pub(super) fn forget_requested(&mut self, but_in: Option<SignInId>) {
        self.unconfirmed.take_if(|code| code.cause == IssueCause::Requested && Some(code.sign_in) != but_in);
    }

    fn take(&mut self, id: BackupCodeId) -> Option<HeldCode> {
        let is_it = |code: &mut HeldCode| code.id == id;
        self.confirmed.take_if(is_it).or_else(|| self.unconfirmed.take_if(is_it))
    }
}

impl SignIn {
    /// A code was shown: the first one opens the gate, another one takes its place there.
    fn shown(
        &mut self,
        at: Timestamp,
        code: BackupCodeId,
        code_aal: Aal,
        proven: Option<Aal>,
        cause: IssueCause,
    ) {
        if let (Stage::SaveRequired(gate), IssueCause::Reissued) = (&mut self.stage, cause) {
            gate.code = code;
            gate.reissues = gate.reissues.saturating_add(1);
            return;
        }
        let (amr, aal) = proven.map_or((vec![Amr::Pwd, Amr::Email], Aal::Aal1), with_backup_code);
        self.stage = Stage::SaveRequired(Gate { code, amr, aal, code_aal, reissues: 0 });
        self.expires_at = at + policy::GATE_LIFETIME.value;
    }
}

/// A backup code vouches for no more than the sign-in that issued it.
fn with_backup_code(aal: Aal) -> (Vec<Amr>, Aal) {
    match aal {
        Aal::Aal1 => (vec![Amr::Pwd, Amr::Otp], aal),
        Aal::Aal2 => (vec![Amr::Pwd, Amr::Otp, Amr::Mfa], aal),
    }
}

/// Redeeming and replacing are one commit.
pub(super) fn redeem(sign_in: SignInId, held: &HeldCode, replacement: NewBackupCode) -> Vec<AccountEvent> {
    let redeemed = AccountEvent::BackupCodeRedeemed { backup_code: held.id, sign_in };
    vec![redeemed, issue(replacement, IssueCause::Redeemed, Some(held.id), held.aal, sign_in)]
}

pub(super) fn issue(
    code: NewBackupCode,
    cause: IssueCause,
    supersedes: Option<BackupCodeId>,
    aal: Aal,
    sign_in: SignInId,
) -> AccountEvent {
    AccountEvent::BackupCodeIssued {
        backup_code: code.id,
        verifier: code.verifier,
        key: code.key,
        cause,
        supersedes,
        aal,
        sign_in,
    }
}
