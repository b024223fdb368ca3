//! How far each read model has read.

use countersign_projections::read_model::{MODELS, Model};

use crate::database::sql::Statement;
use crate::error::StoreError;
use crate::feed::unsigned;
use crate::store::EventStore;

/// How far a read model has read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Its name.
    pub name: String,
    /// The index of the fact that it takes next.
    pub position: u64,
    /// Facts that it has not taken.
    pub lag: u64,
    /// Why it stands still; nothing while it goes on.
    pub failure: Option<String>,
    /// Whether it is the one that is read.
    pub standing: Standing,
}

/// Whether a read model is the one that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is.
    Read,
    /// It is made beside the one that it replaces.
    Beside,
    /// It is one of another version; what it was replaced by, if anything, this version keeps.
    Left,
}

type ProgressRow = (String, i64, Option<String>, i64);

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

    /// How far every read model has read: those that this version keeps, then others that are still there.
    pub async fn progress(&self) -> Result<Vec<Progress>, sqlx::Error> {
        // Before the size, so that no lag is negative.
        let select =
            Statement::new("SELECT name, position, failure, caught_up FROM projections ORDER BY name");
        let mut kept: Vec<ProgressRow> = self.database.rows(&select).await?;
        let size = self.ledger_size().await?;
        let known = MODELS.iter().map(|model| {
            let place = kept.iter().position(|(name, ..)| name == model.name());
            let row = place.map_or_else(|| (model.name().to_owned(), 0, None, 0), |place| kept.remove(place));
            (row, Some(*model))
        });
        let mut rows: Vec<_> = known.collect();
        rows.extend(kept.into_iter().map(|row| (row, None)));
        Ok(rows.into_iter().map(|(row, model)| Progress::of(row, model, size)).collect())
    }
}

impl Progress {
    fn of((name, position, failure, caught_up): ProgressRow, model: Option<Model>, size: u64) -> Self {
        let position = unsigned(position);
        let standing = match model {
            None => Standing::Left,
            Some(model) if model.replaces().is_some() && caught_up == 0 => Standing::Beside,
            Some(_) => Standing::Read,
        };
        Self { name, position, lag: size.saturating_sub(position), failure, standing }
    }
}
