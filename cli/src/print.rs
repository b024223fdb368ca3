//! The only place that writes to the terminal: data to stdout, notes to stderr.

#![expect(clippy::print_stderr, reason = "this is where the program speaks")]

use std::io::{self, ErrorKind, Write};

/// Data, on stdout.
pub(crate) fn data(text: &str) {
    match writeln!(io::stdout(), "{text}") {
        // Its reader had enough, as `head` has.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
        Err(error) => note(&format!("cannot print: {error}")),
        Ok(()) => {}
    }
}

/// Anything else, on stderr.
pub(crate) fn note(text: &str) {
    eprintln!("{text}");
}
