//! What makes clients of the document, and plays with it: programs in Python and for Node, each pinned to a version.

use std::path::{Path, PathBuf};

use tokio::process::Command;

/// The root of the workspace, where scripts run.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A script of the workspace that is to be run.
pub fn script(name: &str) -> Command {
    let mut command = Command::new(Path::new(ROOT).join("scripts").join(name));
    command.current_dir(ROOT).kill_on_drop(true);
    command
}

/// Node; installed first where it is missing.
pub async fn node() -> PathBuf {
    let told = script("clients").arg("tools").output().await.expect("the script can be run");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    Path::new(String::from_utf8_lossy(&told.stdout).trim()).join("bin/node")
}
