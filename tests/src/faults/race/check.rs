//! What must hold after a race, by the events and by the replies.

use std::collections::BTreeMap;
use std::fmt;

use super::run::{Race, Raced};
use super::{SignIns, Size};
use crate::process::api::Reply;
use crate::process::facts::{Fact, Facts};

/// What came of a race.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// How much was raced.
    pub size: Size,
    /// How many sign-ins the racers had.
    pub sign_ins: SignIns,
    /// What was counted.
    pub counts: Counts,
    /// What must not be, each in a sentence.
    pub findings: Vec<String>,
}

/// What was counted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Redemptions, by the events.
    pub redemptions: usize,
    /// Codes that were redeemed more than once, by the events.
    pub doubles: usize,
    /// Replies that showed a new code.
    pub shown: usize,
    /// Answers that were refused.
    pub refused: usize,
    /// Sessions that were granted, by the events.
    pub sessions: usize,
}

/// What the events say, by what they are about.
struct Told<'a> {
    redeemed: BTreeMap<&'a str, Vec<&'a Fact>>,
    issued: BTreeMap<&'a str, &'a Fact>,
    sessions: BTreeMap<&'a str, usize>,
}

/// Compares what the racers were told with the events.
pub(super) fn check(race: &Race, facts: &Facts) -> Verdict {
    let told = Told::by(facts);
    let (size, sign_ins) = (race.size, race.sign_ins);
    let mut verdict = Verdict { size, sign_ins, counts: Counts::default(), findings: Vec::new() };
    for one in &race.raced {
        verdict.count(one, &told);
        verdict.judge(one, &told);
    }
    if verdict.counts.redemptions != size.codes {
        verdict.findings.push(format!("{} codes, {} redemptions", size.codes, verdict.counts.redemptions));
    }
    verdict
}

impl<'a> Told<'a> {
    fn by(facts: &'a Facts) -> Self {
        let mut redeemed: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for fact in facts.named("backup_code.redeemed") {
            redeemed.entry(fact.about("backup_code")).or_default().push(fact);
        }
        let issued = facts.named("backup_code.issued").map(|fact| (fact.about("backup_code"), fact));
        Self { redeemed, issued: issued.collect(), sessions: facts.counted("sign_in.signed_in", "sign_in") }
    }

    fn redemptions(&self, one: &Raced) -> &[&'a Fact] {
        self.redeemed.get(one.contest.backup_code.as_str()).map(Vec::as_slice).unwrap_or_default()
    }

    fn sessions_of(&self, one: &Raced) -> usize {
        let mut sign_ins: Vec<_> = one.contest.entries.iter().map(|entry| entry.sign_in.as_str()).collect();
        sign_ins.dedup();
        sign_ins.iter().filter_map(|sign_in| self.sessions.get(sign_in)).sum()
    }
}

impl Verdict {
    /// Whether all is as it must be.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    fn count(&mut self, one: &Raced, told: &Told<'_>) {
        let redemptions = told.redemptions(one).len();
        self.counts.redemptions += redemptions;
        self.counts.doubles += usize::from(redemptions > 1);
        self.counts.shown += shown(one).count();
        self.counts.refused += one.answers.iter().flatten().filter(|reply| is_too_late(reply)).count();
        self.counts.sessions += told.sessions_of(one);
    }

    fn judge(&mut self, one: &Raced, told: &Told<'_>) {
        let findings = [
            redeemed_once(one, told),
            answered_as_expected(one, self.sign_ins),
            shown_codes_were_issued(one, told),
            one_session(one, told),
        ];
        let code = &one.contest.backup_code;
        self.findings.extend(findings.into_iter().flatten().map(|finding| format!("{code}: {finding}")));
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Size { codes, racers } = self.size;
        let Counts { redemptions, doubles, shown, refused, sessions } = self.counts;
        let sign_ins = match self.sign_ins {
            SignIns::Shared => "one sign-in for all racers",
            SignIns::Own => "a sign-in for each racer",
        };
        write!(
            f,
            "{codes} codes x {racers} racers, {sign_ins}: {redemptions} redemptions, {doubles} double, \
             {shown} replies with a new code, {refused} refused, {sessions} sessions, {} findings",
            self.findings.len()
        )
    }
}

/// The new codes that racers were shown.
fn shown(one: &Raced) -> impl Iterator<Item = &str> {
    let replies = one.answers.iter().flatten().filter(|reply| reply.status == 200);
    replies.map(|reply| reply.text("/backup_code/id"))
}

fn is_too_late(reply: &Reply) -> bool {
    reply.status == 409 && reply.text("/code") == "wrong_state"
}

fn redeemed_once(one: &Raced, told: &Told<'_>) -> Option<String> {
    let redemptions = told.redemptions(one);
    let replaced = redemptions.iter().all(|redeemed| {
        let mut issued = told.issued.values().filter(|issued| issued.command() == redeemed.command());
        issued.next().is_some_and(|issued| {
            issued.sequence == redeemed.sequence + 1 && issued.about("supersedes") == one.contest.backup_code
        })
    });
    match redemptions.len() {
        1 if replaced => None,
        1 => Some("was redeemed, and not replaced in the same commit".to_owned()),
        other => Some(format!("was redeemed {other} times")),
    }
}

/// Of one sign-in's racers one wins and the others are too late; with sign-ins of their own, the others come
/// to the gate, since they have the password and the code that was just redeemed.
fn answered_as_expected(one: &Raced, sign_ins: SignIns) -> Option<String> {
    let winners = shown(one).count();
    let expected = if sign_ins == SignIns::Shared { 1 } else { one.answers.len() };
    let fits = |reply: &Reply| reply.status == 200 || is_too_late(reply);
    let others = one.answers.iter().filter(|reply| !reply.as_ref().is_some_and(fits));
    let others: Vec<_> = others.map(|reply| reply.as_ref().map(|reply| reply.status)).collect();
    let expected = winners == expected && others.is_empty();
    (!expected).then(|| format!("{winners} racers were shown a new code, others were told {others:?}"))
}

fn shown_codes_were_issued(one: &Raced, told: &Told<'_>) -> Option<String> {
    let mut shown: Vec<_> = shown(one).collect();
    let lost = shown.iter().filter(|code| !told.issued.contains_key(**code)).count();
    let all = shown.len();
    shown.sort_unstable();
    shown.dedup();
    (lost > 0 || shown.len() < all).then(|| format!("of {all} new codes {lost} were never issued"))
}

fn one_session(one: &Raced, told: &Told<'_>) -> Option<String> {
    let granted = one.confirmations.iter().flatten().filter(|reply| reply.status == 200).count();
    let sessions = told.sessions_of(one);
    (granted != 1 || sessions != 1)
        .then(|| format!("one redemption was granted {granted} sessions by reply, {sessions} by the events"))
}
