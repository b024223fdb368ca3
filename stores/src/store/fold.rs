//! Folding: events into the state of an aggregate, and a snapshot on the way.

use countersign_domain::decider::{Decider, Recorded};

use super::Loaded;
use super::snapshot::{SNAPSHOT_EVERY, Snapshot};

/// An aggregate that takes in a known number of events.
pub(super) struct Fold<D> {
    loaded: Loaded<D>,
    /// Where the snapshot is taken.
    snapshot_at: u64,
    snapshot: Option<Snapshot>,
}

impl<D: Decider> Fold<D> {
    /// Begins behind what is loaded. The last multiple that the events pass is where a snapshot is taken.
    pub(super) fn new(loaded: Loaded<D>, count: usize) -> Self {
        let last = loaded.version.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        Self { loaded, snapshot_at: last - last % SNAPSHOT_EVERY, snapshot: None }
    }

    /// Takes in the next event; tells its place.
    pub(super) fn take(&mut self, recorded: &Recorded<D::Event>) -> u64 {
        self.loaded.version += 1;
        self.loaded.last_at = self.loaded.last_at.max(recorded.at);
        self.loaded.state.evolve(recorded.at, &recorded.event);
        if self.loaded.version == self.snapshot_at {
            self.snapshot = Snapshot::of(&self.loaded);
        }
        self.loaded.version
    }

    /// The sequence that the next event must have.
    pub(super) fn next_sequence(&self) -> u64 {
        self.loaded.version + 1
    }

    pub(super) fn finish(self) -> (Loaded<D>, Option<Snapshot>) {
        (self.loaded, self.snapshot)
    }
}
