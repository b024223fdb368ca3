//! What holds for every trace: each a function that says what it found wrong.

mod codes;
mod failures;
mod proofs;
mod recoveries;
mod times;

use std::fmt;

use countersign_domain::account::{AccountCommand, AccountEvent, AccountRefusal};
use countersign_domain::decider::stored_name;
use countersign_domain::time::Timestamp;

/// A command, when it was decided, and what came of it.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) at: Timestamp,
    pub(super) command: AccountCommand,
    pub(super) outcome: Result<Vec<AccountEvent>, AccountRefusal>,
}

/// Everything that was tried, oldest first.
pub(super) type Trace = Vec<Step>;

/// What holds for every trace.
pub(super) type Invariant = fn(&Trace) -> Result<(), String>;

/// All of them, by name.
pub(super) const INVARIANTS: [(&str, Invariant); 11] = [
    ("no session without password, factor and confirmed code", proofs::every_session_was_proven),
    ("what ended stays ended", proofs::what_ended_stays_ended),
    ("no code is accepted twice", codes::no_code_is_accepted_twice),
    ("one redemption grants at most one session", codes::one_redemption_one_session),
    ("redeeming and replacing are one commit", codes::redeeming_replaces),
    ("a challenge takes five guesses, a gate five replacements", codes::guesses_and_reissues_are_bounded),
    ("failures in a row stay within their budgets", failures::stay_within_their_budgets),
    ("every failure in a row is counted", failures::are_counted),
    ("waits are kept", failures::waits_are_kept),
    ("codes, sign-ins and gates end in time", times::everything_ends_in_time),
    ("no recovery without two proofs in their time", recoveries::every_recovery_was_proven),
];

impl Step {
    /// What was recorded; nothing for a refusal.
    pub(super) fn events(&self) -> &[AccountEvent] {
        self.outcome.as_deref().unwrap_or_default()
    }

    /// The stored names of what was recorded.
    pub(super) fn names(&self) -> Vec<String> {
        self.events().iter().map(stored_name).collect()
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = match &self.outcome {
            Ok(_) => self.names().join(", "),
            Err(refusal) => format!("refused: {refusal:?}"),
        };
        write!(f, "{} {:?}\n    {outcome}", self.at, self.command)
    }
}

/// Every event of a trace, with the step that it came from.
fn facts(trace: &Trace) -> impl Iterator<Item = (&Step, &AccountEvent)> {
    trace.iter().flat_map(|step| step.events().iter().map(move |event| (step, event)))
}

/// Whether a session asks for it, for which its sign-in has come to its end.
fn is_of_a_session(command: &AccountCommand) -> bool {
    matches!(command, AccountCommand::RequestBackupCode { .. } | AccountCommand::ConfirmBackupCode { .. })
}

/// Says what was found unless something holds.
fn ensure(holds: bool, found: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(found()) }
}
