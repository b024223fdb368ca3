//! What came of cutting.

use std::fmt;

use super::command::Command;
use super::proxy::Cut;

/// What came of cutting a line.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What the places that were chosen by chance come from.
    pub seed: u64,
    /// Commands that were tried to be cut, each under a key of its own.
    pub tried: u64,
    /// Connections that were cut.
    pub cuts: u64,
    /// Requests that were answered although a connection was cut under them.
    pub answered_at_once: u64,
    /// Replies that were those of an earlier attempt.
    pub replayed: u64,
    /// Where each command was cut.
    pub commands: Vec<Visited>,
    /// What is not as it must be.
    pub findings: Vec<String>,
}

/// Where a command was cut.
#[derive(Debug)]
pub struct Visited {
    /// The command.
    pub command: Command,
    /// The places that had to be visited.
    pub places: usize,
    /// Those at which nothing was cut: the step did not come again.
    pub missed: Vec<Cut>,
    /// Cuts, those that were chosen by chance among them.
    pub cuts: u64,
}

impl Outcome {
    /// Places that had to be visited, and were not.
    pub fn missed(&self) -> usize {
        self.commands.iter().map(|visited| visited.missed.len()).sum()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, tried: _, cuts, answered_at_once, replayed, commands, findings } = self;
        let (missed, findings) = (self.missed(), findings.len());
        write!(
            f,
            "{cuts} cuts, {answered_at_once} answered all the same, {replayed} replies of before, {missed} places \
             missed, {findings} findings (COUNTERSIGN_TEST_SEED={seed})"
        )?;
        for Visited { command, places, missed, cuts } in commands {
            write!(f, "\n  {command:?}: {places} places, {cuts} cuts")?;
            if !missed.is_empty() {
                write!(f, ", missed {missed:?}")?;
            }
        }
        Ok(())
    }
}
