//! Ids: a prefix that tells the kind, and a hyphenated lower-case `UUIDv7`; one form everywhere.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// What an id is the id of.
pub trait Kind {
    /// The letters before the underscore.
    const PREFIX: &'static str;
}

/// The kinds of things that have an id.
pub mod kind {
    use super::Kind;

    /// An account.
    #[derive(Debug)]
    pub enum Account {}
    /// A registration: the attempt to prove control of an address.
    #[derive(Debug)]
    pub enum Registration {}
    /// A sign-in: one attempt.
    #[derive(Debug)]
    pub enum SignIn {}
    /// A challenge: a code that was requested.
    #[derive(Debug)]
    pub enum Challenge {}
    /// A backup code.
    #[derive(Debug)]
    pub enum BackupCode {}
    /// A session.
    #[derive(Debug)]
    pub enum Session {}
    /// A client of the API.
    #[derive(Debug)]
    pub enum Client {}
    /// A device that completed a sign-in.
    #[derive(Debug)]
    pub enum Device {}

    /// A code that an operator had made for an account's recovery.
    #[derive(Debug)]
    pub enum OperatorCode {}

    impl Kind for Account {
        const PREFIX: &'static str = "acc";
    }
    impl Kind for Registration {
        const PREFIX: &'static str = "rg";
    }
    impl Kind for SignIn {
        const PREFIX: &'static str = "si";
    }
    impl Kind for Challenge {
        const PREFIX: &'static str = "ch";
    }
    impl Kind for BackupCode {
        const PREFIX: &'static str = "bc";
    }
    impl Kind for Session {
        const PREFIX: &'static str = "ss";
    }
    impl Kind for Client {
        const PREFIX: &'static str = "cl";
    }
    impl Kind for Device {
        const PREFIX: &'static str = "dv";
    }
    impl Kind for OperatorCode {
        const PREFIX: &'static str = "oc";
    }
}

/// The id of an account, `acc_…`, which is also the name of its stream.
pub type AccountId = Id<kind::Account>;
/// The id of a registration, `rg_…`.
pub type RegistrationId = Id<kind::Registration>;
/// The id of a sign-in, `si_…`.
pub type SignInId = Id<kind::SignIn>;
/// The id of a challenge, `ch_…`.
pub type ChallengeId = Id<kind::Challenge>;
/// The id of a backup code, `bc_…`.
pub type BackupCodeId = Id<kind::BackupCode>;
/// The id of a session, `ss_…`, which is also the name of its stream.
pub type SessionId = Id<kind::Session>;
/// The id of a client, `cl_…`, which is also the name of its stream.
pub type ClientId = Id<kind::Client>;
/// The id of a device, `dv_…`.
pub type DeviceId = Id<kind::Device>;
/// The id of an operator code, `oc_…`.
pub type OperatorCodeId = Id<kind::OperatorCode>;

/// An id of one kind.
pub struct Id<K> {
    uuid: Uuid,
    kind: PhantomData<fn() -> K>,
}

/// A text that is not an id of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidId {
    /// The prefix that was expected.
    pub expected: &'static str,
}

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected an id like {}_01890000-0000-7000-8000-000000000000", self.expected)
    }
}

impl std::error::Error for InvalidId {}

impl<K> Id<K> {
    /// The id with this unique part.
    pub fn new(uuid: Uuid) -> Self {
        Self { uuid, kind: PhantomData }
    }

    /// The unique part.
    pub fn uuid(self) -> Uuid {
        self.uuid
    }

    /// The 16 bytes of the unique part.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.uuid.as_bytes()
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Id<K> {}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}

impl<K> Eq for Id<K> {}

impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.uuid.cmp(&other.uuid)
    }
}

impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", K::PREFIX, self.uuid.as_hyphenated())
    }
}

impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K: Kind> FromStr for Id<K> {
    type Err = InvalidId;

    /// Reads the one form only: no upper case, no braces, no missing hyphens, version 7.
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = InvalidId { expected: K::PREFIX };
        let unique = text.strip_prefix(K::PREFIX).and_then(|rest| rest.strip_prefix('_'));
        let uuid = unique.and_then(|unique| Uuid::try_parse(unique).ok()).ok_or(invalid.clone())?;
        let id = Self::new(uuid);
        if uuid.get_version_num() == 7 && id.to_string() == text { Ok(id) } else { Err(invalid) }
    }
}

impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_only_in_the_form_that_it_is_written_in() {
        let text = "acc_01890000-0000-7000-8000-00000000000a";
        assert_eq!(text.parse::<AccountId>().map(|id| id.to_string()), Ok(text.to_owned()));
        for other in [
            "acc_01890000-0000-7000-8000-00000000000A",
            "acc_0189000000007000800000000000000a",
            "acc_01890000-0000-4000-8000-00000000000a",
            "si_01890000-0000-7000-8000-00000000000a",
            "acc01890000-0000-7000-8000-00000000000a",
        ] {
            assert_eq!(other.parse::<AccountId>(), Err(InvalidId { expected: "acc" }), "{other}");
        }
    }
}
