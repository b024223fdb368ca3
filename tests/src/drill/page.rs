//! The commands of `docs/operations.md`, as they stand there: a drill runs them, so that the page cannot drift.

use std::fs;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operations.md");

/// The blocks of shell commands of a section, in their order.
pub fn commands_of(section: &str) -> Vec<String> {
    let page = fs::read_to_string(PAGE).expect("there is a page for operators");
    let heading = format!("\n### {section}\n");
    let (_, from) = page.split_once(&heading).unwrap_or_else(|| panic!("operations.md has no ### {section}"));
    let end = from.find("\n## ").into_iter().chain(from.find("\n### ")).min();
    let text = end.and_then(|end| from.get(..end)).unwrap_or(from);
    let blocks = text.split("```sh\n").skip(1);
    blocks.filter_map(|block| Some(unindented(block.split_once("```")?.0))).collect()
}

/// A block of a list is indented as the list is.
fn unindented(block: &str) -> String {
    let lines = block.lines().map(|line| line.strip_prefix("   ").unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}
