//! The rows of `sign_in_history`.

use countersign_projections::fact::Fact;
use countersign_projections::read_model::HistoryRow;

use crate::database::sql::Statement;
use crate::database::{Writing, batches, row_places};
use crate::feed::FeedError;

/// Columns of a row.
const COLUMNS: usize = 14;

/// Adds the rows of facts.
pub(super) async fn take(writing: &mut Writing, facts: &[Fact]) -> Result<(), FeedError> {
    let rows = facts.iter().map(HistoryRow::of).collect::<Result<Vec<_>, _>>().map_err(FeedError::Poison)?;
    for batch in batches(&rows) {
        writing.execute(&insertion(batch)).await?;
    }
    Ok(())
}

fn insertion(rows: &[HistoryRow]) -> Statement {
    let insert = format!(
        "INSERT INTO sign_in_history (idx, at, event_type, aggregate_type, stream, sequence, account, \
         sign_in, session, client, actor, request_id, outcome, factor) VALUES {}",
        row_places(rows.len(), COLUMNS)
    );
    rows.iter().fold(Statement::new(insert), |insert, row| {
        insert
            .sequence(row.index)
            .integer(row.at.as_millis())
            .text(&row.event_type)
            .text(&row.aggregate_type)
            .text(&row.stream)
            .sequence(row.sequence)
            .text_or_null(row.account.as_deref())
            .text_or_null(row.sign_in.as_deref())
            .text_or_null(row.session.as_deref())
            .text_or_null(row.client.as_deref())
            .text_or_null(row.actor.as_deref())
            .text_or_null(row.request_id.as_deref())
            .text_or_null(row.outcome.as_deref())
            .text_or_null(row.factor.as_deref())
    })
}
