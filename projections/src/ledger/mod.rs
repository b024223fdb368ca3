//! The ledger: every event at one index, dense from 0, under one Merkle tree.
//!
//! ```text
//! event, as stored ──RFC 8785, SHA-256──► leaf data ──SHA-256(0x00 ‖ ·)──► leaf ──► tree ──► root
//! ```
//!
//! What is published is the leaf data, a hash, and never the event.

mod hash;
mod leaf;
mod proof;
mod tree;

pub use hash::Hash;
pub use leaf::{LeafData, LeafError, LedgerEvent};
pub use proof::{Broken, verify_consistency, verify_inclusion};
pub use tree::{consistency, inclusion, root};
