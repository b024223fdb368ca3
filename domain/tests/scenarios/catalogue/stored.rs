//! The samples that lie beside the catalogue, as snapshots.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::samples::Sample;

/// A sample as it lies in its snapshot.
pub(crate) struct Stored {
    pub(crate) name: String,
    pub(crate) version: u32,
    pub(crate) event: Value,
}

/// Compares a sample with its snapshot.
pub(super) fn compare(sample: &Sample) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder());
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_sort_maps(true);
    settings.bind(|| insta::assert_json_snapshot!(file_stem(sample), sample.event));
}

fn file_stem(sample: &Sample) -> String {
    format!("{}.v{}", sample.name, sample.version)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/catalogue/snapshots")
}

/// Every sample that was ever stored, by name and version.
pub(crate) fn stored_samples() -> Vec<Stored> {
    let entries = fs::read_dir(folder()).expect("the snapshots lie beside the catalogue");
    let mut found: Vec<Stored> = entries
        .map(|entry| entry.expect("a snapshot can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "snap"))
        .map(|path| read(&path))
        .collect();
    found.sort_by(|one, other| (&one.name, one.version).cmp(&(&other.name, other.version)));
    found
}

fn read(path: &Path) -> Stored {
    let stem = path.file_stem().expect("a snapshot has a name").to_string_lossy();
    let (name, version) = stem.rsplit_once(".v").expect("a snapshot is called name.version");
    let text = fs::read_to_string(path).expect("a snapshot can be read");
    let (_, json) =
        text.split_once("---\n").and_then(|(_, rest)| rest.split_once("---\n")).expect("a snapshot");
    Stored {
        name: name.to_owned(),
        version: version.parse().expect("a version is a number"),
        event: serde_json::from_str(json).expect("a sample is JSON"),
    }
}
