//! Requests whose worker died, or was taken for dead: whoever takes one over does it once, and gives the true reply.

use std::time::Duration;

use countersign_domain::time::Span;
use countersign_service::LEASE;
use countersign_tests::app::mail::{digits_in, wrong};
use countersign_tests::app::person::PASSWORD;
use countersign_tests::app::record::all_events;
use countersign_tests::app::{BackupCode, OLD_KEY, Reply, Server, Setup, TestApp};
use countersign_tests::process::eventually;
use serde_json::json;
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor};

use super::idempotency::{KEY, is_replayed, post_under};

/// The path of a verification.
const VERIFICATION: &str = "/v1/accounts/verification";
/// A key beside the old one.
const NEW_KEY: &str = "new:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
/// How long two appends may take until they wait for the table.
const BLOCKED_WITHIN: Duration = Duration::from_secs(30);

/// Has every append fail at the database, until it is allowed again.
async fn forbid_events(app: &TestApp) {
    forbid(app, "").await;
}

/// The same for the appends of one event.
async fn forbid_event(app: &TestApp, name: &str) {
    forbid(app, &format!("WHEN (NEW.event_type = '{name}')")).await;
}

async fn forbid(app: &TestApp, when: &str) {
    app.settled().await;
    let sql = if app.database().is_postgres() {
        "CREATE FUNCTION no_event() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no event' \
         USING ERRCODE = '23514'; END $$; CREATE TRIGGER no_event BEFORE INSERT ON events FOR EACH ROW \
         {when} EXECUTE FUNCTION no_event()"
    } else {
        "CREATE TRIGGER no_event BEFORE INSERT ON events {when} BEGIN SELECT RAISE(ABORT, 'no event'); END"
    };
    let sql = sql.replace("{when}", when);
    for statement in sql.split("; CREATE TRIGGER").enumerate() {
        let (number, text) = statement;
        let text = if number == 0 { text.to_owned() } else { format!("CREATE TRIGGER{text}") };
        app.database().execute(&text).await.unwrap();
    }
}

async fn allow_events(app: &TestApp) {
    let on = if app.database().is_postgres() { " ON events" } else { "" };
    app.database().execute(&format!("DROP TRIGGER no_event{on}")).await.unwrap();
}

