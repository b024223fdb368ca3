//! What a connection is waited for, and until when.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::bounds::Bounds;
use super::places::Places;

/// How an HTTP/2 connection begins, and no HTTP/1.1 connection does.
const HTTP2: &[u8] = b"PRI ";

/// What goes on on a connection.
#[derive(Debug)]
pub(super) struct Activity {
    state: Mutex<State>,
    changed: Notify,
    bounds: Bounds,
    places: Places,
}

/// A request under way; dropped when its reply was handed over, or is given up.
#[derive(Debug)]
pub(super) struct Request {
    activity: Arc<Activity>,
    number: u64,
}

/// Why a connection is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Overdue {
    /// Nothing came on it.
    Silent,
    /// A request's head did not come to its end.
    Head,
    /// No further request came.
    Idle,
    /// No further request came, and others wait for a place.
    Crowded,
    /// The service stops, and nothing is under way.
    Stopping,
    /// Nothing was taken of what was written.
    Stalled,
    /// A request was not done with in time: its reply could not be handed over.
    Undelivered,
}

#[derive(Debug)]
struct State {
    /// Requests under way, the oldest first, and until when each must be done with; one that streams has rules of its own.
    requests: BTreeMap<u64, Option<Instant>>,
    /// Requests so far.
    counted: u64,
    is_http2: bool,
    /// The first bytes that came, until they tell which HTTP it is.
    first: Vec<u8>,
    stops: bool,
    stalled: bool,
    waits: Option<Wait>,
}

/// What is waited for, and until when; nothing while all that is under way streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wait {
    until: Instant,
    overdue: Overdue,
}

impl Activity {
    /// A connection that was just opened.
    pub(super) fn new(bounds: Bounds, places: Places) -> Arc<Self> {
        let waits = Some(Wait { until: Instant::now() + bounds.head_within, overdue: Overdue::Silent });
        let state = State {
            requests: BTreeMap::new(),
            counted: 0,
            is_http2: false,
            first: Vec::new(),
            stops: false,
            stalled: false,
            waits,
        };
        Arc::new(Self { state: Mutex::new(state), changed: Notify::new(), bounds, places })
    }

    /// Bytes came.
    pub(super) fn heard(&self, bytes: &[u8]) {
        let mut state = self.state();
        let lacking = HTTP2.len() - state.first.len();
        if lacking > 0 {
            state.first.extend(bytes.iter().take(lacking));
            state.is_http2 = state.first == HTTP2;
        }
        let is_http2 = state.is_http2;
        match &mut state.waits {
            // The deadline of the first request stays: who sends a byte now and then gains nothing.
            Some(wait) if wait.overdue == Overdue::Silent => wait.overdue = Overdue::Head,
            // An idle HTTP/2 connection has things to say that are no request.
            Some(wait) if wait.overdue == Overdue::Idle && !is_http2 => {
                *wait = Wait { until: Instant::now() + self.bounds.head_within, overdue: Overdue::Head };
                self.changed.notify_one();
            }
            _ => {}
        }
    }

    /// A request came.
    pub(super) fn request(self: &Arc<Self>) -> Request {
        let mut state = self.state();
        let number = state.counted;
        state.counted += 1;
        state.requests.insert(number, Some(Instant::now() + self.bounds.delivered_within));
        self.wait(&mut state);
        Request { activity: Arc::clone(self), number }
    }

    /// The service stops.
    pub(super) fn stop(&self) {
        let mut state = self.state();
        state.stops = true;
        self.wait(&mut state);
    }

    /// Nothing was taken of what was written.
    pub(super) fn stalled(&self) {
        self.state().stalled = true;
    }

    /// Whether what was written was not taken.
    pub(super) fn is_stalled(&self) -> bool {
        self.state().stalled
    }

    /// Whether an answer in HTTP/1.1 is understood: something came, and it was no HTTP/2.
    pub(super) fn speaks_http1(&self) -> bool {
        let state = self.state();
        !state.first.is_empty() && !state.is_http2
    }

    /// Waits until what is waited for is overdue.
    pub(super) async fn overdue(&self) -> Overdue {
        loop {
            let waits = self.state().waits;
            let Some(wait) = waits else {
                self.changed.notified().await;
                continue;
            };
            let is_idle = wait.overdue == Overdue::Idle;
            let looked_at = if is_idle {
                wait.until.min(Instant::now() + self.bounds.idle_when_crowded)
            } else {
                wait.until
            };
            if timeout_at(looked_at, self.changed.notified()).await.is_err() {
                // It may have been changed without a word, to be later.
                match self.state().waits {
                    Some(still) if still.until <= Instant::now() => return still.overdue,
                    Some(still) if is_idle && still == wait && self.places.are_nearly_taken() => {
                        return Overdue::Crowded;
                    }
                    _ => {}
                }
            }
        }
    }

    /// Whether the other side can be told that the connection ends before it does: it may be about to ask for something.
    pub(super) fn hears_goodbye(&self, overdue: Overdue) -> bool {
        matches!(overdue, Overdue::Idle | Overdue::Crowded) && self.state().is_http2
    }

    /// Waits for what is due now: the oldest request that has an end, or what comes after all of them.
    fn wait(&self, state: &mut State) {
        let waited = state.waits;
        state.waits = if state.requests.is_empty() {
            Some(self.rest(state))
        } else {
            let due = state.requests.values().flatten().min();
            due.map(|until| Wait { until: *until, overdue: Overdue::Undelivered })
        };
        // What became later is seen when the time has come.
        if let Some(wait) = state.waits
            && (wait.overdue == Overdue::Idle || waited.is_none_or(|waited| wait.until < waited.until))
        {
            self.changed.notify_one();
        }
    }

    /// What is waited for while nothing is under way.
    fn rest(&self, state: &State) -> Wait {
        let now = Instant::now();
        if !state.stops {
            return Wait { until: now + self.bounds.idle_within, overdue: Overdue::Idle };
        }
        let until = if state.is_http2 { now + self.bounds.farewell_within } else { now };
        Wait { until, overdue: Overdue::Stopping }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Request {
    /// Its reply is a stream, which has rules of its own for who does not take it.
    pub(super) fn streams(&self) {
        let mut state = self.activity.state();
        state.requests.insert(self.number, None);
        self.activity.wait(&mut state);
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        let mut state = self.activity.state();
        state.requests.remove(&self.number);
        self.activity.wait(&mut state);
    }
}

impl Overdue {
    /// The word that it is counted under.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Head => "head",
            Self::Idle => "idle",
            Self::Crowded => "crowded",
            Self::Stopping => "stopping",
            Self::Stalled => "stalled",
            Self::Undelivered => "undelivered",
        }
    }
}
