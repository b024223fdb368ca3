//! The check: a read model against the one that is made anew from the same facts.
//!
//! It is made in a scratch SQLite file, whatever the database is: the same facts give the same rows.

use std::fmt;
use std::sync::Arc;

use countersign_projections::read_model::Model;

use super::{Projected, move_position, take_rows};
use crate::database::sql::Statement;
use crate::database::{Database, DatabaseError};
use crate::feed::{FACTS_MOST, FeedError};
use crate::store::EventStore;

/// Rows that are compared at once.
const ROWS_AT_ONCE: i64 = 1_000;

/// Where a read model differs from the one that is made anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The row that is kept; nothing where there should be one.
    pub kept: Option<String>,
    /// The row that should be; nothing where there should be none.
    pub expected: Option<String>,
}

/// Why a read model cannot be checked.
#[derive(Debug)]
pub enum CheckError {
    /// The scratch database cannot be made.
    Scratch(DatabaseError),
    /// The facts cannot be read.
    Feed(FeedError),
}

impl EventStore {
    /// Makes a read model anew, up to where it has read, in a scratch SQLite file that is made at the path,
    /// and compares the two row by row, byte for byte; gives the first difference.
    ///
    /// Nothing may move the read model meanwhile. `told` hears how many facts were taken, and of how many.
    pub async fn check(
        &self,
        model: Model,
        scratch: &str,
        told: impl Fn(u64, u64),
    ) -> Result<Option<Difference>, CheckError> {
        let until = self.position(model).await?;
        let database = Database::connect(scratch).await.map_err(CheckError::Scratch)?;
        database.migrate().await.map_err(CheckError::Scratch)?;
        let anew = Self::new(database, Arc::clone(&self.keyring));
        let mut at = anew.position(model).await?;
        while at < until {
            let most = u32::try_from(until - at).unwrap_or(FACTS_MOST).min(FACTS_MOST);
            let facts = self.facts(at, most).await?;
            let Some(last) = facts.last() else { break };
            let to = last.index + 1;
            let mut writing = anew.database.begin().await?;
            move_position(&mut writing, model, at, to).await?;
            take_rows(&mut writing, model, &facts).await?;
            writing.commit().await?;
            at = to;
            told(at, until);
        }
        let difference = self.first_difference(model, &anew).await?;
        anew.database.close().await;
        Ok(difference)
    }

    async fn first_difference(&self, model: Model, anew: &Self) -> Result<Option<Difference>, sqlx::Error> {
        let (mut kept_after, mut anew_after) = (String::new(), String::new());
        loop {
            let kept = self.rows_after(model, &kept_after).await?;
            let expected = anew.rows_after(model, &anew_after).await?;
            for place in 0..kept.len().max(expected.len()) {
                let (kept, expected) = (kept.get(place), expected.get(place));
                if kept != expected {
                    let whole = |row: Option<&(String, String)>| row.map(|(_, row)| row.clone());
                    return Ok(Some(Difference { kept: whole(kept), expected: whole(expected) }));
                }
            }
            match (kept.last(), expected.last()) {
                (Some(kept), Some(expected)) => {
                    kept_after.clone_from(&kept.0);
                    anew_after.clone_from(&expected.0);
                }
                _ => return Ok(None),
            }
        }
    }

    /// Rows behind a key, each with its key and as one text, in an order that is the same everywhere.
    async fn rows_after(&self, model: Model, after: &str) -> Result<Vec<(String, String)>, sqlx::Error> {
        let select = match model {
            Model::History => {
                let from = after.parse::<i64>().map_or(0, |last| last + 1);
                Statement::new(
                    "SELECT CAST(h.idx AS text) AS place, CAST(h.idx AS text) || '|' || CAST(at AS text) || '|' \
                     || event_type || '|' || aggregate_type || '|' || stream || '|' \
                     || CAST(sequence AS text) || '|' || COALESCE(account, '') || '|' \
                     || COALESCE(sign_in, '') || '|' || COALESCE(session, '') || '|' \
                     || COALESCE(client, '') || '|' || COALESCE(actor, '') || '|' \
                     || COALESCE(request_id, '') || '|' || COALESCE(outcome, '') || '|' \
                     || COALESCE(factor, '') AS whole \
                     FROM sign_in_history h WHERE h.idx >= $1 ORDER BY h.idx LIMIT $2",
                )
                .integer(from)
            }
            Model::Fold(of) => {
                let collate = self.database.byte_order();
                Statement::new(format!(
                    "SELECT place, place || ' ' || body FROM \
                     (SELECT grp || ' ' || key AS place, body FROM read_model_rows WHERE model = $1) AS placed \
                     WHERE place {collate} > $2 ORDER BY place {collate} LIMIT $3"
                ))
                .text(of.name)
                .text(after)
            }
        };
        self.database.rows(&select.integer(ROWS_AT_ONCE)).await
    }

    /// Has a read model take all facts that there are; `told` hears how many it has taken, and of how many.
    pub async fn catch_up(&self, model: Model, told: impl Fn(u64, u64)) -> Result<u64, FeedError> {
        let size = self.ledger_size().await?;
        loop {
            match self.project(model).await? {
                Projected::To(position) => told(position, size.max(position)),
                Projected::Overtaken => {}
                Projected::Nothing => return Ok(self.position(model).await?),
            }
        }
    }
}

impl From<sqlx::Error> for CheckError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Feed(FeedError::Database(cause))
    }
}

impl From<FeedError> for CheckError {
    fn from(cause: FeedError) -> Self {
        Self::Feed(cause)
    }
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scratch(cause) => write!(f, "the scratch database cannot be made: {cause}"),
            Self::Feed(cause) => cause.fmt(f),
        }
    }
}

impl std::error::Error for CheckError {}
