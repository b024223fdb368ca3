//! Whom a message comes from.

use std::fmt;

use lettre::Address;
use lettre::message::Mailbox;

use crate::template::holds_six_digits;

/// Whom messages come from: an address, the name that people know the service by, and the domain of the
/// `Message-ID`.
#[derive(Clone, Debug)]
pub struct Sender {
    mailbox: Mailbox,
    name: String,
    domain: String,
}

/// A part of the sender that is not usable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SenderError {
    /// The address is not one
    Address,
    /// The name is empty or long, or holds control characters or six digits in a row
    Name,
    /// The domain is not a lower-case host name
    Domain,
}

const MAX_NAME_CHARS: usize = 64;
const MAX_DOMAIN_LENGTH: usize = 253;

impl Sender {
    /// A sender with this address; `name` stands in the `From` header and in the texts.
    pub fn new(address: &str, name: &str, message_id_domain: &str) -> Result<Self, SenderError> {
        if address.chars().any(char::is_control) {
            return Err(SenderError::Address);
        }
        let address: Address = address.parse().map_err(|_| SenderError::Address)?;
        let name = name.trim();
        let length = name.chars().count();
        if !(1..=MAX_NAME_CHARS).contains(&length)
            || name.chars().any(char::is_control)
            || holds_six_digits(name)
        {
            return Err(SenderError::Name);
        }
        if !is_host_name(message_id_domain) {
            return Err(SenderError::Domain);
        }
        Ok(Self {
            mailbox: Mailbox::new(Some(name.to_owned()), address),
            name: name.to_owned(),
            domain: message_id_domain.to_owned(),
        })
    }

    pub(crate) fn mailbox(&self) -> &Mailbox {
        &self.mailbox
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn domain(&self) -> &str {
        &self.domain
    }
}

fn is_host_name(text: &str) -> bool {
    text.len() <= MAX_DOMAIN_LENGTH
        && text.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        })
}

impl fmt::Display for SenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str("the sender's address is not an e-mail address"),
            Self::Name => write!(
                f,
                "the sender's name needs 1 to {MAX_NAME_CHARS} characters, none a control character, and no six digits in a row"
            ),
            Self::Domain => f.write_str("the domain of message ids is not a lower-case host name"),
        }
    }
}

impl std::error::Error for SenderError {}
