//! The read models' loops: each takes facts as they get their index, and stands still at one that it
//! cannot read.
//!
//! Nothing that signs people in waits for them. The sequencer of this process wakes them; what another
//! server sequenced is found by looking.

use std::time::Duration;

use countersign_projections::read_model::{MODELS, Model};
use countersign_stores::feed::FeedError;
use countersign_stores::read_models::Projected;
use tokio::task::JoinSet;

use crate::service::Service;

/// How often a read model looks for what no sequencer of this process told it of.
const LOOK_EVERY: Duration = Duration::from_millis(250);

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
            // That the time is over, or the sequencer gone, is as good a reason to look as a new index.
            if let Ok(Err(_)) = tokio::time::timeout(LOOK_EVERY, ledger.changed()).await {
                return;
            }
        }
    }
}
