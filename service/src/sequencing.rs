//! The sequencer's loop: it waits for commits, and has their events put into the one order.
//!
//! Nothing that signs people in waits for it. A commit of this process wakes it; other servers' commits are
//! found by looking. Where a stream is not what it was it stops for good, says so, and leaves signing in
//! alone: an index that was given wrongly could never be taken back.

use std::time::Duration;

use countersign_stores::StoreError;
use countersign_stores::sequencer::{BATCH_MOST, Sequenced, SequencerError};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::service::Service;

/// What the sequencer's loop is called where it is measured.
pub(crate) const SEQUENCER: &str = "sequencer";
/// How often the sequencer looks for what no commit of this process told it of.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How long events gather before a batch takes them, so that commits do not each cause one.
const GATHER: Duration = Duration::from_millis(10);
/// How long a connection that was to hear of other servers is left alone after it failed.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);

/// What a server knows of the ledger.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct LedgerProgress {
    /// Indexes below this one were given; 0 until this server gave some itself, or heard of some.
    pub size: u64,
    /// Whether the last of them were given by another server.
    pub elsewhere: bool,
    /// A stream is not what it was: no index is given any more.
    pub breached: bool,
}

impl LedgerProgress {
    fn give(&mut self, size: u64) {
        (self.size, self.elsewhere) = (self.size.max(size), false);
    }

    /// Takes what another server says, or this one heard of itself; true if it is news.
    fn hear(&mut self, size: u64) -> bool {
        let is_news = size > self.size;
        if is_news {
            (self.size, self.elsewhere) = (size, true);
        }
        is_news
    }
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
                    self.parts().ledger.send_modify(|progress| progress.give(given.end));
                    if given.end - given.start == u64::from(BATCH_MOST) {
                        continue;
                    }
                }
                Ok(Sequenced::Nothing | Sequenced::ElsewhereLed) => {}
                Err(SequencerError::Database(cause)) => {
                    self.parts().failures.count(SEQUENCER);
                    tracing::warn!(%cause, "the sequencer failed and will try again");
                }
                Err(breach) => {
                    self.parts().failures.count(SEQUENCER);
                    tracing::error!(%breach, "the sequencer stopped: a stream is not what it was");
                    self.parts().ledger.send_modify(|progress| progress.breached = true);
                    return;
                }
            }
            self.commits_or_time().await;
        }
    }

    /// Hears of the indexes that other servers give, until the returned future is dropped; ends where the database
    /// has no way to tell.
    pub async fn hear_for_ever(&self) {
        loop {
            match self.hear().await {
                Ok(()) => return,
                Err(cause) => tracing::warn!(%cause, "what other servers do is found by looking meanwhile"),
            }
            sleep(LISTEN_AGAIN).await;
        }
    }

    async fn hear(&self) -> Result<(), StoreError> {
        let Some(mut news) = self.store().ledger_news().await? else { return Ok(()) };
        loop {
            let Some(size) = news.next().await? else { continue };
            self.parts().ledger.send_if_modified(|known| known.hear(size));
        }
    }

    async fn commits_or_time(&self) {
        if tokio::time::timeout(LOOK_EVERY, self.parts().commands.committed.notified()).await.is_ok() {
            sleep(GATHER).await;
        }
    }
}
