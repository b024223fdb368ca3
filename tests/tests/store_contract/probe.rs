//! An aggregate that remembers every event it is given, and whose events hold whatever a test wants.

use std::convert::Infallible;

use countersign_domain::decider::{Decider, Event, Recorded};
use countersign_domain::id::AccountId;
use countersign_domain::secret::{Personal, Verifier};
use countersign_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What was recorded, in a state of one shape. One that lies remembers something else than was recorded.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Remembering<const SHAPE: u32, const LIES: bool> {
    pub(crate) events: Vec<ProbeEvent>,
}

pub(crate) type Probe = Remembering<1, false>;
/// An older program, which folded the same events into something else.
pub(crate) type LyingProbe = Remembering<1, true>;
/// A newer program, whose state has another shape.
pub(crate) type NewerProbe = Remembering<2, false>;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
pub(crate) enum ProbeEvent {
    #[serde(rename = "probe.noted")]
    Noted { text: String },
    #[serde(rename = "probe.sealed")]
    Sealed { name: Personal<String>, hash: Verifier },
    #[serde(rename = "probe.listed")]
    Listed { names: Vec<Personal<String>> },
    /// Belongs to an account, whatever its stream.
    #[serde(rename = "probe.owned")]
    Owned { account: AccountId, name: Personal<String> },
    /// Anything, in the clear.
    #[serde(rename = "probe.measured")]
    Measured { value: Value },
    /// Anything, sealed.
    #[serde(rename = "probe.weighed")]
    Weighed { value: Personal<Value> },
    /// Was `{first, last}` in its first version.
    #[serde(rename = "probe.named")]
    Named { full: Personal<String>, words: u32 },
}

impl Event for ProbeEvent {
    fn version(&self) -> u32 {
        if matches!(self, Self::Named { .. }) { 3 } else { 1 }
    }
}

impl<const SHAPE: u32, const LIES: bool> Decider for Remembering<SHAPE, LIES> {
    const TYPE: &'static str = "Probe";
    const STATE_VERSION: u32 = SHAPE;
    type Command = ();
    type Event = ProbeEvent;
    type Refusal = Infallible;

    fn decide(&self, _now: Timestamp, (): ()) -> Result<Vec<ProbeEvent>, Infallible> {
        Ok(Vec::new())
    }

    fn evolve(&mut self, _at: Timestamp, event: &ProbeEvent) {
        self.events.push(if LIES { noted("a lie") } else { event.clone() });
    }
}

pub(crate) fn noted(text: impl Into<String>) -> ProbeEvent {
    ProbeEvent::Noted { text: text.into() }
}

pub(crate) fn sealed(name: &str, hash: &str) -> ProbeEvent {
    ProbeEvent::Sealed { name: personal(name), hash: Verifier::plain(hash) }
}

pub(crate) fn personal(text: &str) -> Personal<String> {
    Personal::plain(text.to_owned())
}

/// Events that all happened at one moment.
pub(crate) fn at<E>(millis: i64, events: impl IntoIterator<Item = E>) -> Vec<Recorded<E>> {
    let at = Timestamp::from_millis(millis);
    events.into_iter().map(|event| Recorded { at, event }).collect()
}
