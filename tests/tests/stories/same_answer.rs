//! The same answer: nobody learns from status, headers, body or work whether an address has an account.

use std::collections::BTreeMap;
use std::time::Instant;

use countersign_domain::account::Account;
use countersign_domain::decider::Recorded;
use countersign_domain::time::Span;
use countersign_domain::{account::AccountEvent, code::Digits};
use countersign_service::flow::Administration;
use countersign_service::keys::CodeInputs;
use countersign_tests::app::person::PASSWORD;
use countersign_tests::app::{Reply, TestApp};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn whatever_keeps_a_person_out_is_answered_alike_to_the_byte() {
    let app = TestApp::start().await;

    let mut answers = BTreeMap::new();
    for (kind, typed) in kept_out(&app).await {
        let reply = app.sign_in_with(typed).await.refused(422, "credentials_rejected");
        answers.entry(reply.without_ids()).or_insert_with(Vec::new).push(kind);
    }

    assert_eq!(answers.len(), 1, "{answers:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_keeps_a_person_out_costs_one_small_commit() {
    let app = TestApp::start().await;
    for (kind, typed) in kept_out(&app).await {
        let before = commits(&app).await;
        app.sign_in_with(typed).await.refused(422, "credentials_rejected");
        assert_eq!(commits(&app).await, before + 1, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_keeps_a_person_out_waits_for_a_hash() {
    let app = TestApp::start().await;
    for (kind, typed) in kept_out(&app).await {
        let told = async { app.sign_in_with(typed).await.refused(422, "credentials_rejected") };
        assert_eq!(jobs_of(&app, told).await, HASH, "{kind}");
    }
    for (kind, email) in fresh_and_claimed(&app).await {
        let told = async { app.register(&email, PASSWORD).await.expect(202) };
        assert_eq!(jobs_of(&app, told).await, JUDGEMENT + HASH, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_hash_pool_is_full_everybody_is_turned_away_alike() {
    let app = TestApp::start().await;
    let people = kept_out(&app).await;
    let _places: Vec<_> = std::iter::from_fn(|| app.hashing.place().ok()).collect();
    for (_, typed) in people {
        app.sign_in_with(typed).await.refused(503, "overloaded");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn registering_a_claimed_address_answers_counts_and_ends_like_any_other() {
    let app = TestApp::start().await;
    let mut walks = Vec::new();
    for (_, email) in fresh_and_claimed(&app).await {
        walks.push(registration_walk(&app, &email).await);
    }
    let claimed = walks.pop();
    assert_eq!(walks.pop(), claimed);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mail_for_a_claimed_address_says_so_and_even_the_right_digits_do_not_fit() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let claims =
        app.database().texts("SELECT event_type FROM events WHERE event_type = 'email.claimed'").await;

    let (token, mail) = app.registration(&person.email).await;

    assert!(
        mail[0].contains("already have an account") || mail[0].contains("already an account"),
        "{mail:?}"
    );
    let digits = digits_nobody_was_sent(&app, &person.email).await;
    app.verify(&token, digits.as_str()).await.refused(422, "code_rejected");
    let after =
        app.database().texts("SELECT event_type FROM events WHERE event_type = 'email.claimed'").await;
    assert_eq!(after, claims);
    app.signed_in(&person).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_can_squat_on_a_strangers_address() {
    let app = TestApp::start().await;
    let email = app.new_address();
    let (squatter, _) = app.registration(&email).await;
    app.sign_in_with(json!({ "email": email, "password": PASSWORD }))
        .await
        .refused(422, "credentials_rejected");

    let own = "quiet lanterns over the estuary";
    let before = app.mail_to(&email).await.len();
    let token = app.register(&email, own).await.expect(202).at("/token").to_owned();
    let mail = app.mail_to(&email).await;
    assert_eq!(mail.len(), before + 1);
    for message in &mail {
        let code = countersign_tests::app::mail::digits_in(&message.text).unwrap();
        let told = app.verify(&token, &code).await;
        assert!([201, 409, 422].contains(&told.status), "{}", told.text);
    }

    app.sign_in_with(json!({ "email": email, "password": own })).await.expect(201);
    app.sign_in_with(json!({ "email": email, "password": PASSWORD }))
        .await
        .refused(422, "credentials_rejected");
    for message in &mail {
        let code = countersign_tests::app::mail::digits_in(&message.text).unwrap();
        app.verify(&squatter, &code).await.refused(422, "code_rejected");
    }
}

/// Promise 8.
#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_a_way_back_or_completes_one_costs_one_small_commit_and_a_hash() {
    let app = TestApp::start().await;
    let nobodys = "0000-0000-0000-0000-0000-0000";
    let people = fresh_and_claimed(&app).await;
    for (path, token) in [("/v1/recoveries", "recovery_token"), ("/v1/password-resets", "reset_token")] {
        for (kind, email) in &people {
            let before = commits(&app).await;
            let asked = app.post(path, "", json!({ "email": email })).await.expect(202);
            app.settled().await;
            let sent = usize::from(*kind == "claimed");
            assert_eq!(commits(&app).await, before + 1 + sent, "{kind} asks at {path}");

            let mut body = json!({ "password": PASSWORD, "code": "000000" });
            body[token] = json!(asked.at("/token"));
            match token {
                "reset_token" => body["proof"] = json!({ "factor": "backup_code", "code": nobodys }),
                _ => body["operator_code"] = json!(nobodys),
            }
            let before = commits(&app).await;
            let path = format!("{path}/completion");
            let told = async { app.post(&path, "", body).await.refused(422, "code_rejected") };
            // The password is judged alone, and beside the address, or one that nobody has.
            assert_eq!(jobs_of(&app, told).await, 2 * JUDGEMENT + HASH, "{kind} completes at {path}");
            assert_eq!(commits(&app).await, before + 1, "{kind} completes at {path}");
        }
    }
}

/// Everybody who is kept out, and what they type: the right password where there is one.
async fn kept_out(app: &TestApp) -> Vec<(&'static str, Value)> {
    let (wrong, suspended) = (app.person().await, app.person().await);
    let unverified = app.new_address();
    app.register(&unverified, PASSWORD).await.expect(202);
    let (throttled, closed) = (app.person().await, app.person().await);
    let disabled = with_disabled_device(app).await;
    fail(app, &throttled.credentials(), 5, Span::millis(0)).await;
    app.administer(&suspended, Administration::Suspend).await;
    app.administer(&closed, Administration::Close).await;
    vec![
        ("unknown", json!({ "email": app.new_address(), "password": PASSWORD })),
        ("wrong", json!({ "email": wrong.email, "password": "not the password at all" })),
        ("throttled", throttled.credentials()),
        ("disabled", disabled),
        ("unverified", json!({ "email": unverified, "password": PASSWORD })),
        ("suspended", suspended.credentials()),
        ("closed", closed.credentials()),
    ]
}

/// What a person types on a device whose budget of failures is used up.
async fn with_disabled_device(app: &TestApp) -> Value {
    let (person, _, device) = app.enrolled_device().await;
    let mut typed = person.credentials();
    typed["device"] = json!({ "token": device });
    fail(app, &typed, 10, Span::hours(1)).await;
    app.advance(Span::hours(1));
    assert_eq!(app.count(person.account, "authenticator.disabled").await, 1);
    typed
}

async fn fail(app: &TestApp, typed: &Value, times: usize, wait: Span) {
    let mut typed = typed.clone();
    typed["password"] = json!("not the password at all");
    for _ in 0..times {
        app.advance(wait);
        app.sign_in_with(typed.clone()).await.refused(422, "credentials_rejected");
    }
}

/// Commits so far: each adds events, or counts a stranger.
async fn commits(app: &TestApp) -> usize {
    app.settled().await;
    let count = "SELECT CAST((SELECT count(*) FROM events) \
                 + (SELECT coalesce(sum(attempts), 0) FROM stranger_counts) AS text)";
    app.database().texts(count).await[0].parse().expect("a count is a number")
}

/// What a hash, and what the judgement of a new password, are counted as by the threads that do them.
const HASH: u64 = 1;
const JUDGEMENT: u64 = 1;

/// How many jobs of the hash pool an answer waited for.
async fn jobs_of(app: &TestApp, told: impl Future<Output = Reply>) -> u64 {
    let (before, begin) = (app.hashing.measure(), Instant::now());
    let told = told.await;
    let (after, took) = (app.hashing.measure(), begin.elapsed().as_secs_f64());
    assert!(took >= after.worked - before.worked, "it was not waited for: {}", told.text);
    after.done - before.done
}

async fn fresh_and_claimed(app: &TestApp) -> [(&'static str, String); 2] {
    [("fresh", app.new_address()), ("claimed", app.person().await.email)]
}

/// What a client sees of a registration that never finds the right code: to its fifth guess and its end.
async fn registration_walk(app: &TestApp, email: &str) -> Vec<String> {
    let commits_before = commits(app).await;
    let started = app.register(email, PASSWORD).await.expect(202);
    let mut seen = vec![shape(app, &started), format!("{} commits", commits(app).await - commits_before)];
    let wrong = wrong_for(app, email).await;
    for _ in 0..6 {
        seen.push(app.verify(started.at("/token"), &wrong).await.without_ids());
    }
    let ended = app.register(email, PASSWORD).await.expect(202);
    app.advance(Span::minutes(10));
    seen.push(app.verify(ended.at("/token"), &wrong).await.without_ids());
    seen
}

/// A registration's reply without the values that are its own.
fn shape(app: &TestApp, reply: &Reply) -> String {
    let told =
        reply.without_ids().replace(reply.at("/id"), "its id").replace(reply.at("/token"), "its token");
    told.replace(&(app.now() + Span::minutes(10)).to_string(), "in ten minutes")
}

async fn wrong_for(app: &TestApp, email: &str) -> String {
    countersign_tests::app::mail::wrong(digits_nobody_was_sent(app, email).await.as_str())
}

/// The digits that the newest registration's challenge stands for, mailed or not.
async fn digits_nobody_was_sent(app: &TestApp, email: &str) -> Digits {
    app.settled().await;
    let streams =
        app.database().texts("SELECT aggregate_id FROM events WHERE event_type = 'account.registered'");
    let mut newest = None;
    for stream in streams.await {
        let account = stream.parse().expect("a stream of an account");
        let loaded = app.account(account).await;
        let requested = app.service.store().event_at::<Account>(&stream, 2).await.expect("it can be read");
        if let (Account::Unverified(unverified), Some(Recorded { event, .. })) = (loaded.state, requested)
            && unverified.holder.email.known().is_some_and(|known| known.as_str() == email)
            && let AccountEvent::CodeRequested { challenge, purpose, code_id, key, .. } = event
        {
            let inputs = CodeInputs { purpose, account, sign_in: None, challenge, code_id };
            newest = Some(app.keys.digits(&key, inputs).expect("the key is there"));
        }
    }
    newest.expect("somebody registered")
}
