//! How far each read model has read.

use std::collections::HashMap;

use countersign_projections::read_model::MODELS;

use crate::database::sql::Statement;
use crate::feed::unsigned;
use crate::store::EventStore;

/// How far a read model has read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Its name.
    pub name: &'static str,
    /// The index of the fact that it takes next.
    pub position: u64,
    /// Facts that it has not taken.
    pub lag: u64,
    /// Why it stands still; nothing while it goes on.
    pub failure: Option<String>,
}

impl EventStore {
    /// How far every read model has read.
    pub async fn progress(&self) -> Result<Vec<Progress>, sqlx::Error> {
        // Before the size, so that no lag is negative.
        let select = Statement::new("SELECT name, position, failure FROM projections");
        let rows: Vec<(String, i64, Option<String>)> = self.database.rows(&select).await?;
        let mut kept: HashMap<_, _> =
            rows.into_iter().map(|(name, position, failure)| (name, (unsigned(position), failure))).collect();
        let size = self.ledger_size().await?;
        let progress = MODELS.iter().map(|model| {
            let (position, failure) = kept.remove(model.name()).unwrap_or_default();
            Progress { name: model.name(), position, lag: size.saturating_sub(position), failure }
        });
        Ok(progress.collect())
    }
}
