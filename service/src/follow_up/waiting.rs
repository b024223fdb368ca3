//! The work that waits, as it is measured: how much of each kind, and for how long.

use std::collections::BTreeMap;

use countersign_domain::time::Timestamp;
use countersign_stores::WaitingFollowUps;

/// The kinds of work: a code's message, a notice, an event of another stream.
const KINDS: [&str; 3] = [CODE, NOTICE, EVENT];
const CODE: &str = "code";
const NOTICE: &str = "notice";
const EVENT: &str = "event";

/// Work of one kind that waits.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// How much of it there is.
    pub rows: u64,
    /// How many seconds ago the oldest was left; 0 where there is none.
    pub oldest_seconds: u64,
}

/// What waits at a moment, by its kind; each kind is there.
pub(crate) fn waiting(rows: Vec<WaitingFollowUps>, now: Timestamp) -> BTreeMap<&'static str, Waiting> {
    let mut kinds: BTreeMap<_, _> = KINDS.iter().map(|kind| (*kind, Waiting::default())).collect();
    for WaitingFollowUps { event_type, count, oldest } in rows {
        let waiting = kinds.entry(kind(&event_type)).or_default();
        waiting.rows += count;
        let age = now.as_millis().saturating_sub(oldest.as_millis()) / 1_000;
        waiting.oldest_seconds = waiting.oldest_seconds.max(u64::try_from(age).unwrap_or_default());
    }
    kinds
}

fn kind(event_type: &str) -> &'static str {
    match event_type {
        "code.requested" => CODE,
        "sign_in.signed_in" | "account.closed" | "email.claimed" | "backup_code.save_confirmed" => EVENT,
        _ => NOTICE,
    }
}
