//! The gate: a closed tab costs nobody their way in, and opens no second one.

use countersign_domain::time::Span;
use countersign_tests::app::{BackupCode, TestApp};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_closes_the_tab_at_the_gate_and_has_no_mail_gets_in_again_within_24_hours_once() {
    let app = TestApp::start().await;
    let (person, redeemed) = app.enrolled().await;
    let _closed_tab = app.at_gate_by_backup_code(&person, &redeemed.code).await;
    app.advance(Span::millis(24 * 3_600_000 - 1));

    let (second, shown) = app.at_gate_by_backup_code(&person, &redeemed.code).await;
    app.confirm(&second, &shown.id).await.expect_state("signed_in");

    let third = app.start_sign_in(&person).await;
    app.answer_backup_code(&third, &redeemed.code).await.refused(422, "code_rejected");
    assert_eq!(app.count(person.account, "backup_code.redeemed").await, 1);
    assert_eq!(app.count(person.account, "backup_code.gate_reopened").await, 1);
    let sessions = app.count(person.account, "sign_in.signed_in").await;
    assert_eq!(sessions, 2, "one of the enrolment, one of the redemption");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_24_hours_a_redeemed_code_opens_no_gate() {
    let app = TestApp::start().await;
    let (person, redeemed) = app.enrolled().await;
    app.at_gate_by_backup_code(&person, &redeemed.code).await;
    app.advance(Span::hours(24));

    let late = app.start_sign_in(&person).await;

    app.answer_backup_code(&late, &redeemed.code).await.refused(422, "code_rejected");
    assert_eq!(app.count(person.account, "backup_code.gate_reopened").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_the_gate_again_ends_the_first_tab_and_voids_the_code_that_it_showed() {
    let app = TestApp::start().await;
    let (person, redeemed) = app.enrolled().await;
    let (first, unseen) = app.at_gate_by_backup_code(&person, &redeemed.code).await;

    let (second, shown) = app.at_gate_by_backup_code(&person, &redeemed.code).await;

    app.look(&first).await.expect_state("cancelled");
    for code in [&unseen.id, &shown.id] {
        let late = app.confirm(&first, code).await.refused(409, "wrong_state");
        assert_eq!(late.at("/state"), "cancelled");
    }
    app.reissue(&first).await.refused(409, "wrong_state");
    let other = app.start_sign_in(&person).await;
    app.answer_backup_code(&other, &unseen.code).await.refused(422, "code_rejected");
    app.confirm(&second, &shown.id).await.expect_state("signed_in");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gate_can_be_opened_again_and_again_and_gives_one_session() {
    let app = TestApp::start().await;
    let (person, redeemed) = app.enrolled().await;
    let mut tabs = vec![app.at_gate_by_backup_code(&person, &redeemed.code).await];
    for _ in 0..3 {
        tabs.push(app.at_gate_by_backup_code(&person, &redeemed.code).await);
    }

    let mut let_in = 0;
    for (sign_in, shown) in &tabs {
        if app.confirm(sign_in, &shown.id).await.status == 200 {
            let_in += 1;
        }
    }

    assert_eq!(let_in, 1);
    assert_eq!(app.count(person.account, "backup_code.redeemed").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_was_shown_and_not_confirmed_can_be_used_already() {
    let app = TestApp::start().await;
    let person = app.person().await;
    let (_closed_tab, shown) = app.at_gate_by_mail(&person).await;

    let (sign_in, next) = app.at_gate_by_backup_code(&person, &shown.code).await;

    app.confirm(&sign_in, &next.id).await.expect_state("signed_in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_at_the_gate_who_has_mail_gets_in_with_a_fresh_sign_in() {
    let app = TestApp::start().await;
    let (person, redeemed) = app.enrolled().await;
    let (first, unseen) = app.at_gate_by_backup_code(&person, &redeemed.code).await;

    let (second, shown) = app.at_gate_by_mail(&person).await;

    app.confirm(&first, &unseen.id).await.refused(409, "backup_code_superseded");
    app.confirm(&second, &shown.id).await.expect_state("signed_in");
    assert_ne!(unseen, shown);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gate_stays_open_for_30_minutes_and_no_longer() {
    let app = TestApp::start().await;
    let person = app.person().await;
    let (in_time, shown) = app.at_gate_by_mail(&person).await;
    app.advance(Span::millis(30 * 60_000 - 1));
    app.confirm(&in_time, &shown.id).await.expect_state("signed_in");

    let (late, shown) = app.at_gate_by_backup_code(&person, &shown.code).await;
    app.advance(Span::minutes(30));

    app.look(&late).await.expect_state("expired");
    app.confirm(&late, &shown.id).await.refused(410, "sign_in_expired");
    app.reissue(&late).await.refused(410, "sign_in_expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unseen_code_is_replaced_five_times_and_the_last_one_can_be_saved() {
    let app = TestApp::start().await;
    let person = app.person().await;
    let (sign_in, first) = app.at_gate_by_mail(&person).await;
    let mut shown = vec![first];
    for _ in 0..5 {
        let reissued = app.reissue(&sign_in).await.expect(200);
        assert_eq!(reissued.at("/object"), "backup_code");
        shown.push(BackupCode::shown(&reissued));
    }

    app.reissue(&sign_in).await.refused(409, "reissues_exhausted");

    let mut codes: Vec<&str> = shown.iter().map(|shown| shown.code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), 6, "no code is shown twice");
    for superseded in &shown[..5] {
        app.confirm(&sign_in, &superseded.id).await.refused(409, "backup_code_superseded");
    }
    app.confirm(&sign_in, &shown[5].id).await.expect_state("signed_in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_was_replaced_unseen_opens_nothing() {
    let app = TestApp::start().await;
    let person = app.person().await;
    let (sign_in, unseen) = app.at_gate_by_mail(&person).await;
    app.reissue(&sign_in).await.expect(200);

    let other = app.start_sign_in(&person).await;

    app.answer_backup_code(&other, &unseen.code).await.refused(422, "code_rejected");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_say_that_the_code_is_saved_is_not_let_in() {
    let app = TestApp::start().await;
    let person = app.person().await;
    let (sign_in, shown) = app.at_gate_by_mail(&person).await;

    app.say_saved(&sign_in, &shown.id, false).await.refused(422, "not_saved");

    app.look(&sign_in).await.expect_state("save_required");
    assert_eq!(app.count(person.account, "sign_in.signed_in").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_reissued_without_a_body_or_with_one_that_says_nothing() {
    let app = TestApp::start().await;
    let (sign_in, _) = app.at_gate_by_mail(&app.person().await).await;
    let path = sign_in.path("/backup-code/reissue");
    let ask = async |body: Value| app.post(&path, &sign_in.token, body).await;

    ask(json!({ "backup_code_id": "bc_1" })).await.refused(400, "invalid_request");
    ask(json!([])).await.refused(400, "invalid_request");
    ask(json!({})).await.expect(200);
    app.reissue(&sign_in).await.expect(200);
}
