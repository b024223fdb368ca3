//! How far each read model has read.

use std::collections::HashMap;

use countersign_projections::read_model::{MODELS, Model};

use crate::database::sql::Statement;
use crate::error::StoreError;
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
    /// Whether a read model has taken the event at a place in a stream.
    pub async fn has_taken(
        &self,
        model: Model,
        aggregate_type: &str,
        stream: &str,
        sequence: u64,
    ) -> Result<bool, StoreError> {
        let select = Statement::new(
            "SELECT l.idx FROM ledger l JOIN projections p ON p.name = $1 AND p.position > l.idx \
             WHERE l.aggregate_type = $2 AND l.aggregate_id = $3 AND l.sequence = $4",
        );
        let select = select.text(model.name()).text(aggregate_type).text(stream).sequence(sequence);
        Ok(self.database.row::<(i64,)>(&select).await?.is_some())
    }

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
