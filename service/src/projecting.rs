//! The read models' loops: each takes facts as they get their index, and stands still at one that it
//! cannot read.
//!
//! Nothing that signs people in waits for them. The sequencer of this process wakes them; what another
//! server sequenced is found by looking.

use std::time::Duration;

use countersign_projections::read_model::{MODELS, Model};
use countersign_stores::feed::FeedError;
use countersign_stores::read_models::Projected;
use tokio::sync::watch;
use tokio::sync::watch::error::RecvError;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::sequencing::LedgerProgress;
use crate::service::Service;

/// How often a read model looks for what no sequencer of this process told it of.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How long the server that gave an index has to take it into the read models, before the others try.
const HEAD_START: Duration = Duration::from_millis(20);

impl Service {
    /// Keeps every read model up to date until the returned future is dropped.
    pub async fn project_for_ever(&self) {
        let mut loops = JoinSet::new();
        for model in MODELS {
            let service = self.clone();
            loops.spawn(async move { service.project_one_for_ever(*model).await });
        }
        loops.join_all().await;
    }

    async fn project_one_for_ever(&self, model: Model) {
        let mut ledger = self.ledger_progress();
        loop {
            let store = self.store().clone();
            // A batch comes to its end even where the loop is dropped: a statement that is cut off spoils its
            // connection for who gets it next.
            let Ok(projected) = self.in_task(async move { store.project(model).await }).await else { return };
            if matches!(model, Model::History) {
                self.parts().taken.send_replace(());
            }
            if projected.is_err() {
                self.parts().failures.count(model.name());
            }
            match projected {
                Ok(Projected::To(_)) => continue,
                Ok(Projected::Nothing | Projected::Overtaken) => {}
                Err(FeedError::Database(cause)) => {
                    tracing::warn!(model = model.name(), %cause, "a read model failed and will try again");
                }
                Err(FeedError::Poison(poison)) => {
                    tracing::error!(model = model.name(), %poison, "a read model stopped");
                    return;
                }
            }
            if let Ok(Err(_)) = timeout(LOOK_EVERY, news(&mut ledger)).await {
                return;
            }
        }
    }
}

/// Waits for indexes that were given.
async fn news(ledger: &mut watch::Receiver<LedgerProgress>) -> Result<(), RecvError> {
    ledger.changed().await?;
    if ledger.borrow_and_update().elsewhere {
        sleep(HEAD_START).await;
    }
    Ok(())
}
