//! What a recovery answers to whom: two proofs, no more and no fewer, and one answer for whatever is wrong.

use countersign_domain::account::AccountEvent;
use countersign_domain::time::Span;
use countersign_domain::word::Authenticator;
use countersign_service::context::Context;
use countersign_service::flow::Administration;
use countersign_tests::app::mail::wrong;
use countersign_tests::app::recovery::{CHOSEN, WAIT, completion};
use countersign_tests::app::{Reply, TestApp};
use serde_json::{Value, json};

/// A backup code that is well formed and nobody's.
const NOBODYS: &str = "0000-0000-0000-0000-0000-0000";

#[tokio::test(flavor = "multi_thread")]
async fn exactly_two_proofs_are_asked_for() {
    let app = TestApp::start().await;
    let all = [("code", "000000"), ("backup_code", NOBODYS), ("operator_code", NOBODYS)];
    let pointers = |reply: &Reply| {
        let errors = reply.body["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| error["pointer"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for (given, told) in [
        (&all[..0], vec!["/code", "/backup_code", "/operator_code"]),
        (&all[..1], vec!["/backup_code", "/operator_code"]),
        (&all[2..], vec!["/code", "/backup_code"]),
        (&all[..], vec!["/code", "/backup_code", "/operator_code"]),
    ] {
        let reply = app.complete_recovery(completion("rc_x", given)).await.refused(400, "invalid_request");
        assert_eq!(pointers(&reply), told, "{}", reply.text);
    }
    let mut surplus = completion("rc_x", &all[..2]);
    surplus["surplus"] = json!(1);
    let reply = app.complete_recovery(surplus).await.refused(400, "invalid_request");
    assert_eq!(pointers(&reply), ["/surplus"]);
    app.complete_recovery(completion("rc_x", &all[..2])).await.refused(422, "code_rejected");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slip_of_the_pen_and_a_weak_password_cost_no_attempt() {
    let app = TestApp::start().await;
    let (person, saved) = app.enrolled().await;
    let operators = app.operator_code(&person).await;
    app.advance(WAIT);
    let recovery = app.recovery(&person).await;
    let before = app.names(person.account).await;

    for slip in [
        [("operator_code", "0000-1"), ("code", &*recovery.digits)],
        [("operator_code", &*operators), ("code", "12345")],
        [("operator_code", &*operators), ("backup_code", "0000-1")],
        [("code", &*recovery.digits), ("backup_code", &*saved.code.replacen('-', "U", 1))],
    ] {
        app.recover(&recovery, &slip).await.refused(422, "code_mistyped");
    }
    let mut weak = recovery.with(&[("operator_code", &operators), ("code", &recovery.digits)]);
    for password in ["short".to_owned(), "passwordpassword".to_owned(), format!("{0}{0}", person.email)] {
        weak["password"] = json!(password);
        app.complete_recovery(weak.clone()).await.refused(422, "password_too_weak");
    }

    assert_eq!(app.names(person.account).await, before);
    let sloppy = operators.to_lowercase().replace('-', " ");
    app.recover(&recovery, &[("operator_code", &sloppy), ("code", &recovery.digits)]).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_is_answered_alike_and_five_times_end_a_recovery() {
    let app = TestApp::start().await;
    let (person, saved) = app.enrolled().await;
    let operators = app.operator_code(&person).await;
    app.advance(WAIT);
    let recovery = app.recovery(&person).await;
    let wrong_digits = wrong(&recovery.digits);
    let tries = [
        [("operator_code", NOBODYS), ("code", &*recovery.digits)],
        [("operator_code", &*operators), ("code", &*wrong_digits)],
        [("operator_code", &*operators), ("backup_code", NOBODYS)],
        [("code", &*wrong_digits), ("backup_code", &*saved.code)],
        [("operator_code", NOBODYS), ("backup_code", NOBODYS)],
        [("operator_code", &*operators), ("code", &*recovery.digits)],
        [("operator_code", &*operators), ("backup_code", &*saved.code)],
    ];
    let mut told = Vec::new();
    for proofs in tries {
        told.push(without_ids(&app.recover(&recovery, &proofs).await.refused(422, "code_rejected")));
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:#?}");
    let counts = ["recovery.operator_code_rejected", "code.rejected", "backup_code.rejected"];
    for (name, count) in counts.into_iter().zip([2, 2, 1]) {
        assert_eq!(app.count(person.account, name).await, count, "{name}");
    }

    let fresh = app.recovery(&person).await;
    let proofs = [("operator_code", &*operators), ("backup_code", &*saved.code)];
    app.recover(&fresh, &proofs).await.expect(201);
}

/// Promise 8.
#[tokio::test(flavor = "multi_thread")]
async fn every_address_is_answered_alike_from_the_request_to_the_sixth_wrong_code_and_the_end() {
    let app = TestApp::start().await;
    let (known, prepared) = (app.enrolled().await, app.enrolled().await);
    let (suspended, closed) = (app.enrolled().await, app.enrolled().await);
    app.operator_code(&prepared.0).await;
    let disabled = app.enrolled().await;
    let without_mail = AccountEvent::AuthenticatorDisabled {
        authenticator: Authenticator::EmailCode,
        device: None,
        failures: 60,
    };
    app.record(disabled.0.account, without_mail).await;
    let crowded = app.enrolled().await.0.email;
    let reason = || "as the law demands".parse().unwrap();
    for (person, what) in
        [(&suspended.0, Administration::Suspend(reason())), (&closed.0, Administration::Close(reason()))]
    {
        app.service.administer(Context::operator(), person.account, what).await.unwrap();
    }
    let unverified = app.new_address();
    app.register(&unverified, CHOSEN).await.expect(202);
    app.advance(WAIT);
    let people = [
        ("known", known.0.email),
        ("prepared", prepared.0.email),
        ("mailed codes disabled", disabled.0.email),
        ("mail limit reached", crowded),
        ("unknown", app.new_address()),
        ("unverified", unverified),
        ("suspended", suspended.0.email),
        ("closed", closed.0.email),
    ];
    for with in ["backup_code", "operator_code"] {
        let mut seen = Vec::new();
        for (kind, email) in &people {
            for _ in 0..if *kind == "mail limit reached" { 5 } else { 0 } {
                app.ask_to_recover(email).await.expect(202);
            }
            seen.push((kind, walk(&app, email, with).await));
        }
        for (kind, walked) in &seen {
            assert_eq!(walked, &seen[0].1, "{kind} with {with}");
        }
    }
}

/// What a client sees of a recovery that never finds the right codes.
async fn walk(app: &TestApp, email: &str, with: &str) -> Vec<String> {
    let asked = app.ask_to_recover(email).await.expect(202);
    let in_ten_minutes = (app.now() + Span::minutes(10)).to_string();
    let shape = without_ids(&asked)
        .replace(asked.at("/id"), "its id")
        .replace(asked.at("/token"), "its token")
        .replace(&in_ten_minutes, "in ten minutes");
    let mut seen = vec![shape, asked.at("/token").len().to_string()];
    let proofs = [("code", "000000"), (with, NOBODYS)];
    let tried = |password: &str| {
        let mut body: Value = completion(asked.at("/token"), &proofs);
        body["password"] = json!(password);
        app.complete_recovery(body)
    };
    for password in [CHOSEN, "short", CHOSEN, CHOSEN, CHOSEN, CHOSEN, CHOSEN] {
        seen.push(without_ids(&tried(password).await));
    }
    app.advance(Span::minutes(10));
    seen.push(without_ids(&tried(CHOSEN).await));
    assert!(seen.last().is_some_and(|last| last.contains("challenge_expired")), "{seen:#?}");
    seen
}

/// A reply without what is every request's own: its id, and when it was answered.
fn without_ids(reply: &Reply) -> String {
    let id = reply.header("x-request-id").expect("every reply has one");
    let mut headers: Vec<String> =
        reply.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
    headers.retain(|header| !header.starts_with("date:"));
    format!("{} {headers:?} {}", reply.status, reply.text).replace(id, "the request's id")
}
