//! Throttling: failures are counted in the account, and nothing but success resets the count.

use countersign_domain::time::Span;
use countersign_tests::app::mail::wrong;
use countersign_tests::app::{Person, SignIn, TestApp};
use serde_json::json;

/// A backup code that is well formed and nobody's.
const NOBODYS: &str = "0000-0000-0000-0000-0000-0000";

#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_codes_end_the_challenge_and_make_every_sign_in_wait_on_every_server() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let pending = app.start_sign_in(&person).await;
    let exhausted = with_wrong_codes(&app, &person, 5).await;

    let code = app.digits_of(&exhausted.challenge).await;
    let told = app.answer_code(&exhausted, &code).await.refused(429, "throttled");
    assert_eq!(told.retry_after(), 30);
    let restarted = app.another_server().await;
    let new = restarted.start_sign_in(&person).await;
    for sign_in in [&pending, &new] {
        let told = restarted.answer_by_mail(sign_in).await.refused(429, "throttled");
        assert_eq!(told.retry_after(), 30);
        restarted.ask_for_code(sign_in).await.refused(429, "throttled");
    }

    app.advance(Span::seconds(30));
    app.answer_code(&exhausted, &code).await.refused(410, "challenge_exhausted");
    app.answer_by_mail(&new).await.expect_state("signed_in");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_further_failure_doubles_the_wait_up_to_an_hour() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    with_wrong_codes(&app, &person, 5).await;

    for expected in [60, 120, 240, 480, 960, 1_920, 3_600, 3_600] {
        app.advance(Span::hours(1));
        let sign_in = with_wrong_codes(&app, &person, 1).await;
        let told = app.answer_by_mail(&sign_in).await.refused(429, "throttled");
        assert_eq!(told.retry_after(), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn success_forgets_the_failures_and_a_resend_does_not() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let sign_in = with_wrong_codes(&app, &person, 4).await;
    app.advance(Span::seconds(30));
    app.ask_for_code(&sign_in).await.expect(201);
    app.answer_by_mail(&sign_in).await.expect_state("signed_in");

    let after_success = with_wrong_codes(&app, &person, 4).await;
    app.advance(Span::seconds(30));
    app.ask_for_code(&after_success).await.expect(201);
    let code = app.digits_of(&after_success.challenge).await;
    app.answer_code(&after_success, &wrong(&code)).await.refused(422, "code_rejected");

    app.answer_code(&after_success, &code).await.refused(429, "throttled");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_backup_codes_are_counted_across_sign_ins_and_leave_the_mailed_code_alone() {
    let app = TestApp::start().await;
    let (person, code) = app.enrolled().await;
    for _ in 0..5 {
        let sign_in = app.start_sign_in(&person).await;
        app.answer_backup_code(&sign_in, NOBODYS).await.refused(422, "code_rejected");
    }

    let sign_in = app.start_sign_in(&person).await;
    let told = app.answer_backup_code(&sign_in, &code.code).await.refused(429, "throttled");
    assert_eq!(told.retry_after(), 30);
    app.answer_by_mail(&sign_in).await.expect_state("signed_in");

    app.advance(Span::seconds(30));
    app.at_gate_by_backup_code(&person, &code.code).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_is_throttled_writes_no_event_and_does_not_lengthen_the_wait() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let sign_in = with_wrong_codes(&app, &person, 5).await;
    let before = app.names(person.account).await;
    app.advance(Span::seconds(20));

    for _ in 0..20 {
        let told = app.answer_code(&sign_in, "000000").await.refused(429, "throttled");
        assert_eq!(told.retry_after(), 10);
    }

    assert_eq!(app.names(person.account).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_who_type_wrong_passwords_lock_out_strangers_and_not_the_owners_device() {
    let app = TestApp::start().await;
    let (person, _, device) = app.enrolled_device().await;
    with_wrong_passwords(&app, &person, 60).await;
    assert_eq!(app.count(person.account, "authenticator.disabled").await, 1);

    app.sign_in_with(person.credentials()).await.refused(422, "credentials_rejected");
    let owner = app.sign_in_with(from_device(&person, &device)).await.expect(201);

    app.answer_by_mail(&SignIn::of(&owner)).await.expect_state("signed_in");
    app.sign_in_with(person.credentials()).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_device_has_ten_failures_of_its_own() {
    let app = TestApp::start().await;
    let (person, _, device) = app.enrolled_device().await;
    let mut typed = from_device(&person, &device);
    typed["password"] = json!("not the password at all");
    for _ in 0..10 {
        app.advance(Span::hours(1));
        app.sign_in_with(typed.clone()).await.refused(422, "credentials_rejected");
    }
    app.advance(Span::hours(1));

    app.sign_in_with(from_device(&person, &device)).await.refused(422, "credentials_rejected");
    app.sign_in_with(person.credentials()).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_a_factor_is_disabled_for_a_device_its_pending_sign_in_ends_and_those_of_others_go_on() {
    let app = TestApp::start().await;
    let (person, code, device) = app.enrolled_device().await;
    let mut guesser = None;
    for _ in 0..10 {
        app.advance(Span::hours(1));
        let sign_in = SignIn::of(&app.sign_in_with(from_device(&person, &device)).await.expect(201));
        app.answer_backup_code(&sign_in, NOBODYS).await.refused(422, "code_rejected");
        guesser = Some(sign_in);
    }
    let guesser = guesser.unwrap();
    let elsewhere = app.start_sign_in(&person).await;

    app.look(&guesser).await.expect_state("denied");
    app.answer_by_mail(&guesser).await.refused(409, "wrong_state");
    assert_eq!(app.last(person.account, "sign_in.denied").await.payload["cause"], "authenticator_disabled");
    let again = SignIn::of(&app.sign_in_with(from_device(&person, &device)).await.expect(201));
    app.answer_backup_code(&again, &code.code).await.refused(409, "authenticator_disabled");
    app.answer_backup_code(&elsewhere, &code.code).await.expect_state("save_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_hash_pool_turns_away_at_once_whoever_asks_and_takes_in_again_when_there_is_room() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let places: Vec<_> = std::iter::from_fn(|| app.hashing.place().ok()).collect();
    let strangers = json!({ "email": "nobody@countersign.example", "password": person.password });

    for typed in [person.credentials(), strangers.clone()] {
        let told = app.sign_in_with(typed).await.refused(503, "overloaded");
        assert_eq!(told.retry_after(), 2);
    }
    app.register("nobody@countersign.example", &person.password).await.refused(503, "overloaded");

    drop(places);
    app.sign_in_with(person.credentials()).await.expect(201);
}

/// A sign-in in which so many wrong codes were typed.
async fn with_wrong_codes(app: &TestApp, person: &Person, count: usize) -> SignIn {
    let sign_in = app.start_sign_in(person).await;
    let code = app.digits_of(&sign_in.challenge).await;
    for _ in 0..count {
        app.answer_code(&sign_in, &wrong(&code)).await.refused(422, "code_rejected");
    }
    sign_in
}

/// So many wrong passwords, each after the longest wait.
async fn with_wrong_passwords(app: &TestApp, person: &Person, count: usize) {
    let typed = json!({ "email": person.email, "password": "not the password at all" });
    for _ in 0..count {
        app.advance(Span::hours(1));
        app.sign_in_with(typed.clone()).await.refused(422, "credentials_rejected");
    }
}

/// What is typed on a device that signed in before.
fn from_device(person: &Person, token: &str) -> serde_json::Value {
    json!({ "email": person.email, "password": person.password, "device": { "token": token } })
}
