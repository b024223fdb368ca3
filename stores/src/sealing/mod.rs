//! Sealing: personal values and verifiers are stored so that only who has their subject's key can read
//! them, and nobody can change or move them (ADR 0003).

mod cipher;
mod class;
mod key;
mod open;
mod place;
mod plain;
mod seal;
#[cfg(test)]
mod tests;

pub(crate) use self::cipher::{open_bytes, random_bytes, seal_bytes};
pub(crate) use self::class::Class;
pub(crate) use self::key::SubjectKey;
pub(crate) use self::open::{Held, open_values};
pub(crate) use self::place::{EventPlace, bound};
pub(crate) use self::seal::seal_values;
