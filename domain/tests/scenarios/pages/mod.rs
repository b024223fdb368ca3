//! The pages that are made from the domain and its tests: `docs/rules.md` and `docs/events.md`.
//!
//! A page that is not what would be made today fails its test; with `UPDATE_DOCS=1` the test writes it anew.

mod coverage;
mod events;
mod rules;
mod source;
mod testing;

use std::fs;
use std::path::{Path, PathBuf};

/// How to write the pages anew.
const UPDATE: &str = "UPDATE_DOCS=1 cargo nextest run -p countersign-domain pages";

/// A file below the crate's root.
fn in_crate(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Reads a file below the crate's root.
fn read(path: &str) -> String {
    fs::read_to_string(in_crate(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Compares a page with what it should be, or writes it.
fn is_up_to_date(page: &str, text: &str) {
    let path = in_crate("../docs").join(page);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, text).expect("the page can be written");
    }
    let current = fs::read_to_string(&path).unwrap_or_default();
    let (line, differs) = first_difference(&current, text);
    assert!(
        !differs,
        "docs/{page} is not what would be made today, from line {line} on; to write it: {UPDATE}"
    );
}

fn first_difference(current: &str, text: &str) -> (usize, bool) {
    let same = current.lines().zip(text.lines()).take_while(|(one, other)| one == other).count();
    (same + 1, current != text)
}

/// Text that can stand in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[test]
fn a_page_that_drifted_is_found() {
    assert_eq!(first_difference("a\nb\n", "a\nc\n"), (2, true));
    assert_eq!(first_difference("a\nb\n", "a\nb\nc\n"), (3, true));
    assert_eq!(first_difference("a\nb\n", "a\nb\n"), (3, false));
}
