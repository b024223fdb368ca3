//! A crowd that no machine could serve: silent, slow and endless connections, and more sign-ins than can be hashed.
//!
//! - [`run`]: the crowd, and somebody who asks all the while whether the service lives
//! - `wire`: connections that say exactly what they are told to
//! - [`report`]: what came of it, and what must not be

pub mod report;
pub mod run;
mod wire;

use std::time::Duration;

/// How large a crowd is, and what the service must keep to.
#[derive(Debug, Clone, Copy)]
pub struct Crowd {
    /// Connections that are silent, slow or endless, a third each.
    pub connections: usize,
    /// Sign-ins at once.
    pub sign_ins: usize,
    /// How soon 99 of 100 questions whether it lives are answered.
    pub answers_within: Duration,
    /// The most memory, in MiB, as `docs/operations.md` states it.
    pub memory: u64,
}
