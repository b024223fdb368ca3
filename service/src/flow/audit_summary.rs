//! How often what came of trying to sign in: over time, and in all.

use std::collections::BTreeMap;

use countersign_domain::client::AuditRead;
use countersign_domain::time::Timestamp;
use countersign_projections::read_model::{Counted, SIGN_IN_COUNTS};
use countersign_stores::StoreError;
use serde::Deserialize;

use super::audit::Reader;
use crate::error::ServiceError;
use crate::service::Service;

/// A day, in milliseconds.
const DAY: i64 = 86_400_000;

/// The most counts of one summary.
pub const COUNTS_MOST: usize = 10_000;

/// What counts are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SummaryBy {
    /// What came of it.
    Outcome,
    /// What it was tried with.
    Factor,
    /// The API client.
    Client,
}

/// How long a time is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bucket {
    /// An hour.
    Hour,
    /// A day, in UTC.
    Day,
    /// All the time that is asked about.
    All,
}

/// Which counts are asked for.
#[derive(Debug, Clone)]
pub struct SummaryQuery {
    /// Not before the hour of this moment.
    pub from: Timestamp,
    /// Before the hour of this moment.
    pub to: Timestamp,
    /// How long a time is counted together.
    pub bucket: Bucket,
    /// What they are told apart by; by nothing where it is empty.
    pub by: Vec<SummaryBy>,
}

/// Counts.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// How often, by when the bucket begins (nothing where it is all the time) and the values that are told apart, in
    /// the order of [`SummaryQuery::by`].
    pub counts: BTreeMap<(Option<Timestamp>, Vec<Option<String>>), u64>,
    /// How often each value came, over all the time: what a filter can be narrowed by.
    pub facets: BTreeMap<SummaryBy, BTreeMap<Option<String>, u64>>,
}

impl SummaryBy {
    /// Everything that counts can be told apart by.
    pub const ALL: [Self; 3] = [Self::Outcome, Self::Factor, Self::Client];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Outcome => "outcome",
            Self::Factor => "factor",
            Self::Client => "client",
        }
    }

    fn of(self, row: &Counted) -> Option<String> {
        match self {
            Self::Outcome => Some(row.outcome.clone()),
            Self::Factor => row.factor.clone(),
            Self::Client => row.client.clone(),
        }
    }
}

impl Bucket {
    /// Every bucket.
    pub const ALL: [Self; 3] = [Self::Hour, Self::Day, Self::All];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::All => "all",
        }
    }

    fn of(self, hour: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Hour => Some(hour),
            Self::Day => Some(Timestamp::from_millis(hour.as_millis().div_euclid(DAY) * DAY)),
            Self::All => None,
        }
    }
}

impl Service {
    /// How often what came of trying to sign in; nothing where that are more than [`COUNTS_MOST`] counts.
    pub async fn audit_summary(
        &self,
        reader: &Reader,
        query: &SummaryQuery,
    ) -> Result<Option<Summary>, ServiceError> {
        self.record_read(reader, AuditRead::Summary, format!("{}..{}", query.from, query.to)).await?;
        let (first, behind) = (Counted::group(query.from), Counted::group(query.to));
        let (mut summary, mut after) = (Summary::default(), None);
        loop {
            let page = self.store().groups_between(SIGN_IN_COUNTS, (&first, &behind), after.as_ref()).await;
            let (rows, last) = page.map_err(StoreError::Database)?;
            for row in rows {
                summary.add(&Counted::deserialize(row).map_err(ServiceError::broken)?, query);
            }
            if summary.counts.len() > COUNTS_MOST {
                return Ok(None);
            }
            if last.is_none() {
                return Ok(Some(summary));
            }
            after = last;
        }
    }
}

impl Summary {
    fn add(&mut self, row: &Counted, query: &SummaryQuery) {
        let values = query.by.iter().map(|by| by.of(row)).collect();
        *self.counts.entry((query.bucket.of(row.hour), values)).or_default() += row.count;
        for by in SummaryBy::ALL {
            *self.facets.entry(by).or_default().entry(by.of(row)).or_default() += row.count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(hour: &str, outcome: &str, count: u64) -> Counted {
        Counted {
            hour: hour.parse().unwrap(),
            outcome: outcome.to_owned(),
            factor: Some("password".to_owned()),
            client: None,
            count,
        }
    }

    fn summed(bucket: Bucket, by: &[SummaryBy]) -> Summary {
        let (from, to) = (Timestamp::from_millis(0), Timestamp::from_millis(i64::MAX));
        let query = SummaryQuery { from, to, bucket, by: by.to_vec() };
        let mut summary = Summary::default();
        let rows = [
            counted("2026-03-01T22:00:00.000Z", "accepted", 1),
            counted("2026-03-01T23:00:00.000Z", "rejected", 2),
            counted("2026-03-02T00:00:00.000Z", "accepted", 4),
        ];
        for row in &rows {
            summary.add(row, &query);
        }
        summary
    }

    #[test]
    fn a_day_begins_at_midnight_in_utc() {
        let days: Vec<_> =
            summed(Bucket::Day, &[]).counts.into_iter().map(|((day, _), n)| (day, n)).collect();
        let day = |text: &str| Some(text.parse().unwrap());
        assert_eq!(days, [(day("2026-03-01T00:00:00.000Z"), 3), (day("2026-03-02T00:00:00.000Z"), 4)]);
    }

    #[test]
    fn facets_count_every_value_whatever_is_told_apart() {
        let summary = summed(Bucket::All, &[SummaryBy::Factor]);
        assert_eq!(summary.counts.into_values().collect::<Vec<_>>(), [7]);
        let outcomes = &summary.facets[&SummaryBy::Outcome];
        let count = |outcome: &str| outcomes[&Some(outcome.to_owned())];
        assert_eq!((count("accepted"), count("rejected")), (5, 2));
    }
}
