//! The ledger: every event at one index, dense from 0, under one Merkle tree.
//!
//! ```text
//! event, as stored ──RFC 8785, SHA-256──► leaf data ──SHA-256(0x00 ‖ ·)──► leaf ──► tree ──► root
//! ```
//!
//! What is published is the leaf data, a hash, and never the event. A [`TreeHead`] is signed, and a [`Receipt`]
//! shows one event under it to somebody who is offline; a [`Tile`] is how the tree is served.

mod checkpoint;
mod hash;
mod leaf;
mod parts;
mod proof;
mod receipt;
mod signer;
mod tile;
mod tree;

pub use checkpoint::{CheckpointError, Origin, OriginError, TreeHead, verify_manifest};
pub use hash::Hash;
pub use leaf::{LeafData, LeafError, LedgerEvent};
pub use parts::{Parts, Subtree, consistency_parts, inclusion_parts, join, root_parts};
pub use proof::{Broken, verify_consistency, verify_inclusion};
pub use receipt::{Receipt, ReceiptError};
pub use signer::{KeyError, SigningKey, VerifyingKey};
pub use tile::{Layer, TILE_WIDTH, Tile, TileError};
pub use tree::{consistency, inclusion, root};
