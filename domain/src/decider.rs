//! The two functions that every aggregate is, and the bridge from them to `cqrs-es`.

use std::fmt::Debug;

use cqrs_es::event_sink::EventSink;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::time::Timestamp;

/// An aggregate as a pure decider: what may happen (`decide`) and what it changes (`evolve`).
///
/// Neither function knows a clock, randomness or I/O: the time is an argument, ids, hashes and the
/// outcome of slow checks arrive in the command.
pub trait Decider:
    Default + Debug + Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// The aggregate's name, as stored beside every event of its streams.
    const TYPE: &'static str;

    /// The number of the state's stored shape; a snapshot made with another number is thrown away.
    const STATE_VERSION: u32;

    /// What somebody wants to happen.
    type Command: Debug + Clone + Send + Sync;

    /// What has happened, without its time.
    type Event: Event;

    /// Why a command cannot be: nothing is committed.
    type Refusal: std::error::Error + Clone + PartialEq + Send + Sync + 'static;

    /// Decides a command against the state at a time: the events to commit, or why not.
    ///
    /// An empty list means that what was asked for already holds.
    fn decide(&self, now: Timestamp, command: Self::Command) -> Result<Vec<Self::Event>, Self::Refusal>;

    /// Takes a committed event into the state; total, for whatever was stored.
    fn evolve(&mut self, at: Timestamp, event: &Self::Event);
}

/// What can be stored as an event: internally tagged by its stored name.
pub trait Event: Debug + Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The version of the event's stored shape, from 1.
    fn version(&self) -> u32 {
        1
    }
}

/// An event and the time it happened at, as it is stored: the event's object with `at` beside its fields.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recorded<E> {
    /// When it happened; never before the event that precedes it in the stream.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub event: E,
}

impl<'de, E: DeserializeOwned> Deserialize<'de> for Recorded<E> {
    /// Takes `at` out first, so that events can refuse fields that they don't know.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Map::deserialize(deserializer)?;
        let at = fields.remove("at").ok_or_else(|| D::Error::missing_field("at"))?;
        Ok(Self {
            at: serde_json::from_value(at).map_err(D::Error::custom)?,
            event: serde_json::from_value(Value::Object(fields)).map_err(D::Error::custom)?,
        })
    }
}

impl<E: Event> cqrs_es::DomainEvent for Recorded<E> {
    /// The stored name, read from the serialised event, where it stands once.
    fn event_type(&self) -> String {
        stored_name(&self.event)
    }

    fn event_version(&self) -> String {
        self.event.version().to_string()
    }
}

/// The name that an event is stored under.
pub fn stored_name<E: Event>(event: &E) -> String {
    serde_json::to_value(event)
        .ok()
        .and_then(|value| value.get("type").and_then(Value::as_str).map(str::to_owned))
        .unwrap_or_default()
}

/// A command and the time it is decided at.
#[derive(Debug, Clone, PartialEq)]
pub struct Issued<C> {
    /// The time that the decision is made for.
    pub at: Timestamp,
    /// What is asked for.
    pub command: C,
}

/// A decider as a `cqrs-es` aggregate, so that its repositories and its test framework can carry it.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Root<D: Decider>(pub D);

impl<D: Decider> cqrs_es::Aggregate for Root<D> {
    const TYPE: &'static str = D::TYPE;
    type Command = Issued<D::Command>;
    type Event = Recorded<D::Event>;
    type Error = D::Refusal;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        _services: &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        for event in self.0.decide(command.at, command.command)? {
            sink.write(Recorded { at: command.at, event }, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, recorded: Self::Event) {
        self.0.evolve(recorded.at, &recorded.event);
    }
}
