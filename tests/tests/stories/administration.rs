//! What operators do reaches a person at once, wherever they stand.

use countersign_domain::decider::Decider;
use countersign_domain::id::AccountId;
use countersign_domain::session::Session;
use countersign_service::context::Context;
use countersign_service::flow::Administration;
use countersign_tests::app::person::PASSWORD;
use countersign_tests::app::{Reply, SignIn, TestApp};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn suspending_ends_sessions_and_pending_sign_ins_and_lets_nobody_in() {
    let app = TestApp::start().await;
    let (person, code) = app.enrolled().await;
    let session = app.signed_in(&person).await;
    let pending = app.start_sign_in(&person).await;
    let digits = app.digits_of(&pending.challenge).await;
    let (at_gate, shown) = app.at_gate_by_backup_code(&person, &code.code).await;

    administer(&app, person.account, suspend()).await;

    app.get("/v1/me", &session).await.refused(401, "unauthenticated");
    denied(app.answer_code(&pending, &digits).await);
    denied(app.confirm(&at_gate, &shown.id).await);
    denied(app.reissue(&at_gate).await);
    app.sign_in_with(person.credentials()).await.refused(422, "credentials_rejected");
    let cause = app.last(person.account, "sign_in.password_rejected").await;
    assert_eq!(cause.payload["cause"], "suspended");
}

#[tokio::test(flavor = "multi_thread")]
async fn reinstating_lets_new_sign_ins_in_and_revives_nothing() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let session = app.signed_in(&person).await;
    let pending = app.start_sign_in(&person).await;
    administer(&app, person.account, suspend()).await;

    administer(&app, person.account, Administration::Reinstate).await;

    app.get("/v1/me", &session).await.refused(401, "unauthenticated");
    denied(app.answer_by_mail(&pending).await);
    let session = app.signed_in(&person).await;
    app.get("/v1/me", &session).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_ends_sessions_and_pending_sign_ins_and_frees_the_address() {
    let app = TestApp::start().await;
    let (person, code, device) = app.enrolled_device().await;
    let signing_in = app.start_sign_in(&person).await;
    let granted = app.answer_by_mail(&signing_in).await.expect_state("signed_in");
    let (at_gate, shown) = app.at_gate_by_backup_code(&person, &code.code).await;

    administer(&app, person.account, close()).await;

    app.get("/v1/me", granted.at("/session/access_token")).await.refused(401, "unauthenticated");
    denied(app.confirm(&at_gate, &shown.id).await);
    let session = app.stream(Session::TYPE, granted.at("/session/id")).await;
    assert_eq!(session.last().unwrap().event_type, "session.revoked");
    app.sign_in_with(person.credentials()).await.refused(422, "credentials_rejected");

    let (token, mail) = app.registration(&person.email).await;
    let digits =
        countersign_tests::app::mail::digits_in(&mail[0]).expect("it is like any other registration");
    let account = app.verify(&token, &digits).await.expect(201);
    assert_ne!(account.at("/id"), person.account.to_string());
    let typed = json!({ "email": person.email, "password": PASSWORD, "device": { "token": device } });
    let fresh = SignIn::of(&app.sign_in_with(typed).await.expect(201));
    app.answer_backup_code(&fresh, &shown.code).await.refused(422, "code_rejected");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_account_can_be_closed_and_a_closed_one_stays_closed() {
    let app = TestApp::start().await;
    let person = app.person().await;
    administer(&app, person.account, suspend()).await;
    administer(&app, person.account, close()).await;
    administer(&app, person.account, close()).await;
    for what in [suspend(), Administration::Reinstate] {
        let refused = app.service.administer(Context::operator(), person.account, what).await;
        assert!(refused.is_err(), "{refused:?}");
    }
    assert_eq!(app.count(person.account, "account.closed").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_power_can_be_neither_suspended_nor_closed() {
    let app = TestApp::start().await;
    app.register(&app.new_address(), PASSWORD).await.expect(202);
    let account = app.database().texts("SELECT DISTINCT aggregate_id FROM events").await;
    let account: AccountId = account[0].parse().unwrap();
    for what in [suspend(), Administration::Reinstate, close()] {
        let refused = app.service.administer(Context::operator(), account, what).await;
        assert!(refused.is_err(), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_operator_does_is_recorded_as_done_by_an_operator() {
    let app = TestApp::start().await;
    let person = app.person().await;
    administer(&app, person.account, suspend()).await;
    let suspended = app.last(person.account, "account.suspended").await;
    assert_eq!(suspended.metadata["actor"], "operator");
    let reason = suspended.payload["reason"].as_str().unwrap();
    assert!(reason.starts_with("s1p."), "an operator's words can be about the person: {reason}");
}

fn suspend() -> Administration {
    Administration::Suspend("as the law demands".parse().expect("it is one line"))
}

fn close() -> Administration {
    Administration::Close("as the person asked".parse().expect("it is one line"))
}

async fn administer(app: &TestApp, account: AccountId, what: Administration) {
    app.service.administer(Context::operator(), account, what).await.expect("the account allows it");
}

#[track_caller]
fn denied(reply: Reply) {
    let refused = reply.refused(409, "wrong_state");
    assert_eq!(refused.at("/state"), "denied");
}
