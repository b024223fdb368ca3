//! Leadership: of all servers on one database, one does a task.

use crate::error::StoreError;
use crate::store::EventStore;

/// The right to do a task, until it is dropped.
#[derive(Debug)]
pub struct Leadership;

impl EventStore {
    /// Takes the lead of a task, unless somebody has it.
    pub async fn lead(&self, _task: &str) -> Result<Option<Leadership>, StoreError> {
        todo!()
    }
}
