//! The page of rules: the promises, every rule as a sentence, and the numbers of the policy.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use countersign_domain::policy;

use super::source::{Rule, rules, title};
use super::{UPDATE, cell, is_up_to_date, read};

/// The modules that tell rules, in the order of a person's way.
const MODULES: [&str; 24] = [
    "registration",
    "email_address",
    "sign_in",
    "email_code",
    "backup_code",
    "gate",
    "password_reset",
    "recovery",
    "recovery_failures",
    "recovery_elsewhere",
    "operator_code",
    "step_up",
    "throttling",
    "lockout",
    "devices",
    "session",
    "sessions",
    "administration",
    "delivery_records",
    "client",
    "promises",
    "properties/mod",
    "properties/addresses",
    "catalogue/mod",
];

/// The promises of the service.
pub(super) const PROMISES: [&str; 12] = [
    "No session without the password and one more factor, and a backup code confirmed as saved.",
    "A code of any kind is accepted at most once.",
    "Redeeming and replacing a backup code are one commit; one redemption yields at most one session.",
    "An acknowledged event is never lost and never changes.",
    "No secret, and no verifier in the clear, is in an event, a log line, a metric, a problem or a reply other than \
     the one made to show it.",
    "Every read model equals the one rebuilt from nothing.",
    "Failure counts survive resends, new sign-ins and restarts.",
    "Nobody learns from status, body or time whether an address has an account.",
    "A lost reply or a closed tab never costs a person their way in.",
    "Every stored event of every past version can be read for ever.",
    "Erasing a person makes their personal data unreadable everywhere and leaves every proof valid.",
    "When work outgrows the machine it is refused early with a time to come back; memory stays bounded; nothing \
     acknowledged is lost.",
];

/// Promises that are kept outside of the domain: by the stores, and by the read models.
const KEPT_ELSEWHERE: [u8; 2] = [4, 6];

/// A module and its rules.
pub(super) struct Chapter {
    pub(super) title: String,
    pub(super) rules: Vec<Rule>,
}

/// Every rule that a test tells, by module.
pub(super) fn chapters() -> Vec<Chapter> {
    let chapter = |module: &str| {
        let source = read(&format!("tests/scenarios/{module}.rs"));
        Chapter { title: title(&source).to_owned(), rules: rules(&source) }
    };
    MODULES.into_iter().map(chapter).collect()
}

fn page() -> String {
    let chapters = chapters();
    let count: usize = chapters.iter().map(|chapter| chapter.rules.len()).sum();
    let mut page = format!(
        "# Rules\n\nMade from the {count} tests of `domain/tests/scenarios` and from `domain/src/policy.rs`; each \
         sentence is the name of a test. To write this page anew: `{UPDATE}`.\n\n"
    );
    page.push_str(&promises(&chapters));
    for chapter in &chapters {
        let _ = write!(page, "## {}\n\n{}\n", chapter.title, table(&chapter.rules));
    }
    page.push_str(&numbers());
    page
}

fn promises(chapters: &[Chapter]) -> String {
    let mut text = "## Promises\n\nWhat the service promises, and how many of the rules below keep it.\n\n\
                    | | promise | rules |\n|---|---|---|\n"
        .to_owned();
    for (promise, number) in PROMISES.iter().zip(1..) {
        let kept = keeping(chapters, number).count();
        let kept = if kept == 0 { "kept outside of the domain".to_owned() } else { kept.to_string() };
        let _ = writeln!(text, "| {number} | {promise} | {kept} |");
    }
    text + "\n"
}

/// The rules that keep a promise.
fn keeping(chapters: &[Chapter], promise: u8) -> impl Iterator<Item = &Rule> {
    let rules = chapters.iter().flat_map(|chapter| &chapter.rules);
    rules.filter(move |rule| rule.promises.contains(&promise))
}

fn table(rules: &[Rule]) -> String {
    let mut text = "| rule | promise |\n|---|---|\n".to_owned();
    for rule in rules {
        let promises: Vec<String> = rule.promises.iter().map(u8::to_string).collect();
        let _ = writeln!(text, "| {} | {} |", sentence_case(&rule.sentence), promises.join(", "));
    }
    text
}

fn sentence_case(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn numbers() -> String {
    let mut text = "## The numbers of the policy\n\n| what | value | rests on |\n|---|---|---|\n".to_owned();
    for number in policy::all() {
        let (meaning, source) = (sentence_case(number.meaning), cell(number.source));
        let _ = writeln!(text, "| {meaning} | {} | {source} |", number.value);
    }
    text
}

#[test]
fn the_page_of_rules_is_up_to_date() {
    is_up_to_date("rules.md", &page());
}

#[test]
fn every_promise_that_the_domain_can_keep_has_a_rule() {
    let chapters = chapters();
    let kept: BTreeSet<u8> = (1..=12).filter(|number| keeping(&chapters, *number).next().is_some()).collect();
    let expected: BTreeSet<u8> = (1..=12).filter(|number| !KEPT_ELSEWHERE.contains(number)).collect();
    assert_eq!(kept, expected);
}

#[test]
fn every_module_that_tells_rules_is_on_the_page() {
    let main = read("tests/scenarios/main.rs");
    let modules = main.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
    let told = |module: &str| MODULES.iter().any(|known| known.split('/').next() == Some(module));
    let missing: Vec<&str> =
        modules.filter(|module| !["pages", "support"].contains(module) && !told(module)).collect();
    assert!(missing.is_empty(), "{missing:?} are not on the page");
}

#[test]
fn every_number_of_the_policy_is_on_the_page() {
    let numbers = read("src/policy.rs").lines().filter(|line| line.contains(": Number<")).count();
    assert_eq!(policy::all().len(), numbers);
}
