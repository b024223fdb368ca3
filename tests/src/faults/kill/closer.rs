//! An operator who closes accounts at the command line, and whose command is killed at times.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinHandle;

use super::{below, one_in};
use crate::process::installation::Installation;

/// How long a command runs that is killed, at most: about as long as it takes.
const KILLED_WITHIN: u64 = 200;

/// Closes every account that comes; the ids of those for which the command said that it is done.
pub(super) fn close_accounts(
    installation: Arc<Installation>,
    mut left: UnboundedReceiver<String>,
) -> JoinHandle<Vec<String>> {
    tokio::spawn(async move {
        let mut closed = Vec::new();
        while let Some(account) = left.recv().await {
            let arguments = ["account", "close", &account, "--reason", "the load is done with it"];
            if one_in(2) {
                let at = Duration::from_millis(below(KILLED_WITHIN));
                installation.operate_and_kill(&arguments, at).await;
            } else if installation.operate(&arguments).await.status.success() {
                closed.push(account);
            }
        }
        closed
    })
}
