//! A lamp with a dimmer: the smallest decider that can be wrong in every way that the laws know.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::decider::{Decider, Event};
use crate::secret::Verifier;
use crate::time::Timestamp;

/// The law that a lamp breaks.
pub(super) mod fault {
    pub(in crate::kit::tests) const NONE: u8 = 0;
    /// Taking an event in asks something outside.
    pub(in crate::kit::tests) const REPLAY: u8 = 1;
    /// The state keeps something that JSON forgets.
    pub(in crate::kit::tests) const SNAPSHOT: u8 = 2;
    /// An event keeps something that JSON forgets.
    pub(in crate::kit::tests) const STORED: u8 = 3;
    /// An event holds an integer that not every reader keeps.
    pub(in crate::kit::tests) const STORABLE: u8 = 4;
    /// Taking an event in looks into what is sealed.
    pub(in crate::kit::tests) const SEALED: u8 = 5;
    /// An event holds the key in the clear.
    pub(in crate::kit::tests) const SECRET: u8 = 6;
    /// A refusal prints the key.
    pub(in crate::kit::tests) const TOLD: u8 = 7;
    /// A refused command leaves a trace.
    pub(in crate::kit::tests) const REFUSED: u8 = 8;
    /// The decision asks something outside.
    pub(in crate::kit::tests) const PURE: u8 = 9;
}

/// Something outside, which no decider may ask.
static OUTSIDE: AtomicU32 = AtomicU32::new(0);

fn outside() -> u32 {
    OUTSIDE.fetch_add(1, Ordering::Relaxed)
}

#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Lamp<const FAULT: u8> {
    pub(super) level: u32,
    pub(super) key: Option<Verifier>,
    key_length: Option<usize>,
    #[serde(skip)]
    forgotten: bool,
    refusals: Trace,
}

#[derive(Debug, Clone)]
pub(super) enum LampCommand {
    Lock { key: &'static str },
    Dim { to: u32 },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
pub(super) enum LampEvent {
    #[serde(rename = "lamp.locked")]
    Locked {
        key: Verifier,
        note: String,
        #[serde(skip)]
        forgotten: bool,
    },
    #[serde(rename = "lamp.dimmed")]
    Dimmed { from: u32, to: u64 },
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum LampRefusal {
    TooBright { to: u32 },
    Locked { by: String },
}

impl fmt::Display for LampRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the lamp refuses")
    }
}

impl std::error::Error for LampRefusal {}

impl Event for LampEvent {}

impl<const FAULT: u8> Decider for Lamp<FAULT> {
    const TYPE: &'static str = "Lamp";
    const STATE_VERSION: u32 = 1;
    type Command = LampCommand;
    type Event = LampEvent;
    type Refusal = LampRefusal;

    fn decide(&self, _now: Timestamp, command: LampCommand) -> Result<Vec<LampEvent>, LampRefusal> {
        match command {
            LampCommand::Lock { key } => match FAULT {
                fault::TOLD => Err(LampRefusal::Locked { by: key.to_owned() }),
                _ => Ok(vec![locked::<FAULT>(key)]),
            },
            LampCommand::Dim { to } if to > 100 => {
                self.refusals.leave(FAULT == fault::REFUSED);
                Err(LampRefusal::TooBright { to })
            }
            LampCommand::Dim { to } if to == self.level => Ok(Vec::new()),
            LampCommand::Dim { to } => {
                let to = if FAULT == fault::PURE { outside() } else { to };
                Ok(vec![LampEvent::Dimmed { from: self.level, to: u64::from(to) }])
            }
        }
    }

    fn evolve(&mut self, _at: Timestamp, event: &LampEvent) {
        match event {
            LampEvent::Locked { key, .. } => {
                self.key = Some(key.clone());
                self.key_length = key.known().map(str::len).filter(|_| FAULT == fault::SEALED);
                self.forgotten = FAULT == fault::SNAPSHOT;
            }
            LampEvent::Dimmed { to, .. } => {
                self.level = if FAULT == fault::REPLAY { outside() } else { u32::try_from(*to).unwrap_or(0) };
            }
        }
    }
}

fn locked<const FAULT: u8>(key: &str) -> LampEvent {
    let note = match FAULT {
        fault::SECRET => format!("the key is {key}"),
        fault::STORABLE => "two\nlines".to_owned(),
        _ => "locked".to_owned(),
    };
    LampEvent::Locked { key: Verifier::plain(key), note, forgotten: FAULT == fault::STORED }
}

/// A count that can be changed through a shared reference, as no state's field may be.
#[derive(Debug, Default)]
struct Trace(AtomicU32);

impl Trace {
    fn leave(&self, leaves: bool) {
        self.0.fetch_add(u32::from(leaves), Ordering::Relaxed);
    }

    fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Clone for Trace {
    fn clone(&self) -> Self {
        Self(AtomicU32::new(self.count()))
    }
}

impl PartialEq for Trace {
    fn eq(&self, other: &Self) -> bool {
        self.count() == other.count()
    }
}

impl Serialize for Trace {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.count())
    }
}

impl<'de> Deserialize<'de> for Trace {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u32::deserialize(deserializer).map(|count| Self(AtomicU32::new(count)))
    }
}
