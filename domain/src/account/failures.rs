//! Failures in a row: one count an authenticator, kept apart for known devices, so that a stranger closes
//! the door to strangers only. Nothing resets a count but that authenticator's success: a device that is not
//! known any more leaves its failures to the strangers.

use serde::{Deserialize, Serialize};

use super::attempt::SignIn;
use super::causes::DenialCause;
use super::events::AccountEvent;
use super::refusal::AccountRefusal;
use super::state::{Account, Person};
use crate::id::{DeviceId, SignInId};
use crate::policy;
use crate::time::{Span, Timestamp};
use crate::word::Authenticator;

/// Failures in a row of every authenticator.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct FailureCounts {
    password: Failures,
    email_code: Failures,
    backup_code: Failures,
}

/// Failures in a row of one authenticator.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
struct Failures {
    strangers: Count,
    devices: Vec<(DeviceId, Count)>,
}

/// One budget of failures.
#[derive(Debug, Default, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Count {
    failures: u32,
    throttled_until: Option<Timestamp>,
    disabled: bool,
}

impl FailureCounts {
    fn of(&self, authenticator: Authenticator) -> &Failures {
        match authenticator {
            Authenticator::Password => &self.password,
            Authenticator::EmailCode => &self.email_code,
            Authenticator::BackupCode => &self.backup_code,
        }
    }

    fn of_mut(&mut self, authenticator: Authenticator) -> &mut Failures {
        match authenticator {
            Authenticator::Password => &mut self.password,
            Authenticator::EmailCode => &mut self.email_code,
            Authenticator::BackupCode => &mut self.backup_code,
        }
    }
}

impl Failures {
    fn of(&self, device: Option<DeviceId>) -> Count {
        let Some(device) = device else { return self.strangers };
        self.devices.iter().find(|(id, _)| *id == device).map_or_else(Count::default, |(_, count)| *count)
    }

    fn of_mut(&mut self, device: Option<DeviceId>) -> Option<&mut Count> {
        let Some(device) = device else { return Some(&mut self.strangers) };
        if !self.devices.iter().any(|(id, _)| *id == device) {
            self.devices.push((device, Count::default()));
        }
        self.devices.iter_mut().find(|(id, _)| *id == device).map(|(_, count)| count)
    }

    /// Failures in a row on all devices together.
    fn altogether(&self) -> u32 {
        let devices = self.devices.iter().map(|(_, count)| count.failures);
        devices.fold(self.strangers.failures, u32::saturating_add)
    }

    /// Leaves the failures of all other devices to the strangers, so that none is lost.
    fn forget_all_but(&mut self, known: &[DeviceId]) {
        self.strangers.failures = self.altogether();
        self.devices.retain(|(device, _)| known.contains(device));
        let kept = self.devices.iter().map(|(_, count)| count.failures);
        self.strangers.failures = kept.fold(self.strangers.failures, u32::saturating_sub);
    }
}

/// The failures in a row that use up a budget.
fn budget(device: Option<DeviceId>) -> u32 {
    match device {
        Some(_) => policy::FAILURES_PER_DEVICE.value,
        None => policy::FAILURES_OF_STRANGERS.value,
    }
}

/// How long the next attempt has to wait after this many failures in a row, if at all.
fn wait_after(failures: u32) -> Option<Span> {
    let doublings = failures.checked_sub(policy::FAILURES_BEFORE_WAIT.value)?;
    Some(policy::FIRST_WAIT.value.doubled(doublings, policy::LONGEST_WAIT.value))
}

impl Person {
    /// Refuses an attempt while its budget is used up or has to wait.
    pub(super) fn may_attempt(
        &self,
        authenticator: Authenticator,
        device: Option<DeviceId>,
        now: Timestamp,
    ) -> Result<(), AccountRefusal> {
        let failures = self.failures.of(authenticator);
        let count = failures.of(self.known_device(device));
        let used_up = count.disabled || failures.altogether() >= policy::FAILURES_ALTOGETHER.value;
        match count.throttled_until {
            _ if used_up => Err(AccountRefusal::AuthenticatorDisabled { authenticator }),
            Some(until) if now < until => Err(AccountRefusal::Throttled { until }),
            _ => Ok(()),
        }
    }

