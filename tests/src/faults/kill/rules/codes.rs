//! Rules of verification codes and backup codes.

use std::collections::{BTreeMap, BTreeSet};

use super::{History, repeated};
use crate::process::facts::{Fact, Facts};

pub(super) fn every_request_has_one_outcome(history: &History) -> Vec<String> {
    let facts = &history.facts;
    let mut outcomes: BTreeMap<_, usize> =
        facts.named("code.requested").map(|fact| (sending(fact), 0)).collect();
    for fact in facts.named("code.sent").chain(facts.named("code.delivery_failed")) {
        *outcomes.entry(sending(fact)).or_insert(1) += 1;
    }
    let broken = outcomes.into_iter().filter(|(_, count)| *count != 1);
    broken.map(|(sending, count)| format!("{sending} has {count} outcomes")).collect()
}

pub(super) fn accepted_once(history: &History) -> Vec<String> {
    repeated(counted(&history.facts, "code.accepted", "challenge"))
}

/// Who types a code has read it in a message; of several messages about one challenge at least one is known to have left,
/// unless that is known of none.
pub(super) fn accepted_was_sent(history: &History) -> Vec<String> {
    let outcomes = |name: &'static str| history.facts.named(name);
    let unknown = outcomes("code.delivery_failed").filter(|failed| failed.about("reason") == "unknown");
    let left: BTreeSet<_> =
        outcomes("code.sent").chain(unknown).map(|fact| fact.about("challenge")).collect();
    let accepted = outcomes("code.accepted").map(|fact| fact.about("challenge"));
    accepted.filter(|challenge| !left.contains(challenge)).map(str::to_owned).collect()
}

pub(super) fn redeemed_once(history: &History) -> Vec<String> {
    repeated(counted(&history.facts, "backup_code.redeemed", "backup_code"))
}

pub(super) fn replaced_in_the_same_commit(history: &History) -> Vec<String> {
    let broken = history.facts.named("backup_code.redeemed").filter(|redeemed| {
        let mut stream = history.facts.in_stream(&redeemed.stream).iter();
        !stream.any(|fact| {
            fact.sequence == redeemed.sequence + 1
                && fact.event_type == "backup_code.issued"
                && fact.command() == redeemed.command()
                && fact.about("supersedes") == redeemed.about("backup_code")
        })
    });
    broken.map(|fact| fact.about("backup_code").to_owned()).collect()
}

/// One sending of a challenge.
fn sending(fact: &Fact) -> String {
    format!("{} sending {}", fact.about("challenge"), fact.number("send"))
}

fn counted(facts: &Facts, event_type: &str, key: &str) -> Vec<(String, usize)> {
    facts.counted(event_type, key).into_iter().map(|(value, count)| (value.to_owned(), count)).collect()
}
