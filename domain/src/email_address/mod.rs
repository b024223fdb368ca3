//! An e-mail address: at most one account holds it. The claim is the lock of registration.
//!
//! ```text
//! Unclaimed ──claim──► Claimed ──release──► Unclaimed
//!                         │ move (to the stream of the current key)
//!                         └──► Moved
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::decider::{Decider, Event};
use crate::id::AccountId;
use crate::time::Timestamp;
use crate::word::AddressKey;

/// An address, by the keyed hash that names its stream.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailAddress {
    /// Nobody holds it.
    #[default]
    Unclaimed,
    /// An account holds it.
    Claimed {
        /// The account.
        account: AccountId,
    },
    /// The stream of a newer key holds what this one held.
    Moved {
        /// The newer stream.
        to: AddressKey,
    },
}

/// A fact about an address. The stored name stands beside each variant and can never change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
pub enum EmailAddressEvent {
    /// An account proved control of the address and holds it.
    #[serde(rename = "email.claimed")]
    Claimed {
        /// The account.
        account: AccountId,
    },
    /// The account that held the address let go of it.
    #[serde(rename = "email.released")]
    Released {
        /// The account.
        account: AccountId,
    },
    /// What this stream held is held by the stream of the current key.
    #[serde(rename = "email.moved")]
    Moved {
        /// The account.
        account: AccountId,
        /// The newer stream.
        to: AddressKey,
    },
}

/// What can be asked of an address.
#[derive(Debug, Clone)]
pub enum EmailAddressCommand {
    /// Hold the address for an account.
    Claim {
        /// The account.
        account: AccountId,
    },
    /// Let go of the address.
    Release {
        /// The account that holds it.
        account: AccountId,
    },
    /// Leave what is held to the stream of the current key.
    Move {
        /// The account that holds it.
        account: AccountId,
        /// The newer stream.
        to: AddressKey,
    },
}

/// Why a command to an address cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmailAddressRefusal {
    /// Another account holds the address.
    ClaimedByAnother,
    /// The account does not hold the address.
    NotHeld,
    /// The address is held by the stream of a newer key.
    Moved,
}

impl fmt::Display for EmailAddressRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ClaimedByAnother => "another account holds the address",
            Self::NotHeld => "the account does not hold the address",
            Self::Moved => "the address is held by the stream of a newer key",
        })
    }
}

impl std::error::Error for EmailAddressRefusal {}

impl Event for EmailAddressEvent {}

impl EmailAddressEvent {
    /// Whether something outside of the commit must follow.
    pub fn leaves_work(&self) -> bool {
        matches!(self, Self::Claimed { .. })
    }
}

impl EmailAddress {
    fn claim(&self, account: AccountId) -> Result<Vec<EmailAddressEvent>, EmailAddressRefusal> {
        match self {
            Self::Unclaimed => Ok(vec![EmailAddressEvent::Claimed { account }]),
            Self::Claimed { account: holder } if *holder == account => Ok(Vec::new()),
            Self::Claimed { .. } => Err(EmailAddressRefusal::ClaimedByAnother),
            Self::Moved { .. } => Err(EmailAddressRefusal::Moved),
        }
    }

    fn release(&self, account: AccountId) -> Result<Vec<EmailAddressEvent>, EmailAddressRefusal> {
        match self {
            Self::Claimed { account: holder } if *holder == account => {
                Ok(vec![EmailAddressEvent::Released { account }])
            }
            Self::Unclaimed | Self::Claimed { .. } => Ok(Vec::new()),
            Self::Moved { .. } => Err(EmailAddressRefusal::Moved),
        }
    }

    fn move_to(
        &self,
        account: AccountId,
        to: AddressKey,
    ) -> Result<Vec<EmailAddressEvent>, EmailAddressRefusal> {
        match self {
            Self::Claimed { account: holder } if *holder == account => {
                Ok(vec![EmailAddressEvent::Moved { account, to }])
            }
            Self::Moved { to: newer } if *newer == to => Ok(Vec::new()),
            Self::Unclaimed | Self::Claimed { .. } | Self::Moved { .. } => Err(EmailAddressRefusal::NotHeld),
        }
    }
}

impl Decider for EmailAddress {
    const TYPE: &'static str = "EmailAddress";
    const STATE_VERSION: u32 = 1;
    type Command = EmailAddressCommand;
    type Event = EmailAddressEvent;
    type Refusal = EmailAddressRefusal;

    fn decide(
        &self,
        _now: Timestamp,
        command: EmailAddressCommand,
    ) -> Result<Vec<EmailAddressEvent>, EmailAddressRefusal> {
        match command {
            EmailAddressCommand::Claim { account } => self.claim(account),
            EmailAddressCommand::Release { account } => self.release(account),
            EmailAddressCommand::Move { account, to } => self.move_to(account, to),
        }
    }

    fn evolve(&mut self, _at: Timestamp, event: &EmailAddressEvent) {
        *self = match event {
            EmailAddressEvent::Claimed { account } => Self::Claimed { account: *account },
            EmailAddressEvent::Released { .. } => Self::Unclaimed,
            EmailAddressEvent::Moved { to, .. } => Self::Moved { to: to.clone() },
        };
    }
}
