//! What came of a run: counts, and what must not be.

use std::fmt;

use super::rules::{History, findings};

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Times that a server was killed.
    pub kills: usize,
    /// What was counted, by what it is.
    pub counts: Vec<(&'static str, usize)>,
    /// What must not be, each in a sentence.
    pub findings: Vec<String>,
}

/// Events that are worth counting, and what they are called in a report.
const COUNTED: [(&str, &str); 9] = [
    ("account.email_verified", "accounts"),
    ("sign_in.started", "sign-ins"),
    ("sign_in.signed_in", "sessions"),
    ("account.closed", "closed accounts"),
    ("code.requested", "codes requested"),
    ("code.sent", "codes sent"),
    ("code.delivery_failed", "codes not delivered"),
    ("backup_code.redeemed", "backup codes redeemed"),
    ("backup_code.gate_reopened", "gates re-opened"),
];

impl Report {
    pub(super) fn of(kills: usize, history: &History) -> Self {
        let mut counts = vec![
            ("replies", history.promises.replies()),
            ("events", history.facts.all().count()),
            ("messages", history.mails.len()),
        ];
        counts.extend(COUNTED.iter().map(|(name, called)| (*called, history.facts.named(name).count())));
        Self { kills, counts, findings: findings(history) }
    }

    /// Whether all is as it must be.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// How many of what the report calls so.
    pub fn count(&self, called: &str) -> usize {
        self.counts.iter().find(|(name, _)| *name == called).map_or(0, |(_, count)| *count)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} kills", self.kills)?;
        self.counts.iter().try_for_each(|(called, count)| write!(f, ", {count} {called}"))?;
        write!(f, ", {} findings", self.findings.len())
    }
}
