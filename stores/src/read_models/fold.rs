//! The rows of a fold: those of the groups that a batch touches are read, folded, and written back.

use std::collections::BTreeMap;

use countersign_projections::fact::Fact;
use countersign_projections::read_model::{Fold, Rows};
use serde_json::Value;

use crate::database::sql::{Statement, places_from};
use crate::database::{Writing, batches, row_places};
use crate::feed::FeedError;
use crate::store::EventStore;

/// Groups that one statement asks for.
const GROUPS_AT_ONCE: usize = 100;

/// Rows of one page.
const ROWS_AT_ONCE: i64 = 1_000;

/// Where a row stands among the rows of its fold: its group and its key.
pub type Place = (String, String);
/// Groups of rows, by name.
type Groups = BTreeMap<String, Rows>;

/// Takes facts into the rows of their groups.
pub(super) async fn take(writing: &mut Writing, fold: Fold, facts: &[Fact]) -> Result<(), FeedError> {
    let mut touching = Vec::new();
    for fact in facts {
        touching.extend((fold.group)(fact).map_err(FeedError::Poison)?.map(|group| (group, fact)));
    }
    let before = read(writing, fold, touching.iter().map(|(group, _)| group)).await?;
    let mut after = before.clone();
    for (group, fact) in touching {
        (fold.fold)(after.entry(group).or_default(), fact).map_err(FeedError::Poison)?;
    }
    write(writing, fold, &before, &after).await
}

async fn read(
    writing: &mut Writing,
    fold: Fold,
    groups: impl Iterator<Item = &String>,
) -> Result<Groups, FeedError> {
    let mut wanted: Vec<_> = groups.collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut found = Groups::new();
    for some in wanted.chunks(GROUPS_AT_ONCE) {
        let select = format!(
            "SELECT grp, key, body FROM read_model_rows WHERE model = $1 AND grp IN ({})",
            places_from(2, some.len())
        );
        let select = some
            .iter()
            .fold(Statement::new(select).text(fold.name), |select, group| select.text(group.as_str()));
        let rows: Vec<(String, String, String)> = writing.rows(&select).await?;
        for (group, key, body) in rows {
            found.entry(group).or_default().insert(key, parsed(&body)?);
        }
    }
    Ok(found)
}

async fn write(writing: &mut Writing, fold: Fold, before: &Groups, after: &Groups) -> Result<(), FeedError> {
    let mut changed = Vec::new();
    for (group, rows) in after {
        let old = before.get(group);
        let differs = |(key, body): &(&String, &Value)| old.and_then(|old| old.get(*key)) != Some(*body);
        changed.extend(rows.iter().filter(differs).map(|(key, body)| (group, key, body)));
    }
    for batch in batches(&changed) {
        let upsert = format!(
            "INSERT INTO read_model_rows (model, grp, key, body) VALUES {} \
             ON CONFLICT (model, grp, key) DO UPDATE SET body = excluded.body",
            row_places(batch.len(), 4)
        );
        let upsert = batch.iter().fold(Statement::new(upsert), |upsert, (group, key, body)| {
            upsert.text(fold.name).text(*group).text(*key).text(body.to_string())
        });
        writing.execute(&upsert).await?;
    }
    Ok(())
}

impl EventStore {
    /// The rows of one group of a fold, by their keys; those of the one that it replaces until it has caught up.
    pub async fn group(&self, fold: Fold, group: &str) -> Result<Rows, sqlx::Error> {
        let select = Statement::new(
            "SELECT key, body FROM read_model_rows WHERE model = $1 AND grp = $2 ORDER BY key",
        );
        let model = self.standing(fold).await?;
        let rows: Vec<(String, String)> = self.database.rows(&select.text(model).text(group)).await?;
        rows.into_iter().map(|(key, body)| Ok((key, parsed(&body)?))).collect()
    }

    /// A page of the rows of the groups from one to another (not with it), likewise, in no order that means anything;
    /// and what to give as `after` for the next page, nothing behind the last one.
    pub async fn groups_between(
        &self,
        fold: Fold,
        (from, to): (&str, &str),
        after: Option<&Place>,
    ) -> Result<(Vec<Value>, Option<Place>), sqlx::Error> {
        let select = Statement::new(
            "SELECT grp, key, body FROM read_model_rows WHERE model = $1 AND grp >= $2 AND grp < $3 \
             AND (grp, key) > ($4, $5) ORDER BY grp, key LIMIT $6",
        );
        let model = self.standing(fold).await?;
        let (group, key) = after.map_or(("", ""), |(group, key)| (group, key));
        let select = select.text(model).text(from).text(to).text(group).text(key).integer(ROWS_AT_ONCE);
        let rows: Vec<(String, String, String)> = self.database.rows(&select).await?;
        let is_full = i64::try_from(rows.len()).is_ok_and(|rows| rows == ROWS_AT_ONCE);
        let last = rows.last().filter(|_| is_full).map(|(group, key, _)| (group.clone(), key.clone()));
        let rows = rows.iter().map(|(_, _, body)| parsed(body)).collect::<Result<_, _>>()?;
        Ok((rows, last))
    }
}

fn parsed(body: &str) -> Result<Value, sqlx::Error> {
    serde_json::from_str(body).map_err(|cause| sqlx::Error::Decode(Box::new(cause)))
}
