//! Rules of every stream.

use super::History;
use crate::process::facts::Fact;

pub(super) fn no_gap(history: &History) -> Vec<String> {
    let broken = history.facts.streams().filter(|(_, facts)| {
        let places = facts.iter().map(|fact| fact.sequence);
        !places.eq(1..=u64::try_from(facts.len()).unwrap_or(u64::MAX))
    });
    broken.map(|(stream, _)| stream.to_owned()).collect()
}

/// Times are stored in one form, which sorts as it reads.
pub(super) fn time_never_runs_backwards(history: &History) -> Vec<String> {
    let broken = history.facts.streams().filter(|(_, facts)| !facts.is_sorted_by_key(at));
    broken.map(|(stream, _)| stream.to_owned()).collect()
}

fn at(fact: &Fact) -> &str {
    fact.about("at")
}
