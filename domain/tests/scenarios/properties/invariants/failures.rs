//! Failures in a row: within their budgets, counted without a gap, and never without the wait that is due.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use countersign_domain::account::{AccountEvent, PasswordChange, PasswordRejection};
use countersign_domain::id::{DeviceId, SignInId};
use countersign_domain::policy;
use countersign_domain::time::Timestamp;
use countersign_domain::word::{Authenticator, CodePurpose};

use super::{Trace, ensure, facts};

/// Something that an authenticator was tried for.
struct Attempt {
    authenticator: Authenticator,
    device: Option<DeviceId>,
    failed: bool,
    /// Whether it was looked at; what is bound anew was not, and begins without failures.
    tried: bool,
}

impl Attempt {
    fn bound_anew(authenticator: Authenticator) -> Self {
        Self { authenticator, device: None, failed: false, tried: false }
    }
}

/// Where sign-ins come from, and which devices are known.
#[derive(Default)]
struct Origins {
    sign_ins: BTreeMap<SignInId, DeviceId>,
    /// Resets and recoveries: their wrong digits count for themselves alone.
    without_password: BTreeSet<SignInId>,
    known: VecDeque<DeviceId>,
}

impl Origins {
    /// The attempts that an event is, each on a device's budget.
    fn attempts(&self, event: &AccountEvent) -> Vec<Attempt> {
        let bound_anew =
            |several: &[Authenticator]| several.iter().copied().map(Attempt::bound_anew).collect();
        match event {
            AccountEvent::RecoveryCompleted { .. } => {
                bound_anew(&[Authenticator::BackupCode, Authenticator::EmailCode])
            }
            AccountEvent::CodeAccepted { sign_in: Some(id), .. } if self.without_password.contains(id) => {
                bound_anew(&[Authenticator::EmailCode])
            }
            AccountEvent::CodeRejected { sign_in: Some(id), .. } if self.without_password.contains(id) => {
                Vec::new()
            }
            event => self.attempt(event).into_iter().collect(),
        }
    }

    /// The attempt that an event is, and the device whose budget it is made on.
    fn attempt(&self, event: &AccountEvent) -> Option<Attempt> {
        let from = |sign_in: &SignInId| self.sign_ins.get(sign_in).copied();
        let (authenticator, device, failed) = match event {
            AccountEvent::PasswordRejected { cause: PasswordRejection::Wrong, device } => {
                (Authenticator::Password, *device, true)
            }
            AccountEvent::PasswordChanged {
                cause: PasswordChange::Changed | PasswordChange::Reset | PasswordChange::Recovery,
                ..
            } => return Some(Attempt::bound_anew(Authenticator::Password)),
            AccountEvent::SignInStarted { device, .. } => (Authenticator::Password, *device, false),
            AccountEvent::CodeRejected { sign_in: Some(id), .. } => {
                (Authenticator::EmailCode, from(id), true)
            }
            AccountEvent::CodeAccepted { sign_in: Some(id), .. } => {
                (Authenticator::EmailCode, from(id), false)
            }
            AccountEvent::BackupCodeRejected { sign_in } => (Authenticator::BackupCode, from(sign_in), true),
            AccountEvent::BackupCodeRedeemed { sign_in, .. } | AccountEvent::GateReopened { sign_in, .. } => {
                (Authenticator::BackupCode, from(sign_in), false)
            }
            _ => return None,
        };
        let device = device.filter(|id| self.known.contains(id));
        Some(Attempt { authenticator, device, failed, tried: true })
    }

    fn take(&mut self, event: &AccountEvent) {
        match event {
            AccountEvent::SignInStarted { sign_in, device: Some(device), .. } => {
                self.sign_ins.insert(*sign_in, *device);
            }
            AccountEvent::CodeRequested {
                purpose: CodePurpose::PasswordReset | CodePurpose::Recovery,
                sign_in: Some(id),
                ..
            } => {
                self.without_password.insert(*id);
            }
            AccountEvent::SignedIn { device: Some(device), .. } => {
                self.known.push_back(device.id);
                if self.known.len() > policy::KNOWN_DEVICES.value {
                    self.known.pop_front();
                }
            }
            _ => {}
        }
    }
}

