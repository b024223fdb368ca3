//! Turns: of all processes on one SQLite file, one writes at a time.
//!
//! SQLite has a lock for writers of its own, but up to 3.51.2 a checkpoint of one connection can lose what
//! another connection commits meanwhile. A checkpoint runs inside of the commit that fills the log, so it
//! is enough that commits take turns (ADR 0002).

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard};

/// The longest that a write waits for its turn.
const TURN_TIMEOUT: Duration = Duration::from_secs(5);
/// How often a write looks whether another process is done.
const TURN_POLL: Duration = Duration::from_millis(1);

/// Gives turns to the writers of one file.
#[derive(Debug, Clone)]
pub(crate) struct Turns(Arc<Mutex<File>>);

/// The right to write, until it is dropped.
#[derive(Debug)]
pub(crate) struct WriteTurn(OwnedMutexGuard<File>);

impl Turns {
    /// Turns for a database file, kept between processes by a lock on an empty file beside it.
    pub(crate) fn beside(database: &Path) -> std::io::Result<Self> {
        let mut name = database.as_os_str().to_owned();
        name.push(".lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(name)?;
        Ok(Self(Arc::new(Mutex::new(file))))
    }

    /// Waits for a turn; a turn that doesn't come in time is a pool that is empty.
    pub(crate) async fn take(&self) -> Result<WriteTurn, sqlx::Error> {
        tokio::time::timeout(TURN_TIMEOUT, self.wait()).await.map_err(|_| sqlx::Error::PoolTimedOut)?
    }

    async fn wait(&self) -> Result<WriteTurn, sqlx::Error> {
        let turn = WriteTurn(Arc::clone(&self.0).lock_owned().await);
        loop {
            match turn.0.try_lock() {
                Ok(()) => return Ok(turn),
                Err(TryLockError::WouldBlock) => tokio::time::sleep(TURN_POLL).await,
                Err(TryLockError::Error(cause)) => return Err(sqlx::Error::Io(cause)),
            }
        }
    }
}

impl Drop for WriteTurn {
    fn drop(&mut self) {
        if let Err(cause) = self.0.unlock() {
            tracing::error!(%cause, "cannot give up the turn to write");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn is_free(turns: &Turns) -> bool {
        tokio::time::timeout(TURN_POLL * 20, turns.take()).await.is_ok()
    }

    #[tokio::test]
    async fn one_process_writes_at_a_time_and_within_it_one_task() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("countersign.db");
        // Two openings of the lock's file are to the kernel what two processes are.
        let (ours, theirs) = (Turns::beside(&path).unwrap(), Turns::beside(&path).unwrap());
        let turn = ours.take().await.unwrap();
        assert!(!is_free(&ours).await);
        assert!(!is_free(&theirs).await);
        drop(turn);
        assert!(is_free(&theirs).await);
        assert!(is_free(&ours).await);
    }

    #[tokio::test]
    async fn who_gives_up_waiting_leaves_the_turn_to_others() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("countersign.db");
        let (ours, theirs) = (Turns::beside(&path).unwrap(), Turns::beside(&path).unwrap());
        let turn = theirs.take().await.unwrap();
        assert!(!is_free(&ours).await);
        drop(turn);
        assert!(is_free(&ours).await);
    }
}
