//! The mailbox folder: one `.eml` a message.

use std::fs::{self, DirBuilder};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::compose::compose;
use crate::stored_message::StoredMessage;
use crate::{Message, MessageId, Reason, SendError, Sender};

/// How many messages [`Mailbox::list`] gives at most.
pub const MAX_LISTED: usize = 200;

const EXTENSION: &str = "eml";

/// A folder that takes messages instead of a relay, for development and tests.
///
/// A message appears whole or not at all, under its id, readable by the owner alone; the same id again
/// replaces it. Lines end in `\n`, as in other mail folders on disk, so that line tools read them.
#[derive(Clone, Debug)]
pub struct Mailbox {
    directory: PathBuf,
    sender: Sender,
}

impl Mailbox {
    /// Opens the folder, and makes it (for the owner alone) where there is none.
    pub fn open(directory: impl Into<PathBuf>, sender: Sender) -> io::Result<Self> {
        let directory = directory.into();
        if directory.as_os_str().is_empty() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        make_directory(&directory)?;
        Ok(Self { directory, sender })
    }

    /// Where the folder is.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Writes one message; when this returns, it is on disk.
    pub async fn send(&self, message: &Message) -> Result<(), SendError> {
        let bytes = local_lines(&compose(message, &self.sender)?.formatted());
        let directory = self.directory.clone();
        let path = self.path(&message.id);
        tokio::task::spawn_blocking(move || write_whole(&directory, &path, &bytes))
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::Interrupted.into()))
            .map_err(|error| SendError::transient(Reason::Mailbox { kind: error.kind() }))
    }

    /// The newest messages, newest first, at most [`MAX_LISTED`]. Reads the disk: call it off the async threads.
    ///
    /// Whatever is not a message of ours (an unfinished file, a stranger's) is left out.
    pub fn list(&self) -> io::Result<Vec<StoredMessage>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            found.extend(candidate(&entry?));
        }
        found.sort_unstable_by(|left, right| right.cmp(left));
        found.truncate(MAX_LISTED);
        Ok(found.into_iter().filter_map(|(_, id)| self.read(&id)).collect())
    }

    fn path(&self, id: &MessageId) -> PathBuf {
        self.directory.join(format!("{id}.{EXTENSION}"))
    }

    fn read(&self, id: &MessageId) -> Option<StoredMessage> {
        let message = StoredMessage::read(id.clone(), &self.path(id));
        if message.is_none() {
            tracing::debug!(message_id = %id, "a file in the mailbox is not a message");
        }
        message
    }
}

fn candidate(entry: &fs::DirEntry) -> Option<(SystemTime, MessageId)> {
    let name = entry.file_name();
    let id = name.to_str()?.strip_suffix(EXTENSION)?.strip_suffix('.')?.parse().ok()?;
    let metadata = entry.metadata().ok()?;
    metadata.is_file().then_some((metadata.modified().ok()?, id))
}

/// Under another name first, and renamed only when its bytes are on disk: a reader, or a crash, sees the old
/// message or the new one. The temporary name begins with a dot, which no message id does.
fn write_whole(directory: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    make_directory(directory)?;
    let mut file = tempfile::Builder::new().prefix(".").suffix(".tmp").tempfile_in(directory)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    sync_directory(directory)
}

fn make_directory(directory: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

#[cfg(unix)]
fn sync_directory(directory: &Path) -> io::Result<()> {
    fs::File::open(directory)?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_directory: &Path) -> io::Result<()> {
    Ok(())
}

fn local_lines(message: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(message.len());
    let mut rest = message.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\r' || rest.peek() != Some(&b'\n') {
            lines.push(byte);
        }
    }
    lines
}
