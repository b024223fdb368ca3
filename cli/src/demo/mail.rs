//! Reading a code from the mailbox folder.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use crate::failure::Failure;

/// How long a message may take to arrive.
const ARRIVES_WITHIN: Duration = Duration::from_secs(10);
/// How often the folder is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The folder that messages are written to.
pub(crate) struct Mailbox {
    folder: PathBuf,
    read: BTreeSet<PathBuf>,
}

impl Mailbox {
    pub(crate) fn of(folder: PathBuf) -> Self {
        Self { folder, read: BTreeSet::new() }
    }

    /// The six digits of the next message that has some.
    pub(crate) async fn next_code(&mut self) -> Result<String, Failure> {
        let arrival = async {
            loop {
                if let Some(code) = self.look()? {
                    return Ok(code);
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::time::timeout(ARRIVES_WITHIN, arrival)
            .await
            .unwrap_or_else(|_| Err(Failure::failed("no mail arrived")))
    }

    fn look(&mut self) -> Result<Option<String>, Failure> {
        for entry in std::fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "eml") && self.read.insert(path.clone())
            {
                let message = std::fs::read(&path)?;
                if let Some(code) = code_of(&message)? {
                    return Ok(Some(code));
                }
            }
        }
        Ok(None)
    }
}

/// The line of the text part that is six digits.
fn code_of(message: &[u8]) -> Result<Option<String>, Failure> {
    let mail = mailparse::parse_mail(message).map_err(Failure::failed)?;
    let text = mail.parts().find(|part| part.ctype.mimetype == "text/plain");
    let Some(text) = text else { return Ok(None) };
    let body = text.get_body().map_err(Failure::failed)?;
    let digits = |line: &&str| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit());
    Ok(body.lines().map(str::trim).find(digits).map(str::to_owned))
}
