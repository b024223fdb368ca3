//! What the hash pool did so far.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// What the pool's threads and places were asked for; of this process.
#[derive(Debug)]
pub(super) struct Counts {
    places: usize,
    refused: AtomicU64,
    known: AtomicU64,
    done: AtomicU64,
    waited_micros: AtomicU64,
    worked_micros: AtomicU64,
}

/// What was measured of the hash pool.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HashingMeasured {
    /// Places in all, those for known devices among them.
    pub places: u64,
    /// Places that are taken.
    pub taken: u64,
    /// How often somebody was refused since none was left.
    pub refused: u64,
    /// How often somebody got one of those for known devices.
    pub known: u64,
    /// What the threads have done: hashes, and judgements of new passwords.
    pub done: u64,
    /// How long all of that had waited, in seconds.
    pub waited: f64,
    /// How long all of that took, in seconds.
    pub worked: f64,
}

impl Counts {
    /// Nothing so far, of a pool with so many places for everybody.
    pub(super) fn of(places: usize) -> Self {
        let [refused, known, done, waited_micros, worked_micros] = [0; 5].map(AtomicU64::new);
        Self { places, refused, known, done, waited_micros, worked_micros }
    }

    pub(super) fn refused(&self) {
        self.refused.fetch_add(1, Relaxed);
    }

    pub(super) fn known(&self) {
        self.known.fetch_add(1, Relaxed);
    }

    /// Something was done that had waited.
    pub(super) fn done(&self, waited: Duration, took: Duration) {
        self.done.fetch_add(1, Relaxed);
        self.waited_micros.fetch_add(micros(waited), Relaxed);
        self.worked_micros.fetch_add(micros(took), Relaxed);
    }

    /// All of it, while so many places are free, of so many more for known devices.
    pub(super) fn so_far(&self, for_known: usize, free: usize) -> HashingMeasured {
        let places = self.places + for_known;
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let seconds = |micros: &AtomicU64| Duration::from_micros(micros.load(Relaxed)).as_secs_f64();
        HashingMeasured {
            places: number(places),
            taken: number(places.saturating_sub(free)),
            refused: self.refused.load(Relaxed),
            known: self.known.load(Relaxed),
            done: self.done.load(Relaxed),
            waited: seconds(&self.waited_micros),
            worked: seconds(&self.worked_micros),
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
