//! Which requests count together, and how many of them there may be.

use std::num::NonZeroU32;

/// Requests that count together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Group {
    /// What hashes a password or causes a message: sign-in, registration, reset.
    SignIn,
    /// Everything that needs a credential.
    Api,
    /// What needs none: proofs, tiles, pages.
    Public,
}

/// How many requests of each group may come from one address in a minute; none means that there is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rates {
    /// What hashes a password or causes a message.
    pub sign_in: Option<NonZeroU32>,
    /// Everything that needs a credential.
    pub api: Option<NonZeroU32>,
    /// What needs none.
    pub public: Option<NonZeroU32>,
}

impl Group {
    /// All of them.
    pub(super) const ALL: [Self; 3] = [Self::SignIn, Self::Api, Self::Public];

    /// The name as it stands in headers and metrics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Api => "api",
            Self::Public => "public",
        }
    }
}

impl Rates {
    /// One guess every two seconds is more than a person makes, and little for who guesses.
    pub const SIGN_IN_DEFAULT: u32 = 30;
    /// An app's server makes all its requests from one address.
    pub const API_DEFAULT: u32 = 6_000;
    /// A monitor that fetches every tile of a large ledger is done in a day.
    pub const PUBLIC_DEFAULT: u32 = 1_200;

    pub(super) fn of(&self, group: Group) -> Option<NonZeroU32> {
        match group {
            Group::SignIn => self.sign_in,
            Group::Api => self.api,
            Group::Public => self.public,
        }
    }
}
