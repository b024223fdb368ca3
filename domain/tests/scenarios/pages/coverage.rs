//! That the rules leave nothing out: every event is expected somewhere, and every refusal.

use std::fs;

use super::source::variant;
use super::{in_crate, read};
use crate::catalogue::aggregates;

/// The sources of all rules in one text.
pub(super) fn rules() -> String {
    let folder = fs::read_dir(in_crate("tests/scenarios")).expect("the rules can be read");
    let files = folder.map(|entry| entry.expect("a rule can be read").path()).filter(|path| path.is_file());
    files.map(|path| fs::read_to_string(path).expect("a rule is text")).collect()
}

/// The variants of an enum of refusals.
fn refusals(source: &str, name: &str) -> Vec<String> {
    let body = source.split_once(&format!("pub enum {name} {{\n")).map_or("", |(_, rest)| rest);
    let body = body.split_once("\n}\n").map_or("", |(body, _)| body);
    let variants = body
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()));
    variants.filter_map(|line| line.split([' ', ',', '{']).next()).map(str::to_owned).collect()
}

#[test]
fn every_event_is_expected_by_a_rule() {
    let rules = rules();
    for aggregate in aggregates() {
        let source = read(aggregate.source);
        for name in aggregate.names {
            let variant = variant(&source, &name).expect("the event is in its source").variant.name;
            let typed = rules.contains(&format!("{}Event::{variant} ", aggregate.name));
            assert!(typed || rules.contains(&format!("event(\"{name}\")")), "no rule expects {name}");
        }
    }
}

#[test]
fn every_refusal_is_expected_by_a_rule() {
    let rules = rules();
    for (file, name) in [
        ("src/account/refusal.rs", "AccountRefusal"),
        ("src/email_address/mod.rs", "EmailAddressRefusal"),
        ("src/session/mod.rs", "SessionRefusal"),
        ("src/client/mod.rs", "ClientRefusal"),
    ] {
        let variants = refusals(&read(file), name);
        assert!(!variants.is_empty(), "{name} is not in {file}");
        for variant in variants {
            let refusal = format!("{name}::{variant}");
            assert!(rules.contains(&refusal), "no rule expects {refusal}");
        }
    }
}

#[test]
fn a_refusal_that_no_rule_expects_is_found() {
    let source =
        "pub enum Refusal {\n    /// Why.\n    TooLate,\n    TooSoon {\n        at: u32,\n    },\n}\n";
    assert_eq!(refusals(source, "Refusal"), ["TooLate", "TooSoon"]);
}
