//! The page of known holes: every test that it names exists, and every rule that an advisory names has tests.

use std::collections::BTreeSet;
use std::fs;

use super::{Source, assert_none, has_extension, root, sources};

const PAGE: &str = "docs/known-holes.md";

/// Finds tests that are named and not there, and rules without a row.
fn broken(page: &str, sources: &[Source]) -> Vec<String> {
    let (rules, advisories) = page.split_once("## Advisories").unwrap_or((page, ""));
    let mut findings: Vec<_> = named(rules)
        .filter(|(file, test)| !is_there(file, test, sources))
        .map(|(file, test)| format!("{file}::{test} is not there"))
        .collect();
    let rows = |text: &str, at: usize| -> Vec<String> {
        let rows = text.lines().filter(|line| line.starts_with("| ") && !line.contains("---"));
        rows.filter_map(|row| Some(row.split('|').nth(at)?.to_owned())).collect()
    };
    let governed: BTreeSet<_> =
        rows(rules, 1).iter().filter_map(|cell| Some(cell.split("**").nth(1)?.to_owned())).collect();
    for cell in rows(advisories, 3).iter().skip(1) {
        let rules = cell.split(',').map(str::trim).filter(|rule| !governed.contains(*rule));
        findings.extend(rules.map(|rule| format!("{rule} has no row")));
    }
    findings
}

/// The tests that a text names, each as its file and its name.
fn named(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter_map(|word| word.split_once("::")).filter(|(file, test)| {
        let is_name = |text: &str| {
            text.chars().all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_')
        };
        is_name(file) && is_name(test)
    })
}

fn is_there(file: &str, test: &str, sources: &[Source]) -> bool {
    let paths = [format!("/{file}.rs"), format!("/{file}/mod.rs")];
    let of_file = |source: &&Source| paths.iter().any(|path| source.path.ends_with(path));
    sources.iter().filter(of_file).any(|source| source.text.contains(&format!("fn {test}()")))
}

#[test]
fn every_test_that_the_page_of_known_holes_names_is_there() {
    let page = fs::read_to_string(root().join(PAGE)).expect("there is a page");
    assert!(named(&page).count() > 40, "the page names tests");
    assert_none(&broken(&page, &sources(|path| has_extension(path, "rs"))));
}

#[test]
fn a_test_that_is_not_there_and_a_rule_without_a_row_are_noticed() {
    let page = "| **R1** x | `some::a_thing` `other::a_thing` |\n## Advisories\n| a | b | rule |\n| c | d | R1, R2 |";
    let sources = [Source::new("tests/some.rs", "fn a_thing() {}")];
    assert_eq!(broken(page, &sources), ["other::a_thing is not there", "R2 has no row"]);
}
