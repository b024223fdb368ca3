//! Where the program is: beside the tests, built from the sources as they are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

/// The variable that names another program to test: how a broken one is shown to be noticed.
const CHOICE: &str = "COUNTERSIGN_TEST_BINARY";
/// The crates that the program is made of.
const CRATES: [&str; 7] = ["domain", "projections", "stores", "delivery", "service", "api", "cli"];

/// The program; built first where it is missing, or older than the sources that this test was built from.
/// What was saved since then is not part of this run.
pub(crate) fn countersign() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| match std::env::var_os(CHOICE) {
        Some(chosen) => PathBuf::from(chosen),
        None => built(beside_the_tests()),
    })
}

/// Tests are in `deps` and examples in `examples`; the program is one folder up.
fn beside_the_tests() -> PathBuf {
    let this = this();
    let folder = this.parent().and_then(Path::parent).expect("a test lies in the target folder");
    folder.join("countersign")
}

fn built(program: PathBuf) -> PathBuf {
    let tested_since = modified(&this()).expect("a test has a time");
    if modified(&program).is_none_or(|built| built < newest_source_until(tested_since)) {
        // The whole workspace, as `scripts/test` builds it: with another selection cargo builds every
        // dependency a second time.
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--quiet", "--workspace", "--bins"]).current_dir(root());
        let ended = cargo.status().expect("cargo can be started");
        assert!(ended.success(), "the program under test cannot be built");
    }
    program
}

fn this() -> PathBuf {
    std::env::current_exe().expect("a test knows its own path")
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|about| about.modified()).ok()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests' crate lies in the workspace")
}

fn newest_source_until(moment: SystemTime) -> SystemTime {
    let sources = CRATES.iter().flat_map(|name| times_in(&root().join(name)));
    sources.filter(|time| *time <= moment).max().unwrap_or(SystemTime::UNIX_EPOCH)
}

/// When each file of a folder was saved, but for those of tests.
fn times_in(folder: &Path) -> Vec<SystemTime> {
    let entries = fs::read_dir(folder).expect("a folder of the workspace can be read");
    let times = entries.flatten().flat_map(|entry| {
        let path = entry.path();
        if path.is_dir() && entry.file_name() != "tests" {
            times_in(&path)
        } else {
            modified(&path).into_iter().collect()
        }
    });
    times.collect()
}
