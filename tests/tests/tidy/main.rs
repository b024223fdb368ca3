//! Rules about the repository itself, kept by a test since no compiler keeps them.
//!
//! Each check is a pure function from what it looks at to a list of findings, with a test that it finds nothing here,
//! and beside it a negative control: a test that it does find what it is for.
//!
//! - [`imports`]: which crate may import which, and what the domain may not know
//! - [`files`]: how long a file may be, and what must not be left in one
//! - [`numbering`]: decisions and migrations, numbered without gaps
//! - [`promised`]: the tests that the page of known holes names
//! - [`secrets`]: how secrets are compared

mod files;
mod imports;
mod numbering;
mod promised;
mod secrets;

use std::fs;
use std::path::{Path, PathBuf};

/// Directories that hold nothing we wrote, beside those that a tool marked as its cache.
const NOT_OURS: [&str; 4] = [".git", "target", "node_modules", "countersign-data"];

/// The root of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests' crate lies in the workspace").to_owned()
}

/// A file that we wrote: its path from the root, and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }
}

/// Reads every file that we wrote and whose path `wanted` accepts.
fn sources(wanted: fn(&str) -> bool) -> Vec<Source> {
    let root = root();
    let mut found = Vec::new();
    let mut waiting = vec![root.clone()];
    while let Some(directory) = waiting.pop() {
        for path in entries(&directory) {
            let name = from(&root, &path);
            if path.is_dir() {
                waiting.extend(is_ours(&path).then_some(path));
            } else if wanted(&name) {
                let text = fs::read_to_string(&path).expect("a source file is UTF-8");
                found.push(Source { path: name, text });
            }
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

/// Reads the names in a directory below the root, and none where there is no such directory.
fn names_in(directory: &str) -> Vec<String> {
    let directory = root().join(directory);
    if !directory.is_dir() {
        return Vec::new();
    }
    let mut names: Vec<_> = entries(&directory).iter().map(|path| from(&directory, path)).collect();
    names.sort();
    names
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let read = fs::read_dir(directory).expect("a directory of the repository can be read");
    read.map(|entry| entry.expect("an entry can be read").path()).collect()
}

fn from(directory: &Path, path: &Path) -> String {
    path.strip_prefix(directory).expect("the path was found in this directory").to_string_lossy().into_owned()
}

/// Tells whether a path ends in an extension, given without its dot.
fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == extension)
}

fn is_ours(directory: &Path) -> bool {
    let name = directory.file_name().unwrap_or_default().to_string_lossy();
    !NOT_OURS.contains(&name.as_ref()) && !directory.join("CACHEDIR.TAG").exists()
}

/// Fails with all findings at once, one a line.
#[track_caller]
fn assert_none(findings: &[String]) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

#[test]
fn the_sources_are_found() {
    let paths: Vec<_> =
        sources(|path| has_extension(path, "rs")).into_iter().map(|source| source.path).collect();
    for expected in ["domain/src/lib.rs", "tests/tests/tidy/main.rs"] {
        assert!(paths.iter().any(|path| path == expected), "{expected} is not among {paths:?}");
    }
}
