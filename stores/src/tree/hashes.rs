//! Roots and proofs, from stored tiles.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use countersign_projections::ledger::{
    Hash, Parts, Subtree, consistency_parts, inclusion_parts, join, root, root_parts,
};

use super::TILE_LEVELS;
use super::grow::hashes;
use crate::database::sql::Statement;
use crate::error::StoreError;
use crate::store::EventStore;

/// Tiles that were read, by level and index.
type Tiles = HashMap<(u32, u64), Vec<Hash>>;

impl EventStore {
    /// The root over the first so many leaves; nothing where there are not so many.
    pub async fn tree_root(&self, size: u64) -> Result<Option<Hash>, StoreError> {
        self.joined(&root_parts(size), &mut Tiles::new()).await
    }

    /// What proves that the leaf at an index is in the tree of a size; nothing where there is no such leaf.
    pub async fn inclusion_proof(&self, index: u64, size: u64) -> Result<Option<Vec<Hash>>, StoreError> {
        self.proof(inclusion_parts(index, size)).await
    }

    /// What proves that the tree of one size is the beginning of the tree of another; nothing where there
    /// are no such trees.
    pub async fn consistency_proof(&self, from: u64, to: u64) -> Result<Option<Vec<Hash>>, StoreError> {
        self.proof(consistency_parts(from, to)).await
    }

    async fn proof(&self, path: Option<Vec<Parts>>) -> Result<Option<Vec<Hash>>, StoreError> {
        let Some(path) = path else { return Ok(None) };
        let (mut tiles, mut hashes) = (Tiles::new(), Vec::with_capacity(path.len()));
        for parts in path {
            match self.joined(&parts, &mut tiles).await? {
                Some(hash) => hashes.push(hash),
                None => return Ok(None),
            }
        }
        Ok(Some(hashes))
    }

    async fn joined(&self, parts: &[Subtree], tiles: &mut Tiles) -> Result<Option<Hash>, StoreError> {
        let mut hashes = Vec::with_capacity(parts.len());
        for part in parts {
            match self.subtree(*part, tiles).await? {
                Some(hash) => hashes.push(hash),
                None => return Ok(None),
            }
        }
        Ok(Some(join(&hashes)))
    }

    async fn subtree(&self, part: Subtree, tiles: &mut Tiles) -> Result<Option<Hash>, StoreError> {
        let (level, above) = (part.height / TILE_LEVELS, part.height % TILE_LEVELS);
        let index = part.index >> (TILE_LEVELS - above);
        let tile = match tiles.entry((level, index)) {
            Entry::Occupied(read) => read.into_mut(),
            Entry::Vacant(unread) => unread.insert(self.tile(level, index).await?),
        };
        let (width, within) = (1_usize << above, part.index & ((1 << (TILE_LEVELS - above)) - 1));
        let start = usize::try_from(within).unwrap_or(usize::MAX).saturating_mul(width);
        Ok(tile.get(start..start.saturating_add(width)).map(root))
    }

    /// The bytes of a tile of hashes; nothing where there are not so many.
    pub async fn tile_bytes(&self, level: u8, index: u64, width: u16) -> Result<Option<Vec<u8>>, StoreError> {
        let tile = self.tile(level.into(), index).await?;
        Ok(tile.get(..width.into()).map(|hashes| hashes.iter().flat_map(|hash| hash.0).collect()))
    }

    /// Leaf data from an index on, to another (not with it), as far as there is any.
    pub async fn leaf_data(&self, from: u64, to: u64) -> Result<Vec<[u8; 32]>, StoreError> {
        let select = Statement::new("SELECT leaf FROM ledger WHERE idx >= $1 AND idx < $2 ORDER BY idx");
        let rows: Vec<(Vec<u8>,)> = self.database.rows(&select.sequence(from).sequence(to)).await?;
        Ok(rows.into_iter().filter_map(|(leaf,)| leaf.try_into().ok()).collect())
    }

    /// A tile, as far as it is there.
    async fn tile(&self, level: u32, index: u64) -> Result<Vec<Hash>, StoreError> {
        let select = Statement::new("SELECT hashes FROM ledger_tiles WHERE level = $1 AND idx = $2");
        let stored: Option<(Vec<u8>,)> =
            self.database.row(&select.integer(level.into()).sequence(index)).await?;
        match stored {
            Some((tile,)) => Ok(hashes(&tile)),
            None => self.below(level, index).await,
        }
    }
}