/// Every attempt of a trace, in order.
fn attempts(trace: &Trace) -> Vec<(Timestamp, Attempt, &AccountEvent)> {
    let mut origins = Origins::default();
    let mut found = Vec::new();
    for (step, event) in facts(trace) {
        found.extend(origins.attempts(event).into_iter().map(|attempt| (step.at, attempt, event)));
        origins.take(event);
    }
    found
}

/// No authenticator fails more than a hundred times in a row, and none ten times on one device.
pub(super) fn stay_within_their_budgets(trace: &Trace) -> Result<(), String> {
    let mut altogether: BTreeMap<Authenticator, u32> = BTreeMap::new();
    let mut on_device: BTreeMap<(Authenticator, DeviceId), u32> = BTreeMap::new();
    for (_, attempt, event) in attempts(trace) {
        if !attempt.failed {
            altogether.remove(&attempt.authenticator);
            on_device.retain(|(authenticator, _), _| *authenticator != attempt.authenticator);
            continue;
        }
        let count = altogether.entry(attempt.authenticator).or_default();
        *count += 1;
        let most = policy::FAILURES_ALTOGETHER.value;
        ensure(*count <= most, || format!("{count} failures in a row: {event:?}"))?;
        let Some(device) = attempt.device else { continue };
        let count = on_device.entry((attempt.authenticator, device)).or_default();
        *count += 1;
        let most = policy::FAILURES_PER_DEVICE.value;
        ensure(*count <= most, || format!("{count} failures in a row on {device}: {event:?}"))?;
    }
    Ok(())
}

/// A wait and an end say how many failures there were in a row, and they are due from the fifth on.
pub(super) fn are_counted(trace: &Trace) -> Result<(), String> {
    let mut in_a_row: BTreeMap<(Authenticator, Option<DeviceId>), u32> = BTreeMap::new();
    let mut origins = Origins::default();
    for step in trace {
        let said = step.events().iter().find_map(said_count);
        for event in step.events() {
            for attempt in origins.attempts(event) {
                let key = (attempt.authenticator, attempt.device);
                if attempt.failed {
                    let count = in_a_row.entry(key).or_default();
                    *count += 1;
                    let due = *count >= policy::FAILURES_BEFORE_WAIT.value;
                    ensure(!due || said.is_some(), || format!("no wait after {count}: {event:?}"))?;
                    ensure(said.is_none_or(|said| said >= *count), || {
                        format!("{said:?} said, {count} seen")
                    })?;
                } else {
                    in_a_row.retain(|(authenticator, _), _| *authenticator != attempt.authenticator);
                }
            }
            origins.take(event);
        }
    }
    Ok(())
}

fn said_count(event: &AccountEvent) -> Option<u32> {
    match event {
        AccountEvent::AuthenticatorThrottled { failures, .. }
        | AccountEvent::AuthenticatorDisabled { failures, .. } => Some(*failures),
        _ => None,
    }
}

/// Nothing is tried before a wait is over, or where the budget is used up, until the authenticator succeeds elsewhere.
pub(super) fn waits_are_kept(trace: &Trace) -> Result<(), String> {
    let mut closed: BTreeMap<(Authenticator, Option<DeviceId>), Option<Timestamp>> = BTreeMap::new();
    let mut origins = Origins::default();
    for (step, event) in facts(trace) {
        for attempt in origins.attempts(event) {
            let until = closed.get(&(attempt.authenticator, attempt.device));
            let open =
                !attempt.tried || until.is_none_or(|until| until.is_some_and(|until| step.at >= until));
            ensure(open, || format!("tried at {}, closed until {until:?}: {event:?}", step.at))?;
            if !attempt.failed {
                closed.retain(|(authenticator, _), _| *authenticator != attempt.authenticator);
            }
        }
        match event {
            AccountEvent::AuthenticatorThrottled { authenticator, device, until, .. } => {
                closed.insert((*authenticator, *device), Some(*until));
            }
            AccountEvent::AuthenticatorDisabled { authenticator, device, .. } => {
                closed.insert((*authenticator, *device), None);
            }
            _ => {}
        }
        origins.take(event);
    }
    Ok(())
}
