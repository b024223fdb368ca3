//! Read models in the database: how far each has read, and its rows, moved together.

mod check;
mod fold;
mod history;
mod progress;

use countersign_projections::fact::Fact;
use countersign_projections::read_model::{Fold, Model};

use crate::database::Writing;
use crate::database::sql::Statement;
use crate::feed::{FACTS_MOST, FeedError, unsigned};
use crate::store::EventStore;

pub use self::check::{CheckError, Difference};
pub use self::fold::Place as RowPlace;
pub use self::progress::{Progress, Standing};

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

/// How far a read model is.
struct Place {
    position: u64,
    caught_up: bool,
}

impl EventStore {
    /// Has a read model take the next facts, at most [`FACTS_MOST`]: its rows and its position move in one
    /// transaction, which holds only if the position still is what was read.
    ///
    /// At a fact that cannot be read it stands still, and its failure is kept beside the position.
    pub async fn project(&self, model: Model) -> Result<Projected, FeedError> {
        let Place { position: from, caught_up } = self.place(model).await?;
        match self.take(model, from, FACTS_MOST).await {
            Ok(Projected::Nothing) if !caught_up => {
                self.take_over(model, from).await?;
                Ok(Projected::Nothing)
            }
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
        // After a power cut the position is where the rows are, and goes on from there.
        writing.may_be_lost().await?;
        // First of all: it also makes a second one wait, who then finds the position moved.
        if !move_position(&mut writing, model, from, last + 1).await? {
            return Ok(Projected::Overtaken);
        }
        take_rows(&mut writing, model, &facts).await?;
        writing.commit().await?;
        Ok(Projected::To(last + 1))
    }

    /// Notes that a read model has taken all facts that there were: from now on it is the one that is read.
    async fn take_over(&self, model: Model, at: u64) -> Result<(), sqlx::Error> {
        let note = Statement::new("UPDATE projections SET caught_up = 1 WHERE name = $1 AND position = $2");
        self.database.execute(&note.text(model.name()).sequence(at)).await.map(drop)
    }

    /// The name that a fold's rows are read under: its own, unless the one that it replaces is there and it has not
    /// caught up.
    async fn standing(&self, fold: Fold) -> Result<&'static str, sqlx::Error> {
        let Some(before) = fold.replaces else { return Ok(fold.name) };
        let select = Statement::new(
            "SELECT name FROM projections WHERE (name = $1 AND caught_up = 1) OR name = $2 \
             ORDER BY CASE WHEN name = $1 THEN 0 ELSE 1 END LIMIT 1",
        );
        let found: Option<(String,)> = self.database.row(&select.text(fold.name).text(before)).await?;
        Ok(if found.is_some_and(|(name,)| name == before) { before } else { fold.name })
    }

    /// Takes away what is kept under the name of a read model that no server keeps any more.
    pub async fn drop_read_model(&self, name: &str) -> Result<bool, sqlx::Error> {
        let mut writing = self.database.begin().await?;
        let rows = Statement::new("DELETE FROM read_model_rows WHERE model = $1").text(name);
        writing.execute(&rows).await?;
        let place = Statement::new("DELETE FROM projections WHERE name = $1").text(name);
        let was_there = writing.execute(&place).await? > 0;
        writing.commit().await?;
        Ok(was_there)
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
        Ok(self.place(model).await?.position)
    }

    async fn place(&self, model: Model) -> Result<Place, sqlx::Error> {
        let select = Statement::new("SELECT position, caught_up FROM projections WHERE name = $1");
        let found: Option<(i64, i64)> = self.database.row(&select.text(model.name())).await?;
        if let Some((position, caught_up)) = found {
            return Ok(Place { position: unsigned(position), caught_up: caught_up == 1 });
        }
        let begin =
            Statement::new("INSERT INTO projections (name, position) VALUES ($1, 0) ON CONFLICT DO NOTHING");
        self.database.execute(&begin.text(model.name())).await?;
        Ok(Place { position: 0, caught_up: false })
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