/// As if whoever works on every request had just begun, and then died.
async fn nobody_released_what_they_worked_on(app: &TestApp) {
    let lease = app.now() + LEASE;
    let update = format!("UPDATE idempotency_keys SET lease_until = {}", lease.as_millis());
    app.database().execute(&update).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_committed_is_done_anew_at_once_where_the_first_attempt_came_to_its_end() {
    let app = TestApp::start().await;
    let (person, backup_code) = app.enrolled().await;
    let sign_in = app.start_sign_in(&person).await;
    let answer = Some(json!({ "factor": "backup_code", "code": backup_code.code }));
    forbid_events(&app).await;
    let path = sign_in.path("/answers");
    post_under(KEY, &app, &path, &sign_in.token, answer.clone()).await.refused(503, "unavailable");
    allow_events(&app).await;

    let again = post_under(KEY, &app, &path, &sign_in.token, answer).await.expect_state("save_required");

    assert!(!is_replayed(&again), "the reply that was kept for the append that failed is not true");
    let shown = BackupCode::shown(&again);
    app.confirm(&sign_in, &shown.id).await.expect_state("signed_in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_worker_died_before_the_commit_is_taken_over_when_its_lease_is_over() {
    let app = TestApp::start().await;
    let email = app.new_address();
    let credentials = Some(json!({ "email": email, "password": PASSWORD }));
    forbid_events(&app).await;
    post_under(KEY, &app, "/v1/accounts", "", credentials.clone()).await.refused(503, "unavailable");
    allow_events(&app).await;
    nobody_released_what_they_worked_on(&app).await;
    let noted = app.database().texts("SELECT account FROM idempotency_keys").await;

    let early = post_under(KEY, &app, "/v1/accounts", "", credentials.clone()).await;
    app.advance(LEASE);
    let taken_over = post_under(KEY, &app, "/v1/accounts", "", credentials.clone()).await.expect(202);
    let again = post_under(KEY, &app, "/v1/accounts", "", credentials).await.expect(202);

    assert_eq!(early.refused(409, "idempotency_in_progress").retry_after(), 10);
    assert!(!is_replayed(&taken_over) && is_replayed(&again));
    app.settled().await;
    let accounts: Vec<_> = all_events(app.database())
        .await
        .into_iter()
        .filter(|event| event.name() == "account.registered")
        .collect();
    assert_eq!(
        accounts.iter().map(|event| &event.stream).collect::<Vec<_>>(),
        noted.iter().collect::<Vec<_>>()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_worker_died_behind_the_commit_is_answered_at_once_by_any_server() {
    let app = TestApp::start().await;
    let other = app.another_server().await;
    let (person, backup_code) = app.enrolled().await;
    let sign_in = app.start_sign_in(&person).await;
    let answer = Some(json!({ "factor": "backup_code", "code": backup_code.code }));
    let path = sign_in.path("/answers");
    let lost = post_under(KEY, &app, &path, &sign_in.token, answer.clone()).await.expect(200);
    nobody_released_what_they_worked_on(&app).await;

    let found = post_under(KEY, &other, &path, &sign_in.token, answer).await;

    assert!(is_replayed(&found));
    assert_eq!(found.text, lost.text, "the same backup code is shown");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verification_whose_worker_died_behind_the_commit_is_answered_when_its_lease_is_over() {
    let app = TestApp::start().await;
    let email = app.new_address();
    let (token, mail) = app.registration(&email).await;
    let proof = json!({ "registration_token": token, "code": digits_in(&mail[0]).unwrap() });
    let lost = post_under(KEY, &app, "/v1/accounts/verification", "", Some(proof.clone())).await.expect(201);
    nobody_released_what_they_worked_on(&app).await;
    app.database().execute("DELETE FROM idempotency_replies").await.unwrap();
    app.advance(LEASE);

    let again = post_under(KEY, &app, "/v1/accounts/verification", "", Some(proof.clone())).await;
    let without_key = app.post("/v1/accounts/verification", "", proof).await;

    assert_eq!(again.expect(201).text, lost.text);
    without_key.refused(409, "wrong_state");
}

/// As if whoever worked on every request had died behind their commit: what is written after it is not there.
async fn nobody_wrote_behind_their_commit(app: &TestApp) {
    nobody_released_what_they_worked_on(app).await;
    app.database().execute("DELETE FROM idempotency_replies WHERE stream IS NULL").await.unwrap();
    app.advance(LEASE);
}

/// How many events of any stream have this name.
async fn recorded(app: &TestApp, name: &str) -> usize {
    app.settled().await;
    all_events(app.database()).await.iter().filter(|event| event.name() == name).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_code_at_a_verification_is_counted_once_though_its_worker_died_behind_the_commit() {
    let app = TestApp::start().await;
    let (token, mail) = app.registration(&app.new_address()).await;
    let proof = json!({ "registration_token": token, "code": wrong(&digits_in(&mail[0]).unwrap()) });
    let lost = post_under(KEY, &app, VERIFICATION, "", Some(proof.clone())).await;
    nobody_wrote_behind_their_commit(&app).await;

    let again = post_under(KEY, &app, VERIFICATION, "", Some(proof)).await;

    assert!(is_replayed(&again));
    assert_eq!(again.text, lost.refused(422, "code_rejected").text);
    assert_eq!(recorded(&app, "code.rejected").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_code_that_is_taken_over_is_not_right_because_the_registration_was_completed_meanwhile() {
    let app = TestApp::start().await;
    let (token, mail) = app.registration(&app.new_address()).await;
    let right = digits_in(&mail[0]).unwrap();
    let proof = json!({ "registration_token": token, "code": wrong(&right) });
    forbid_events(&app).await;
    post_under(KEY, &app, VERIFICATION, "", Some(proof.clone())).await.refused(503, "unavailable");
    allow_events(&app).await;
    app.verify(&token, &right).await.expect(201);

    let taken_over = post_under(KEY, &app, VERIFICATION, "", Some(proof)).await;

    taken_over.refused(409, "wrong_state");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verification_that_claimed_the_address_is_done_however_late_it_is_taken_over() {
    let app = TestApp::start().await;
    let (token, mail) = app.registration(&app.new_address()).await;
    let proof = json!({ "registration_token": token, "code": digits_in(&mail[0]).unwrap() });
    forbid_event(&app, "code.accepted").await;
    post_under(KEY, &app, VERIFICATION, "", Some(proof.clone())).await.refused(503, "unavailable");
    allow_events(&app).await;
    app.advance(Span::minutes(11));

    let taken_over = post_under(KEY, &app, VERIFICATION, "", Some(proof)).await;

    assert_eq!(taken_over.expect(201).at("/object"), "account");
    app.sweep().await;
    assert_eq!(
        (recorded(&app, "email.claimed").await, recorded(&app, "account.email_verified").await),
        (1, 1)
    );
}

/// While a keyring is rotated, servers have different current keys, and note a request under different keyed hashes.
#[tokio::test(flavor = "multi_thread")]
async fn servers_that_disagree_which_key_is_current_do_a_request_once() {
    let app = TestApp::with(Setup::keyring(&format!("{NEW_KEY},{OLD_KEY}"))).await;
    let other = app.another_server_with(Setup::keyring(&format!("{OLD_KEY},{NEW_KEY}"))).await;
    let requests: Vec<_> =
        (0..24).map(|number| (format!("the-key-number-{number}"), app.new_address())).collect();
    let ask = async |server: &Server, (key, email): &(String, String)| -> Reply {
        let body = json!({ "email": email, "password": PASSWORD });
        post_under(key, server, "/v1/accounts", "", Some(body)).await
    };

    for request in &requests {
        let (one, two) = tokio::join!(ask(&app, request), ask(&other, request));
        for reply in [&one, &two].into_iter().filter(|reply| reply.status != 202) {
            assert_eq!(reply.at("/code"), "idempotency_in_progress");
        }
        let (later, elsewhere) =
            (ask(&app, request).await.expect(202), ask(&other, request).await.expect(202));
        assert_eq!(later.text, elsewhere.text);
        for reply in [one, two].into_iter().filter(|reply| reply.status == 202) {
            assert_eq!(reply.text, later.text);
        }
    }

    assert_eq!(recorded(&app, "account.registered").await, requests.len());
}

/// Appends that wait for the table of events.
async fn waiting_appends(app: &TestApp, how_many: &str) {
    let waiting = "SELECT count(*)::text FROM pg_locks WHERE relation = 'events'::regclass AND NOT granted";
    let waited = eventually(BLOCKED_WITHIN, || async {
        let found = app.database().texts(waiting).await;
        (found == [how_many]).then_some(())
    });
    waited.await.expect("the appends wait");
}

/// On PostgreSQL: a file has one writer, and nothing lies between what it is told and what it does.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_was_taken_for_dead_and_commits_after_all_has_one_effect_and_one_answer_with_its_heir()
{
    let app = TestApp::start().await;
    if !app.database().is_postgres() {
        return;
    }
    let other = app.another_server().await;
    let (person, backup_code) = app.enrolled().await;
    let sign_in = app.start_sign_in(&person).await;
    app.settled().await;
    let answer = Some(json!({ "factor": "backup_code", "code": backup_code.code }));
    let path = sign_in.path("/answers");
    let mut holding = PgConnection::connect(app.database().url()).await.unwrap();
    holding.execute("BEGIN; LOCK TABLE events IN SHARE MODE").await.unwrap();

    let slow = post_under(KEY, &app, &path, &sign_in.token, answer.clone());
    let heir = async {
        waiting_appends(&app, "1").await;
        app.advance(LEASE);
        let heir = post_under(KEY, &other, &path, &sign_in.token, answer.clone());
        let let_go = async {
            waiting_appends(&app, "2").await;
            holding.execute("COMMIT").await.unwrap();
        };
        tokio::join!(heir, let_go).0
    };
    let (slow, heir) = tokio::join!(slow, heir);

    assert_eq!(slow.expect_state("save_required").text, heir.expect(200).text);
    assert_eq!(app.count(person.account, "backup_code.redeemed").await, 1);
    assert_eq!(app.count(person.account, "backup_code.rejected").await, 0);
}
