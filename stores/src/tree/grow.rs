//! Growing: a tile is stored once all it is over has its index.

use countersign_projections::ledger::{Hash, root};

use super::TILE;
use crate::database::sql::Statement;
use crate::error::StoreError;
use crate::feed::unsigned;
use crate::store::EventStore;

impl EventStore {
    /// Stores the tiles that are full now. Whoever does the same at once stores the same.
    pub async fn grow_tree(&self) -> Result<(), StoreError> {
        let mut below = self.ledger_size().await?;
        for level in 0.. {
            let full = below / TILE;
            if full == 0 {
                return Ok(());
            }
            for index in self.tiles(level).await?..full {
                let hashes = self.below(level, index).await?;
                self.store_tile(level, index, &hashes).await?;
            }
            below = full;
        }
        Ok(())
    }

    /// How many tiles of a level are stored.
    async fn tiles(&self, level: u32) -> Result<u64, StoreError> {
        let count = Statement::new("SELECT COALESCE(MAX(idx) + 1, 0) FROM ledger_tiles WHERE level = $1");
        let row: Option<(i64,)> = self.database.row(&count.integer(level.into())).await?;
        Ok(row.map_or(0, |(count,)| unsigned(count)))
    }

    /// What a tile holds, as far as it is there: leaves, or the roots of full tiles of the level below.
    pub(super) async fn below(&self, level: u32, index: u64) -> Result<Vec<Hash>, StoreError> {
        let Some(lower) = level.checked_sub(1) else { return self.leaves(index * TILE, TILE).await };
        let select = Statement::new(
            "SELECT hashes FROM ledger_tiles WHERE level = $1 AND idx >= $2 AND idx < $3 ORDER BY idx",
        );
        let select = select.integer(lower.into()).sequence(index * TILE).sequence((index + 1) * TILE);
        let rows: Vec<(Vec<u8>,)> = self.database.rows(&select).await?;
        Ok(rows.iter().map(|(tile,)| root(&hashes(tile))).collect())
    }

    /// Leaves from an index on, as many as there are, at most so many.
    pub(super) async fn leaves(&self, from: u64, most: u64) -> Result<Vec<Hash>, StoreError> {
        let select = Statement::new("SELECT leaf FROM ledger WHERE idx >= $1 AND idx < $2 ORDER BY idx");
        let rows: Vec<(Vec<u8>,)> =
            self.database.rows(&select.sequence(from).sequence(from.saturating_add(most))).await?;
        Ok(rows.iter().map(|(data,)| Hash::of_leaf(data)).collect())
    }

    async fn store_tile(&self, level: u32, index: u64, hashes: &[Hash]) -> Result<(), StoreError> {
        let bytes: Vec<u8> = hashes.iter().flat_map(|hash| hash.0).collect();
        let insert = Statement::new(
            "INSERT INTO ledger_tiles (level, idx, hashes) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        );
        self.database.execute(&insert.integer(level.into()).sequence(index).bytes(bytes)).await?;
        Ok(())
    }
}

/// The hashes in a stored tile.
pub(super) fn hashes(tile: &[u8]) -> Vec<Hash> {
    let (hashes, _) = tile.as_chunks::<32>();
    hashes.iter().map(|hash| Hash(*hash)).collect()
}
