//! How long replies are kept: one that shows a backup code for as long as the code needs it, a refusal for as long as
//! every other, whoever it is about.

use countersign_domain::time::Span;
use countersign_tests::app::recovery::completion;
use countersign_tests::app::{BackupCode, Person, Reply, Reset, SignIn, TestApp};
use serde_json::{Value, json};

use super::idempotency::{KEY, is_replayed, post_under};

/// A code that was redeemed under a key, and what saves the code that was shown for it.
struct Redeemed {
    app: TestApp,
    sign_in: SignIn,
    answer: Value,
    saved: Value,
}

impl Redeemed {
    async fn under_a_key() -> Self {
        let app = TestApp::start().await;
        let (person, backup_code) = app.enrolled().await;
        let sign_in = app.start_sign_in(&person).await;
        let answer = json!({ "factor": "backup_code", "code": backup_code.code });
        let mut redeemed = Self { app, sign_in, answer, saved: Value::Null };
        let shown = redeemed.answer().await.expect(200);
        redeemed.saved = json!({ "backup_code_id": BackupCode::shown(&shown).id, "saved": true });
        redeemed
    }

    async fn answer(&self) -> Reply {
        self.post("/answers", &self.answer).await
    }

    async fn confirm(&self) -> Reply {
        self.post("/backup-code/confirmation", &self.saved).await
    }

    async fn post(&self, below: &str, body: &Value) -> Reply {
        let path = self.sign_in.path(below);
        post_under(KEY, &self.app, &path, &self.sign_in.token, Some(body.clone())).await
    }
}

/// Whose replies are kept for longer than they should be, since none can be forgotten for a while.
async fn while_nothing_is_forgotten<T>(app: &TestApp, then: impl Future<Output = T>) -> T {
    app.settled().await;
    let (forbid, allow) = if app.database().is_postgres() {
        let forbid = "CREATE RULE kept AS ON DELETE TO idempotency_replies DO INSTEAD SELECT 1/0";
        (forbid, "DROP RULE kept ON idempotency_replies")
    } else {
        let forbid =
            "CREATE TRIGGER kept BEFORE DELETE ON idempotency_replies BEGIN SELECT RAISE(ABORT, 'no'); END";
        (forbid, "DROP TRIGGER kept")
    };
    app.database().execute(forbid).await.unwrap();
    let done = then.await;
    app.settled().await;
    app.database().execute(allow).await.unwrap();
    done
}

