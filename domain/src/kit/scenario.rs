//! Given, when, then: one behaviour, told as a test.

use std::fmt::Debug;

use super::json::image;
use super::laws::Breach;
use super::past::{Past, Step};
use super::pattern::Pattern;
use super::report::{self, Report, Row};
use super::timeline::{Decision, Timeline};
use crate::decider::{Decider, stored_name};
use crate::time::{Span, Timestamp};

/// Begins a scenario; its sentence is the name of the test that it stands in.
#[must_use = "a scenario says nothing before its `when` and `then`"]
pub fn scenario<D: Decider>() -> Scenario<D> {
    Scenario { timeline: Timeline::default(), case: None }
}

/// A scenario before its first `when`.
#[must_use = "a scenario says nothing before its `when` and `then`"]
#[derive(Debug)]
pub struct Scenario<D: Decider> {
    timeline: Timeline<D>,
    case: Option<String>,
}

/// A scenario after a `when`: what was decided, to be compared with what was expected.
#[derive(Debug)]
pub struct Decided<D: Decider> {
    timeline: Timeline<D>,
    case: Option<String>,
    before: Timeline<D>,
    command: String,
    decision: Decision<D>,
    verdict: Verdict,
}

/// Fails the test when a scenario ends without saying what is expected.
#[derive(Debug)]
struct Verdict {
    open: bool,
    text: String,
}

impl<D: Decider> Scenario<D> {
    /// Tells one of several cases of a test from the others, where a failure is printed.
    pub fn case(mut self, name: impl Into<String>) -> Self {
        self.case = Some(name.into());
        self
    }

    /// Names a text that no event may hold in the clear, and no refusal may print.
    pub fn secret(mut self, text: impl Into<String>) -> Self {
        self.timeline.keep_secret(text);
        self
    }

    /// Says what happened before: events in an array or a `Vec`, or a [`Past`].
    #[track_caller]
    pub fn given(mut self, past: impl Into<Past<D>>) -> Self {
        for step in past.into().into_steps() {
            let before = self.timeline.clone();
            if let Err(what) = take(&mut self.timeline, step) {
                fail(&blank(&what, &before, self.case.as_deref()));
            }
        }
        self
    }

    /// Lets time pass.
    pub fn after(mut self, span: Span) -> Self {
        self.timeline.pass(span);
        self
    }

    /// Sets the clock to a later moment.
    #[track_caller]
    pub fn at(mut self, moment: Timestamp) -> Self {
        go_to(&mut self.timeline, moment, self.case.as_deref());
        self
    }

    /// Says what is asked for.
    #[track_caller]
    #[must_use = "say what is expected with one of the `then…`"]
    pub fn when(self, command: D::Command) -> Decided<D> {
        decide(self.timeline, self.case, command)
    }
}

impl<D: Decider> Decided<D> {
    /// Lets time pass.
    #[must_use = "time passes for the next `when`"]
    pub fn after(mut self, span: Span) -> Self {
        self.timeline.pass(span);
        self
    }

    /// Sets the clock to a later moment.
    #[track_caller]
    #[must_use = "time passes for the next `when`"]
    pub fn at(mut self, moment: Timestamp) -> Self {
        go_to(&mut self.timeline, moment, self.case.as_deref());
        self
    }

    /// Says what is asked for next; what was asked before has to be accepted, unless a refusal was expected.
    #[track_caller]
    #[must_use = "say what is expected with one of the `then…`"]
    pub fn when(mut self, command: D::Command) -> Self {
        if std::mem::take(&mut self.verdict.open) && self.decision.is_err() {
            fail(&self.verdict.text);
        }
        decide(self.timeline, self.case, command)
    }
}

#[expect(clippy::return_self_not_must_use, reason = "a scenario may end with any `then…`")]
impl<D: Decider> Decided<D> {
    /// Expects these events, in this order, and no others: whole ones, or [`event`](super::event) patterns.
    #[track_caller]
    pub fn then<P: Into<Pattern>>(mut self, expected: impl IntoIterator<Item = P>) -> Self {
        let expected: Vec<Pattern> = expected.into_iter().map(Into::into).collect();
        let rows = match &self.decision {
            Ok(events) => report::events(&expected, &events.iter().map(image).collect::<Vec<_>>()),
            Err(refusal) => report::beside(
                expected
                    .iter()
                    .zip(1..)
                    .map(|(event, number)| format!("{number}. {}", event.name()))
                    .collect(),
                vec![refused_line(refusal)],
            ),
        };
        self.expect(report::all_fit(&rows), "the answer is another", rows);
        self
    }

    /// Expects that the command is accepted and nothing has to change.
    #[track_caller]
    pub fn then_nothing(mut self) -> Self {
        let rows = report::beside(vec!["nothing".to_owned()], self.outcome_lines());
        self.expect(matches!(&self.decision, Ok(events) if events.is_empty()), "the answer is another", rows);
        self
    }

