//! What came of it, and what must not be.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::Crowd;
use super::asking::{Answers, Line};
use super::owner::Comings;

/// What was said, by status; "nothing" where nothing was.
pub type Said = BTreeMap<String, usize>;

/// The requests of a crowd that need a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    SignIn,
    Registration,
}

/// What came of a crowd.
#[derive(Debug, Default)]
pub struct Report {
    /// What was said to those who misbehaved.
    pub ended: Said,
    /// What was said to those who signed in.
    pub signed_in: Said,
    /// What was said to those who registered.
    pub registered: Said,
    /// Refusals without a time to come back.
    pub without_time: usize,
    /// Every question whether it lives that was due while the crowd wanted hashes.
    pub answers: Answers,
    /// How the owner's sign-ins went.
    pub owner: Comings,
    /// What the threads that hash were given to do, as the service counted it.
    pub jobs: u64,
    /// Requests without a place for a hash, likewise.
    pub refused: u64,
    /// The most memory that the service ever had, in MiB.
    pub peak: u64,
    /// How long the crowd wanted hashes, and how much of a processor the service had meanwhile.
    pub busy: (Duration, f64),
}

impl Report {
    pub(super) fn ended(&mut self, heard: &str) {
        *self.ended.entry(status(heard)).or_default() += 1;
    }

    pub(super) fn said(&mut self, kind: Kind, heard: &str) {
        let status = status(heard);
        let is_refused = status == "503" || status == "429";
        self.without_time += usize::from(is_refused && !heard.contains("\r\nretry-after: "));
        let said = match kind {
            Kind::SignIn => &mut self.signed_in,
            Kind::Registration => &mut self.registered,
        };
        *said.entry(status).or_default() += 1;
    }

    /// What must not be.
    pub fn findings(&self, crowd: &Crowd) -> Vec<String> {
        let mut findings = Vec::new();
        let mut check = |is_so: bool, told: String| findings.extend(is_so.then_some(told));
        check(self.peak > crowd.memory, format!("{} MiB of memory", self.peak));
        check(self.without_time > 0, format!("{} refusals without a time", self.without_time));
        for (said, fine) in
            [(&self.signed_in, ["422", "429", "503"]), (&self.registered, ["202", "429", "503"])]
        {
            let strange = said.iter().filter(|(status, _)| !fine.contains(&status.as_str()));
            strange.for_each(|(status, count)| check(true, format!("{count} were answered {status}")));
        }
        // A sign-in by a stranger is a hash; a registration is a judgement and a hash.
        let admitted = count(&self.signed_in, "422") + 2 * count(&self.registered, "202");
        let admitted = admitted + u64::try_from(self.owner.took.len()).unwrap_or(u64::MAX);
        check(self.jobs != admitted, format!("{} were admitted, and {admitted} answered", self.jobs));
        check(count(&self.signed_in, "422") == 0, "no sign-in was admitted".to_owned());
        check(self.refused == 0, "nobody was refused for want of a hash".to_owned());
        check(self.owner.took.is_empty(), "the owner never came".to_owned());
        check(!self.owner.failed.is_empty(), format!("the owner was told {:?}", self.owner.failed));
        let (_, unanswered) = self.answers.on(Line::FreshApi);
        check(unanswered > 0, format!("{unanswered} connections were closed without a word"));
        for line in [Line::Api, Line::Operators, Line::FreshOperators] {
            findings.extend(self.answers.findings(line, crowd.answers));
        }
        findings
    }
}

fn count(said: &Said, status: &str) -> u64 {
    said.get(status).and_then(|count| u64::try_from(*count).ok()).unwrap_or_default()
}

/// The status of a reply.
fn status(heard: &str) -> String {
    heard.split(' ').nth(1).filter(|_| heard.starts_with("HTTP/1.1 ")).unwrap_or("nothing").to_owned()
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "connections {:?}", self.ended)?;
        writeln!(f, "sign-ins {:?}, registrations {:?}", self.signed_in, self.registered)?;
        writeln!(f, "{} jobs for the hash pool, {} refused for want of a place", self.jobs, self.refused)?;
        writeln!(f, "the owner's sign-ins, in ms: {:?}; refused {:?}", self.owner.took, self.owner.failed)?;
        write!(f, "{}", self.answers)?;
        let (busy, processor) = self.busy;
        write!(f, "busy for {busy:?} with {processor:.2} processors; at most {} MiB of memory", self.peak)
    }
}
