//! Holes that were found in other sign-in systems, and that no other story looks for: see `docs/known-holes.md`.

use std::sync::Arc;

use countersign_api::Access;
use countersign_domain::client::Role;
use countersign_domain::email::Email;
use countersign_service::context::Context;
use countersign_tests::app::mail::{digits_in, wrong};
use countersign_tests::app::person::PASSWORD;
use countersign_tests::app::recovery::CHOSEN;
use countersign_tests::app::{Reply, Setup, TestApp};
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// How many guess at once.
const GUESSES: usize = 32;
/// Addresses, each written in two ways, and whether both are the same address.
const WRITTEN: [(&str, &str, bool); 12] = [
    ("kim@example.org", "KIM@EXAMPLE.ORG", true),
    ("kim@example.org", "kim@Example.Org", true),
    ("kim@b\u{fc}cher.example", "kim@xn--bcher-kva.example", true),
    ("kim@bu\u{308}cher.example", "kim@b\u{fc}cher.example", true),
    ("ren\u{e9}@example.org", "rene\u{301}@example.org", true),
    // The sign of kelvin is the letter, for Unicode's canonical forms as well.
    ("kim@example.org", "\u{212a}im@example.org", true),
    ("kim@example.org", "kim+tag@example.org", false),
    ("kim.b@example.org", "kimb@example.org", false),
    // Letters that only look alike, or that full case folding would make alike.
    ("kim@example.org", "k\u{131}m@example.org", false),
    ("kim@example.org", "k\u{456}m@example.org", false),
    ("strasse@example.org", "stra\u{df}e@example.org", false),
    ("kim@example.org", "k\u{ad}im@example.org", false),
];

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_the_same_however_it_is_written_and_no_other_passes_for_it() {
    for (one, other, same) in WRITTEN {
        let app = TestApp::start().await;
        let token = app.register(one, PASSWORD).await.expect(202).at("/token").to_owned();
        let stored: Email = one.parse().expect("it is an address");
        let mail = app.mail_to(stored.as_str()).await;
        let code = mail.first().and_then(|mail| digits_in(&mail.text)).expect("a code was mailed");
        app.verify(&token, &code).await.expect(201);

        let reply = app.sign_in_with(json!({ "email": other, "password": PASSWORD })).await;

        let expected: &[u16] = if same { &[201] } else { &[400, 422] };
        assert!(expected.contains(&reply.status), "{one} {other}: {}", reply.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_backup_code_is_confirmed_by_whom_it_was_not_shown_to() {
    let app = TestApp::start().await;
    let ((mine, _), (yours, _)) = (app.enrolled().await, app.enrolled().await);
    let asked = app.stepped_up(&mine).await;
    let shown = app.ask_for_backup_code(&asked).await;
    let saved = json!({ "backup_code_id": shown.id, "saved": true });
    let path = "/v1/me/backup-code/confirmation";
    for (whose, session) in
        [("mine, another one", app.stepped_up(&mine).await), ("yours", app.stepped_up(&yours).await)]
    {
        let refused = app.post(path, &session.access, saved.clone()).await;
        assert!([403, 409].contains(&refused.status), "{whose}: {}", refused.text);
    }
    assert_eq!(app.count(mine.account, "backup_code.save_confirmed").await, 1, "only the one of before");
    app.post(path, &asked.access, saved).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_guesses_at_a_reset_that_race_five_count_and_then_the_right_code_is_refused_too() {
    let app = Arc::new(TestApp::start().await);
    let (person, code) = app.enrolled().await;
    let reset = app.reset(&person).await;
    let mut guess = reset.completion(&code.code, CHOSEN);
    guess["code"] = json!(wrong(&reset.digits));

    all_refused(&app, "/v1/password-resets/completion", &guess).await;

    let right = reset.completion(&code.code, CHOSEN);
    app.post("/v1/password-resets/completion", "", right).await.refused(422, "code_rejected");
    assert_eq!(app.count(person.account, "code.rejected").await, 5);
    app.sign_in_with(person.credentials()).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_guesses_at_a_recovery_that_race_five_count_and_then_the_right_codes_are_refused_too() {
    let app = Arc::new(TestApp::start().await);
    let (person, code) = app.enrolled().await;
    let recovery = app.recovery(&person).await;
    let guess = recovery.with(&[("code", &wrong(&recovery.digits)), ("backup_code", &code.code)]);

    all_refused(&app, "/v1/recoveries/completion", &guess).await;

    let right = recovery.with(&[("code", &recovery.digits), ("backup_code", &code.code)]);
    app.complete_recovery(right).await.refused(422, "code_rejected");
    assert_eq!(app.count(person.account, "code.rejected").await, 5);
    app.sign_in_with(person.credentials()).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_a_reset_or_a_recovery_with_one_bit_flipped_is_none() {
    let app = TestApp::start().await;
    let (person, code) = app.enrolled().await;
    let reset = app.reset(&person).await;
    for place in 0..reset.token.len() {
        let mut forged = reset.completion(&code.code, CHOSEN);
        forged["reset_token"] = json!(flipped(&reset.token, place));
        refused_alike(&app.post("/v1/password-resets/completion", "", forged).await, place);
    }
    let completed =
        app.post("/v1/password-resets/completion", "", reset.completion(&code.code, PASSWORD)).await;
    let code = completed.expect(200).at("/backup_code/code").to_owned();
    let recovery = app.recovery(&person).await;
    let proofs = [("code", &*recovery.digits), ("backup_code", &*code)];
    for place in 0..recovery.token.len() {
        let mut forged = recovery.with(&proofs);
        forged["recovery_token"] = json!(flipped(&recovery.token, place));
        refused_alike(&app.complete_recovery(forged).await, place);
    }
    app.recover(&recovery, &proofs).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clients_key_with_one_bit_flipped_is_none() {
    let app = TestApp::with(Setup { access: Access::ClientKeys, ..Setup::default() }).await;
    let name = "an app".parse().unwrap();
    let (_, key) = app.service.add_client(Context::operator(), name, Role::Client, None).await.unwrap();
    let asked = json!({ "token": "x" });
    app.post("/v1/tokens/introspect", key.expose(), asked.clone()).await.expect(200);
    for place in 0..key.expose().len() {
        let forged = flipped(key.expose(), place);
        app.post("/v1/tokens/introspect", &forged, asked.clone()).await.refused(401, "unauthenticated");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_devices_token_with_one_bit_flipped_is_a_strangers() {
    let app = TestApp::start().await;
    let (person, _, device) = app.enrolled_device().await;
    let known = async |token: &str| {
        let mut typed = person.credentials();
        typed["device"] = json!({ "token": token });
        app.sign_in_with(typed).await;
        app.last(person.account, "sign_in.started").await.payload.get("device").is_some()
    };
    assert!(known(&device).await);
    for place in 0..device.len() {
        assert!(!known(&flipped(&device, place)).await, "{place}");
    }
}

/// Many send the same at once; none gets through.
async fn all_refused(app: &Arc<TestApp>, path: &'static str, guess: &Value) {
    let mut racers = JoinSet::new();
    for _ in 0..GUESSES {
        let (app, guess) = (Arc::clone(app), guess.clone());
        racers.spawn(async move { app.post(path, "", guess).await });
    }
    for reply in racers.join_all().await {
        assert_eq!(reply.refused(422, "code_rejected").status, 422);
    }
}

#[track_caller]
fn refused_alike(reply: &Reply, place: usize) {
    assert!([401, 422].contains(&reply.status), "{place}: {}", reply.text);
}

/// A token with the lowest bit of one character flipped.
fn flipped(token: &str, place: usize) -> String {
    let flip = |(at, byte)| char::from(if at == place { byte ^ 1 } else { byte });
    token.bytes().enumerate().map(flip).collect()
}
