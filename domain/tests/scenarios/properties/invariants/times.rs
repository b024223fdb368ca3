//! That codes, sign-ins and gates end when the policy says so.

use std::collections::BTreeMap;

use countersign_domain::account::{AccountEvent, IssueCause};
use countersign_domain::id::{ChallengeId, SignInId};
use countersign_domain::policy;
use countersign_domain::time::Timestamp;
use countersign_domain::word::CodePurpose;

use super::{Trace, ensure, facts, is_of_a_session};

/// A code is accepted within ten minutes, a sign-in gets on within fifteen, and a gate is passed within thirty.
pub(super) fn everything_ends_in_time(trace: &Trace) -> Result<(), String> {
    let mut asked: BTreeMap<ChallengeId, Timestamp> = BTreeMap::new();
    let mut ends: BTreeMap<SignInId, Timestamp> = BTreeMap::new();
    for (step, event) in facts(trace) {
        let (now, late) = (step.at, || format!("too late at {}: {event:?}", step.at));
        if is_of_a_session(&step.command) {
            continue;
        }
        if let Some(sign_in) = gets_on(event) {
            ensure(ends.get(&sign_in).is_some_and(|end| now < *end), late)?;
        }
        match event {
            AccountEvent::CodeRequested { challenge, purpose, sign_in, .. } => {
                asked.entry(*challenge).or_insert(now);
                if let (CodePurpose::PasswordReset | CodePurpose::Recovery, Some(attempt)) =
                    (purpose, sign_in)
                {
                    ends.insert(*attempt, now + policy::CODE_LIFETIME.value);
                }
            }
            AccountEvent::CodeAccepted { challenge, sign_in: Some(_) } => {
                let end = asked.get(challenge).map(|asked| *asked + policy::CODE_LIFETIME.value);
                ensure(end.is_some_and(|end| now < end), late)?;
            }
            AccountEvent::SignInStarted { sign_in, .. } => {
                ends.insert(*sign_in, now + policy::SIGN_IN_LIFETIME.value);
            }
            AccountEvent::BackupCodeIssued { sign_in, cause, .. } if *cause != IssueCause::Reissued => {
                ends.insert(*sign_in, now + policy::GATE_LIFETIME.value);
            }
            _ => {}
        }
    }
    Ok(())
}

/// The sign-in that an event brings further.
fn gets_on(event: &AccountEvent) -> Option<SignInId> {
    match event {
        AccountEvent::CodeAccepted { sign_in, .. } => *sign_in,
        AccountEvent::BackupCodeIssued { sign_in, .. }
        | AccountEvent::BackupCodeRedeemed { sign_in, .. }
        | AccountEvent::SaveConfirmed { sign_in, .. }
        | AccountEvent::OperatorCodeAccepted { sign_in, .. }
        | AccountEvent::RecoveryCompleted { sign_in, .. }
        | AccountEvent::SignedIn { sign_in, .. } => Some(*sign_in),
        _ => None,
    }
}