#[tokio::test(flavor = "multi_thread")]
async fn what_showed_a_backup_code_is_forgotten_once_the_code_is_saved() {
    let redeemed = Redeemed::under_a_key().await;
    let signed_in = redeemed.confirm().await;

    let shown_again = redeemed.answer().await;
    let signed_in_again = redeemed.confirm().await;

    assert_eq!(shown_again.refused(409, "wrong_state").at("/state"), "signed_in");
    assert_eq!(
        signed_in_again.text, signed_in.text,
        "its own reply stays until the sign-in would have ended"
    );
    let kept = "SELECT sign_in FROM idempotency_replies WHERE sign_in IS NOT NULL";
    assert_eq!(redeemed.app.database().texts(kept).await, [redeemed.sign_in.id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_showed_a_backup_code_is_forgotten_when_the_sign_in_is_given_up() {
    let redeemed = Redeemed::under_a_key().await;
    redeemed.app.cancel(&redeemed.sign_in).await.expect(204);

    let kept =
        redeemed.app.database().texts("SELECT sign_in FROM idempotency_replies WHERE sign_in IS NOT NULL");

    assert_eq!(kept.await, [""; 0]);
    assert_eq!(redeemed.answer().await.refused(409, "wrong_state").at("/state"), "cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_showed_a_backup_code_is_forgotten_by_the_sweep_where_it_could_not_be_when_the_code_was_saved() {
    let redeemed = Redeemed::under_a_key().await;
    let app = &redeemed.app;
    let signed_in = while_nothing_is_forgotten(app, redeemed.confirm()).await;
    let kept = async || app.database().texts("SELECT sign_in FROM idempotency_replies").await.len();
    assert_eq!(kept().await, 2);

    app.sweep().await;

    assert_eq!(kept().await, 1);
    assert_eq!(redeemed.confirm().await.text, signed_in.expect_state("signed_in").text);
    assert_eq!(redeemed.answer().await.refused(409, "wrong_state").at("/state"), "signed_in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_is_asked_for_again_late_is_not_started_again_however_it_ended() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let ask = async |key: &str| post_under(key, &app, "/v1/sign-ins", "", Some(person.credentials())).await;
    let mut first = Vec::new();
    for key in ["it-ends-with-a-session", "it-ends-as-it-is-given-up", "it-ends-by-itself-in-time"] {
        first.push((key, ask(key).await.expect(201)));
    }
    app.answer_by_mail(&SignIn::of(&first[0].1)).await.expect_state("signed_in");
    app.cancel(&SignIn::of(&first[1].1)).await.expect(204);
    let started = app.count(person.account, "sign_in.started").await;

    for wait in [Span::seconds(0), Span::minutes(46), Span::hours(23)] {
        app.advance(wait);
        app.sweep().await;
        for (key, first) in &first {
            let again = ask(key).await;
            assert!(is_replayed(&again), "{key} behind {wait:?}");
            assert_eq!(again.text, first.text);
        }
    }

    assert_eq!(app.count(person.account, "sign_in.started").await, started);
}

/// What is kept of replies that show a backup code outside of a sign-in: the codes' ids.
async fn codes_in_kept_replies(app: &TestApp) -> Vec<String> {
    app.settled().await;
    codes_in_kept_replies_now(app).await
}

/// The same, without waiting for what nobody waits for.
async fn codes_in_kept_replies_now(app: &TestApp) -> Vec<String> {
    app.database().texts("SELECT sign_in FROM idempotency_replies WHERE sign_in LIKE 'bc_%'").await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reply_that_showed_a_requested_backup_code_goes_when_the_code_is_saved_or_replaced() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let session = app.stepped_up(&person).await;
    let ask = async |key: &str| post_under(key, &app, "/v1/me/backup-code", &session.access, None).await;
    let first = BackupCode::shown(&ask("the-first-of-the-keys").await.expect(201));
    assert_eq!(codes_in_kept_replies(&app).await, [first.id]);
    let second = BackupCode::shown(&ask("the-second-of-the-keys").await.expect(201));
    assert_eq!(codes_in_kept_replies(&app).await, std::slice::from_ref(&second.id));

    let saved = json!({ "backup_code_id": second.id, "saved": true });
    app.post("/v1/me/backup-code/confirmation", &session.access, saved).await.expect(200);

    assert_eq!(codes_in_kept_replies_now(&app).await, [""; 0]);
    // Who asks again is told that it was done, and nothing is done again.
    for key in ["the-first-of-the-keys", "the-second-of-the-keys"] {
        ask(key).await.refused(409, "wrong_state");
        assert!(is_replayed(&ask(key).await), "what was told is kept");
    }
    app.at_gate_by_backup_code(&person, &second.code).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reply_that_showed_a_requested_backup_code_is_forgotten_by_the_sweep_where_it_could_not_be_before()
 {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let session = app.stepped_up(&person).await;
    let shown = post_under(KEY, &app, "/v1/me/backup-code", &session.access, None).await.expect(201);
    let shown = BackupCode::shown(&shown);
    let saved = json!({ "backup_code_id": shown.id, "saved": true });
    let confirm = app.post("/v1/me/backup-code/confirmation", &session.access, saved);
    while_nothing_is_forgotten(&app, confirm).await.expect(200);
    assert_eq!(codes_in_kept_replies(&app).await, [shown.id]);

    app.sweep().await;

    assert_eq!(codes_in_kept_replies(&app).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reply_that_showed_a_resets_backup_code_goes_when_the_code_is_used_or_replaced() {
    for by_mail in [true, false] {
        let app = TestApp::start().await;
        let (person, backup_code) = app.enrolled().await;
        let body = app.reset(&person).await.completion(&backup_code.code, "quiet lanterns over the estuary");
        let path = "/v1/password-resets/completion";
        let done = post_under(KEY, &app, path, "", Some(body.clone())).await.expect(200);
        let shown = BackupCode::shown(&done);
        assert_eq!(codes_in_kept_replies(&app).await, [shown.id]);
        let changed = Person { password: "quiet lanterns over the estuary".to_owned(), ..person };

        let (sign_in, next) = if by_mail {
            app.at_gate_by_mail(&changed).await
        } else {
            app.at_gate_by_backup_code(&changed, &shown.code).await
        };

        assert_eq!(codes_in_kept_replies(&app).await, [""; 0]);
        app.confirm(&sign_in, &next.id).await.expect_state("signed_in");
        post_under(KEY, &app, path, "", Some(body)).await.refused(422, "code_rejected");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_kept_as_long_for_an_owners_address_as_for_a_strangers() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let mut requests = Vec::new();
    for email in [person.email.clone(), app.new_address()] {
        let wrong = json!({ "email": email, "password": "not the password of anybody" });
        requests.push(("/v1/sign-ins", wrong));
        let asked = app.ask_to_recover(&email).await.expect(202);
        let proofs = [("code", "000000"), ("backup_code", "0000-0000-0000-0000-0000-0000")];
        requests.push(("/v1/recoveries/completion", completion(asked.at("/token"), &proofs)));
        let asked = app.post("/v1/password-resets", "", json!({ "email": email })).await.expect(202);
        let reset = Reset { token: asked.at("/token").to_owned(), digits: "000000".to_owned() };
        let body = reset.completion("0000-0000-0000-0000-0000-0000", "quiet lanterns over the estuary");
        requests.push(("/v1/password-resets/completion", body));
    }
    let ask = async |number: usize| {
        let (path, body) = &requests[number];
        post_under(&format!("a-key-of-its-own-{number}"), &app, path, "", Some(body.clone()))
            .await
            .expect(422)
    };
    let mut first = Vec::new();
    for number in 0..requests.len() {
        first.push(ask(number).await.text);
    }

    for wait in [Span::minutes(46), Span::hours(23)] {
        app.advance(wait);
        app.sweep().await;
        for (number, first) in first.iter().enumerate() {
            let again = ask(number).await;
            assert!(is_replayed(&again), "{} behind {wait:?}", requests[number].0);
            assert_eq!(&again.text, first);
        }
    }
}
