//! Whether the runtime that does the work still does any, told by another one: a thread that answers however busy all
//! others are must not say that all is well when nothing moves any more.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{Instant, interval, timeout};

/// How often the runtime shows that it lives.
const BEATS_EVERY: Duration = Duration::from_secs(1);
/// How old its last sign of life may be.
const LIVES_WITHIN: Duration = Duration::from_secs(10);
/// How long what operators ask for may take.
const ASKED_WITHIN: Duration = Duration::from_secs(2);

/// The pulse of a runtime; it beats for as long as somebody can feel it.
#[derive(Debug, Clone)]
pub(crate) struct Pulse(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    runtime: Handle,
    since: Instant,
    lives_within: Duration,
    /// Milliseconds from then to the last beat.
    last: AtomicU64,
}

impl Pulse {
    /// That of the runtime that this is called in.
    pub(crate) fn of_this_runtime() -> Self {
        Self::felt_within(LIVES_WITHIN)
    }

    fn felt_within(lives_within: Duration) -> Self {
        let (runtime, since, last) = (Handle::current(), Instant::now(), AtomicU64::new(0));
        let inner = Arc::new(Inner { runtime, since, lives_within, last });
        let felt = Arc::downgrade(&inner);
        inner.runtime.spawn(async move {
            let mut beats = interval(BEATS_EVERY);
            loop {
                beats.tick().await;
                let Some(inner) = felt.upgrade() else { return };
                inner.last.store(inner.age(), Relaxed);
            }
        });
        Self(inner)
    }

    /// Whether it was felt lately.
    pub(crate) fn is_felt(&self) -> bool {
        let silent = self.0.age().saturating_sub(self.0.last.load(Relaxed));
        Duration::from_millis(silent) <= self.0.lives_within
    }

    /// Has something done by the runtime, where its connections to the database live; nothing if that takes too long.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let mut task = self.0.runtime.spawn(work);
        if let Ok(done) = timeout(ASKED_WITHIN, &mut task).await {
            return done.ok();
        }
        task.abort();
        None
    }
}

impl Inner {
    fn age(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// A runtime whose only thread does nothing until it is told to end, and its pulse.
    fn stuck() -> (Pulse, std::sync::mpsc::Sender<()>, thread::JoinHandle<()>) {
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            runtime.block_on(async move {
                tell.send(Pulse::felt_within(Duration::ZERO)).unwrap();
                assert!(ended.recv().is_err(), "it is told to end by nobody being there");
            });
        });
        (told.recv().unwrap(), end, thread)
    }

    #[tokio::test]
    async fn a_runtime_that_works_has_a_pulse_and_does_what_it_is_asked() {
        let pulse = Pulse::of_this_runtime();
        assert_eq!(pulse.ask(async { 7 }).await, Some(7));
        assert!(pulse.is_felt());
    }

    #[tokio::test]
    async fn a_runtime_that_stands_still_has_none_after_a_while_and_nobody_waits_for_it() {
        let (pulse, end, thread) = stuck();
        assert_eq!(pulse.ask(async { 7 }).await, None);
        assert!(!pulse.is_felt());
        drop(end);
        thread.join().unwrap();
    }
}
