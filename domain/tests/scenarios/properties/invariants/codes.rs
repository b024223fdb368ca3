//! Codes of both kinds: accepted once, replaced in the same commit, worth one session, open to few guesses.

use std::collections::{BTreeMap, BTreeSet};

use countersign_domain::account::{AccountEvent, IssueCause};
use countersign_domain::id::{BackupCodeId, SignInId};
use countersign_domain::policy;

use super::{Trace, ensure, facts};

/// Neither a challenge nor a backup code nor an operator code is accepted a second time.
pub(super) fn no_code_is_accepted_twice(trace: &Trace) -> Result<(), String> {
    let (mut challenges, mut backup_codes) = (BTreeSet::new(), BTreeSet::new());
    let mut operator_codes = BTreeSet::new();
    for (_, event) in facts(trace) {
        let new = match event {
            AccountEvent::CodeAccepted { challenge, .. } => challenges.insert(*challenge),
            AccountEvent::BackupCodeRedeemed { backup_code, .. } => backup_codes.insert(*backup_code),
            AccountEvent::OperatorCodeAccepted { operator_code, .. } => operator_codes.insert(*operator_code),
            _ => true,
        };
        ensure(new, || format!("again: {event:?}"))?;
    }
    Ok(())
}

/// Whoever stands at the gate for a redeemed code: together they get one session.
pub(super) fn one_redemption_one_session(trace: &Trace) -> Result<(), String> {
    let mut stands_for: BTreeMap<SignInId, BackupCodeId> = BTreeMap::new();
    let mut granted = BTreeSet::new();
    for (_, event) in facts(trace) {
        match event {
            AccountEvent::BackupCodeRedeemed { backup_code, sign_in }
            | AccountEvent::GateReopened { backup_code, sign_in, .. } => {
                stands_for.insert(*sign_in, *backup_code);
            }
            AccountEvent::SignedIn { sign_in, .. } => {
                let first = stands_for.get(sign_in).is_none_or(|code| granted.insert(*code));
                ensure(first, || format!("{sign_in} is the second session of one redemption"))?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Behind a redeemed code stands its replacement, in the same commit.
pub(super) fn redeeming_replaces(trace: &Trace) -> Result<(), String> {
    for step in trace {
        for (event, next) in step.events().iter().zip(step.events().iter().skip(1).map(Some).chain([None])) {
            let AccountEvent::BackupCodeRedeemed { backup_code, sign_in } = event else { continue };
            let replaced = matches!(next, Some(AccountEvent::BackupCodeIssued { supersedes, sign_in: shown_in, .. })
                if *supersedes == Some(*backup_code) && shown_in == sign_in);
            ensure(replaced, || format!("{backup_code} was redeemed and not replaced"))?;
        }
    }
    Ok(())
}

/// A challenge takes five wrong guesses at most, a gate five replacements.
pub(super) fn guesses_and_reissues_are_bounded(trace: &Trace) -> Result<(), String> {
    let (mut guesses, mut reissues) = (BTreeMap::new(), BTreeMap::new());
    for (_, event) in facts(trace) {
        let (count, most) = match event {
            AccountEvent::CodeRejected { challenge, .. } => {
                (guesses.entry(*challenge).or_insert(0), policy::GUESSES_PER_CHALLENGE.value)
            }
            AccountEvent::BackupCodeIssued { sign_in, cause: IssueCause::Reissued, .. } => {
                (reissues.entry(*sign_in).or_insert(0), policy::REISSUES_PER_GATE.value)
            }
            _ => continue,
        };
        *count += 1;
        ensure(*count <= most, || format!("{count} times: {event:?}"))?;
    }
    Ok(())
}
