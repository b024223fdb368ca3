//! `sign_in_counts`: how often what came of trying to sign in, an hour, a factor and a client.

use countersign_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Fold, Rows, Verdict, read, write};
use crate::fact::{Fact, Poison};

/// Counts by hour, outcome, factor and client.
pub const SIGN_IN_COUNTS: Fold = Fold { name: "sign_in_counts", replaces: None, group, fold };

/// An hour, in milliseconds.
const HOUR: i64 = 3_600_000;

/// How often something came of trying to sign in, within an hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// When the hour begins.
    pub hour: Timestamp,
    /// What came of it.
    pub outcome: String,
    /// What it was tried with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor: Option<String>,
    /// The API client that asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// How often.
    pub count: u64,
}

impl Counted {
    /// Where an hour's group stands among the groups, which are in the order of time.
    pub fn group(at: Timestamp) -> String {
        hour(at).to_string()
    }

    fn none_of(fact: &Fact) -> Result<Option<Self>, Poison> {
        let verdict = Verdict::of(fact);
        let Some(outcome) = verdict.outcome else { return Ok(None) };
        Ok(Some(Self {
            hour: hour(fact.at()?),
            outcome: outcome.to_owned(),
            factor: verdict.factor.map(str::to_owned),
            client: fact.client().map(str::to_owned),
            count: 0,
        }))
    }

    fn key(&self) -> String {
        let part = |part: &Option<String>| part.clone().unwrap_or_default();
        format!("{} {} {} {}", self.hour, self.outcome, part(&self.factor), part(&self.client))
    }
}

fn hour(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(at.as_millis().div_euclid(HOUR) * HOUR)
}

fn group(fact: &Fact) -> Result<Option<String>, Poison> {
    Ok(Counted::none_of(fact)?.map(|counted| Counted::group(counted.hour)))
}

fn fold(rows: &mut Rows, fact: &Fact) -> Result<(), Poison> {
    let Some(none) = Counted::none_of(fact)? else { return Ok(()) };
    let key = none.key();
    let mut counted = read::<Counted>(rows, &key, fact)?.unwrap_or(none);
    counted.count += 1;
    write(rows, &key, &counted, fact)
}
