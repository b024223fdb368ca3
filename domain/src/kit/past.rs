//! What a scenario starts from: events as they were, commands that were accepted, time that passed.

use crate::decider::Decider;
use crate::time::Span;

/// What happened before: a list of steps that can be put together and repeated.
///
/// A step by command keeps a scenario honest: the past is one that the rules allow, and where a rule changes,
/// the past changes with it or the scenario fails. A step by event says what is, whatever the rules.
#[derive(Debug, Clone)]
pub struct Past<D: Decider> {
    steps: Vec<Step<D>>,
}

/// One step of a past.
#[derive(Debug, Clone)]
pub(super) enum Step<D: Decider> {
    /// An event, as it was recorded.
    Event(D::Event),
    /// A command, which has to be accepted.
    Command(D::Command),
    /// Time that went by.
    After(Span),
}

impl<D: Decider> Past<D> {
    /// A past in which nothing happened.
    pub fn nothing() -> Self {
        Self { steps: Vec::new() }
    }

    /// A past of these commands, one right after the other.
    pub fn of(commands: impl IntoIterator<Item = D::Command>) -> Self {
        Self { steps: commands.into_iter().map(Step::Command).collect() }
    }

    /// Then this command was accepted.
    #[must_use]
    pub fn command(self, command: D::Command) -> Self {
        self.step(Step::Command(command))
    }

    /// Then this was recorded.
    #[must_use]
    pub fn event(self, event: D::Event) -> Self {
        self.step(Step::Event(event))
    }

    /// Then time passed.
    #[must_use]
    pub fn after(self, span: Span) -> Self {
        self.step(Step::After(span))
    }

    /// Then all of that happened.
    #[must_use]
    pub fn and(mut self, then: impl Into<Self>) -> Self {
        self.steps.extend(then.into().steps);
        self
    }

    /// Then something happened a number of times, counted from 1.
    #[must_use]
    pub fn times(self, times: u32, then: impl Fn(u32) -> Self) -> Self {
        (1..=times).fold(self, |past, number| past.and(then(number)))
    }

    fn step(mut self, step: Step<D>) -> Self {
        self.steps.push(step);
        self
    }

    pub(super) fn into_steps(self) -> impl Iterator<Item = Step<D>> {
        self.steps.into_iter()
    }
}

impl<D: Decider, const N: usize> From<[D::Event; N]> for Past<D> {
    fn from(events: [D::Event; N]) -> Self {
        Self { steps: events.into_iter().map(Step::Event).collect() }
    }
}

impl<D: Decider> From<Vec<D::Event>> for Past<D> {
    fn from(events: Vec<D::Event>) -> Self {
        Self { steps: events.into_iter().map(Step::Event).collect() }
    }
}
