//! The tree over the ledger: its full tiles are stored, the rest is made of the last leaves.

mod grow;
mod hashes;
mod heads;
mod verify;

pub use self::heads::StoredHead;
pub use self::verify::{Altered, Verified, VerifyError};

/// Hashes of a full tile.
const TILE: u64 = 256;
/// The levels of subtrees that a tile spans: two to the power of this is its width.
const TILE_LEVELS: u32 = 8;
