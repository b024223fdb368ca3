//! `sign_in_history`: one row a fact, with the columns that auditors filter by.

use countersign_domain::time::Timestamp;

use super::Verdict;
use crate::fact::{Fact, Poison};

/// The read model's name, and its table's.
pub const HISTORY: &str = "sign_in_history";

/// A fact's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRow {
    /// The fact's place in the ledger.
    pub index: u64,
    /// When it happened.
    pub at: Timestamp,
    /// Its stored name.
    pub event_type: String,
    /// The aggregate's name.
    pub aggregate_type: String,
    /// The stream.
    pub stream: String,
    /// Its place in the stream.
    pub sequence: u64,
    /// The account that it is about.
    pub account: Option<String>,
    /// The sign-in.
    pub sign_in: Option<String>,
    /// The session.
    pub session: Option<String>,
    /// The API client that asked for it.
    pub client: Option<String>,
    /// Who asked for it.
    pub actor: Option<String>,
    /// The request.
    pub request_id: Option<String>,
    /// What came of trying to sign in.
    pub outcome: Option<String>,
    /// What it was tried with.
    pub factor: Option<String>,
}

impl HistoryRow {
    /// The row of a fact.
    pub fn of(fact: &Fact) -> Result<Self, Poison> {
        let verdict = Verdict::of(fact);
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Ok(Self {
            index: fact.index,
            at: fact.at()?,
            event_type: fact.event_type.clone(),
            aggregate_type: fact.aggregate_type.clone(),
            stream: fact.stream.clone(),
            sequence: fact.sequence,
            account: owned(fact.account()),
            sign_in: owned(fact.stated("sign_in")),
            session: owned(fact.session()),
            client: owned(fact.client()),
            actor: owned(fact.beside("actor")),
            request_id: owned(fact.beside("request_id")),
            outcome: owned(verdict.outcome),
            factor: owned(verdict.factor),
        })
    }
}
