//! What a filter means: terms, joined.

use std::collections::BTreeSet;
use std::slice;

use countersign_domain::id::AccountId;

use super::{Field, Term, TextField};

/// Which events are asked for. Joined by [`and`](Self::and) and [`or`](Self::or), as the parser does it, no
/// `All` stands in an `All`, no `Any` in an `Any`, and neither holds a single part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// Those that every part asks for; without parts, everything.
    All(Vec<Filter>),
    /// Those that some part asks for; without parts, nothing.
    Any(Vec<Filter>),
    /// Those that the part does not ask for.
    Not(Box<Filter>),
    /// Those of which a term holds.
    Term(Term),
}

impl Filter {
    /// The filter that asks for everything.
    pub fn everything() -> Self {
        Self::All(Vec::new())
    }

    /// What has one value in a field.
    pub fn one(field: TextField, value: String) -> Self {
        Self::Term(Term::Text { field, one_of: vec![value] })
    }

    /// What an account's events are asked for with; without an account, everything.
    pub fn of_account(account: Option<AccountId>) -> Self {
        account.map_or(Self::everything(), |account| Self::one(TextField::Account, account.to_string()))
    }

    /// What both ask for.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let mut parts = self.conjuncts_owned();
        parts.extend(other.conjuncts_owned());
        one_or(parts, Self::All)
    }

    /// What either asks for.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if self == Self::everything() || other == Self::everything() {
            return Self::everything();
        }
        let mut parts = self.alternatives_owned();
        parts.extend(other.alternatives_owned());
        one_or(parts, Self::Any)
    }

    /// The fields that it asks about.
    pub fn fields(&self) -> BTreeSet<Field> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::fields).collect(),
            Self::Not(part) => part.fields(),
            Self::Term(term) => BTreeSet::from([term.field()]),
        }
    }

    /// The single text that a field must have in every event that is asked for, because a term says so
    /// that stands alone or beside others: what an index can be chosen by.
    pub fn pinned(&self, field: Field) -> Option<&str> {
        self.conjuncts().iter().find_map(|part| match part {
            Self::Term(term) if term.field() == field => term.only_text(),
            _ => None,
        })
    }

    /// The parts that must all hold.
    fn conjuncts(&self) -> &[Self] {
        match self {
            Self::All(parts) => parts,
            one => slice::from_ref(one),
        }
    }

    fn conjuncts_owned(self) -> Vec<Self> {
        match self {
            Self::All(parts) => parts,
            one => vec![one],
        }
    }

    fn alternatives_owned(self) -> Vec<Self> {
        match self {
            Self::Any(parts) => parts,
            one => vec![one],
        }
    }
}

/// A single part as it is, others joined.
fn one_or(parts: Vec<Filter>, join: fn(Vec<Filter>) -> Filter) -> Filter {
    match <[Filter; 1]>::try_from(parts) {
        Ok([one]) => one,
        Err(parts) => join(parts),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{TextField, parse};
    use super::*;

    const ACCOUNT: Field = Field::Text(TextField::Account);

    fn filter(text: &str) -> Filter {
        parse(text).unwrap()
    }

    #[test]
    fn a_single_value_beside_other_terms_pins_its_field() {
        for text in ["account:a", "account:a outcome:x,y", "outcome:x (account:a (ip:::1))"] {
            assert_eq!(filter(text).pinned(ACCOUNT), Some("a"), "{text}");
        }
        assert_eq!(filter("type:sign_in.started").pinned(Field::Type), Some("sign_in.started"));
    }

    #[test]
    fn a_field_with_other_ways_to_hold_is_not_pinned() {
        for text in ["", "account:a,b", "-account:a", "account:a or outcome:x", "not (account:a)"] {
            assert_eq!(filter(text).pinned(ACCOUNT), None, "{text}");
        }
        assert_eq!(filter("type:sign_in.*").pinned(Field::Type), None);
    }

    #[test]
    fn the_fields_of_a_filter_are_those_of_all_its_terms() {
        let fields = filter("account:a or not (ip:::1 account:b)").fields();
        assert_eq!(fields, BTreeSet::from([ACCOUNT, Field::Ip]));
    }

    #[test]
    fn everything_adds_nothing_to_a_conjunction_and_takes_over_a_choice() {
        let some = filter("account:a");
        assert_eq!(Filter::everything().and(some.clone()), some);
        assert_eq!(some.clone().or(Filter::everything()), Filter::everything());
        assert_eq!(Filter::everything().and(Filter::everything()), Filter::everything());
    }

    #[test]
    fn filters_joined_are_what_the_joined_text_means() {
        assert_eq!(filter("account:a ip:::1").and(filter("index:1")), filter("account:a ip:::1 index:1"));
        assert_eq!(
            filter("account:a or ip:::1").or(filter("index:1")),
            filter("account:a or ip:::1 or index:1")
        );
    }
}
