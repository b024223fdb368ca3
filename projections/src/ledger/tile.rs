//! Tiles: how the tree is served as files that never change (C2SP tlog-tiles).
//!
//! ```text
//! tile/0/x001/067         256 leaves               tile/entries/x001/067   the 256 entries that they are over
//! tile/1/000.p/12         the roots of 12 full tiles of level 0
//! ```

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use super::{Hash, LeafData, root};

/// How many hashes or entries a full tile has.
pub const TILE_WIDTH: u16 = 256;
/// The highest level: a full tile of it would have more leaves than an index can count.
const TOP_LEVEL: u8 = 7;
/// How much of an index stands in one part of a path.
const PATH_BASE: u64 = 1000;

/// What a tile is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// Hashes, each of a subtree over 256 to the power of this level leaves.
    Hashes(u8),
    /// The entries themselves: leaf data.
    Entries,
}

/// A tile that a tree can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tile {
    layer: Layer,
    index: u64,
    width: u16,
    start: u64,
    end: u64,
}

/// Why there is no such tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TileError {
    /// The path is not one of a tile.
    Path,
    /// A tile is 1 to 256 wide.
    Width,
    /// It would stand behind the last leaf that a tree can have.
    Range,
}

impl Tile {
    /// The tile of a layer at an index, with so many hashes or entries.
    pub fn new(layer: Layer, index: u64, width: u16) -> Result<Self, TileError> {
        if !(1..=TILE_WIDTH).contains(&width) {
            return Err(TileError::Width);
        }
        let Range { start, end } = leaves(layer, index, width).ok_or(TileError::Range)?;
        Ok(Self { layer, index, width, start, end })
    }

    /// What it is of.
    pub fn layer(&self) -> Layer {
        self.layer
    }

    /// Its place in its layer, from 0.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// How many hashes or entries it has.
    pub fn width(&self) -> u16 {
        self.width
    }

    /// Which leaves it is over; a tree has it once it has all of them.
    pub fn leaves(&self) -> Range<u64> {
        self.start..self.end
    }

    /// The bytes of a tile of hashes, from all the leaves that it is over; nothing where they are not so
    /// many, or where it is one of entries.
    pub fn hash_bytes(&self, leaves: &[Hash]) -> Option<Vec<u8>> {
        let Layer::Hashes(level) = self.layer else { return None };
        let subtree = usize::try_from(span(level)?).ok()?;
        self.is_over(leaves.len()).then(|| leaves.chunks(subtree).flat_map(|leaves| root(leaves).0).collect())
    }

    /// The bytes of a tile of entries, from all of them; nothing where they are not so many, or where it is
    /// one of hashes.
    pub fn entry_bytes(&self, entries: &[LeafData]) -> Option<Vec<u8>> {
        let suits = self.layer == Layer::Entries && self.is_over(entries.len());
        suits.then(|| entries.iter().flat_map(entry).collect())
    }

    fn is_over(&self, leaves: usize) -> bool {
        u64::try_from(leaves) == Ok(self.end - self.start)
    }
}

/// How many leaves one hash of a level is over; nothing above the top.
fn span(level: u8) -> Option<u64> {
    (level <= TOP_LEVEL).then(|| 1 << (8 * u32::from(level)))
}

fn leaves(layer: Layer, index: u64, width: u16) -> Option<Range<u64>> {
    let span = match layer {
        Layer::Hashes(level) => span(level)?,
        Layer::Entries => 1,
    };
    let start = index.checked_mul(u64::from(TILE_WIDTH))?.checked_mul(span)?;
    let end = start.checked_add(u64::from(width).checked_mul(span)?)?;
    Some(start..end)
}

/// An entry behind its length.
fn entry(data: &LeafData) -> impl Iterator<Item = u8> {
    const LENGTH: u16 = 32;
    LENGTH.to_be_bytes().into_iter().chain(data.0)
}

impl FromStr for Tile {
    type Err = TileError;

    fn from_str(path: &str) -> Result<Self, TileError> {
        let (layer, place) = parts(path).ok_or(TileError::Path)?;
        let (index, width) = match place.split_once(".p/") {
            Some((index, width)) => (index, width.parse().map_err(|_| TileError::Path)?),
            None => (place, TILE_WIDTH),
        };
        let tile = Self::new(layer, index_of(index).ok_or(TileError::Path)?, width)?;
        // A tile has one path: a full one with its width, or superfluous zeros, is another text.
        if tile.to_string() == path { Ok(tile) } else { Err(TileError::Path) }
    }
}

fn parts(path: &str) -> Option<(Layer, &str)> {
    let (layer, place) = path.strip_prefix("tile/")?.split_once('/')?;
    match layer {
        "entries" => Some((Layer::Entries, place)),
        level => Some((Layer::Hashes(level.parse().ok()?), place)),
    }
}

fn index_of(parts: &str) -> Option<u64> {
    parts.split('/').try_fold(0_u64, |index, part| {
        let digits: u64 = part.strip_prefix('x').unwrap_or(part).parse().ok()?;
        index.checked_mul(PATH_BASE)?.checked_add(digits)
    })
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.layer {
            Layer::Hashes(level) => write!(f, "tile/{level}/")?,
            Layer::Entries => f.write_str("tile/entries/")?,
        }
        write_index(f, self.index / PATH_BASE)?;
        write!(f, "{:03}", self.index % PATH_BASE)?;
        if self.width == TILE_WIDTH { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

/// The parts of an index before its last one.
fn write_index(f: &mut fmt::Formatter<'_>, index: u64) -> fmt::Result {
    if index == 0 {
        return Ok(());
    }
    write_index(f, index / PATH_BASE)?;
    write!(f, "x{:03}/", index % PATH_BASE)
}

impl fmt::Display for TileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path => f.write_str("the path is not one of a tile"),
            Self::Width => write!(f, "a tile is 1 to {TILE_WIDTH} wide"),
            Self::Range => f.write_str("the tile is behind the last leaf that a tree can have"),
        }
    }
}

impl std::error::Error for TileError {}
