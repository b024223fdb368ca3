//! What those who run the service look at: whether it can work, and the development mailbox.

use countersign_delivery::{StoredMessage, Transport};

use crate::error::ServiceError;
use crate::service::Service;

/// The folder that messages are written to, and what is in it.
#[derive(Debug)]
pub struct MailboxView {
    /// Where it is.
    pub folder: String,
    /// Its newest messages, the newest first.
    pub messages: Vec<StoredMessage>,
}

impl Service {
    /// Whether the database answers and has every migration, and no stream was found to be other than it was.
    pub async fn is_ready(&self) -> Result<bool, ServiceError> {
        let migrated = self.store().database().is_migrated().await.map_err(ServiceError::broken)?;
        Ok(migrated && !self.parts().ledger.borrow().breached)
    }

    /// The mailbox folder, if messages go to one.
    pub async fn mailbox(&self) -> Result<Option<MailboxView>, ServiceError> {
        let service = self.clone();
        let read = move || {
            let transport = service.parts().transport.as_ref();
            let Some(mailbox) = transport.and_then(Transport::mailbox) else { return Ok(None) };
            let folder = mailbox.directory().display().to_string();
            mailbox.list().map(|messages| Some(MailboxView { folder, messages }))
        };
        let listed = tokio::task::spawn_blocking(read).await.map_err(ServiceError::broken)?;
        listed.map_err(ServiceError::broken)
    }
}
