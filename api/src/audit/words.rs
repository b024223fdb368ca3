//! The words of the auditors' addresses, parsed.

use std::fmt;
use std::str::FromStr;

use countersign_domain::time::Timestamp;
use countersign_projections::filter::{Filter, FilterError, parse};
use countersign_service::WaitFor;
use countersign_service::flow::{AsOf, Bucket, SummaryBy};
use countersign_stores::audit::{LIMIT_MOST, Order};

use crate::text::Whole;

/// What was expected in place of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Expected(&'static str);

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.0)
    }
}

/// A filter, and how it was typed.
pub(super) struct TypedFilter {
    pub(super) filter: Filter,
    pub(super) typed: String,
}

impl FromStr for TypedFilter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        Ok(Self { filter: parse(text)?, typed: text.to_owned() })
    }
}

/// `newest` or `oldest`.
pub(super) struct OrderWord(pub(super) Order);

impl FromStr for OrderWord {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Self, Expected> {
        match text {
            "newest" => Ok(Self(Order::Newest)),
            "oldest" => Ok(Self(Order::Oldest)),
            _ => Err(Expected("newest or oldest")),
        }
    }
}

/// How many of a page.
pub(super) struct Limit(pub(super) u32);

impl FromStr for Limit {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Self, Expected> {
        let number = text.parse().ok().and_then(|Whole(number)| u32::try_from(number).ok());
        number
            .filter(|number| (1..=LIMIT_MOST).contains(number))
            .map(Self)
            .ok_or(Expected("a whole number from 1 to 500"))
    }
}

/// An index of the ledger.
pub(super) struct Index(pub(super) u64);

impl FromStr for Index {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Self, Expected> {
        text.parse().map(|Whole(index)| Self(index)).map_err(|_| Expected("an index of the ledger"))
    }
}

/// An index of the ledger, or a moment.
pub(super) struct AsOfWord(pub(super) AsOf);

impl FromStr for AsOfWord {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Self, Expected> {
        let index = text.parse().map(|Whole(index)| AsOf::Index(index)).ok();
        let as_of = index.or_else(|| text.parse::<Timestamp>().map(AsOf::Time).ok());
        as_of.map(Self).ok_or(Expected("an index of the ledger, or a moment like 2026-01-01T00:00:00.000Z"))
    }
}

/// A version of an account's stream, as `Countersign-Version` says it.
pub(super) struct Version(pub(super) WaitFor);

impl FromStr for Version {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Self, Expected> {
        let parsed = text.split_once(':').and_then(|(account, version)| {
            let Whole(version) = version.parse().ok()?;
            Some(WaitFor { account: account.parse().ok()?, version })
        });
        parsed.map(Self).ok_or(Expected("what a Countersign-Version header says, like acc_…:17"))
    }
}

/// What counts are told apart by.
pub(super) struct By(pub(super) Vec<SummaryBy>);

impl FromStr for By {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Self, Expected> {
        let named = |word: &str| SummaryBy::ALL.into_iter().find(|by| by.word() == word);
        let by: Option<Vec<_>> = text.split(',').map(named).collect();
        by.map(Self).ok_or(Expected("some of outcome, factor and client, with commas between them"))
    }
}

/// How long a time is counted together.
pub(super) struct BucketWord(pub(super) Bucket);

impl FromStr for BucketWord {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Self, Expected> {
        let bucket = Bucket::ALL.into_iter().find(|bucket| bucket.word() == text);
        bucket.map(Self).ok_or(Expected("hour, day or all"))
    }
}
