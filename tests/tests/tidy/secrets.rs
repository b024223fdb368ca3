//! How secrets are compared: by a keyed hash or by `subtle`, never byte by byte.

use super::{Source, assert_none, has_extension, sources};

/// Words of what is secret: the text behind a secret type, and what a secret is checked against.
const SECRET: [&str; 6] = [".expose()", "verifier", "hash", "digits", "mac(", "typed"];
/// The folders that hold secrets.
const FOLDERS: [&str; 4] = ["domain/src/", "service/src/", "api/src/", "stores/src/"];

/// Finds lines that compare something secret with `==` or `!=`.
fn compared(sources: &[Source]) -> Vec<String> {
    let mut findings = Vec::new();
    for source in sources {
        let code = source.text.split("#[cfg(test)]").next().unwrap_or_default();
        for (line, number) in code.lines().zip(1..) {
            if compares_a_secret(line) {
                findings.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    findings
}

fn compares_a_secret(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    let conditions = code.split("&&").flat_map(|part| part.split("||"));
    let mut comparisons = conditions.filter(|part| part.contains(" == ") || part.contains(" != "));
    comparisons.any(|part| SECRET.iter().any(|word| part.contains(word)) && !part.contains("len()"))
}

fn holds_secrets(path: &str) -> bool {
    has_extension(path, "rs") && FOLDERS.iter().any(|folder| path.starts_with(folder))
}

#[test]
fn no_secret_is_compared_byte_by_byte() {
    assert_none(&compared(&sources(holds_secrets)));
}

#[test]
fn a_comparison_of_secrets_is_noticed() {
    for line in [
        "if token.expose() == other {",
        "held.verifier != made.verifier",
        "let same = mac(key, parts) == claimed;",
    ] {
        assert_eq!(compared(&[Source::new("a.rs", line)]).len(), 1, "{line}");
    }
    for line in
        ["if token.expose().len() == 4 {", "a == b", "// the hash == the other", "is_mac(key, parts, &hash)"]
    {
        assert_none(&compared(&[Source::new("a.rs", line)]));
    }
}
