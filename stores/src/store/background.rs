//! Work that nobody waits for, except at the end.

use std::sync::Arc;

use tokio::sync::watch;

/// The most pieces of work at once; what comes beyond is left out, since nothing rests on it.
const AT_ONCE: usize = 16;

/// Runs work beside the commands, and can wait for all of it.
#[derive(Clone)]
pub(super) struct Background(Arc<watch::Sender<usize>>);

/// A place among those that run.
struct Place(Arc<watch::Sender<usize>>);

impl Default for Background {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }
}

impl Background {
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let Some(place) = self.take_place() else {
            return;
        };
        tokio::spawn(async move {
            work.await;
            drop(place);
        });
    }

    /// Waits until nothing runs.
    pub(super) async fn settled(&self) {
        let settled = self.0.subscribe().wait_for(|running| *running == 0).await.map(drop);
        settled.expect("the sender of the count is here");
    }

    fn take_place(&self) -> Option<Place> {
        let taken = self.0.send_if_modified(|running| {
            let is_free = *running < AT_ONCE;
            *running += usize::from(is_free);
            is_free
        });
        taken.then(|| Place(Arc::clone(&self.0)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.send_modify(|running| *running -= 1);
    }
}
