//! Messages: codes are sent again with the same digits, and nobody's inbox is a weapon.

use countersign_domain::id::AccountId;
use countersign_domain::time::Span;
use countersign_domain::word::CodePurpose;
use countersign_service::keys::CodeInputs;
use countersign_tests::app::mail::digits_in;
use countersign_tests::app::person::PASSWORD;
use countersign_tests::app::{Person, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_asked_for_again_has_the_same_id_digits_and_end() {
    let app = TestApp::start().await;
    let sign_in = app.start_sign_in(&app.person().await).await;
    let first = app.look(&sign_in).await.body["challenge"].clone();
    let told = app.ask_for_code(&sign_in).await.refused(429, "resend_too_soon");
    assert_eq!(told.retry_after(), 30);
    app.advance(Span::millis(29_001));
    let told = app.ask_for_code(&sign_in).await.refused(429, "resend_too_soon");
    assert_eq!(told.retry_after(), 1);
    app.advance(Span::millis(999));

    let again = app.ask_for_code(&sign_in).await.expect(201);

    assert_eq!((&again.body["id"], &again.body["expires_at"]), (&first["id"], &first["expires_at"]));
    assert_ne!(again.body["resend_after"], first["resend_after"]);
    let mail = app.mail_to(&app.mail_about(&sign_in.challenge).await.unwrap().to).await;
    let digits: Vec<_> = mail.iter().filter(|mail| mail.subject.contains("sign-in")).collect();
    assert_eq!(digits.len(), 2);
    assert_eq!(digits_in(&digits[0].text), digits_in(&digits[1].text));
    app.answer_by_mail(&sign_in).await.expect_state("save_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_expired_is_followed_by_another_one_and_fits_no_more() {
    let app = TestApp::start().await;
    let sign_in = app.start_sign_in(&app.person().await).await;
    let old = app.digits_of(&sign_in.challenge).await;
    app.advance(Span::minutes(10));
    app.answer_code(&sign_in, &old).await.refused(410, "challenge_expired");
    assert!(!app.look(&sign_in).await.has("/challenge"));

    let new = app.ask_for_code(&sign_in).await.expect(201).at("/id").to_owned();

    assert_ne!(new, sign_in.challenge);
    let digits = app.digits_of(&new).await;
    if digits != old {
        app.answer_code(&sign_in, &old).await.refused(422, "code_rejected");
    }
    app.answer_code(&sign_in, &digits).await.expect_state("save_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_digits_stand_alone_on_a_line_and_the_address_is_the_stored_one() {
    let app = TestApp::start().await;
    let person = app.person().await;
    let mut typed = person.credentials();
    typed["email"] = serde_json::json!(person.email.to_uppercase());
    let started = app.sign_in_with(typed).await.expect(201);
    let message = app.mail_about(started.at("/challenge/id")).await.unwrap();
    assert_eq!(message.to, person.email);
    let digits = digits_in(&message.text).unwrap();
    let runs = message.text.split(|c: char| !c.is_ascii_digit()).filter(|run| run.len() == 6);
    assert_eq!(runs.collect::<Vec<_>>(), [digits.as_str()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_causes_five_messages_an_hour_and_learns_nothing_of_the_silence() {
    let app = TestApp::start().await;
    let (unknown, claimed) = (app.new_address(), app.person().await.email);
    app.advance(Span::hours(1));
    for email in [&unknown, &claimed] {
        let before = app.mail_to(email).await.len();
        let mut shapes = Vec::new();
        for _ in 0..7 {
            let reply = app.register(email, PASSWORD).await.expect(202);
            shapes.push((reply.headers.len(), reply.text.len()));
        }
        assert_eq!(app.mail_to(email).await.len() - before, 5);
        assert!(shapes.iter().all(|shape| *shape == shapes[0]), "{shapes:?}");
    }
    assert_eq!(failures(&app, "too_many").await, 4);

    app.advance(Span::hours(1));
    app.register(&unknown, PASSWORD).await.expect(202);
    assert_eq!(app.mail_to(&unknown).await.len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_causes_twenty_messages_a_day() {
    let app = TestApp::start().await;
    let email = app.new_address();
    for _ in 0..8 {
        for _ in 0..4 {
            app.register(&email, PASSWORD).await.expect(202);
        }
        app.settled().await;
        app.advance(Span::hours(1));
    }
    assert_eq!(app.mail_to(&email).await.len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_mailed_cannot_guess_instead() {
    let app = TestApp::start().await;
    let email = app.new_address();
    let mut tokens = Vec::new();
    for _ in 0..6 {
        tokens.push(app.register(&email, PASSWORD).await.expect(202).at("/token").to_owned());
    }
    app.settled().await;

    let withheld = digits_of_registration(&app, &tokens[5]).await;
    app.verify(&tokens[5], &withheld).await.refused(422, "code_rejected");

    let mailed = digits_of_registration(&app, &tokens[0]).await;
    app.verify(&tokens[0], &mailed).await.expect(201);
}

/// The digits of a registration's code, derived from its event with the server's own key.
async fn digits_of_registration(app: &TestApp, token: &str) -> String {
    let account = app.keys.read_registration_token(token, None).unwrap().account;
    let requested = app.last(account, "code.requested").await.payload;
    let inputs = CodeInputs {
        purpose: CodePurpose::Registration,
        account,
        sign_in: None,
        challenge: serde_json::from_value(requested["challenge"].clone()).unwrap(),
        code_id: serde_json::from_value(requested["code_id"].clone()).unwrap(),
    };
    app.keys.digits(&app.keys.current(), inputs).unwrap().as_str().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_codes_have_a_limit_of_their_own_of_twenty_an_hour() {
    let app = TestApp::start().await;
    let person = app.person().await;
    for _ in 0..20 {
        let sign_in = app.start_sign_in(&person).await;
        assert!(app.mail_about(&sign_in.challenge).await.is_some());
    }

    let silent = app.start_sign_in(&person).await;

    assert_eq!(app.mail_about(&silent.challenge).await, None);
    assert_eq!(outcome(&app, &person).await, "too_many");
    app.advance(Span::hours(1));
    let sign_in = app.start_sign_in(&person).await;
    app.answer_by_mail(&sign_in).await.expect_state("save_required");
}

/// How many messages did not leave for this cause.
async fn failures(app: &TestApp, cause: &str) -> usize {
    app.settled().await;
    let events = countersign_tests::app::record::all_events(app.database()).await;
    events
        .iter()
        .filter(|event| event.name() == "code.delivery_failed" && event.field("reason") == cause)
        .count()
}

async fn outcome(app: &TestApp, person: &Person) -> String {
    let account: AccountId = person.account;
    app.last(account, "code.delivery_failed").await.payload["reason"].as_str().unwrap_or_default().to_owned()
}
