//! Sealing: personal values and verifiers are stored so that only who has their subject's key can read
//! them, and nobody can change or move them (ADR 0003).

mod class;
mod document;
mod key;
mod random;

pub(crate) use self::class::Class;
pub(crate) use self::document::{EventPlace, open, open_each, seal, seal_each};
pub(crate) use self::key::SubjectKey;
pub(crate) use self::random::random_bytes;
