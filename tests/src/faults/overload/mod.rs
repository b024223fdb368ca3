//! A crowd that no machine could serve: silent, slow and endless connections, and more sign-ins and registrations than can
//! be hashed, against a service as it is without settings, with client keys, limits and its log.
//!
//! - [`run`]: the crowd
//! - [`asking`]: somebody who asks all the while whether the service lives
//! - `owner`: somebody with an account and a known device, who comes in meanwhile
//! - `wire`: connections that say exactly what they are told to
//! - [`report`]: what came of it, and what must not be
//! - [`streams`]: another crowd, over HTTP/2, which does its worst to the memory

pub mod asking;
mod owner;
pub mod report;
pub mod run;
pub mod streams;
mod wire;

use asking::Soon;

/// How large a crowd is, and what the service must keep to.
#[derive(Debug, Clone, Copy)]
pub struct Crowd {
    /// Connections that are silent, slow or endless, a third each.
    pub connections: usize,
    /// Sign-ins at once, and registrations: one in ten.
    pub sign_ins: usize,
    /// How soon questions whether it lives are answered while the crowd is there.
    pub answers: Soon,
    /// The most memory, in MiB, as `docs/operations.md` states it.
    pub memory: u64,
}
