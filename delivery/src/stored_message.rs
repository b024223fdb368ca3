//! A message read back from the folder.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use mailparse::{MailHeaderMap, ParsedMail};

use crate::MessageId;

/// A message in the mailbox folder, as the development page shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredMessage {
    /// Its id
    pub id: MessageId,
    /// Whom it is for
    pub to: String,
    /// Its subject
    pub subject: String,
    /// Its `Date` header, as written
    pub date: String,
    /// Its text part
    pub text: String,
}

/// Ours have a few kilobytes; of a stranger's larger file no more is read.
const MAX_BYTES: u64 = 64 * 1024;
const TEXT: &str = "text/plain";

impl StoredMessage {
    /// `None` where the file cannot be read or is not a message with a text part.
    pub(crate) fn read(id: MessageId, path: &Path) -> Option<Self> {
        let mut bytes = Vec::new();
        File::open(path).ok()?.take(MAX_BYTES).read_to_end(&mut bytes).ok()?;
        let mail = mailparse::parse_mail(&bytes).ok()?;
        Some(Self {
            id,
            to: mail.headers.get_first_value("To")?,
            subject: mail.headers.get_first_value("Subject")?,
            date: mail.headers.get_first_value("Date")?,
            text: text_part(&mail)?,
        })
    }
}

fn text_part(mail: &ParsedMail<'_>) -> Option<String> {
    mail.parts().find(|part| part.ctype.mimetype == TEXT)?.get_body().ok()
}

impl fmt::Debug for StoredMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredMessage").field("id", &self.id).finish_non_exhaustive()
    }
}
