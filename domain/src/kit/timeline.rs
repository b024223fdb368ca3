//! A decider under a virtual clock: what was recorded, what it led to, and the laws kept on the way.

use super::laws::{self, Breach, Law};
use crate::decider::{Decider, Recorded};
use crate::time::{Span, Timestamp};

/// Monday, 5 January 2026, eight o'clock: when every timeline begins.
const BEGINNING: i64 = 1_767_600_000_000;

/// What came of a command: the events that were recorded, or why not.
pub type Decision<D> = Result<Vec<Recorded<<D as Decider>::Event>>, <D as Decider>::Refusal>;

/// A decider under a virtual clock; scenarios and property tests both drive one.
#[derive(Debug, Clone)]
pub struct Timeline<D: Decider> {
    now: Timestamp,
    state: D,
    history: Vec<Recorded<D::Event>>,
    secrets: Vec<String>,
}

impl<D: Decider> Default for Timeline<D> {
    fn default() -> Self {
        Self {
            now: Timestamp::from_millis(BEGINNING),
            state: D::default(),
            history: Vec::new(),
            secrets: Vec::new(),
        }
    }
}

impl<D: Decider> Timeline<D> {
    /// What the clock says.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The live state.
    pub fn state(&self) -> &D {
        &self.state
    }

    /// Everything that was recorded, oldest first.
    pub fn history(&self) -> &[Recorded<D::Event>] {
        &self.history
    }

    /// Names a text that no event may hold in the clear and no refusal may print.
    pub fn keep_secret(&mut self, text: impl Into<String>) {
        self.secrets.push(text.into());
    }

    /// Lets time pass.
    pub fn pass(&mut self, span: Span) {
        self.now = self.now + span;
    }

    /// Sets the clock to a later moment.
    pub fn go_to(&mut self, moment: Timestamp) -> Result<(), Breach> {
        laws::hold(moment >= self.now, Law::Time, || format!("from {} to {moment}", self.now))?;
        self.now = moment;
        Ok(())
    }

    /// Records an event as it is, whatever the decider would have said.
    pub fn record(&mut self, event: D::Event) -> Result<Recorded<D::Event>, Breach> {
        let recorded = Recorded { at: self.now, event };
        laws::of_event(&recorded, &self.secrets)?;
        self.state.evolve(recorded.at, &recorded.event);
        self.history.push(recorded.clone());
        Ok(recorded)
    }

    /// Decides a command now and records what comes of it.
    pub fn decide(&mut self, command: D::Command) -> Result<Decision<D>, Breach> {
        let before = self.state.clone();
        let answer = self.state.decide(self.now, command.clone());
        if answer.is_err() {
            laws::hold(self.state == before, Law::Refused, || format!("{before:?}\n{:?}", self.state))?;
        }
        laws::same_answer::<D>(&answer, &before.decide(self.now, command))?;
        match answer {
            Ok(events) => {
                events.into_iter().map(|event| self.record(event)).collect::<Result<_, _>>().map(Ok)
            }
            Err(refusal) => laws::of_refusal::<D>(&refusal, &self.secrets).map(|()| Err(refusal)),
        }
    }

    /// Checks the laws that concern the whole history: replay, snapshot, sealed and erased values.
    pub fn check(&self) -> Result<(), Breach> {
        laws::of_history(&self.history, &self.state)
    }
}
