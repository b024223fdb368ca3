//! What anybody can ask of the ledger, and the receipt that a person can take of their own sign-in.

use countersign_projections::ledger::{Hash, Layer, LeafData, Receipt, Tile};

use super::me::Honoured;
use crate::error::ServiceError;
use crate::service::Service;

impl Service {
    /// What proves that an event is in the tree of a size, with its leaf data; nothing where there is none.
    pub async fn inclusion(
        &self,
        index: u64,
        size: u64,
    ) -> Result<Option<(Vec<u8>, Vec<Hash>)>, ServiceError> {
        if !self.is_signed(size).await? {
            return Ok(None);
        }
        let Some(event) = self.store().audit_event_at(index, false).await? else { return Ok(None) };
        let path = self.store().inclusion_proof(index, size).await?;
        Ok(path.map(|path| (event.leaf, path)))
    }

    /// What proves that the tree of one size is the beginning of the tree of another.
    pub async fn consistency(&self, from: u64, to: u64) -> Result<Option<Vec<Hash>>, ServiceError> {
        if !self.is_signed(to).await? {
            return Ok(None);
        }
        Ok(self.store().consistency_proof(from, to).await?)
    }

    /// The bytes of a tile, once a signed tree has it.
    pub async fn tile(&self, tile: &Tile) -> Result<Option<Vec<u8>>, ServiceError> {
        let leaves = tile.leaves();
        if !self.is_signed(leaves.end).await? {
            return Ok(None);
        }
        match tile.layer() {
            Layer::Hashes(level) => Ok(self.store().tile_bytes(level, tile.index(), tile.width()).await?),
            Layer::Entries => {
                let entries = self.store().leaf_data(leaves.start, leaves.end).await?;
                let entries: Vec<_> = entries.into_iter().map(LeafData).collect();
                Ok(tile.entry_bytes(&entries))
            }
        }
    }

    /// The receipt of the sign-in that granted the session of an access token; nothing before a signed head
    /// is over it.
    pub async fn my_receipt(&self, access_token: &str) -> Result<Receipt, ServiceError> {
        let Honoured { account, session, .. } = self.honoured_token(access_token).await?;
        let index = self.store().index_of_grant(&account.to_string(), &session.to_string()).await?;
        let receipt = match index {
            Some(index) => self.receipt(index).await?,
            None => None,
        };
        receipt.ok_or(ServiceError::NotFound)
    }

    /// Whether a signed head is over so many events.
    async fn is_signed(&self, size: u64) -> Result<bool, ServiceError> {
        Ok(self.newest_head().await?.is_some_and(|head| size <= head.size))
    }
}
