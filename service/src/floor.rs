//! Phases that take at least as long as they say, so that what they found cannot be told from how long
//! they took. A floor costs no processor time: it only waits.

use std::time::Duration;

use tokio::time::Instant;

/// How long looking up an address and its account takes at least: several times what either database
/// needs for it, so that an address that somebody owns takes no longer than one that nobody owns.
pub(crate) const LOOK_UP_TAKES: Duration = Duration::from_millis(15);
/// How long recording a failed sign-in takes at least: an event in a stream, or a row of a counter.
pub(crate) const RECORDING_TAKES: Duration = Duration::from_millis(25);

/// The earliest end of a phase.
#[derive(Debug)]
pub(crate) struct Floor(Instant);

impl Floor {
    /// A phase that begins now.
    pub(crate) fn of(length: Duration) -> Self {
        Self(Instant::now() + length)
    }

    /// Waits until the phase may end.
    pub(crate) async fn reached(self) {
        tokio::time::sleep_until(self.0).await;
    }
}
