//! A forgotten password: another one with the mailed code and a backup code, and the same answer for every address.

use countersign_domain::account::AccountEvent;
use countersign_domain::time::Span;
use countersign_domain::word::Authenticator;
use countersign_service::flow::Administration;
use countersign_tests::app::mail::wrong;
use countersign_tests::app::{BackupCode, Person, Reply, TestApp};
use serde_json::{Value, json};

/// The password that is chosen.
const OTHER: &str = "quiet lanterns over the estuary";
/// A backup code that is well formed and nobody's.
const NOBODYS: &str = "0000-0000-0000-0000-0000-0000";

/// A reset that was asked for, as its client keeps it, and the digits that were mailed.
struct Reset {
    id: String,
    token: String,
    digits: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn who_forgot_the_password_chooses_another_with_mailed_code_and_backup_code() {
    let app = TestApp::start().await;
    let (person, code) = app.enrolled().await;
    let session = app.signed_in(&person).await;
    let pending = app.start_sign_in(&person).await;
    let reset = asked(&app, &person).await;

    let done = complete(&app, &reset, &reset.digits, &code.code, OTHER).await.expect(200);

    assert_eq!(
        (done.at("/object"), done.at("/state"), done.at("/id")),
        ("password_reset", "completed", &*reset.id)
    );
    let version = done.header("countersign-version").unwrap();
    assert!(version.starts_with(&format!("{}:", person.account)), "{version}");
    app.get("/v1/me", &session).await.refused(401, "unauthenticated");
    let denied = app.answer_by_mail(&pending).await.refused(409, "wrong_state");
    assert_eq!(denied.at("/state"), "denied");
    app.sign_in_with(person.credentials()).await.refused(422, "credentials_rejected");
    let person = Person { password: OTHER.to_owned(), ..person };
    let (sign_in, shown) = app.at_gate_by_mail(&person).await;
    app.confirm(&sign_in, &shown.id).await.expect_state("signed_in");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_a_reset_does_is_one_commit() {
    let app = TestApp::start().await;
    let (person, code) = app.enrolled().await;
    app.start_sign_in(&person).await;
    let reset = asked(&app, &person).await;
    let before = app.names(person.account).await.len();

    complete(&app, &reset, &reset.digits, &code.code, OTHER).await.expect(200);

    let events = app.events(person.account).await;
    let commit = events[before].metadata["command_id"].clone();
    let names: Vec<&str> = events[before..]
        .iter()
        .filter(|event| event.metadata["command_id"] == commit)
        .map(|event| event.event_type.as_str())
        .collect();
    let expected = [
        "code.accepted",
        "backup_code.redeemed",
        "backup_code.issued",
        "account.password_changed",
        "sign_in.denied",
        "account.sessions_revoked",
    ];
    assert_eq!(names, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_backup_code_that_a_reset_shows_is_good_and_the_used_one_opens_the_gate_for_who_lost_the_reply() {
    for lost in [false, true] {
        let app = TestApp::start().await;
        let (person, code) = app.enrolled().await;
        let reset = asked(&app, &person).await;
        let done = complete(&app, &reset, &reset.digits, &code.code, OTHER).await.expect(200);
        let shown = BackupCode::shown(&done);
        let person = Person { password: OTHER.to_owned(), ..person };

        let known = if lost { &code } else { &shown };
        let (sign_in, next) = app.at_gate_by_backup_code(&person, &known.code).await;

        app.confirm(&sign_in, &next.id).await.expect_state("signed_in");
        let names = app.names(person.account).await;
        assert_eq!(names.iter().any(|name| name == "backup_code.gate_reopened"), lost);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_password_is_told_by_mail_once() {
    let app = TestApp::start().await;
    let (person, code) = app.enrolled().await;
    let reset = asked(&app, &person).await;
    complete(&app, &reset, &reset.digits, &code.code, OTHER).await.expect(200);
    app.sweep().await;

    let mail = app.mail_to(&person.email).await;
    let told = mail.iter().filter(|message| message.subject == "Your password was changed").count();
    assert_eq!(told, 1);
    let events = app.events(person.account).await;
    let changed = events.iter().find(|event| event.event_type == "account.password_changed").unwrap();
    let notice = events.iter().find(|event| event.payload["notice"] == "password_changed").unwrap();
    assert_eq!(notice.payload["about"], changed.sequence);
}

/// R16.
#[tokio::test(flavor = "multi_thread")]
async fn a_reset_is_good_once() {
    let app = TestApp::start().await;
    let (person, code) = app.enrolled().await;
    let reset = asked(&app, &person).await;
    let done = complete(&app, &reset, &reset.digits, &code.code, OTHER).await.expect(200);

    for code in [&code.code, &BackupCode::shown(&done).code] {
        complete(&app, &reset, &reset.digits, code, "a third password, long enough")
            .await
            .refused(422, "code_rejected");
    }
    app.sign_in_with(json!({ "email": person.email, "password": OTHER })).await.expect(201);
}

/// R16.
#[tokio::test(flavor = "multi_thread")]
async fn a_newer_reset_ends_an_older_one() {
    let app = TestApp::start().await;
    let (person, code) = app.enrolled().await;
    let (older, newer) = (asked(&app, &person).await, asked(&app, &person).await);

    for digits in [&older.digits, &newer.digits] {
        complete(&app, &older, digits, &code.code, OTHER).await.refused(422, "code_rejected");
    }
    complete(&app, &newer, &newer.digits, &code.code, OTHER).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_ends_after_ten_minutes_for_every_address() {
    let app = TestApp::start().await;
    let (person, code) = app.enrolled().await;
    let nobodys = ask(&app, &app.new_address()).await.expect(202);
    let reset = asked(&app, &person).await;
    app.advance(Span::minutes(10));
    for token in [reset.token.as_str(), nobodys.at("/token")] {
        let body = completion(token, &reset.digits, &code.code, OTHER);
        post(&app, body).await.refused(410, "challenge_expired");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_code_of_either_kind_is_answered_alike_and_each_counts_for_its_own() {
    let app = TestApp::start().await;
    let (person, code) = app.enrolled().await;
    let reset = asked(&app, &person).await;

    let mailed = complete(&app, &reset, &wrong(&reset.digits), &code.code, OTHER).await;
    let saved = complete(&app, &reset, &reset.digits, NOBODYS, OTHER).await;

    assert_eq!(
        mailed.refused(422, "code_rejected").without_ids(),
        saved.refused(422, "code_rejected").without_ids()
    );
    assert_eq!(app.count(person.account, "code.rejected").await, 1);
    assert_eq!(app.count(person.account, "backup_code.rejected").await, 1);
    complete(&app, &reset, &reset.digits, &code.code, OTHER).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_answers_end_a_reset_and_further_ones_write_no_event() {
    let app = TestApp::start().await;
    let (person, code) = app.enrolled().await;
    let reset = asked(&app, &person).await;
    for _ in 0..5 {
        complete(&app, &reset, &wrong(&reset.digits), &code.code, OTHER).await.refused(422, "code_rejected");
    }
    let before = app.names(person.account).await;
    assert_eq!(before.last().map(String::as_str), Some("code.rejected"), "sign-ins do not have to wait");

    for wait in [Span::millis(0), Span::minutes(1)] {
        app.advance(wait);
        complete(&app, &reset, &reset.digits, &code.code, OTHER).await.refused(422, "code_rejected");
    }

    assert_eq!(app.names(person.account).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slip_of_the_pen_and_a_weak_password_cost_no_attempt() {
    let app = TestApp::start().await;
    let (person, code) = app.enrolled().await;
    let reset = asked(&app, &person).await;
    let before = app.names(person.account).await;

    complete(&app, &reset, "12345", &code.code, OTHER).await.refused(422, "code_mistyped");
    complete(&app, &reset, &reset.digits, "0000-1", OTHER).await.refused(422, "code_mistyped");
    for weak in ["short", "passwordpassword"] {
        let told = complete(&app, &reset, &wrong(&reset.digits), &code.code, weak).await;
        assert!(!told.refused(422, "password_too_weak").at("/reason").is_empty());
    }
    let from_address = format!("{0}{0}", person.email);
    complete(&app, &reset, &reset.digits, &code.code, &from_address).await.refused(422, "password_too_weak");

    assert_eq!(app.names(person.account).await, before);
    complete(&app, &reset, &wrong(&reset.digits), &code.code, &from_address)
        .await
        .refused(422, "code_rejected");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_binds_a_disabled_password_anew() {
    let app = TestApp::start().await;
    let (person, code) = app.enrolled().await;
    let typed = json!({ "email": person.email, "password": "not the password at all" });
    for _ in 0..60 {
        app.advance(Span::hours(1));
        app.sign_in_with(typed.clone()).await.refused(422, "credentials_rejected");
    }
    app.sign_in_with(person.credentials()).await.refused(422, "credentials_rejected");

    let reset = asked(&app, &person).await;
    complete(&app, &reset, &reset.digits, &code.code, OTHER).await.expect(200);

    app.sign_in_with(json!({ "email": person.email, "password": OTHER })).await.expect(201);
}

/// R18.
#[tokio::test(flavor = "multi_thread")]
async fn what_one_person_holds_resets_nothing_of_another() {
    let app = TestApp::start().await;
    let ((mine, my_code), (yours, your_code)) = (app.enrolled().await, app.enrolled().await);
    let (my_reset, your_reset) = (asked(&app, &mine).await, asked(&app, &yours).await);

    complete(&app, &my_reset, &my_reset.digits, &your_code.code, OTHER).await.refused(422, "code_rejected");
    complete(&app, &my_reset, &your_reset.digits, &my_code.code, OTHER).await.refused(422, "code_rejected");
    let sign_in = app.start_sign_in(&mine).await;
    let digits = app.digits_of(&sign_in.challenge).await;
    complete(&app, &my_reset, &digits, &my_code.code, OTHER).await.refused(422, "code_rejected");
    app.answer_code(&sign_in, &my_reset.digits).await.refused(422, "code_rejected");
    for token in [sign_in.token.as_str(), "pt_", "x", ""] {
        let body = completion(token, &my_reset.digits, &my_code.code, OTHER);
        post(&app, body).await.refused(422, "code_rejected");
    }
    app.get("/v1/me", &my_reset.token).await.refused(401, "unauthenticated");
}

/// Promise 8. R2.
#[tokio::test(flavor = "multi_thread")]
async fn every_address_is_answered_alike_from_the_request_to_the_sixth_wrong_code_and_the_end() {
    let app = TestApp::start().await;
    let (known, code) = app.enrolled().await;
    let (suspended, closed) = (app.enrolled().await, app.enrolled().await);
    app.administer(&suspended.0, Administration::Suspend).await;
    app.administer(&closed.0, Administration::Close).await;
    let unverified = app.new_address();
    app.register(&unverified, OTHER).await.expect(202);
    let (disabled, crowded) = (app.enrolled().await, app.enrolled().await);
    let without_mail = AccountEvent::AuthenticatorDisabled {
        authenticator: Authenticator::EmailCode,
        device: None,
        failures: 60,
    };
    app.record(disabled.0.account, without_mail).await;
    for _ in 0..5 {
        ask(&app, &crowded.0.email).await.expect(202);
    }
    let people = [
        ("mail limit reached", crowded.0.email, crowded.1.code),
        ("known", known.email.clone(), code.code),
        ("mailed codes disabled", disabled.0.email, disabled.1.code),
        ("unknown", app.new_address(), NOBODYS.to_owned()),
        ("unverified", unverified, NOBODYS.to_owned()),
        ("suspended", suspended.0.email, suspended.1.code),
        ("closed", closed.0.email, closed.1.code),
    ];

    let mut seen = Vec::new();
    for (kind, email, code) in people {
        seen.push((kind, walk(&app, &email, &code).await));
    }

    for (kind, walked) in &seen {
        assert_eq!(walked, &seen[0].1, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_active_account_is_mailed_and_no_more_than_five_times_an_hour_together_with_registrations() {
    let app = TestApp::start().await;
    let (person, code) = app.enrolled().await;
    app.advance(Span::days(1));
    let mailed = async || {
        let mail = app.mail_to(&person.email).await;
        mail.iter().filter(|message| message.subject == "Your code to choose another password").count()
    };
    app.register(&person.email, OTHER).await.expect(202);
    let mut last = None;
    for _ in 0..4 {
        last = Some(asked(&app, &person).await);
    }
    assert_eq!(mailed().await, 4);

    let before = app.names(person.account).await;
    for _ in 0..3 {
        ask(&app, &person.email).await.expect(202);
    }
    let stranger = app.new_address();
    ask(&app, &stranger).await.expect(202);

    assert_eq!((mailed().await, app.mail_to(&stranger).await.len()), (4, 0));
    assert_eq!(app.names(person.account).await, before, "what is withheld is not recorded");
    let last = last.unwrap();
    complete(&app, &last, &last.digits, &code.code, OTHER).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_complete_a_reset_at_once_one_does() {
    let app = TestApp::start().await;
    let (person, code) = app.enrolled().await;
    let reset = asked(&app, &person).await;
    let race = || complete(&app, &reset, &reset.digits, &code.code, OTHER);
    let replies: [Reply; 4] = tokio::join!(race(), race(), race(), race()).into();
    let done = replies.iter().filter(|reply| reply.status == 200).count();
    assert_eq!(done, 1);
    assert_eq!(app.count(person.account, "account.password_changed").await, 1);
}

/// What a client sees of a reset that never finds the right code.
async fn walk(app: &TestApp, email: &str, code: &str) -> Vec<String> {
    let asked = ask(app, email).await.expect(202);
    let in_ten_minutes = (app.now() + Span::minutes(10)).to_string();
    let shape = asked
        .without_ids()
        .replace(asked.at("/id"), "its id")
        .replace(asked.at("/token"), "its token")
        .replace(&in_ten_minutes, "in ten minutes");
    let mut seen = vec![shape, asked.at("/token").len().to_string()];
    let digits = app.mail_to(email).await.iter().rev().find_map(|mail| digits_of(&mail.text));
    let typed = digits.map_or_else(|| "000000".to_owned(), |digits| wrong(&digits));
    for password in [OTHER, "short", OTHER, OTHER, OTHER, OTHER, OTHER] {
        let reply = post(app, completion(asked.at("/token"), &typed, code, password)).await;
        seen.push(reply.without_ids());
    }
    app.advance(Span::minutes(10));
    seen.push(post(app, completion(asked.at("/token"), &typed, code, OTHER)).await.without_ids());
    seen
}

async fn ask(app: &TestApp, email: &str) -> Reply {
    app.post("/v1/password-resets", "", json!({ "email": email, "locale": "en" })).await
}

/// A reset that was asked for by an active account's person.
async fn asked(app: &TestApp, person: &Person) -> Reset {
    let reply = ask(app, &person.email).await.expect(202);
    assert_eq!(reply.at("/object"), "password_reset");
    let requested = app.last(person.account, "code.requested").await;
    assert_eq!(requested.payload["sign_in"], reply.at("/id"));
    let digits = app.digits_of(requested.payload["challenge"].as_str().unwrap()).await;
    Reset { id: reply.at("/id").to_owned(), token: reply.at("/token").to_owned(), digits }
}

async fn complete(app: &TestApp, reset: &Reset, digits: &str, code: &str, password: &str) -> Reply {
    post(app, completion(&reset.token, digits, code, password)).await
}

async fn post(app: &TestApp, body: Value) -> Reply {
    app.post("/v1/password-resets/completion", "", body).await
}

fn completion(token: &str, digits: &str, code: &str, password: &str) -> Value {
    let proof = json!({ "factor": "backup_code", "code": code });
    json!({ "reset_token": token, "code": digits, "proof": proof, "password": password })
}

fn digits_of(text: &str) -> Option<String> {
    countersign_tests::app::mail::digits_in(text)
}
