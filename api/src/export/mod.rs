//! Events as a file, wherever its bytes go: the command line writes it to the disk, HTTP sends it as it is made.
//!
//! | file | what is in it |
//! |---|---|
//! | `format` | the forms, and what their files are called |
//! | `counted` | a sink that counts and hashes |
//! | `csv`, `ocsf`, `parquet` | the forms themselves |
//! | `manifest` | what is in an export, to be signed |
//! | `archive` | all of it as one stream |

mod archive;
mod counted;
mod csv;
mod format;
mod manifest;
mod ocsf;
mod parquet;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use countersign_stores::audit::AuditEvent;

pub use self::archive::Archive;
use self::counted::Counted;
pub use self::format::{Format, UnknownFormat};
pub use self::manifest::{Asked, signed};
use crate::audit_event;

/// The manifest's file.
pub const MANIFEST: &str = "manifest.json";
/// The file of the ledger's signature over the manifest.
pub const SIGNATURE: &str = "manifest.note";

/// Writes events, in the order in which they come, into a sink.
///
/// Little is in memory at a time: an event, or a row group of Parquet. After an error the sink holds a file
/// that was cut off.
pub struct Export<W: Write + Send> {
    form: Form<W>,
    rows: u64,
    left_out: u64,
    first: Option<u64>,
    last: Option<u64>,
}

/// What has been written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// How many events are in the file.
    pub rows: u64,
    /// How many are not, since the format has no word for them.
    pub left_out: u64,
    /// The index of the first event in the file.
    pub first: Option<u64>,
    /// The index of the last one.
    pub last: Option<u64>,
    /// The SHA-256 of all bytes of the file.
    pub sha256: [u8; 32],
    /// How many bytes it has.
    pub bytes: u64,
}

/// The line of an event; none where the format has no word for it.
type Line = fn(&AuditEvent) -> io::Result<Option<String>>;

enum Form<W: Write + Send> {
    Lines(Counted<W>, Line),
    Parquet(Box<parquet::File<Counted<W>>>),
}

impl<W: Write + Send> Export<W> {
    /// Begins a file, with what stands before the first event.
    pub fn new(format: Format, sink: W) -> io::Result<Self> {
        let mut sink = Counted::new(sink);
        let form = match format {
            Format::Jsonl => Form::Lines(sink, |event| Ok(Some(format!("{}\n", audit_event(event))))),
            Format::Csv => {
                sink.write_all(csv::names()?.as_bytes())?;
                Form::Lines(sink, |event| csv::line(event).map(Some))
            }
            Format::Parquet => Form::Parquet(Box::new(parquet::File::new(sink, parquet::GROUP_ROWS)?)),
            Format::Ocsf => Form::Lines(sink, ocsf::line),
        };
        Ok(Self { form, rows: 0, left_out: 0, first: None, last: None })
    }

    /// Writes an event, or counts it where the format has no word for it.
    pub fn event(&mut self, event: &AuditEvent) -> io::Result<()> {
        match &mut self.form {
            Form::Lines(sink, line) => {
                let Some(line) = line(event)? else {
                    self.left_out += 1;
                    return Ok(());
                };
                sink.write_all(line.as_bytes())?;
            }
            Form::Parquet(file) => file.event(event)?,
        }
        self.rows += 1;
        self.first.get_or_insert(event.row.index);
        self.last = Some(event.row.index);
        Ok(())
    }

    /// The sink, to take out what it has: that is counted already. Nothing may be written into it.
    pub fn sink_mut(&mut self) -> &mut W {
        match &mut self.form {
            Form::Lines(sink, _) => sink.sink_mut(),
            Form::Parquet(file) => file.sink_mut().sink_mut(),
        }
    }

    /// Ends the file, with what stands behind the last event.
    pub fn finish(self) -> io::Result<(W, Summary)> {
        let mut sink = match self.form {
            Form::Lines(sink, _) => sink,
            Form::Parquet(file) => file.finish()?,
        };
        sink.flush()?;
        let (sink, bytes, sha256) = sink.finish();
        let Self { rows, left_out, first, last, .. } = self;
        Ok((sink, Summary { rows, left_out, first, last, sha256, bytes }))
    }
}
