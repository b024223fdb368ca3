//! The hashes of a Merkle tree: leaves and nodes are told apart by their first byte (RFC 9162 2.1.1).

use std::fmt;

use sha2::{Digest, Sha256};

/// Stands before the data of a leaf.
const LEAF: u8 = 0x00;
/// Stands before the two halves of a node.
const NODE: u8 = 0x01;

/// A SHA-256 hash in the tree: a leaf, a node or a root.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// The root of the tree without leaves.
    pub fn of_nothing() -> Self {
        Self(Sha256::digest([]).into())
    }

    /// The leaf over some data.
    pub fn of_leaf(data: &[u8]) -> Self {
        Self(Sha256::new().chain_update([LEAF]).chain_update(data).finalize().into())
    }

    /// The node over two halves.
    pub fn of_node(left: Self, right: Self) -> Self {
        Self(Sha256::new().chain_update([NODE]).chain_update(left.0).chain_update(right.0).finalize().into())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
