//! The sequencer's loop: it waits for commits, and has their events put into the one order.
//!
//! Nothing that signs people in waits for it. A commit of this process wakes it; other servers' commits are
//! found by looking. Where a stream is not what it was it stops for good, says so, and leaves signing in
//! alone: an index that was given wrongly could never be taken back.

use std::time::Duration;

use countersign_stores::sequencer::{BATCH_MOST, Sequenced, SequencerError};
use tokio::sync::watch;

use crate::service::Service;

/// How often the sequencer looks for what no commit of this process told it of.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How long events gather before a batch takes them, so that commits do not each cause one.
const GATHER: Duration = Duration::from_millis(10);

/// What a server knows of the ledger.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct LedgerProgress {
    /// Indexes below this one were given; 0 until this server gave some itself.
    pub size: u64,
    /// A stream is not what it was: no index is given any more.
    pub breached: bool,
}

impl Service {
    /// What this server knows of the ledger, from now on.
    pub fn ledger_progress(&self) -> watch::Receiver<LedgerProgress> {
        self.parts().ledger.subscribe()
    }

    /// Gives events their indexes until the returned future is dropped, or a stream is not what it was.
    pub async fn sequence_for_ever(&self) {
        loop {
            let store = self.store().clone();
            // A batch comes to its end even where the loop is dropped: a statement that is cut off spoils its
            // connection for who gets it next.
            let Ok(sequenced) = self.in_task(async move { store.sequence().await }).await else { return };
            match sequenced {
                Ok(Sequenced::Indexes(given)) => {
                    self.parts().ledger.send_modify(|progress| progress.size = given.end);
                    if given.end - given.start == u64::from(BATCH_MOST) {
                        continue;
                    }
                }
                Ok(Sequenced::Nothing | Sequenced::ElsewhereLed) => {}
                Err(SequencerError::Database(cause)) => {
                    tracing::warn!(%cause, "the sequencer failed and will try again");
                }
                Err(breach) => {
                    tracing::error!(%breach, "the sequencer stopped: a stream is not what it was");
                    self.parts().ledger.send_modify(|progress| progress.breached = true);
                    return;
                }
            }
            self.commits_or_time().await;
        }
    }

    async fn commits_or_time(&self) {
        if tokio::time::timeout(LOOK_EVERY, self.parts().commands.committed.notified()).await.is_ok() {
            tokio::time::sleep(GATHER).await;
        }
    }
}
