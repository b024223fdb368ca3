//! What arrived in the mailbox folder.

use std::path::Path;

use countersign_delivery::StoredMessage;
use countersign_service::Service;

use super::server::Server;

impl Server {
    /// All messages to an address, once nothing is under way.
    pub async fn mail_to(&self, email: &str) -> Vec<StoredMessage> {
        self.settled().await;
        let mailbox = self.service.mailbox().await.expect("the folder can be read");
        let messages = mailbox.expect("messages go to a folder").messages;
        messages.into_iter().filter(|message| message.to == email).collect()
    }

    /// The newest message about a challenge, once nothing is under way.
    pub async fn mail_about(&self, challenge: &str) -> Option<StoredMessage> {
        self.settled().await;
        mail_about(&self.service, challenge).await
    }

    /// The digits that were mailed for a challenge.
    pub async fn digits_of(&self, challenge: &str) -> String {
        self.settled().await;
        digits_of(&self.service, challenge).await
    }
}

/// The newest message about a challenge, once a service has nothing under way.
pub async fn mail_about(service: &Service, challenge: &str) -> Option<StoredMessage> {
    service.settled().await;
    let mailbox = service.mailbox().await.expect("the folder can be read");
    let messages = mailbox.expect("messages go to a folder").messages.into_iter();
    let id = challenge.replace('-', "");
    let about = messages.filter(|message| message.id.as_str().replace('-', "").starts_with(&id));
    about.max_by(|one, other| one.id.cmp(&other.id))
}

/// The digits that a service mailed for a challenge.
pub async fn digits_of(service: &Service, challenge: &str) -> String {
    let message = mail_about(service, challenge).await.expect("a code was mailed");
    digits_in(&message.text).expect("the message has six digits on a line of their own")
}

/// The six digits that stand alone on a line.
pub fn digits_in(text: &str) -> Option<String> {
    let digits = |line: &&str| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit());
    text.lines().map(str::trim).find(digits).map(str::to_owned)
}

/// Six digits that differ from a code.
pub fn wrong(code: &str) -> String {
    let number: u32 = code.parse().expect("a code is a number");
    format!("{:06}", (number + 1) % 1_000_000)
}

/// Files of the folder that were begun and not finished.
pub(super) fn unfinished(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let unfinished = names.filter(|name| Path::new(name).extension().is_none_or(|end| end != "eml"));
    unfinished.map(|name| format!("a file in the mailbox: {name}")).collect()
}
