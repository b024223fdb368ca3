//! What holds for every decider, whatever its rules: each scenario checks it by itself.

use std::fmt;

use serde_json::Value;

use super::json::{Seal, image, leaves, seal};
use crate::decider::{Decider, Event, Recorded, stored_name};

/// Something that holds for every decider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Law {
    /// What was recorded, read back and taken in from the start, gives the live state.
    Replay,
    /// The state survives JSON, so that a snapshot can stand for it.
    Snapshot,
    /// An event survives JSON.
    Stored,
    /// An event holds only what the store takes.
    Storable,
    /// Taking an event in doesn't need what is sealed in it.
    Sealed,
    /// No event and no refusal holds or prints a secret.
    Secret,
    /// A refused command changes nothing.
    Refused,
    /// The same command at the same time gets the same answer.
    Pure,
    /// Time never runs backwards.
    Time,
}

/// A law that did not hold, and what was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// The law.
    pub law: Law,
    /// What was seen.
    pub detail: String,
}

impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Replay => "replaying what was recorded gives the live state",
            Self::Snapshot => "the state survives JSON",
            Self::Stored => "an event survives JSON",
            Self::Storable => "an event holds only what the store takes",
            Self::Sealed => "taking an event in does not need what is sealed in it",
            Self::Secret => "no event and no refusal holds or prints a secret",
            Self::Refused => "a refused command changes nothing",
            Self::Pure => "the same command at the same time gets the same answer",
            Self::Time => "time never runs backwards",
        })
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "broken law: {}\n{}", self.law, self.detail)
    }
}

impl std::error::Error for Breach {}

/// Fails with a law unless something holds.
pub(super) fn hold(holds: bool, law: Law, detail: impl FnOnce() -> String) -> Result<(), Breach> {
    if holds { Ok(()) } else { Err(Breach { law, detail: detail() }) }
}

/// The laws of one event on its way to the store.
pub(super) fn of_event<E: Event>(recorded: &Recorded<E>, secrets: &[String]) -> Result<(), Breach> {
    let stored = image(recorded);
    let read: Result<Recorded<E>, _> = serde_json::from_value(stored.clone());
    hold(read.as_ref().is_ok_and(|read| read == recorded), Law::Stored, || {
        format!("recorded {recorded:?}\nstored   {stored}\nread     {read:?}")
    })?;
    storable(&stored)?;
    discreet(secrets, &seal(&stored, Seal::Sealed), &format!("{recorded:?}"))
}

/// The laws of a refusal.
pub(super) fn of_refusal<D: Decider>(refusal: &D::Refusal, secrets: &[String]) -> Result<(), Breach> {
    discreet(secrets, &Value::Null, &format!("{refusal} {refusal:?}"))
}

/// The laws of a whole history and the state that it led to.
pub(super) fn of_history<D: Decider>(history: &[Recorded<D::Event>], live: &D) -> Result<(), Breach> {
    let restored: Result<D, _> = serde_json::from_value(image(live));
    hold(restored.as_ref().is_ok_and(|restored| restored == live), Law::Snapshot, || {
        differences(
            "live",
            &image(live),
            "restored",
            &restored.map_or_else(|e| image(&e.to_string()), |d| image(&d)),
        )
    })?;
    let replayed: D = replay(history.iter().map(image))?;
    hold(replayed == *live, Law::Replay, || {
        differences("live", &image(live), "replayed", &image(&replayed))
    })?;
    [Seal::Sealed, Seal::Erased].into_iter().try_for_each(|how| replays_sealed(history, live, how))
}

/// The state that stored events lead to, read and taken in from the start.
fn replay<D: Decider>(stored: impl Iterator<Item = Value>) -> Result<D, Breach> {
    let mut state = D::default();
    for event in stored {
        let read = serde_json::from_value::<Recorded<D::Event>>(event.clone());
        let recorded = read.map_err(|error| Breach {
            law: Law::Stored,
            detail: format!("stored {event}\nread   {error}"),
        })?;
        state.evolve(recorded.at, &recorded.event);
    }
    Ok(state)
}

fn replays_sealed<D: Decider>(history: &[Recorded<D::Event>], live: &D, how: Seal) -> Result<(), Breach> {
    let replayed: D = replay(history.iter().map(|recorded| seal(&image(recorded), how)))?;
    let (expected, found) = (seal(&image(live), how), image(&replayed));
    hold(expected == found, Law::Sealed, || differences("live", &expected, "from sealed events", &found))
}

/// The largest integer that every reader of JSON keeps exactly.
const LARGEST_INTEGER: u64 = 1 << 53;

/// Refuses what the store refuses: it could not be told apart, or hashed alike, later.
fn storable(stored: &Value) -> Result<(), Breach> {
    let named = stored.get("type").and_then(Value::as_str).is_some_and(|name| !name.is_empty());
    hold(named, Law::Storable, || format!("the event has no stored name: {stored}"))?;
    leaves(&seal(stored, Seal::Erased)).into_iter().try_for_each(|(path, leaf)| {
        let key = path.split('.').any(|step| step.starts_with('$'));
        hold(!key && is_storable(&leaf), Law::Storable, || format!("{path}: {leaf}"))
    })
}

fn is_storable(leaf: &Value) -> bool {
    match leaf {
        Value::Number(number) => {
            let size = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
            size.is_some_and(|size| size <= LARGEST_INTEGER)
        }
        Value::String(text) => {
            let sealed = ["s1p.", "s1v.", "s1w."].iter().any(|class| text.starts_with(class));
            !sealed && !text.chars().any(char::is_control)
        }
        _ => true,
    }
}

/// Finds a secret in what is stored in the clear, or in what is printed.
fn discreet(secrets: &[String], stored: &Value, printed: &str) -> Result<(), Breach> {
    let clear = leaves(stored).into_iter().map(|(path, leaf)| format!("{path}: {leaf}"));
    for text in clear.chain([printed.to_owned()]) {
        let found = secrets.iter().find(|secret| text.contains(secret.as_str()));
        hold(found.is_none(), Law::Secret, || text.clone())?;
    }
    Ok(())
}

/// The fields of two states that are not the same.
fn differences(left: &str, one: &Value, right: &str, other: &Value) -> String {
    let (one, other) = (leaves(one), leaves(other));
    let only = |these: &[(String, Value)], those: &[(String, Value)], name: &str| {
        let missing = these.iter().filter(|leaf| !those.contains(leaf));
        missing.map(|(path, leaf)| format!("{name}: {path} = {leaf}")).collect::<Vec<_>>()
    };
    let found = [only(&one, &other, left), only(&other, &one, right)].concat();
    if found.is_empty() { "they differ in what JSON does not show".to_owned() } else { found.join("\n") }
}

/// Whether two answers are the same.
pub(super) fn same_answer<D: Decider>(
    one: &Result<Vec<D::Event>, D::Refusal>,
    other: &Result<Vec<D::Event>, D::Refusal>,
) -> Result<(), Breach> {
    let names = |answer: &Result<Vec<D::Event>, D::Refusal>| match answer {
        Ok(events) => format!("{:?}", events.iter().map(stored_name).collect::<Vec<_>>()),
        Err(refusal) => format!("refused: {refusal}"),
    };
    hold(one == other, Law::Pure, || format!("first  {}\nsecond {}", names(one), names(other)))
}
