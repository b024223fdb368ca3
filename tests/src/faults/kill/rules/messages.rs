//! Rules of messages: one file each, named by its id.

use std::collections::{BTreeMap, BTreeSet};

use super::{History, repeated};
use crate::process::facts::Facts;
use crate::process::mailbox::{message_id, notice_id};

pub(super) fn sent_is_there(history: &History) -> Vec<String> {
    let there: BTreeSet<_> = history.mails.iter().map(|mail| mail.id.as_str()).collect();
    recorded(&history.facts).into_iter().filter(|id| !there.contains(id.as_str())).collect()
}

/// A message that is there was taken: it is recorded as sent, or as one of which that is not known.
pub(super) fn there_is_recorded(history: &History) -> Vec<String> {
    let failures = history.facts.named("code.delivery_failed");
    let unknown = failures.filter(|failed| failed.about("reason") == "unknown");
    let unknown = unknown.map(|failed| message_id(failed.about("challenge"), failed.number("send")));
    let known: BTreeSet<_> = recorded(&history.facts).into_iter().chain(unknown).collect();
    let codes = history.mails.iter().map(|mail| &mail.id).filter(|id| id.starts_with("ch_"));
    codes.filter(|id| !known.contains(*id)).cloned().collect()
}

pub(super) fn recorded_once(history: &History) -> Vec<String> {
    let mut counts = BTreeMap::new();
    for id in recorded(&history.facts) {
        *counts.entry(id).or_default() += 1;
    }
    repeated(counts)
}

/// The ids of the messages that are recorded as sent.
fn recorded(facts: &Facts) -> Vec<String> {
    let codes = facts.named("code.sent");
    let codes = codes.map(|sent| message_id(sent.about("challenge"), sent.number("send")));
    let notices = facts.named("notice.sent").map(|sent| {
        let name = sent.about("notice").rsplit('_').next().unwrap_or_default();
        notice_id(sent.about("backup_code"), name)
    });
    codes.chain(notices).collect()
}