    /// Expects that the command is refused, and why.
    #[track_caller]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a scenario states values, and reads better without `&`"
    )]
    pub fn then_refused(mut self, expected: D::Refusal) -> Self {
        let rows = report::beside(vec![refused_line(&expected)], self.outcome_lines());
        let fits = matches!(&self.decision, Err(refusal) if *refusal == expected);
        self.expect(fits, "the answer is another", rows);
        self.verdict.open = false;
        self
    }

    /// Expects that the command is refused for a reason that fits.
    #[track_caller]
    pub fn then_refused_matching(mut self, fits: impl FnOnce(&D::Refusal) -> bool) -> Self {
        let rows = report::beside(vec!["refused: (matching)".to_owned()], self.outcome_lines());
        let fits = matches!(&self.decision, Err(refusal) if fits(refusal));
        self.expect(fits, "the answer is another", rows);
        self.verdict.open = false;
        self
    }

    /// Expects what can be read from the state now.
    #[track_caller]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a scenario states values, and reads better without `&`"
    )]
    pub fn then_state<T: PartialEq + Debug>(
        mut self,
        read: impl FnOnce(&D, Timestamp) -> T,
        expected: T,
    ) -> Self {
        let actual = read(self.timeline.state(), self.timeline.now());
        let rows = report::beside(debug_lines(&expected), debug_lines(&actual));
        self.expect(actual == expected, "the state is another", rows);
        self
    }

    #[track_caller]
    fn expect(&mut self, holds: bool, what: &str, rows: Vec<Row>) {
        self.verdict.open &= self.decision.is_err();
        if !holds {
            self.verdict.open = false;
            fail(&decided(what, &self.before, self.case.as_deref(), &self.command, rows));
        }
    }

    fn outcome_lines(&self) -> Vec<String> {
        match &self.decision {
            Ok(events) if events.is_empty() => vec!["nothing".to_owned()],
            Ok(events) => {
                events.iter().zip(1..).flat_map(|(event, n)| report::lines(n, &image(event))).collect()
            }
            Err(refusal) => vec![refused_line(refusal)],
        }
    }
}

impl Drop for Verdict {
    fn drop(&mut self) {
        if self.open && !std::thread::panicking() {
            fail(&self.text);
        }
    }
}

/// Takes a step of the past; a command of the past has to be accepted.
fn take<D: Decider>(timeline: &mut Timeline<D>, step: Step<D>) -> Result<(), String> {
    let broken = |breach: Breach| breach.to_string();
    match step {
        Step::After(span) => timeline.pass(span),
        Step::Event(event) => drop(timeline.record(event).map_err(broken)?),
        Step::Command(command) => {
            let shown = format!("{command:?}");
            let decision = timeline.decide(command).map_err(broken)?;
            decision.map_err(|refusal| format!("the past cannot be: {shown}\n{}", refused_line(&refusal)))?;
        }
    }
    Ok(())
}

#[track_caller]
fn go_to<D: Decider>(timeline: &mut Timeline<D>, moment: Timestamp, case: Option<&str>) {
    if let Err(breach) = timeline.go_to(moment) {
        fail(&blank(&breach.to_string(), timeline, case));
    }
}

#[track_caller]
fn decide<D: Decider>(mut timeline: Timeline<D>, case: Option<String>, command: D::Command) -> Decided<D> {
    let (before, shown) = (timeline.clone(), format!("{command:?}"));
    let checked = timeline.decide(command).and_then(|decision| timeline.check().map(|()| decision));
    match checked {
        Err(breach) => fail(&decided(&breach.to_string(), &before, case.as_deref(), &shown, Vec::new())),
        Ok(decision) => {
            let missed = match &decision {
                Ok(_) => "nothing is expected of the last `when`".to_owned(),
                Err(refusal) => format!("nobody expected it to be {}", refused_line(refusal)),
            };
            let text = decided(&missed, &before, case.as_deref(), &shown, Vec::new());
            Decided {
                timeline,
                case,
                before,
                command: shown,
                decision,
                verdict: Verdict { open: true, text },
            }
        }
    }
}

/// The one place where a scenario fails.
#[track_caller]
fn fail(text: &str) -> ! {
    panic!("{text}");
}

fn refused_line(refusal: &impl Debug) -> String {
    format!("refused: {refusal:?}")
}

fn debug_lines(value: &impl Debug) -> Vec<String> {
    format!("{value:#?}").lines().map(str::to_owned).collect()
}

fn blank<D: Decider>(what: &str, before: &Timeline<D>, case: Option<&str>) -> String {
    render(what, before, case, None, Vec::new())
}

fn decided<D: Decider>(
    what: &str,
    before: &Timeline<D>,
    case: Option<&str>,
    command: &str,
    rows: Vec<Row>,
) -> String {
    render(what, before, case, Some((command, before.now().to_string())), rows)
}

fn render<D: Decider>(
    what: &str,
    before: &Timeline<D>,
    case: Option<&str>,
    decided: Option<(&str, String)>,
    rows: Vec<Row>,
) -> String {
    let history = before.history().iter().map(|recorded| stored_name(&recorded.event)).collect();
    Report { what, decided, rows, before: image(before.state()), history, case }.to_string()
}
