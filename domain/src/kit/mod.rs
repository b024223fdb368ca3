#![doc = include_str!("../../../docs/testing.md")]

mod json;
mod laws;
mod past;
mod pattern;
mod report;
mod scenario;
#[cfg(test)]
mod tests;
mod timeline;

pub use laws::{Breach, Law};
pub use past::Past;
pub use pattern::{Pattern, absent, any, any_id, event, exactly, partial};
pub use scenario::{Decided, Scenario, scenario};
pub use timeline::{Decision, Timeline};

use uuid::Uuid;

use crate::id::Id;

/// The id with this number, the same in every run: `id::<kind::SignIn>(2)`.
pub fn id<K>(number: u32) -> Id<K> {
    /// The first `UUIDv7` of a moment in 2023.
    const FIRST: u128 = 0x0189_0000_0000_7000_8000_0000_0000_0000;
    Id::new(Uuid::from_u128(FIRST + u128::from(number)))
}
