//! Decisions and migrations are numbered from 0001, without gaps or duplicates.

use super::{assert_none, names_in};

const DECISIONS: &str = "docs/adr";
const MIGRATIONS: [&str; 2] = ["stores/migrations/sqlite", "stores/migrations/postgres"];

/// How the files of one directory are named: four digits, the separator, words, the ending.
struct Form {
    separator: char,
    ending: &'static str,
}

const DECISION: Form = Form { separator: '-', ending: ".md" };
const MIGRATION: Form = Form { separator: '_', ending: ".sql" };

/// Reads a file's number, where its name has the form.
fn number(name: &str, form: &Form) -> Option<usize> {
    let (digits, words) = name.strip_suffix(form.ending)?.split_once(form.separator)?;
    let is_word = |word: &str| {
        !word.is_empty() && word.chars().all(|char| char.is_ascii_lowercase() || char.is_ascii_digit())
    };
    let well_formed = digits.len() == 4 && words.split(form.separator).all(is_word);
    digits.parse().ok().filter(|_| well_formed)
}

/// Finds names that do not have the form, and numbers that are not the next one.
fn misnumbered(names: &[String], form: &Form) -> Vec<String> {
    if names.is_empty() {
        return vec!["there is no numbered file at all".to_owned()];
    }
    let mut findings = Vec::new();
    let mut numbers = Vec::new();
    for name in names {
        match number(name, form) {
            Some(number) => numbers.push(number),
            None => findings.push(format!("{name} is not named NNNN{}words{}", form.separator, form.ending)),
        }
    }
    numbers.sort_unstable();
    let wrong = numbers.iter().zip(1..).find(|(number, expected)| **number != *expected);
    findings.extend(wrong.map(|(number, expected)| format!("{number:04} stands where {expected:04} should")));
    findings
}

/// Finds migrations that one database has and the other lacks.
fn unpaired(sqlite: &[String], postgres: &[String]) -> Vec<String> {
    [lacks("sqlite", sqlite, postgres), lacks("postgres", postgres, sqlite)].concat()
}

fn lacks(database: &str, own: &[String], other: &[String]) -> Vec<String> {
    let has = migration_numbers(own);
    let missing = migration_numbers(other).into_iter().filter(|number| !has.contains(number));
    missing.map(|number| format!("{database} lacks migration {number:04}")).collect()
}

fn migration_numbers(names: &[String]) -> Vec<usize> {
    names.iter().filter_map(|name| number(name, &MIGRATION)).collect()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn decisions_are_numbered_without_gaps() {
    let mut decisions = names_in(DECISIONS);
    decisions.retain(|name| name != "README.md");
    assert_none(&misnumbered(&decisions, &DECISION));
}

#[test]
fn decisions_are_numbered_without_gaps_notices_a_gap() {
    let decisions = names(&["0001-one-store.md", "0003-own-pools.md"]);
    assert_eq!(misnumbered(&decisions, &DECISION), ["0003 stands where 0002 should"]);
}

#[test]
fn decisions_are_numbered_without_gaps_notices_a_duplicate() {
    let decisions = names(&["0001-one-store.md", "0001-own-pools.md"]);
    assert_eq!(misnumbered(&decisions, &DECISION), ["0001 stands where 0002 should"]);
}

#[test]
fn decisions_are_numbered_without_gaps_notices_a_wrong_name() {
    for wrong in ["1-one-store.md", "0001_one_store.md", "0001-One-Store.md", "0001-.md", "notes.txt"] {
        assert_eq!(misnumbered(&names(&[wrong]), &DECISION).len(), 1, "{wrong}");
    }
}

#[test]
fn decisions_are_numbered_without_gaps_notices_that_there_are_none() {
    assert_eq!(misnumbered(&[], &DECISION).len(), 1);
}

#[test]
fn migrations_are_numbered_without_gaps() {
    for directory in MIGRATIONS {
        let findings = misnumbered(&names_in(directory), &MIGRATION);
        assert_none(&findings.iter().map(|finding| format!("{directory}: {finding}")).collect::<Vec<_>>());
    }
}

#[test]
fn both_databases_have_the_same_migrations() {
    let [sqlite, postgres] = MIGRATIONS.map(names_in);
    assert_none(&unpaired(&sqlite, &postgres));
}

#[test]
fn both_databases_have_the_same_migrations_notices_a_missing_one() {
    let sqlite = names(&["0001_events.sql"]);
    let postgres = names(&["0001_events.sql", "0002_subject_keys.sql"]);
    assert_eq!(unpaired(&sqlite, &postgres), ["sqlite lacks migration 0002"]);
    assert_eq!(unpaired(&postgres, &sqlite), ["postgres lacks migration 0002"]);
}
