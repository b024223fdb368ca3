//! Which events are asked for: the fields that pages, tails and exports share.

use countersign_domain::id::AccountId;
use countersign_domain::time::Timestamp;
use countersign_projections::filter::{Field, Filter, Network, Term};
use countersign_service::flow::Reader;
use countersign_stores::audit::PageQuery;

use super::words::TypedFilter;
use crate::extract::Fields;

/// Which events are asked for, in which words.
pub(super) struct Which {
    pub(super) filter: Filter,
    /// The filter, as it was typed.
    pub(super) typed: String,
    pub(super) account: Option<AccountId>,
    pub(super) from: Option<Timestamp>,
    pub(super) to: Option<Timestamp>,
}

impl Which {
    /// Takes `q`, `account`, `from` and `to`.
    pub(super) fn take(fields: &mut Fields, reader: &Reader) -> Self {
        let (filter, typed) = filter(fields, reader);
        let account = fields.optional::<AccountId>("account");
        let (from, to) = (fields.optional::<Timestamp>("from"), fields.optional::<Timestamp>("to"));
        Self { filter, typed, account, from, to }
    }

    /// What is recorded of it, in the words of a filter.
    pub(super) fn asked(&self) -> String {
        let account = self.account.map(|account| format!("account:{account}"));
        let from = self.from.map(|from| format!("at:>={from}"));
        let to = self.to.map(|to| format!("at:<{to}"));
        let typed = Some(self.typed.clone()).filter(|typed| !typed.is_empty());
        [typed, account, from, to].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// All of it, the oldest first.
    pub(super) fn query(&self, reader: &Reader) -> PageQuery {
        let filter = self.filter.clone().and(Filter::of_account(self.account));
        PageQuery { from: self.from, to: self.to, open: reader.may_open, ..PageQuery::of(filter) }
    }
}

/// Takes `q`, and refuses what the reader may not ask for; the filter, and how it was typed.
pub(super) fn filter(fields: &mut Fields, reader: &Reader) -> (Filter, String) {
    let typed = fields.optional::<TypedFilter>("q");
    let (filter, typed) = typed.map_or((Filter::everything(), String::new()), |q| (q.filter, q.typed));
    if !reader.may_open && asks_about_networks(&filter) {
        fields.complain("q", "blocks of addresses can be asked for with an operator's key only");
    }
    (filter, typed)
}

/// Whether it asks about more addresses at once than one: who may not open one could find it by halving.
fn asks_about_networks(filter: &Filter) -> bool {
    let mut asked = Vec::new();
    networks(filter, &mut asked).is_err() || asked.iter().any(|network| Some(network) != asked.first())
}

/// A block of addresses, or a negation, is one too many.
struct TooMany;

/// Every address that is asked about.
fn networks<'a>(filter: &'a Filter, asked: &mut Vec<&'a Network>) -> Result<(), TooMany> {
    match filter {
        Filter::All(parts) | Filter::Any(parts) => parts.iter().try_for_each(|part| networks(part, asked)),
        Filter::Not(part) if part.fields().contains(&Field::Ip) => Err(TooMany),
        Filter::Term(Term::Ip(some)) if some.iter().all(Network::is_one_address) => {
            asked.extend(some);
            Ok(())
        }
        Filter::Term(Term::Ip(_)) => Err(TooMany),
        Filter::Not(_) | Filter::Term(_) => Ok(()),
    }
}
