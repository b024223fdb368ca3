//! Where the program is: beside the tests, built from the sources as they are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

/// The variable that names another program to test: how a broken one is shown to be noticed.
const CHOICE: &str = "COUNTERSIGN_TEST_BINARY";
/// The crates that the program is made of.
const CRATES: [&str; 6] = ["domain", "stores", "delivery", "service", "api", "cli"];

/// The program; built first where it is missing, or older than its sources.
pub(super) fn countersign() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| match std::env::var_os(CHOICE) {
        Some(chosen) => PathBuf::from(chosen),
        None => built(beside_the_tests()),
    })
}

/// Tests are in `deps` and examples in `examples`; the program is one folder up.
fn beside_the_tests() -> PathBuf {
    let this = std::env::current_exe().expect("a test knows its own path");
    let folder = this.parent().and_then(Path::parent).expect("a test lies in the target folder");
    folder.join("countersign")
}

fn built(program: PathBuf) -> PathBuf {
    let built_at = fs::metadata(&program).and_then(|found| found.modified()).ok();
    if built_at.is_none_or(|built_at| built_at < newest_source()) {
        // The whole workspace, as `scripts/test` builds it: with another selection cargo builds every
        // dependency a second time.
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--quiet", "--workspace", "--bins"]).current_dir(root());
        let ended = cargo.status().expect("cargo can be started");
        assert!(ended.success(), "the program under test cannot be built");
    }
    program
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests' crate lies in the workspace")
}

fn newest_source() -> SystemTime {
    let folders = CRATES.iter().map(|name| root().join(name));
    folders.map(|folder| newest_in(&folder)).max().expect("there are crates")
}

fn newest_in(folder: &Path) -> SystemTime {
    let entries = fs::read_dir(folder).expect("a folder of the workspace can be read");
    let times = entries.map(|entry| {
        let entry = entry.expect("an entry can be read");
        let about = entry.metadata().expect("an entry has metadata");
        if about.is_dir() && entry.file_name() != "tests" {
            newest_in(&entry.path())
        } else {
            about.modified().expect("an entry has a time")
        }
    });
    times.max().unwrap_or(SystemTime::UNIX_EPOCH)
}
