//! The only place that writes to the terminal: data to stdout, notes to stderr.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is where the program speaks")]

/// Data, on stdout.
pub(crate) fn data(text: &str) {
    println!("{text}");
}

/// Anything else, on stderr.
pub(crate) fn note(text: &str) {
    eprintln!("{text}");
}
