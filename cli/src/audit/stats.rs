//! `countersign audit stats`: how often what came of trying to sign in.

use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use countersign_api::summary_body;
use countersign_domain::time::Timestamp;
use countersign_projections::read_model::{Model, SIGN_IN_COUNTS};
use countersign_service::Service;
use countersign_service::flow::{COUNTS_MOST, Summary, SummaryQuery};

use super::arguments::{ReplayFormat, Stats};
use super::reader;
use crate::failure::Failure;
use crate::{print, projections};

/// Prints counts.
pub(super) async fn stats(service: &Service, asked: &Stats) -> Result<(), Failure> {
    projections::note_lag(service.store(), Model::Fold(SIGN_IN_COUNTS)).await?;
    let query = SummaryQuery {
        from: asked.from.unwrap_or(Timestamp::from_millis(0)),
        to: asked.to.unwrap_or(Timestamp::from_millis(i64::MAX)),
        bucket: asked.bucket,
        by: asked.by.clone(),
    };
    let summary = service.audit_summary(&reader(false), &query).await?;
    let summary = summary.ok_or_else(|| {
        Failure::Usage(format!("bucket: makes more than {COUNTS_MOST} counts: take longer ones"))
    })?;
    print::data(&match asked.output {
        ReplayFormat::Table => table(&query, &summary),
        ReplayFormat::Json => format!("{:#}", summary_body(&query, &summary)),
    });
    Ok(())
}

fn table(query: &SummaryQuery, summary: &Summary) -> String {
    let mut table = Table::new();
    let names = query.by.iter().map(|by| by.word());
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(["from"].into_iter().chain(names).chain(["count"]));
    for ((bucket, values), count) in &summary.counts {
        let from = bucket.map_or_else(|| "any time".to_owned(), |begin| begin.to_string());
        let values = values.iter().map(|value| value.clone().unwrap_or_default());
        table.add_row([from].into_iter().chain(values).chain([count.to_string()]));
    }
    table.to_string()
}