    /// What follows, beside the failure itself, when an attempt fails.
    pub(super) fn consequences(
        &self,
        authenticator: Authenticator,
        device: Option<DeviceId>,
        now: Timestamp,
    ) -> Vec<AccountEvent> {
        let device = self.known_device(device);
        let before = self.failures.of(authenticator);
        let failures = before.of(device).failures.saturating_add(1);
        let used_up = before.altogether().saturating_add(1) >= policy::FAILURES_ALTOGETHER.value;
        if used_up || failures >= budget(device) {
            let disabled = AccountEvent::AuthenticatorDisabled { authenticator, device, failures };
            return std::iter::once(disabled).chain(self.deny_from(device, now)).collect();
        }
        let throttled = |wait| AccountEvent::AuthenticatorThrottled {
            authenticator,
            device,
            failures,
            until: now + wait,
        };
        wait_after(failures).map(throttled).into_iter().collect()
    }

    /// Ends the pending sign-ins that come from the same budget as the attempts that used it up.
    fn deny_from(&self, device: Option<DeviceId>, now: Timestamp) -> impl Iterator<Item = AccountEvent> {
        let from_there = move |sign_in: &&SignIn| self.known_device(sign_in.device) == device;
        let pending = self.sign_ins.iter().filter(from_there).filter(move |sign_in| sign_in.is_pending(now));
        pending.map(|sign_in| AccountEvent::SignInDenied {
            sign_in: sign_in.id,
            cause: DenialCause::AuthenticatorDisabled,
        })
    }

    pub(super) fn succeeded(&mut self, authenticator: Authenticator) {
        *self.failures.of_mut(authenticator) = Failures::default();
    }

    /// Gives up the budgets of devices that are not known any more.
    pub(super) fn forget_unknown_devices(&mut self) {
        let known: Vec<DeviceId> = self.devices.iter().map(|device| device.id).collect();
        for failures in
            [&mut self.failures.password, &mut self.failures.email_code, &mut self.failures.backup_code]
        {
            failures.forget_all_but(&known);
        }
    }

    /// The device, if it has a budget of its own.
    pub(super) fn known_device(&self, device: Option<DeviceId>) -> Option<DeviceId> {
        device.filter(|id| self.devices.iter().any(|known| known.id == *id))
    }

    fn count_mut(&mut self, authenticator: Authenticator, device: Option<DeviceId>) -> Option<&mut Count> {
        let device = self.known_device(device);
        self.failures.of_mut(authenticator).of_mut(device)
    }
}

impl Account {
    pub(super) fn failed(&mut self, authenticator: Authenticator, device: Option<DeviceId>) {
        if let Some(count) = self.person_mut().and_then(|person| person.count_mut(authenticator, device)) {
            count.failures = count.failures.saturating_add(1);
        }
    }

    pub(super) fn failed_in(&mut self, authenticator: Authenticator, sign_in: SignInId) {
        let device = self.sign_in(sign_in).and_then(|sign_in| sign_in.device);
        self.failed(authenticator, device);
    }

    pub(super) fn throttled(
        &mut self,
        authenticator: Authenticator,
        device: Option<DeviceId>,
        until: Timestamp,
    ) {
        if let Some(count) = self.person_mut().and_then(|person| person.count_mut(authenticator, device)) {
            count.throttled_until = Some(until);
        }
    }

    pub(super) fn disabled(&mut self, authenticator: Authenticator, device: Option<DeviceId>) {
        if let Some(count) = self.person_mut().and_then(|person| person.count_mut(authenticator, device)) {
            count.disabled = true;
        }
    }
}
