//! The messages that the servers write, one file each.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use countersign_domain::id::ChallengeId;
use mailparse::MailHeaderMap;

use super::eventually;

/// The folder that messages are written to.
#[derive(Debug)]
pub struct Mailbox {
    folder: PathBuf,
    read: Mutex<BTreeMap<String, Mail>>,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Its id: what it is about, and which message about it.
    pub id: String,
    /// Whom it is for.
    pub to: String,
    /// The six digits in it.
    pub code: Option<String>,
}

impl Mailbox {
    pub(super) fn in_folder(folder: PathBuf) -> Self {
        Self { folder, read: Mutex::default() }
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Every message that is there now.
    pub fn mails(&self) -> Vec<Mail> {
        self.look().values().cloned().collect()
    }

    /// The messages to an address.
    pub fn mails_to(&self, address: &str) -> Vec<Mail> {
        self.look().values().filter(|mail| mail.to == address).cloned().collect()
    }

    /// The code of the first message to an address; waits until there is one.
    pub async fn code_to(&self, address: &str, within: Duration) -> Option<String> {
        self.code(within, |mail| mail.to == address).await
    }

    /// The code of the first message to an address that is not among those that are known.
    pub async fn code_beyond(&self, known: &[Mail], address: &str, within: Duration) -> Option<String> {
        self.code(within, |mail| mail.to == address && !known.contains(mail)).await
    }

    /// The code of the message about a challenge; waits until there is one.
    pub async fn code_about(&self, challenge: &str, within: Duration) -> Option<String> {
        let id = message_id(challenge, 1);
        self.code(within, |mail| mail.id == id).await
    }

    async fn code(&self, within: Duration, wanted: impl Fn(&Mail) -> bool) -> Option<String> {
        let look = || {
            let read = self.look();
            let code = read.values().filter(|mail| wanted(mail)).find_map(|mail| mail.code.clone());
            std::future::ready(code)
        };
        eventually(within, look).await
    }

    /// Reads the messages that came since the last look. (A message never changes but for being written
    /// again as it is.)
    fn look(&self) -> MutexGuard<'_, BTreeMap<String, Mail>> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in fs::read_dir(&self.folder).into_iter().flatten() {
            let name = entry.expect("an entry of the mailbox can be read").file_name();
            let Some(id) = name.to_str().and_then(|name| name.strip_suffix(".eml")) else { continue };
            if !read.contains_key(id) {
                read.insert(id.to_owned(), Mail::read(id, &self.folder.join(&name)));
            }
        }
        read
    }
}

impl Mail {
    /// Reads a message from its file, as it is there now.
    pub fn read(id: &str, path: &Path) -> Self {
        let bytes = fs::read(path).expect("a message can be read");
        let mail = mailparse::parse_mail(&bytes).expect("what is in the mailbox is a message");
        let text = mail.parts().find(|part| part.ctype.mimetype == "text/plain");
        let text = text.and_then(|part| part.get_body().ok()).unwrap_or_default();
        Self {
            id: id.to_owned(),
            to: mail.headers.get_first_value("To").unwrap_or_default(),
            code: text.lines().map(str::trim).find(|line| is_code(line)).map(str::to_owned),
        }
    }
}

/// The id of the message that a sending of a challenge is: the challenge's in groups of four.
pub fn message_id(challenge: &str, send: u64) -> String {
    let id: ChallengeId = challenge.parse().expect("a challenge's id is one");
    grouped(id.uuid(), "ch", &send.to_string())
}

/// The id of the notice about a backup code.
pub fn notice_id(backup_code: &str, name: &str) -> String {
    let id: countersign_domain::id::BackupCodeId = backup_code.parse().expect("a backup code's id is one");
    grouped(id.uuid(), "bc", name)
}

fn grouped(uuid: uuid::Uuid, prefix: &str, which: &str) -> String {
    let hex: Vec<char> = uuid.simple().to_string().chars().collect();
    let groups: Vec<String> = hex.chunks(4).map(|group| group.iter().collect()).collect();
    format!("{prefix}_{}.{which}", groups.join("-"))
}

fn is_code(line: &str) -> bool {
    line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit())
}
