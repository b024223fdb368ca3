//! What a connection is waited for, and until when.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::bounds::Bounds;

/// How an HTTP/2 connection begins, and no HTTP/1.1 connection does.
const HTTP2: &[u8] = b"PRI ";

/// What goes on on a connection.
#[derive(Debug)]
pub(super) struct Activity {
    state: Mutex<State>,
    changed: Notify,
    bounds: Bounds,
}

/// A request under way; dropped when its reply was handed over, or is given up.
#[derive(Debug)]
pub(super) struct Request(Arc<Activity>);

/// Why a connection is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Overdue {
    /// Nothing came on it.
    Silent,
    /// A request's head did not come to its end.
    Head,
    /// No further request came.
    Idle,
    /// The service stops, and nothing is under way.
    Stopping,
    /// Nothing was taken of what was written.
    Stalled,
}

#[derive(Debug)]
struct State {
    requests: usize,
    is_http2: bool,
    /// The first bytes that came, until they tell which HTTP it is.
    first: Vec<u8>,
    stops: bool,
    stalled: bool,
    waits: Option<Wait>,
}

/// What is waited for, and until when; nothing while requests are under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wait {
    until: Instant,
    overdue: Overdue,
}

impl Activity {
    /// A connection that was just opened.
    pub(super) fn new(bounds: Bounds) -> Arc<Self> {
        let waits = Some(Wait { until: Instant::now() + bounds.head_within, overdue: Overdue::Silent });
        let state =
            State { requests: 0, is_http2: false, first: Vec::new(), stops: false, stalled: false, waits };
        Arc::new(Self { state: Mutex::new(state), changed: Notify::new(), bounds })
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
        state.requests += 1;
        state.waits = None;
        Request(Arc::clone(self))
    }

    /// The service stops.
    pub(super) fn stop(&self) {
        let mut state = self.state();
        state.stops = true;
        if state.requests == 0 {
            state.waits = Some(self.rest(&state));
        }
        self.changed.notify_one();
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
            if timeout_at(wait.until, self.changed.notified()).await.is_err() {
                // It may have been changed without a word, to be later.
                match self.state().waits {
                    Some(still) if still.until <= Instant::now() => return still.overdue,
                    _ => {}
                }
            }
        }
    }

    fn ended(&self) {
        let mut state = self.state();
        state.requests -= 1;
        if state.requests == 0 {
            state.waits = Some(self.rest(&state));
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

impl Drop for Request {
    fn drop(&mut self) {
        self.0.ended();
    }
}

impl Overdue {
    /// The word that it is counted under.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Head => "head",
            Self::Idle => "idle",
            Self::Stopping => "stopping",
            Self::Stalled => "stalled",
        }
    }
}
