//! Step-up: a credential is changed only in a session that came from a sign-in for that purpose, a moment ago.

use super::attempt::{Grant, SignIn, Stage};
use super::backup_code::issue;
use super::causes::IssueCause;
use super::commands::NewBackupCode;
use super::events::AccountEvent;
use super::refusal::AccountRefusal;
use super::state::{Account, HeldCode, Person};
use crate::id::{BackupCodeId, SessionId};
use crate::policy;
use crate::time::Timestamp;
use crate::word::SignInPurpose;

impl Account {
    /// The person, and the sign-in that granted a session and what it granted, if that was to step up, a moment ago.
    pub fn stepped_up(
        &self,
        now: Timestamp,
        session: SessionId,
    ) -> Result<(&Person, &SignIn, &Grant), AccountRefusal> {
        let person = self.asked_in(session)?;
        let (sign_in, grant) = person.granted(session).ok_or(AccountRefusal::StepUpRequired)?;
        let recent = now < grant.granted_at + policy::STEP_UP_LASTS.value;
        if sign_in.purpose == SignInPurpose::StepUp && recent {
            Ok((person, sign_in, grant))
        } else {
            Err(AccountRefusal::StepUpRequired)
        }
    }

    /// The code that is in force stays so until the new one is confirmed.
    pub(super) fn request_backup_code(
        &self,
        now: Timestamp,
        session: SessionId,
        code: NewBackupCode,
    ) -> Result<Vec<AccountEvent>, AccountRefusal> {
        let (person, sign_in, grant) = self.stepped_up(now, session)?;
        if grant.backup_codes >= policy::BACKUP_CODES_PER_STEP_UP.value {
            return Err(AccountRefusal::ReissuesExhausted);
        }
        let codes = &person.backup_codes;
        let before = codes.unconfirmed.as_ref().or(codes.confirmed.as_ref()).map(|code| code.id);
        Ok(vec![issue(code, IssueCause::Requested, before, grant.aal, sign_in.id)])
    }

    /// Only the session that asked for a code confirms it; confirming it again changes nothing.
    pub(super) fn confirm_backup_code(
        &self,
        session: SessionId,
        backup_code: BackupCodeId,
        saved: bool,
    ) -> Result<Vec<AccountEvent>, AccountRefusal> {
        let person = self.asked_in(session)?;
        if !saved {
            return Err(AccountRefusal::NotSaved);
        }
        let (sign_in, _) = person.granted(session).ok_or(AccountRefusal::BackupCodeSuperseded)?;
        let codes = &person.backup_codes;
        let is_it = |held: &HeldCode| held.id == backup_code && held.sign_in == sign_in.id;
        if codes.unconfirmed.as_ref().is_some_and(is_it) {
            Ok(vec![AccountEvent::SaveConfirmed { backup_code, sign_in: sign_in.id }])
        } else if codes.confirmed.as_ref().is_some_and(is_it) {
            Ok(Vec::new())
        } else {
            Err(AccountRefusal::BackupCodeSuperseded)
        }
    }
}

impl Person {
    /// The sign-in that granted a session, and what it granted, if it is remembered.
    pub(super) fn granted(&self, session: SessionId) -> Option<(&SignIn, &Grant)> {
        self.sign_ins.iter().rev().find_map(|sign_in| match &sign_in.stage {
            Stage::SignedIn(grant) if grant.session == session => Some((sign_in, grant)),
            _ => None,
        })
    }
}
