//! Step-up: a credential is changed only by who proved once more, just now, who they are.

use countersign_domain::time::Span;
use countersign_tests::app::{BackupCode, Person, Reply, SignIn, TestApp};
use reqwest::Method;
use serde_json::json;

/// The password that is chosen.
const OTHER: &str = "quiet lanterns over the estuary";
/// A backup code that is nobody's; its id is well formed.
const NOBODYS: &str = "bc_01890000-0000-7000-8000-000000000000";

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_changed_after_a_step_up_and_everything_else_ends() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let other = app.signed_in(&person).await;
    let session = stepped_up(&app, &person).await;
    let pending = app.start_sign_in(&person).await;

    let changed = change(&app, &session, OTHER).await.expect(200);

    assert_eq!(changed.at("/object"), "account");
    assert!(changed.header("countersign-version").is_some());
    app.get("/v1/me", &session).await.expect(200);
    app.get("/v1/me", &other).await.refused(401, "unauthenticated");
    let denied = app.answer_by_mail(&pending).await.refused(409, "wrong_state");
    assert_eq!(denied.at("/state"), "denied");
    app.sign_in_with(person.credentials()).await.refused(422, "credentials_rejected");
    let person = Person { password: OTHER.to_owned(), ..person };
    app.signed_in(&person).await;
    let mail = app.mail_to(&person.email).await;
    assert_eq!(mail.iter().filter(|message| message.subject == "Your password was changed").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_fresh_step_up_nothing_is_changed() {
    let app = TestApp::start().await;
    let (person, code) = app.enrolled().await;
    let plain = app.signed_in(&person).await;
    let before = app.names(person.account).await;
    for path in ["/v1/me/password", "/v1/me/backup-code"] {
        let body = (path == "/v1/me/password").then(|| json!({ "password": OTHER }));
        let told = app.ask(Method::POST, path, &plain, body).await.refused(403, "step_up_required");
        assert!(told.at("/detail").contains("step_up"), "{}", told.text);
    }
    assert_eq!(app.names(person.account).await, before);

    let late = stepped_up(&app, &person).await;
    app.advance(Span::millis(10 * 60_000 - 1));
    backup_code(&app, &late).await.expect(201);
    app.advance(Span::millis(1));
    // The access token of the step-up lives as long as the step-up itself.
    app.get("/v1/me", &late).await.refused(401, "unauthenticated");
    change(&app, &late, OTHER).await.refused(401, "unauthenticated");
    app.at_gate_by_backup_code(&person, &code.code).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_up_is_good_for_its_own_person_and_session_alone() {
    let app = TestApp::start().await;
    let ((mine, _), (yours, _)) = (app.enrolled().await, app.enrolled().await);
    let my_plain = app.signed_in(&mine).await;
    let your_step_up = stepped_up(&app, &yours).await;

    change(&app, &my_plain, OTHER).await.refused(403, "step_up_required");
    change(&app, &your_step_up, OTHER).await.expect(200);

    app.sign_in_with(mine.credentials()).await.expect(201);
    let pending = SignIn::of(&step_up(&app, &mine).await);
    for token in ["", "x", &pending.token] {
        for path in ["/v1/me/password", "/v1/me/backup-code", "/v1/me/backup-code/confirmation"] {
            app.post(path, token, json!({})).await.refused(401, "unauthenticated");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_passes_the_same_rules_as_the_first() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let session = stepped_up(&app, &person).await;
    for weak in ["short", "passwordpassword", &person.email] {
        let told = change(&app, &session, weak).await.refused(422, "password_too_weak");
        assert!(!told.at("/reason").is_empty());
    }
    app.sign_in_with(person.credentials()).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_code_that_is_asked_for_replaces_the_old_one_once_it_is_saved() {
    let app = TestApp::start().await;
    let (person, old) = app.enrolled().await;
    let session = stepped_up(&app, &person).await;
    let issued = backup_code(&app, &session).await.expect(201);
    assert_eq!(issued.at("/object"), "backup_code");
    let new = BackupCode { id: issued.at("/id").to_owned(), code: issued.at("/code").to_owned() };
    let recorded = app.last(person.account, "backup_code.issued").await;
    assert_eq!(
        (&recorded.payload["cause"], &recorded.payload["supersedes"]),
        (&"requested".into(), &old.id.into())
    );
    say(&app, &session, &new.id, false).await.refused(422, "not_saved");
    say(&app, &session, NOBODYS, true).await.refused(409, "backup_code_superseded");

    for _ in 0..2 {
        let account = say(&app, &session, &new.id, true).await.expect(200);
        assert!(account.has("/backup_code/confirmed_at"));
    }

    assert_eq!(app.count(person.account, "backup_code.save_confirmed").await, 2);
    let sign_in = app.start_sign_in(&person).await;
    app.answer_backup_code(&sign_in, &old.code).await.refused(422, "code_rejected");
    app.answer_backup_code(&sign_in, &new.code).await.expect_state("save_required");
    let mail = app.mail_to(&person.email).await;
    assert_eq!(mail.iter().filter(|message| message.subject == "Your backup code was replaced").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn until_a_new_backup_code_is_saved_the_old_one_is_good_and_mail_signs_in_without_the_gate() {
    let app = TestApp::start().await;
    let (person, old) = app.enrolled().await;
    let session = stepped_up(&app, &person).await;
    backup_code(&app, &session).await.expect(201);

    app.signed_in(&person).await;
    app.at_gate_by_backup_code(&person, &old.code).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_one_step_up_six_backup_codes_are_shown_and_no_more() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let session = stepped_up(&app, &person).await;
    for _ in 0..6 {
        backup_code(&app, &session).await.expect(201);
    }
    backup_code(&app, &session).await.refused(409, "reissues_exhausted");
    backup_code(&app, &stepped_up(&app, &person).await).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_code_that_was_asked_for_and_not_saved_does_not_outlive_its_session() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let shown = backup_code(&app, &stepped_up(&app, &person).await).await.expect(201);
    change(&app, &stepped_up(&app, &person).await, OTHER).await.expect(200);

    let owner = Person { password: OTHER.to_owned(), ..person };
    let sign_in = app.start_sign_in(&owner).await;
    app.answer_backup_code(&sign_in, shown.at("/code")).await.refused(422, "code_rejected");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purpose_is_sign_in_or_step_up() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    for (purpose, recorded) in [("sign_in", None), ("step_up", Some("step_up"))] {
        let mut typed = person.credentials();
        typed["purpose"] = json!(purpose);
        app.sign_in_with(typed).await.expect(201);
        let started = app.last(person.account, "sign_in.started").await;
        assert_eq!(started.payload.get("purpose").and_then(|purpose| purpose.as_str()), recorded);
    }
    let mut typed = person.credentials();
    typed["purpose"] = json!("sudo");
    app.sign_in_with(typed).await.refused(400, "invalid_request");
}

async fn step_up(app: &TestApp, person: &Person) -> Reply {
    let mut typed = person.credentials();
    typed["purpose"] = json!("step_up");
    app.sign_in_with(typed).await.expect(201)
}

/// The access token of a session that a step-up granted just now.
async fn stepped_up(app: &TestApp, person: &Person) -> String {
    let sign_in = SignIn::of(&step_up(app, person).await);
    let reply = app.answer_by_mail(&sign_in).await.expect_state("signed_in");
    reply.at("/session/access_token").to_owned()
}

async fn change(app: &TestApp, token: &str, password: &str) -> Reply {
    app.post("/v1/me/password", token, json!({ "password": password })).await
}

async fn backup_code(app: &TestApp, token: &str) -> Reply {
    app.ask(Method::POST, "/v1/me/backup-code", token, None).await
}

async fn say(app: &TestApp, token: &str, code: &str, saved: bool) -> Reply {
    app.post("/v1/me/backup-code/confirmation", token, json!({ "backup_code_id": code, "saved": saved }))
        .await
}
