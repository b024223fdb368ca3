//! Stdout, until its reader has had enough.

use std::io::{self, BufWriter, ErrorKind, Stdout, Write};

use crate::failure::Failure;

/// Stdout, for more than fits in memory; that its reader went away, as `head` does, is no failure.
pub(super) struct Lines {
    out: BufWriter<Stdout>,
    is_wanted: bool,
}

impl Lines {
    pub(super) fn new() -> Self {
        Self { out: BufWriter::new(io::stdout()), is_wanted: true }
    }

    /// Prints a line.
    pub(super) fn line(&mut self, text: &str) -> Result<(), Failure> {
        let written = writeln!(self.out, "{text}");
        self.unless_gone(written)
    }

    /// Hands over what was printed.
    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        let flushed = self.out.flush();
        self.unless_gone(flushed)
    }

    /// Whether anybody still reads.
    pub(super) fn is_wanted(&self) -> bool {
        self.is_wanted
    }

    fn unless_gone(&mut self, written: io::Result<()>) -> Result<(), Failure> {
        match written {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => self.is_wanted = false,
            other => other?,
        }
        Ok(())
    }
}
