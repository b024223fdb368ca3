//! What must hold at the end, whatever happened before: each rule is a function from the history to what
//! breaks it.

mod codes;
mod messages;
mod steps;
mod streams;

use super::Promises;
use crate::process::facts::Facts;
use crate::process::mailbox::Mail;

/// Everything that is known of a run.
#[derive(Debug, Clone)]
pub struct History {
    /// The events.
    pub facts: Facts,
    /// The messages.
    pub mails: Vec<Mail>,
    /// What was acknowledged.
    pub promises: Promises,
}

/// A rule: what it says, and what breaks it.
type Rule = (&'static str, fn(&History) -> Vec<String>);

const RULES: [Rule; 15] = [
    ("what was acknowledged is stored", what_was_acknowledged_is_stored),
    ("a stream has no gap", streams::no_gap),
    ("time never runs backwards in a stream", streams::time_never_runs_backwards),
    (
        "a requested code was sent, or could not be, and one of them once",
        codes::every_request_has_one_outcome,
    ),
    ("a mailed code is accepted once", codes::accepted_once),
    ("a backup code is redeemed once", codes::redeemed_once),
    ("a redeemed backup code is replaced in the same commit", codes::replaced_in_the_same_commit),
    ("a claimed address leads to a verified account", steps::claimed_then_verified),
    ("a granted session is started, once", steps::granted_then_started),
    ("a closed account lets go of its address", steps::closed_then_released),
    ("a closed account has no session left", steps::closed_then_revoked),
    ("a message that was sent is there", messages::sent_is_there),
    ("a code's message that is there is recorded as sent", messages::there_is_recorded),
    ("a code that was accepted was sent", codes::accepted_was_sent),
    ("a message is recorded as sent once", messages::recorded_once),
];

/// What the rules say.
pub fn sentences() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|(says, _)| *says)
}

/// Everything that breaks a rule, each in a sentence.
pub fn findings(history: &History) -> Vec<String> {
    let broken = |(says, rule): &Rule| {
        rule(history).into_iter().map(|finding| format!("{says}: {finding}")).collect::<Vec<_>>()
    };
    RULES.iter().flat_map(broken).collect()
}

fn what_was_acknowledged_is_stored(history: &History) -> Vec<String> {
    history.promises.broken(&history.facts)
}

/// The values that stand more than once.
fn repeated(counts: impl IntoIterator<Item = (String, usize)>) -> Vec<String> {
    let repeated = counts.into_iter().filter(|(_, count)| *count > 1);
    repeated.map(|(value, count)| format!("{value} {count} times")).collect()
}
