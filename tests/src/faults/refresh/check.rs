//! What must hold after many refreshes, by the events and by the replies.

use std::collections::BTreeSet;
use std::fmt;

use super::Size;
use super::run::{Family, Refreshes};
use crate::process::api::Reply;
use crate::process::facts::{Fact, Facts};

/// What a family's stream must be in the end.
const LIFE: [&str; 5] = [
    "session.started",
    "session.refreshed",
    "session.refreshed",
    "session.refresh_token_reused",
    "session.revoked",
];

/// What came of many refreshes.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// How much was refreshed.
    pub size: Size,
    /// What was counted.
    pub counts: Counts,
    /// What must not be, each in a sentence.
    pub findings: Vec<String>,
}

/// What was counted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Exchanges, by the events.
    pub exchanges: usize,
    /// Families in which a token was exchanged more than once, by the events.
    pub doubles: usize,
    /// Replies with a new token.
    pub answered: usize,
    /// Families that a token ended which came again, by the events.
    pub ended: usize,
}

/// Compares what everybody was told with the events.
pub(super) fn check(refreshes: &Refreshes, facts: &Facts) -> Verdict {
    let mut verdict = Verdict { size: refreshes.size, counts: Counts::default(), findings: Vec::new() };
    for family in &refreshes.families {
        verdict.count(family, facts);
        let findings = [one_child(family), ended(family), recorded(family, facts)];
        let findings = findings.into_iter().flatten();
        verdict.findings.extend(findings.map(|finding| format!("{}: {finding}", family.session)));
    }
    verdict
}

impl Verdict {
    /// Whether all is as it must be.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    fn count(&mut self, family: &Family, facts: &Facts) {
        let named = |name: &str| stream(family, facts).iter().filter(|fact| fact.event_type == name).count();
        let exchanges = named("session.refreshed");
        self.counts.exchanges += exchanges;
        self.counts.doubles += usize::from(exchanges > 2);
        self.counts.answered += tokens(&family.first).len() + tokens(&family.second).len();
        self.counts.ended += named("session.revoked");
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Size { families, racers } = self.size;
        let Counts { exchanges, doubles, answered, ended } = self.counts;
        write!(
            f,
            "{families} families x {racers} refreshes at once, twice: {exchanges} exchanges, {doubles} double, \
             {answered} replies with a new token, {ended} ended by an old token, {} findings",
            self.findings.len()
        )
    }
}

fn stream<'a>(family: &Family, facts: &'a Facts) -> &'a [Fact] {
    facts.in_stream(&family.session)
}

/// The new tokens that were answered.
fn tokens(replies: &[Option<Reply>]) -> Vec<&str> {
    let good = replies.iter().flatten().filter(|reply| reply.status == 200);
    good.map(|reply| reply.text("/refresh_token")).collect()
}

/// All who come with the same token at once get the same child.
fn one_child(family: &Family) -> Option<String> {
    let [first, second] = [&family.first, &family.second].map(|replies| tokens(replies));
    let all = first.len() == family.first.len() && second.len() == family.second.len();
    let children = first.iter().chain(&second).collect::<BTreeSet<_>>().len();
    let each = [first, second].map(|tokens| tokens.into_iter().collect::<BTreeSet<_>>().len());
    let fine = all && each == [1, 1] && children == 2;
    (!fine).then(|| format!("the same token was exchanged for {each:?} others; all were answered: {all}"))
}

/// An old token opens nothing, and nothing of its family does afterwards.
fn ended(family: &Family) -> Option<String> {
    let refused = |reply: &Option<Reply>| {
        reply.as_ref().is_some_and(|reply| reply.text("/code") == "refresh_token_rejected")
    };
    let replayed = family.replayed.iter().all(refused);
    let me = family.me.as_ref().is_some_and(|reply| reply.status == 401);
    let fine = replayed && refused(&family.last) && me;
    (!fine).then(|| "an old token came again, and the session went on".to_owned())
}

/// Each exchange once, and the end in the commit that says why.
fn recorded(family: &Family, facts: &Facts) -> Option<String> {
    let stream = stream(family, facts);
    let names: Vec<&str> = stream.iter().map(|fact| fact.event_type.as_str()).collect();
    let commands: Vec<&str> = stream.iter().rev().take(2).map(Fact::command).collect();
    let together = commands.first() == commands.last();
    (names != LIFE || !together)
        .then(|| format!("its events are {names:?}, the last in one commit: {together}"))
}
