//! Upcasters: how events of past shapes are read.

use serde_json::Value;

/// Turns an event of one version of its shape into the next version.
///
/// It runs when the event is read; what is stored never changes. Values that were sealed are opened
/// before, and stand as objects that an upcaster may move, and must not look into.
#[derive(Debug, Clone, Copy)]
pub struct Upcaster {
    /// The event's stored name.
    pub name: &'static str,
    /// The version that it turns into the next.
    pub version: u32,
    /// What it does to the payload.
    pub upcast: fn(Value) -> Value,
}

/// Every upcaster: none yet, since every event is of its first version.
pub const UPCASTERS: &[Upcaster] = &[];

/// Brings a payload to the newest version that a table leads to.
pub(super) fn upcast(table: &[Upcaster], name: &str, version: u32, payload: Value) -> (u32, Value) {
    let next = table.iter().find(|upcaster| upcaster.name == name && upcaster.version == version);
    match next {
        Some(upcaster) => upcast(table, name, version.saturating_add(1), (upcaster.upcast)(payload)),
        None => (version, payload),
    }
}
