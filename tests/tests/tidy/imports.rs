//! Which crate may import which, and what the domain may not know.

use std::process::Command;

use serde::Deserialize;

use super::{assert_none, root};

const PREFIX: &str = "countersign-";

/// In each row, a crate may import any that stands to its left.
const ROWS: [&[&str]; 2] = [
    &["domain", "projections", "stores", "service", "api", "cli", "tests"],
    &["domain", "delivery", "service", "api", "cli", "tests"],
];

/// What the domain must not import: I/O, a runtime, randomness.
const OUTSIDE_THE_DOMAIN: [&str; 7] = ["axum", "getrandom", "lettre", "rand", "reqwest", "sqlx", "tokio"];

/// Crates of which a second version would compile, and not fit the first.
const ONLY_ONCE: [&str; 2] = ["cqrs-es", "sqlx"];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// Absent for a normal dependency, else `dev` or `build`.
    kind: Option<String>,
}

/// Finds imports between our crates that do not point to the left, and crates that have no place yet.
fn wrong_imports(packages: &[Package]) -> Vec<String> {
    let mut findings = Vec::new();
    for package in packages {
        let Some(importer) = place(&package.name) else {
            findings.push(format!("{} has no place among the crates: give it one in ROWS", package.name));
            continue;
        };
        let ours = package.dependencies.iter().filter_map(|dependency| dependency.name.strip_prefix(PREFIX));
        let wrong = ours.filter(|imported| !may_import(importer, imported));
        findings.extend(wrong.map(|imported| format!("{importer} must not import {imported}")));
    }
    findings
}

fn place(package: &str) -> Option<&str> {
    package.strip_prefix(PREFIX).filter(|name| ROWS.iter().any(|row| row.contains(name)))
}

/// Tells whether some row has both crates, the second to the left of the first.
fn may_import(importer: &str, other: &str) -> bool {
    ROWS.iter().any(|row| {
        let place = |name| row.iter().position(|crate_name| *crate_name == name);
        matches!((place(other), place(importer)), (Some(left), Some(right)) if left < right)
    })
}

/// Finds what the domain imports and must not; what only its tests import is free.
fn impure_imports(packages: &[Package]) -> Vec<String> {
    let domain = packages.iter().filter(|package| package.name == "countersign-domain");
    let imports = domain.flat_map(|package| &package.dependencies).filter(|import| import.kind.is_none());
    let impure = imports.filter(|import| OUTSIDE_THE_DOMAIN.contains(&import.name.as_str()));
    impure.map(|import| format!("the domain must not import {}", import.name)).collect()
}

/// Counts the versions of a crate in a lock file.
fn versions(lock: &str, name: &str) -> usize {
    let line = format!("name = \"{name}\"");
    lock.lines().filter(|other| **other == line).count()
}

fn packages() -> Vec<Package> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Metadata = serde_json::from_slice(&output.stdout).expect("cargo tells its metadata");
    metadata.packages
}

fn package(name: &str, imports: &[(&str, Option<&str>)]) -> Package {
    let import = |(name, kind): &(&str, Option<&str>)| Dependency {
        name: (*name).to_owned(),
        kind: kind.map(str::to_owned),
    };
    Package { name: name.to_owned(), dependencies: imports.iter().map(import).collect() }
}

#[test]
fn imports_point_one_way() {
    let packages = packages();
    assert!(packages.len() >= 7, "only {} crates were found", packages.len());
    assert_none(&wrong_imports(&packages));
}

#[test]
fn imports_point_one_way_notices_a_wrong_import() {
    let stores = package("countersign-stores", &[("countersign-domain", None), ("countersign-api", None)]);
    assert_eq!(wrong_imports(&[stores]), ["stores must not import api"]);
}

#[test]
fn imports_point_one_way_notices_a_wrong_import_of_a_test() {
    let domain = package("countersign-domain", &[("countersign-stores", Some("dev"))]);
    assert_eq!(wrong_imports(&[domain]), ["domain must not import stores"]);
}

#[test]
fn imports_point_one_way_notices_an_import_between_rows() {
    let delivery = package("countersign-delivery", &[("countersign-stores", None)]);
    assert_eq!(wrong_imports(&[delivery]), ["delivery must not import stores"]);
}

#[test]
fn imports_point_one_way_notices_a_crate_without_a_place() {
    let utils = package("countersign-utils", &[]);
    assert_eq!(wrong_imports(&[utils]).len(), 1);
}

#[test]
fn the_domain_imports_no_io() {
    assert_none(&impure_imports(&packages()));
}

#[test]
fn the_domain_imports_no_io_notices_a_runtime() {
    let imports = [("serde", None), ("tokio", None), ("rand", Some("dev"))];
    let domain = package("countersign-domain", &imports);
    assert_eq!(impure_imports(&[domain]), ["the domain must not import tokio"]);
}

#[test]
fn there_is_one_sqlx() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    for name in ONLY_ONCE {
        assert_eq!(versions(&lock, name), 1, "versions of {name} in Cargo.lock");
    }
}

#[test]
fn there_is_one_sqlx_notices_a_second() {
    let lock = "name = \"sqlx\"\nversion = \"0.8.6\"\n\nname = \"sqlx\"\nversion = \"0.9.0\"\n\nname = \"sqlx-core\"\n";
    assert_eq!(versions(lock, "sqlx"), 2);
}
