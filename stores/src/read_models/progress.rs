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
    /// It is one of another version, and is not read any more.
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
        let read = match model {
            Model::History => model.name(),
            Model::Fold(fold) => self.standing(fold).await.map_err(StoreError::Database)?,
        };
        let select = select.text(read).text(aggregate_type).text(stream).sequence(sequence);
        Ok(self.database.row::<(i64,)>(&select).await?.is_some())
    }

    /// How far every read model has read: those that this version keeps, then others that are still there.
    pub async fn progress(&self) -> Result<Vec<Progress>, sqlx::Error> {
        // Before the size, so that no lag is negative.
        let select =
            Statement::new("SELECT name, position, failure, caught_up FROM projections ORDER BY name");
        let kept: Vec<ProgressRow> = self.database.rows(&select).await?;
        Ok(listed(MODELS, &kept, self.ledger_size().await?))
    }
}

fn listed(models: &[Model], kept: &[ProgressRow], size: u64) -> Vec<Progress> {
    let find = |name: &str| kept.iter().find(|(kept, ..)| kept == name);
    let is_beside = |model: &Model| {
        let caught_up = find(model.name()).is_some_and(|(.., caught_up)| *caught_up == 1);
        !caught_up && model.replaces().is_some_and(|before| find(before).is_some())
    };
    let progress = |row: ProgressRow, standing: Standing| {
        let (name, position, failure, _) = row;
        let position = unsigned(position);
        Progress { name, position, lag: size.saturating_sub(position), failure, standing }
    };
    let known = models.iter().map(|model| {
        let row = find(model.name()).cloned().unwrap_or_else(|| (model.name().to_owned(), 0, None, 0));
        progress(row, if is_beside(model) { Standing::Beside } else { Standing::Read })
    });
    let others = kept.iter().filter(|(name, ..)| models.iter().all(|model| model.name() != name));
    let others = others.map(|row| {
        let is_read = models.iter().any(|model| is_beside(model) && model.replaces() == Some(row.0.as_str()));
        progress(row.clone(), if is_read { Standing::Read } else { Standing::Left })
    });
    known.chain(others).collect()
}

#[cfg(test)]
mod tests {
    use countersign_projections::read_model::SESSIONS;

    use super::*;

    const NEW: Model = Model::Fold(countersign_projections::read_model::Fold {
        name: "sessions_named",
        replaces: Some("sessions"),
        ..SESSIONS
    });

    fn standings(kept: &[(&str, i64, i64)]) -> Vec<(String, u64, Standing)> {
        let kept = kept.iter().map(|(name, at, caught_up)| ((*name).to_owned(), *at, None, *caught_up));
        let listed = listed(&[NEW], &kept.collect::<Vec<_>>(), 10);
        listed.into_iter().map(|one| (one.name, one.lag, one.standing)).collect()
    }

    #[test]
    fn the_one_that_is_replaced_is_the_one_that_is_read_until_the_other_has_caught_up() {
        let (new, old) = ("sessions_named".to_owned(), "sessions".to_owned());
        assert_eq!(
            standings(&[("sessions", 9, 1), ("sessions_named", 4, 0)]),
            [(new.clone(), 6, Standing::Beside), (old.clone(), 1, Standing::Read)]
        );
        assert_eq!(
            standings(&[("sessions", 9, 1), ("sessions_named", 10, 1)]),
            [(new.clone(), 0, Standing::Read), (old, 1, Standing::Left)]
        );
        assert_eq!(
            standings(&[("sessions_named", 4, 0)]),
            [(new, 6, Standing::Read)],
            "there was none before"
        );
    }
}
