//! What came of it, and what must not be.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::Crowd;

/// Statuses that a sign-in by a stranger may get: rejected after its hash, limited, refused.
const FINE: [&str; 3] = ["422", "429", "503"];

/// What came of a crowd.
#[derive(Debug, Default)]
pub struct Report {
    /// What was said to those who misbehaved, by status; "closed" where nothing was.
    pub ended: BTreeMap<String, usize>,
    /// What was said to those who signed in, likewise.
    pub signed_in: BTreeMap<String, usize>,
    /// Refusals without a time to come back.
    pub without_time: usize,
    /// How long it took to hear that the service lives, sorted.
    pub lives: Vec<Duration>,
    /// The most memory that the service ever had, in MiB.
    pub peak: u64,
}

impl Report {
    pub(super) fn ended(&mut self, heard: &str) {
        *self.ended.entry(status(heard)).or_default() += 1;
    }

    pub(super) fn signed_in(&mut self, heard: &str) {
        let status = status(heard);
        let is_refused = status == "503" || status == "429";
        self.without_time += usize::from(is_refused && !heard.contains("\r\nretry-after: "));
        *self.signed_in.entry(status).or_default() += 1;
    }

    /// The time within which 99 of 100 heard that the service lives.
    pub fn ninety_nine(&self) -> Duration {
        self.lives.get(self.lives.len().saturating_sub(1) * 99 / 100).copied().unwrap_or(Duration::MAX)
    }

    /// What must not be.
    pub fn findings(&self, crowd: &Crowd) -> Vec<String> {
        let strange = self.signed_in.keys().filter(|status| status.as_str() != "closed");
        let strange: Vec<_> = strange.filter(|status| !FINE.contains(&status.as_str())).collect();
        let admitted = self.signed_in.get("422").copied().unwrap_or_default();
        let checks = [
            (self.peak > crowd.memory, format!("{} MiB of memory", self.peak)),
            (self.ninety_nine() > crowd.answers_within, format!("alive only after {:?}", self.ninety_nine())),
            (self.without_time > 0, format!("{} refusals without a time", self.without_time)),
            (!strange.is_empty(), format!("sign-ins were answered {strange:?}")),
            (admitted == 0, "no sign-in was admitted".to_owned()),
        ];
        checks.into_iter().filter(|(is_so, _)| *is_so).map(|(_, told)| told).collect()
    }
}

/// The status of a reply.
fn status(heard: &str) -> String {
    heard.split(' ').nth(1).filter(|_| heard.starts_with("HTTP/1.1 ")).unwrap_or("closed").to_owned()
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let middle = self.lives.get(self.lives.len() / 2).copied().unwrap_or_default();
        writeln!(f, "connections {:?}, sign-ins {:?}", self.ended, self.signed_in)?;
        let (times, slow) = (self.lives.len(), self.ninety_nine());
        write!(f, "alive {times} times: half within {middle:?}, 99 of 100 within {slow:?}; ")?;
        write!(f, "at most {} MiB of memory", self.peak)
    }
}
