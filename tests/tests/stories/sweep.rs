//! The sweep: what a command left undone is done later, with the same outcome.

use std::fs;

use countersign_domain::time::Span;
use countersign_service::context::Context;
use countersign_service::flow::Administration;
use countersign_tests::app::mail::digits_in;
use countersign_tests::app::person::PASSWORD;
use countersign_tests::app::{SignIn, TestApp};
use countersign_tests::faults::block::{block, unblock};

#[tokio::test(flavor = "multi_thread")]
async fn while_the_transport_is_away_a_code_waits_and_then_leaves_with_the_same_digits_and_message_id() {
    let app = TestApp::start().await;
    let person = app.person().await;
    let first = app.start_sign_in(&person).await;
    app.mail_about(&first.challenge).await.expect("a code was mailed");
    app.advance(Span::seconds(30));
    take_mail_away(&app);
    app.ask_for_code(&first).await.expect(201);
    app.settled().await;
    let requested = app.count(person.account, "code.requested").await;
    assert_eq!(app.count(person.account, "code.sent").await, requested - 1);
    let swept = app.sweep().await;
    assert_eq!((swept.done, swept.left), (0, 1));

    bring_mail_back(&app);
    let swept = app.sweep().await;

    assert_eq!((swept.done, swept.left), (1, 0));
    let message = app.mail_about(&first.challenge).await.unwrap();
    let expected = format!("{}.2", first.challenge.replace('-', ""));
    assert_eq!(message.id.as_str().replace('-', ""), expected);
    let digits = digits_in(&message.text).unwrap();
    app.answer_code(&first, &digits).await.expect_state("save_required");
    assert_eq!(app.count(person.account, "code.sent").await, requested);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_tried_many_times_is_counted_once() {
    let app = TestApp::start().await;
    let email = app.new_address();
    take_mail_away(&app);
    let token = app.register(&email, PASSWORD).await.expect(202).at("/token").to_owned();
    for _ in 0..4 {
        let swept = app.sweep().await;
        assert_eq!((swept.done, swept.left), (0, 1));
        app.advance(Span::seconds(89));
    }

    bring_mail_back(&app);
    app.sweep().await;

    let mail = app.mail_to(&email).await;
    assert_eq!(mail.len(), 1);
    app.verify(&token, &digits_in(&mail[0].text).unwrap()).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_is_away_is_asked_less_and_less_often_and_once_more_when_the_code_expires() {
    let app = TestApp::start().await;
    let person = app.person().await;
    take_mail_away(&app);
    app.start_sign_in(&person).await;
    app.settled().await;
    let requested = app.now();
    let (mut tried, mut ended) = (Vec::new(), Vec::new());
    for _ in 0..130 {
        app.advance(Span::seconds(5));
        let swept = app.service.sweep().await.unwrap();
        let age = requested.until(app.now()).as_millis() / 1_000;
        tried.extend((swept.left > 0).then_some(age));
        ended.extend((swept.done > 0).then_some(age));
    }
    bring_mail_back(&app);

    assert_eq!(tried, [35, 45, 65, 105, 185, 305, 425, 545]);
    assert_eq!(ended, [600]);
    assert_eq!(app.last(person.account, "code.delivery_failed").await.payload["reason"], "expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_could_not_leave_before_its_end_never_leaves() {
    let app = TestApp::start().await;
    let person = app.person().await;
    take_mail_away(&app);
    let sign_in = app.start_sign_in(&person).await;
    app.settled().await;
    app.advance(Span::minutes(10));
    bring_mail_back(&app);

    let swept = app.sweep().await;

    assert_eq!((swept.done, swept.left), (1, 0));
    assert_eq!(app.mail_about(&sign_in.challenge).await, None);
    assert_eq!(app.last(person.account, "code.delivery_failed").await.payload["reason"], "expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_whose_sign_in_was_given_up_or_ended_never_leaves() {
    let app = TestApp::start().await;
    let (given_up, suspended) = (app.person().await, app.person().await);
    take_mail_away(&app);
    let first = app.start_sign_in(&given_up).await;
    app.start_sign_in(&suspended).await;
    app.cancel(&first).await.expect(204);
    let reason = "as the law demands".parse().unwrap();
    let what = Administration::Suspend(reason);
    app.service.administer(Context::operator(), suspended.account, what).await.unwrap();
    app.settled().await;
    bring_mail_back(&app);

    app.sweep().await;

    for person in [given_up, suspended] {
        assert_eq!(app.last(person.account, "code.delivery_failed").await.payload["reason"], "expired");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_code_lets_in_although_its_message_is_not_known_to_have_left() {
    let app = TestApp::start().await;
    let person = app.person().await;
    take_mail_away(&app);
    let sign_in = app.start_sign_in(&person).await;
    app.settled().await;
    bring_mail_back(&app);
    app.another_server().await.service.sweep().await.unwrap();
    assert_eq!(app.mail_about(&sign_in.challenge).await, None, "the grace of 30 seconds is not over");

    app.sweep().await;

    app.answer_by_mail(&sign_in).await.expect_state("save_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_whose_code_was_accepted_is_recorded_as_sent_although_that_was_not_recorded_when_it_left() {
    let app = TestApp::start().await;
    let person = app.person().await;
    block(app.database(), &["code.sent"]).await;
    let sign_in = app.start_sign_in(&person).await;
    app.answer_by_mail(&sign_in).await.expect_state("save_required");
    app.cancel(&sign_in).await.expect(204);
    app.settled().await;
    unblock(app.database()).await;
    let before = app.count(person.account, "code.sent").await;

    let swept = app.sweep().await;

    assert_eq!((swept.done, swept.left), (1, 0));
    assert_eq!(app.count(person.account, "code.delivery_failed").await, 0);
    assert_eq!(app.count(person.account, "code.sent").await, before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_may_have_left_before_its_sign_in_ended_is_not_said_to_have_expired() {
    let app = TestApp::start().await;
    let person = app.person().await;
    block(app.database(), &["code.sent"]).await;
    let sign_in = app.start_sign_in(&person).await;
    app.mail_about(&sign_in.challenge).await.expect("it left");
    unblock(app.database()).await;
    app.cancel(&sign_in).await.expect(204);

    app.sweep().await;

    assert_eq!(app.last(person.account, "code.delivery_failed").await.payload["reason"], "unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_failed_once_and_may_have_left_then_is_not_said_to_have_expired() {
    let app = TestApp::start().await;
    let person = app.person().await;
    take_mail_away(&app);
    let sign_in = app.start_sign_in(&person).await;
    app.settled().await;
    bring_mail_back(&app);
    block(app.database(), &["code.sent"]).await;
    assert_eq!(app.sweep().await.left, 1);
    unblock(app.database()).await;
    app.mail_about(&sign_in.challenge).await.expect("it left");
    app.cancel(&sign_in).await.expect(204);

    app.sweep().await;

    assert_eq!(app.last(person.account, "code.delivery_failed").await.payload["reason"], "unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_server_finishes_what_the_one_before_left() {
    let app = TestApp::start().await;
    let person = app.person().await;
    take_mail_away(&app);
    let sign_in = SignIn::of(&app.sign_in_with(person.credentials()).await.expect(201));
    app.settled().await;
    bring_mail_back(&app);
    app.advance(Span::seconds(31));

    let restarted = app.another_server().await;
    let swept = restarted.service.sweep().await.unwrap();

    assert_eq!((swept.done, swept.left), (1, 0));
    restarted.answer_by_mail(&sign_in).await.expect_state("save_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_was_done_and_is_still_on_the_list_is_not_done_again() {
    let app = TestApp::start().await;
    let (person, code) = app.enrolled().await;
    let (sign_in, shown) = app.at_gate_by_backup_code(&person, &code.code).await;
    app.confirm(&sign_in, &shown.id).await.expect_state("signed_in");
    let pending = app.start_sign_in(&person).await;
    let before = app.names(person.account).await;
    let list_again = "INSERT INTO follow_ups (aggregate_type, aggregate_id, sequence, event_type, at) \
                      SELECT aggregate_type, aggregate_id, sequence, event_type, '2020-01-01T00:00:00.000Z' \
                      FROM events WHERE event_type IN ('code.requested', 'backup_code.issued', \
                      'backup_code.redeemed', 'sign_in.signed_in', 'email.claimed')";
    app.database().execute(list_again).await.unwrap();
    for message in app.mail_to(&person.email).await {
        fs::remove_file(app.mailbox_folder().join(format!("{}.eml", message.id))).unwrap();
    }

    let swept = app.sweep().await;

    assert_eq!((swept.done, swept.left), (10, 0));
    assert_eq!(app.mail_to(&person.email).await.len(), 0);
    assert_eq!(app.names(person.account).await, before);
    app.look(&pending).await.expect_state("factor_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_with_nothing_to_do_does_nothing() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let before = app.names(person.account).await;
    for _ in 0..3 {
        let swept = app.sweep().await;
        assert_eq!((swept.done, swept.left), (0, 0));
    }
    assert_eq!(app.names(person.account).await, before);
}

/// Puts a file where the mailbox folder is: no message can be written.
fn take_mail_away(app: &TestApp) {
    fs::rename(app.mailbox_folder(), app.mailbox_folder().with_extension("away")).expect("it was there");
    fs::write(app.mailbox_folder(), "in the way").expect("a file can be written");
}

fn bring_mail_back(app: &TestApp) {
    fs::remove_file(app.mailbox_folder()).expect("it was taken away");
    fs::rename(app.mailbox_folder().with_extension("away"), app.mailbox_folder()).expect("it was kept");
}
