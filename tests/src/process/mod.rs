//! The real `countersign` program as child processes over a test's database, and those who talk to it.
//!
//! - [`installation`]: what the servers of one database share, and the commands of its operator
//! - [`server`]: one `countersign serve`: started, killed, told to stop
//! - `binary`: where the program is
//! - [`api`]: requests, and every exchange on record
//! - [`mailbox`]: the messages that the servers write
//! - [`person`]: somebody who registers, signs in, and saves backup codes
//! - [`facts`]: the events as they are stored, read as another program would
//!
//! Everything listens on this machine alone, on ports that are free, and ends with the test: a process is
//! only ever ended by who started it.

pub mod api;
pub(crate) mod binary;
pub mod facts;
pub mod installation;
pub mod mailbox;
pub mod person;
pub mod server;

use std::future::Future;
use std::time::Duration;

/// How often a condition is looked at that is waited for.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Waits until `look` finds something; `None` if it has not until the deadline.
pub async fn eventually<T, F>(within: Duration, mut look: impl FnMut() -> F) -> Option<T>
where
    F: Future<Output = Option<T>>,
{
    let found = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    tokio::time::timeout(within, found).await.ok()
}
