//! How long a file may be, and what must not be left in one.

use super::{Source, assert_none, has_extension, sources};

/// Above 300 lines one looks for the second concept of a file; above this the gate does.
const LONGEST_FILE: usize = 400;

/// Words that put something off. In halves, so that this file does not find itself.
const WORDS: [&str; 4] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX"), concat!("HA", "CK")];

/// Code that is not meant to stay, likewise in halves.
const CODE: [&str; 4] =
    [concat!("todo", "!("), concat!("unimplemented", "!("), concat!("dbg", "!("), concat!("#[ig", "nore")];

/// A file that may be longer: one enum, the catalogue of an account's facts, and the match that takes them
/// in. Splitting it would make a new event touch a fourth file.
const CATALOGUE: (&str, usize) = ("domain/src/account/events.rs", 700);

/// Finds files that are too long.
fn too_long(sources: &[Source]) -> Vec<String> {
    let lengths =
        sources.iter().map(|source| (&source.path, source.text.lines().count(), allowed(&source.path)));
    let long = lengths.filter(|(_, lines, allowed)| lines > allowed);
    long.map(|(path, lines, allowed)| format!("{path} has {lines} lines, {allowed} are allowed")).collect()
}

fn allowed(path: &str) -> usize {
    if path == CATALOGUE.0 { CATALOGUE.1 } else { LONGEST_FILE }
}

/// Finds what was put off, left over or switched off.
fn leftovers(sources: &[Source]) -> Vec<String> {
    let mut findings = Vec::new();
    for source in sources {
        for (line, number) in source.text.lines().zip(1..) {
            let found = markers_in(line);
            findings.extend(found.map(|marker| format!("{}:{number} has {marker}", source.path)));
        }
    }
    findings
}

fn markers_in(line: &str) -> impl Iterator<Item = &'static str> {
    let words = WORDS.into_iter().filter(move |word| has_word(line, word));
    words.chain(CODE.into_iter().filter(move |code| line.contains(code)))
}

/// Tells whether a word stands by itself: `mktemp` and the form of a backup code have long runs of one letter.
fn has_word(line: &str, word: &str) -> bool {
    line.split(|char: char| !char.is_alphanumeric() && char != '_').any(|other| other == word)
}

fn is_rust(path: &str) -> bool {
    has_extension(path, "rs")
}

fn is_read_for_leftovers(path: &str) -> bool {
    let is_text = ["rs", "sh", "md", "sql"].iter().any(|extension| has_extension(path, extension));
    is_text || path.starts_with("scripts/") || path.starts_with(".ci/")
}

#[test]
fn no_rust_file_is_too_long() {
    assert_none(&too_long(&sources(is_rust)));
}

#[test]
fn no_rust_file_is_too_long_notices_one_line_too_many() {
    let most = Source::new("most.rs", &"\n".repeat(LONGEST_FILE));
    let more = Source::new("more.rs", &"\n".repeat(LONGEST_FILE + 1));
    assert_eq!(too_long(&[most, more]), ["more.rs has 401 lines, 400 are allowed"]);
}

#[test]
fn nothing_is_left_over() {
    assert_none(&leftovers(&sources(is_read_for_leftovers)));
}

#[test]
fn nothing_is_left_over_notices_each_marker() {
    for marker in WORDS.into_iter().chain(CODE) {
        let source = Source::new("some.rs", &format!("fine\n    // {marker}: later"));
        assert_eq!(leftovers(&[source]), [format!("some.rs:2 has {marker}")]);
    }
}

#[test]
fn nothing_is_left_over_lets_longer_words_pass() {
    for word in WORDS {
        let source = Source::new("some.sh", &format!("mktemp /tmp/a.{word}{word} {word}_LIST"));
        assert_none(&leftovers(&[source]));
    }
}
