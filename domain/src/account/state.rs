//! What an account is between two commands: its stages of life, and what each stage holds.

use serde::{Deserialize, Serialize};

use super::attempt::{Challenge, SignIn};
use super::causes::{About, IssueCause, Notice};
use super::failures::FailureCounts;
use crate::email::Email;
use crate::id::{BackupCodeId, ChallengeId, DeviceId, OperatorCodeId, RegistrationId, SessionId, SignInId};
use crate::secret::{Personal, Verifier};
use crate::time::Timestamp;
use crate::word::{Aal, AddressKey, KeyId, Locale};

/// An account in one of its stages of life.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// Nothing was recorded yet.
    #[default]
    Unregistered,
    /// Registered, without power until control of the address is proven.
    Unverified(Box<Unverified>),
    /// Can be signed in to.
    Active(Box<Person>),
    /// Shut by an operator, until it is reinstated.
    Suspended(Box<Person>),
    /// Ended.
    Closed(Box<Person>),
}

/// Everything that an account remembers before its address is verified.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unverified {
    /// The attempt to prove control of the address.
    pub registration: Registration,
    /// Who asked for the account.
    pub holder: Holder,
    /// The hash of the password that was chosen.
    pub password: Verifier,
    /// Messages whose outcome is not known yet.
    pub unsettled: Vec<Sending>,
}

/// Who an account is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Holder {
    /// The address, the only one that mail goes to.
    pub email: Personal<Email>,
    /// The stream that the address is claimed in.
    pub email_key: AddressKey,
    /// The language to write in.
    pub locale: Locale,
}

/// The attempt to prove control of an address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Registration {
    /// Its id.
    pub id: RegistrationId,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The code that was mailed.
    pub challenge: Option<Challenge>,
}

/// Everything that a verified account remembers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// Who it is.
    pub holder: Holder,
    /// The registration that it came from.
    pub registration: RegistrationId,
    /// The hash of the password.
    pub password: Verifier,
    /// How often the password's hash changed: what a slow check was made against.
    pub password_version: u64,
    /// Whether a sign-in was completed since the address was verified.
    pub enrolled: bool,
    /// The backup codes that still mean something.
    pub backup_codes: BackupCodes,
    /// Failures in a row, for each authenticator.
    pub failures: FailureCounts,
    /// The newest devices that completed a sign-in, oldest first.
    pub devices: Vec<Device>,
    /// The newest sign-ins, oldest first.
    pub sign_ins: Vec<SignIn>,
    /// The newest sessions, oldest first; one that is not among them has ended.
    pub sessions: Vec<KnownSession>,
    /// The generation that sessions are granted in.
    pub generation: u64,
    /// Messages whose outcome is not known yet.
    pub unsettled: Vec<Sending>,
    /// The newest notices that were sent, oldest first.
    pub notices: Vec<SentNotice>,
    /// The attempt to choose another password without the old one, if one is open.
    pub reset: Option<Reset>,
    /// The attempt to recover the account, if one is open.
    pub recovery: Option<Recovery>,
    /// The operator code that was made last, until it is used or cancelled.
    pub operator_code: Option<HeldOperatorCode>,
    /// When the newest sign-in codes were asked for, oldest first, but for those that were withheld.
    pub codes_mailed: Vec<Timestamp>,
}

/// A session that was granted, as far as the account says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownSession {
    /// Its id.
    pub id: SessionId,
    /// Whether it ended together with others.
    pub ended: bool,
}

/// An attempt to choose another password without the old one; it lives as long as its code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reset {
    /// Its id: what is recorded in it names it as what is recorded in a sign-in names that.
    pub id: SignInId,
    /// The code that was mailed; its guesses count wrong answers of every kind.
    pub challenge: Challenge,
}

/// An attempt to recover the account; it lives as long as its code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recovery {
    /// Its id, which becomes a sign-in's.
    pub id: SignInId,
    /// The code that was mailed; its guesses count wrong answers of every kind.
    pub challenge: Challenge,
    /// The operator code that it was asked for with.
    pub operator_code: Option<OperatorCodeId>,
    /// The address that the code was mailed to, where it is not the account's.
    pub stated: Option<StatedAddress>,
}

/// An address that an operator stated for a person who lost the mailbox.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatedAddress {
    /// The address.
    pub email: Personal<Email>,
    /// The stream that it would be claimed in.
    pub email_key: AddressKey,
}

/// An operator code that can be used in its time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeldOperatorCode {
    /// Its id.
    pub id: OperatorCodeId,
    /// Its keyed hash.
    pub verifier: Verifier,
    /// The key of the hash.
    pub key: KeyId,
    /// When it was made.
    pub issued_at: Timestamp,
    /// When it begins to be valid.
    pub valid_from: Timestamp,
    /// When it stops being valid.
    pub expires_at: Timestamp,
    /// The address that the account gets with it.
    pub stated: Option<StatedAddress>,
}

/// One sending of a challenge's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sending {
    /// The challenge.
    pub challenge: ChallengeId,
    /// Which sending of it, from 1.
    pub send: u32,
    /// Whether the code was accepted, and this may be the message that it came by.
    pub used: bool,
}

/// A device that completed a sign-in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// The keyed hash of its token.
    pub token: Verifier,
}

