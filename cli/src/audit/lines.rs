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
        Ok(writeln!(self, "{text}")?)
    }

    /// Whether anybody still reads.
    pub(super) fn is_wanted(&self) -> bool {
        self.is_wanted
    }

    fn unless_gone<T>(&mut self, written: io::Result<T>, instead: T) -> io::Result<T> {
        match written {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.is_wanted = false;
                Ok(instead)
            }
            other => other,
        }
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes);
        self.unless_gone(written, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.out.flush();
        self.unless_gone(flushed, ())
    }
}
