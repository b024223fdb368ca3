//! What a failed conversation with the relay means for the message.

use std::error::Error as _;
use std::io;

use lettre::transport::smtp::Error;

use crate::{Reason, SendError};

/// Answers about our login (RFC 4954). They are 5xx, but say nothing about the message: it goes out as soon
/// as the operator has put the password right.
const ABOUT_OUR_LOGIN: [u16; 4] = [530, 534, 535, 538];

/// What went wrong before the message was spoken of. Nothing of it is final for the message, not even a 5xx: a
/// relay that does not want *us* wants us again once the operator has seen to it.
pub(super) fn about_us(error: &Error) -> SendError {
    SendError::transient(match error.status().map(u16::from) {
        Some(status) if ABOUT_OUR_LOGIN.contains(&status) => Reason::LoginRefused { status },
        Some(status) if error.is_permanent() => Reason::Refused { status },
        Some(status) => Reason::Deferred { status },
        None => without_answer(error),
    })
}

/// What went wrong with the message. Only a 5xx is final. Its text is left behind: it may repeat the address.
pub(super) fn about_the_message(error: &Error) -> SendError {
    match error.status().map(u16::from) {
        Some(status) if error.is_permanent() && !ABOUT_OUR_LOGIN.contains(&status) => {
            SendError::permanent(Reason::Refused { status })
        }
        _ => about_us(error),
    }
}

fn without_answer(error: &Error) -> Reason {
    if error.is_timeout() {
        Reason::TimedOut
    } else if error.is_tls() {
        Reason::Tls
    } else if error.is_client() {
        Reason::Incapable
    } else {
        Reason::Connection { kind: io_kind(error) }
    }
}

fn io_kind(error: &Error) -> Option<io::ErrorKind> {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<io::Error>() {
            return Some(io.kind());
        }
        cause = inner.source();
    }
    None
}
