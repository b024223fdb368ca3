//! What the scenarios share: ids by number, commands with everything that does not matter filled in, and the
//! pasts that most scenarios start from.
//!
//! Sign-in *n* asks for challenge *n*, shows backup code *n* and grants session *n*, unless a scenario says
//! otherwise; the registration's challenge is number 0.

mod commands;
mod pasts;
mod recovery;

pub(crate) use commands::*;
pub(crate) use pasts::*;
pub(crate) use recovery::*;

use countersign_domain::account::{Account, SignInState};
use countersign_domain::id::{
    AccountId, BackupCodeId, ChallengeId, ClientId, DeviceId, RegistrationId, SessionId, SignInId, kind,
};
use countersign_domain::kit::{Scenario, id, scenario};
use countersign_domain::time::Timestamp;

/// The address of the account, which no event may hold in the clear.
pub(crate) const EMAIL: &str = "ada@example.org";
/// The hash of its password, likewise.
pub(crate) const PASSWORD_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA";
/// The same password's hash at a higher cost.
pub(crate) const DEARER_HASH: &str = "$argon2id$v=19$m=65536,t=3,p=1$c2FsdA$ZGVhcg";
/// The hash of a password that was chosen later.
pub(crate) const OTHER_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$b3RoZXI";
/// What the person calls the device.
pub(crate) const DEVICE_LABEL: &str = "Ada's blue laptop";
/// The beginning of every keyed hash that the commands here bring.
pub(crate) const KEYED_HASH: &str = "keyed-hash-of";

/// A scenario of an account; nothing that a person or a credential could be told by may be in an event.
pub(crate) fn account() -> Scenario<Account> {
    [EMAIL, PASSWORD_HASH, DEARER_HASH, OTHER_HASH, DEVICE_LABEL, KEYED_HASH]
        .into_iter()
        .fold(scenario::<Account>(), Scenario::secret)
}

/// Account number *n*.
pub(crate) fn acc(number: u32) -> AccountId {
    id::<kind::Account>(number)
}

/// Registration number *n*.
pub(crate) fn rg(number: u32) -> RegistrationId {
    id::<kind::Registration>(number)
}

/// Sign-in number *n*.
pub(crate) fn si(number: u32) -> SignInId {
    id::<kind::SignIn>(number)
}

/// Challenge number *n*.
pub(crate) fn ch(number: u32) -> ChallengeId {
    id::<kind::Challenge>(number)
}

/// Backup code number *n*.
pub(crate) fn bc(number: u32) -> BackupCodeId {
    id::<kind::BackupCode>(number)
}

/// Session number *n*.
pub(crate) fn ss(number: u32) -> SessionId {
    id::<kind::Session>(number)
}

/// Client number *n*.
pub(crate) fn cl(number: u32) -> ClientId {
    id::<kind::Client>(number)
}

/// Device number *n*.
pub(crate) fn dv(number: u32) -> DeviceId {
    id::<kind::Device>(number)
}

/// A moment, as it is stored.
pub(crate) fn moment(text: &str) -> Timestamp {
    text.parse().expect("a moment in the stored form")
}

/// Reads where sign-in number *n* stands; none where the account does not know it.
pub(crate) fn state_of(number: u32) -> impl FnOnce(&Account, Timestamp) -> Option<SignInState> {
    move |account, now| account.sign_in(si(number)).map(|sign_in| sign_in.state(now))
}

/// Reads whether session number *n* is good, as far as the account says; none where nobody can have one.
pub(crate) fn honours(number: u32) -> impl FnOnce(&Account, Timestamp) -> Option<bool> {
    move |account, _| account.person().map(|person| person.honours(ss(number)))
}
