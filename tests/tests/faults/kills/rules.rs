//! Each rule of a run with kills notices what breaks it.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "what is not there fails the test")]

use countersign_tests::faults::kill::Promises;
use countersign_tests::faults::kill::rules::{History, findings, sentences};
use countersign_tests::process::facts::{Fact, Facts};
use countersign_tests::process::mailbox::{Mail, message_id};
use serde_json::{Value, json};

const CHALLENGE: &str = "ch_01890a5d-ac96-774b-bcce-b302099a8057";
const OTHER_CHALLENGE: &str = "ch_01890a5d-ac96-774b-bcce-b302099a8058";

fn fact(stream: &str, sequence: u64, event_type: &str, mut payload: Value) -> Fact {
    payload["at"] = json!(format!("2026-01-01T00:00:{sequence:02}.000Z"));
    Fact {
        aggregate_type: "Any".to_owned(),
        stream: stream.to_owned(),
        sequence,
        event_type: event_type.to_owned(),
        payload,
        metadata: json!({ "command_id": "one" }),
    }
}

/// One account's life from its registration to its end, with nothing missing.
fn facts() -> Vec<Fact> {
    let sending = json!({ "challenge": CHALLENGE, "send": 1 });
    vec![
        fact("acc_1", 1, "account.registered", json!({ "registration": "rg_1" })),
        fact("acc_1", 2, "code.requested", sending.clone()),
        fact("acc_1", 3, "code.sent", sending.clone()),
        fact("acc_1", 4, "code.accepted", json!({ "challenge": CHALLENGE })),
        fact("acc_1", 5, "account.email_verified", json!({ "registration": "rg_1" })),
        fact("acc_1", 6, "backup_code.redeemed", json!({ "backup_code": "bc_1" })),
        fact("acc_1", 7, "backup_code.issued", json!({ "backup_code": "bc_2", "supersedes": "bc_1" })),
        fact("acc_1", 8, "sign_in.signed_in", json!({ "sign_in": "si_1", "session": "ss_1" })),
        fact("acc_1", 9, "account.closed", json!({})),
        fact("em_1", 1, "email.claimed", json!({ "account": "acc_1" })),
        fact("em_1", 2, "email.released", json!({ "account": "acc_1" })),
        fact("ss_1", 1, "session.started", json!({ "account": "acc_1" })),
        fact("ss_1", 2, "session.revoked", json!({ "account": "acc_1" })),
    ]
}

fn history(facts: Vec<Fact>) -> History {
    let mut promises = Promises::default();
    promises.add("sign_in.signed_in", "session", "ss_1");
    let mail = Mail { id: message_id(CHALLENGE, 1), to: String::new(), code: None };
    History { facts: Facts::new(facts), mails: vec![mail], promises }
}

fn place(facts: &[Fact], event_type: &str) -> usize {
    facts.iter().position(|fact| fact.event_type == event_type).unwrap()
}

/// The life without an event of a name; the others move up, so that there is no gap.
fn without(event_type: &str) -> History {
    let mut facts = facts();
    let lost = facts.remove(place(&facts, event_type));
    for fact in facts.iter_mut().filter(|fact| fact.stream == lost.stream && fact.sequence > lost.sequence) {
        fact.sequence -= 1;
    }
    history(facts)
}

/// The life with an event of a name once more at its end.
fn twice(event_type: &str) -> History {
    let mut facts = facts();
    let again = facts[place(&facts, event_type)].clone();
    let sequence = facts.iter().filter(|fact| fact.stream == again.stream).count() as u64 + 1;
    facts.push(fact(&again.stream, sequence, event_type, again.payload));
    history(facts)
}

/// The life with one event changed.
fn with(event_type: &str, change: impl Fn(&mut Fact)) -> History {
    let mut facts = facts();
    let place = place(&facts, event_type);
    change(&mut facts[place]);
    history(facts)
}

/// The life whose code is said not to have left.
fn not_sent(reason: &str) -> History {
    with("code.sent", |fact| {
        "code.delivery_failed".clone_into(&mut fact.event_type);
        fact.payload["reason"] = json!(reason);
    })
}

fn without_the_message() -> History {
    History { mails: Vec::new(), ..history(facts()) }
}

/// Lives in which one thing is wrong, and the rule that must notice.
fn wrong() -> Vec<(&'static str, History)> {
    let sent = "a requested code was sent, or could not be, and one of them once";
    let replaced = "a redeemed backup code is replaced in the same commit";
    vec![
        ("what was acknowledged is stored", without("sign_in.signed_in")),
        ("a stream has no gap", with("account.closed", |fact| fact.sequence = 10)),
        (
            "time never runs backwards in a stream",
            with("account.closed", |fact| fact.payload["at"] = json!("2025")),
        ),
        (sent, without("code.sent")),
        (sent, twice("code.sent")),
        (sent, with("code.sent", |fact| fact.payload["challenge"] = json!(OTHER_CHALLENGE))),
        ("a code's message that is there is recorded as sent", not_sent("expired")),
        ("a code that was accepted was sent", not_sent("expired")),
        ("a mailed code is accepted once", twice("code.accepted")),
        ("a backup code is redeemed once", twice("backup_code.redeemed")),
        (replaced, without("backup_code.issued")),
        (replaced, with("backup_code.issued", |fact| fact.metadata = json!({ "command_id": "two" }))),
        ("a claimed address leads to a verified account", without("account.email_verified")),
        ("a granted session is started, once", without("session.started")),
        ("a granted session is started, once", twice("session.started")),
        ("a closed account lets go of its address", without("email.released")),
        ("a closed account has no session left", without("session.revoked")),
        ("a message that was sent is there", without_the_message()),
        ("a message is recorded as sent once", twice("code.sent")),
    ]
}

#[test]
fn a_life_with_nothing_missing_breaks_no_rule() {
    assert_eq!(findings(&history(facts())), Vec::<String>::new());
}

#[test]
fn a_message_of_which_it_is_not_known_whether_it_left_breaks_no_rule() {
    assert_eq!(findings(&not_sent("unknown")), Vec::<String>::new());
}

#[test]
fn every_rule_notices_what_breaks_it() {
    for (rule, history) in wrong() {
        let findings = findings(&history);
        assert!(findings.iter().any(|finding| finding.starts_with(rule)), "{rule}: {findings:?}");
    }
}

#[test]
fn no_rule_is_without_a_life_that_breaks_it() {
    let broken: Vec<_> = wrong().into_iter().map(|(rule, _)| rule).collect();
    for rule in sentences() {
        assert!(broken.contains(&rule), "{rule}");
    }
}