/// The backup codes of an account that still mean something.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackupCodes {
    /// The one that was confirmed as saved.
    pub confirmed: Option<HeldCode>,
    /// The one that was shown and not confirmed; usable as well.
    pub unconfirmed: Option<HeldCode>,
    /// The one that was redeemed while its replacement is unconfirmed.
    pub redeemed: Option<RedeemedCode>,
    /// When the confirmed one was confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// When a code was last redeemed.
    pub used_at: Option<Timestamp>,
}

/// A notice that was sent: one backup code can be told of twice, as a replacement and as used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentNotice {
    /// What it said.
    pub notice: Notice,
    /// What it was about.
    pub about: About,
}

/// A backup code that can be redeemed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeldCode {
    /// Its id.
    pub id: BackupCodeId,
    /// Its keyed hash.
    pub verifier: Verifier,
    /// The key of the hash.
    pub key: KeyId,
    /// The most that it vouches for.
    pub aal: Aal,
    /// Why it was made.
    pub cause: IssueCause,
    /// The sign-in, or the password reset, that it was shown in.
    pub sign_in: SignInId,
    /// When it was made.
    pub issued_at: Timestamp,
}

/// A backup code that was redeemed, and who stands at the gate for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RedeemedCode {
    /// The code.
    pub code: HeldCode,
    /// When it was redeemed.
    pub at: Timestamp,
    /// The sign-in that stands at the gate for it.
    pub held_by: SignInId,
}

impl Account {
    /// The person, once the address is verified, whatever happened since.
    pub fn person(&self) -> Option<&Person> {
        match self {
            Self::Unregistered | Self::Unverified(_) => None,
            Self::Active(person) | Self::Suspended(person) | Self::Closed(person) => Some(person),
        }
    }

    pub(super) fn person_mut(&mut self) -> Option<&mut Person> {
        match self {
            Self::Unregistered | Self::Unverified(_) => None,
            Self::Active(person) | Self::Suspended(person) | Self::Closed(person) => Some(person),
        }
    }

    /// Who the account is for.
    pub fn holder(&self) -> Option<&Holder> {
        match self {
            Self::Unregistered => None,
            Self::Unverified(unverified) => Some(&unverified.holder),
            Self::Active(person) | Self::Suspended(person) | Self::Closed(person) => Some(&person.holder),
        }
    }

    /// Messages whose outcome is not known yet.
    pub fn unsettled(&self) -> &[Sending] {
        match self {
            Self::Unregistered => &[],
            Self::Unverified(unverified) => &unverified.unsettled,
            Self::Active(person) | Self::Suspended(person) | Self::Closed(person) => &person.unsettled,
        }
    }

    /// The sending of a challenge, while its outcome is not known.
    pub fn unsettled_sending(&self, challenge: ChallengeId, send: u32) -> Option<&Sending> {
        self.unsettled().iter().find(|sending| sending.challenge == challenge && sending.send == send)
    }

    pub(super) fn unsettled_mut(&mut self) -> Option<&mut Vec<Sending>> {
        match self {
            Self::Unregistered => None,
            Self::Unverified(unverified) => Some(&mut unverified.unsettled),
            Self::Active(person) | Self::Suspended(person) | Self::Closed(person) => {
                Some(&mut person.unsettled)
            }
        }
    }

    /// The challenge with this id, of the registration, a sign-in, a reset or a recovery.
    pub fn challenge(&self, id: ChallengeId) -> Option<&Challenge> {
        let registration = match self {
            Self::Unverified(unverified) => unverified.registration.challenge.as_ref(),
            _ => None,
        };
        let sign_ins = self.person().into_iter().flat_map(|person| &person.sign_ins);
        let reset = self.person().and_then(|person| person.reset.as_ref());
        let recovery = self.person().and_then(|person| person.recovery.as_ref());
        registration
            .into_iter()
            .chain(sign_ins.filter_map(SignIn::challenge))
            .chain(reset.map(|reset| &reset.challenge))
            .chain(recovery.map(|recovery| &recovery.challenge))
            .find(|challenge| challenge.id == id)
    }

    pub(super) fn challenge_mut(&mut self, id: ChallengeId) -> Option<&mut Challenge> {
        let challenge = match self {
            Self::Unregistered => None,
            Self::Unverified(unverified) => unverified.registration.challenge.as_mut(),
            Self::Active(person) | Self::Suspended(person) | Self::Closed(person) => {
                let sign_ins = person.sign_ins.iter_mut().filter_map(SignIn::challenge_mut);
                let reset = person.reset.as_mut().map(|reset| &mut reset.challenge);
                let recovery = person.recovery.as_mut().map(|recovery| &mut recovery.challenge);
                sign_ins.chain(reset).chain(recovery).find(|challenge| challenge.id == id)
            }
        };
        challenge.filter(|challenge| challenge.id == id)
    }

    /// The sign-in with this id, if the account still remembers it.
    pub fn sign_in(&self, id: SignInId) -> Option<&SignIn> {
        self.person()?.sign_ins.iter().find(|sign_in| sign_in.id == id)
    }

    pub(super) fn sign_in_mut(&mut self, id: SignInId) -> Option<&mut SignIn> {
        self.person_mut()?.sign_ins.iter_mut().find(|sign_in| sign_in.id == id)
    }
}
