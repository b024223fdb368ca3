//! Read models: what is kept of the facts for who asks, each a pure function of the facts in their order.
//!
//! Most are folds: the rows that a fact can touch form a *group* (an account, an hour), and a fold takes
//! the fact into the rows of its group. The history is made of one row a fact. A new fold is one file here
//! and one line in [`MODELS`]; a fold whose rows change gets a new name, which builds itself beside the one
//! that it [replaces](Fold::replaces).

mod accounts;
mod history;
mod sessions;
mod sign_in_counts;
mod verdict;

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::fact::{Fact, Poison};

pub use self::accounts::{ACCOUNTS, AccountRow, AccountState, BackupCodeRow, LastSignIn};
pub use self::history::{HISTORY, HistoryRow};
pub use self::sessions::{SESSIONS, SessionRow};
pub use self::sign_in_counts::{Counted, SIGN_IN_COUNTS};
pub use self::verdict::Verdict;

/// The rows of one group, by their keys, each as JSON.
pub type Rows = BTreeMap<String, Value>;

/// A read model that folds facts into rows.
#[derive(Debug, Clone, Copy)]
pub struct Fold {
    /// Its name.
    pub name: &'static str,
    /// The read model that is read until this one has caught up; whoever reads must understand the rows of both.
    pub replaces: Option<&'static str>,
    /// The group whose rows a fact can touch; none where it touches none.
    pub group: fn(&Fact) -> Result<Option<String>, Poison>,
    /// Takes a fact into the rows of its group.
    pub fold: fn(&mut Rows, &Fact) -> Result<(), Poison>,
}

/// A read model.
#[derive(Debug, Clone, Copy)]
pub enum Model {
    /// One row a fact, in a table of its own.
    History,
    /// Rows that facts are folded into.
    Fold(Fold),
}

/// Every read model.
pub const MODELS: &[Model] =
    &[Model::History, Model::Fold(ACCOUNTS), Model::Fold(SESSIONS), Model::Fold(SIGN_IN_COUNTS)];

impl Model {
    /// The name that its progress is kept under.
    pub fn name(self) -> &'static str {
        match self {
            Self::History => HISTORY,
            Self::Fold(fold) => fold.name,
        }
    }

    /// The name of the read model that is read until this one has caught up.
    pub fn replaces(self) -> Option<&'static str> {
        match self {
            Self::History => None,
            Self::Fold(fold) => fold.replaces,
        }
    }

    /// The read model of a name.
    pub fn named(name: &str) -> Option<Self> {
        MODELS.iter().copied().find(|model| model.name() == name)
    }
}

/// Takes a row out of a group, as what it was written from.
fn read<T: DeserializeOwned>(rows: &Rows, key: &str, fact: &Fact) -> Result<Option<T>, Poison> {
    rows.get(key).map(T::deserialize).transpose().map_err(|cause| fact.poison(cause))
}

/// Puts a row into a group.
fn write<T: Serialize>(rows: &mut Rows, key: &str, row: &T, fact: &Fact) -> Result<(), Poison> {
    let row = serde_json::to_value(row).map_err(|cause| fact.poison(cause))?;
    rows.insert(key.to_owned(), row);
    Ok(())
}
