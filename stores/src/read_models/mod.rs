//! Read models in the database: how far each has read, and its rows, moved together.

mod check;
mod fold;
mod history;
mod progress;

use countersign_projections::fact::Fact;
use countersign_projections::read_model::Model;

use crate::database::Writing;
use crate::database::sql::Statement;
use crate::feed::{FACTS_MOST, FeedError, unsigned};
use crate::store::EventStore;

pub use self::check::{CheckError, Difference};
pub use self::progress::Progress;

/// What one batch of a read model did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Projected {
    /// There was no fact that it has not taken.
    Nothing,
    /// Somebody else took the same facts first.
    Overtaken,
    /// It has taken all facts below this index.
    To(u64),
}

impl EventStore {
    /// Has a read model take the next facts, at most [`FACTS_MOST`]: its rows and its position move in one
    /// transaction, which holds only if the position still is what was read.
    ///
    /// At a fact that cannot be read it stands still, and its failure is kept beside the position.
    pub async fn project(&self, model: Model) -> Result<Projected, FeedError> {
        let from = self.position(model).await?;
        match self.take(model, from, FACTS_MOST).await {
            // What stands before the poison is taken; then the poison is the first.
            Err(FeedError::Poison(poison)) if poison.index > from => {
                let before = u32::try_from(poison.index - from).unwrap_or(FACTS_MOST);
                self.take(model, from, before).await
            }
            Err(FeedError::Poison(poison)) => {
                self.keep_failure(model, from, &poison.to_string()).await?;
                Err(FeedError::Poison(poison))
            }
            taken => taken,
        }
    }

    async fn take(&self, model: Model, from: u64, most: u32) -> Result<Projected, FeedError> {
        let facts = self.facts(from, most).await?;
        let Some(last) = facts.last().map(|last| last.index) else { return Ok(Projected::Nothing) };
        let mut writing = self.database.begin().await?;
        // First of all: it also makes a second one wait, who then finds the position moved.
        if !move_position(&mut writing, model, from, last + 1).await? {
            return Ok(Projected::Overtaken);
        }
        take_rows(&mut writing, model, &facts).await?;
        writing.commit().await?;
        Ok(Projected::To(last + 1))
    }

    /// Empties a read model, so that it is made anew from the first fact on.
    pub async fn forget(&self, model: Model) -> Result<(), sqlx::Error> {
        let mut writing = self.database.begin().await?;
        let back = Statement::new("UPDATE projections SET position = 0, failure = NULL WHERE name = $1");
        writing.execute(&back.text(model.name())).await?;
        let rows = match model {
            Model::History => Statement::new("DELETE FROM sign_in_history"),
            Model::Fold(fold) => {
                Statement::new("DELETE FROM read_model_rows WHERE model = $1").text(fold.name)
            }
        };
        writing.execute(&rows).await?;
        writing.commit().await
    }

    /// The index of the fact that a read model takes next.
    async fn position(&self, model: Model) -> Result<u64, sqlx::Error> {
        let select = Statement::new("SELECT position FROM projections WHERE name = $1").text(model.name());
        if let Some((position,)) = self.database.row::<(i64,)>(&select).await? {
            return Ok(unsigned(position));
        }
        let begin =
            Statement::new("INSERT INTO projections (name, position) VALUES ($1, 0) ON CONFLICT DO NOTHING");
        self.database.execute(&begin.text(model.name())).await?;
        Ok(0)
    }

    async fn keep_failure(&self, model: Model, at: u64, failure: &str) -> Result<(), sqlx::Error> {
        let keep = Statement::new("UPDATE projections SET failure = $1 WHERE name = $2 AND position = $3");
        self.database.execute(&keep.text(failure).text(model.name()).sequence(at)).await.map(drop)
    }
}

/// Writes what facts come to.
async fn take_rows(writing: &mut Writing, model: Model, facts: &[Fact]) -> Result<(), FeedError> {
    match model {
        Model::History => history::take(writing, facts).await,
        Model::Fold(fold) => fold::take(writing, fold, facts).await,
    }
}

/// Moves a position if it still is what was read.
async fn move_position(writing: &mut Writing, model: Model, from: u64, to: u64) -> Result<bool, sqlx::Error> {
    let set = Statement::new(
        "UPDATE projections SET position = $1, failure = NULL WHERE name = $2 AND position = $3",
    );
    Ok(writing.execute(&set.sequence(to).text(model.name()).sequence(from)).await? == 1)
}
