//! A lost backup code, a lost mailbox: back in with two proofs of three, through the gate, and bound anew.

use countersign_domain::time::Span;
use countersign_tests::app::recovery::{CHOSEN, WAIT, completion};
use countersign_tests::app::{BackupCode, Person, Reply, SignIn, TestApp};
use serde_json::json;

/// A sign-in that a recovery came to, which has no challenge.
fn at_gate(reply: &Reply) -> (SignIn, BackupCode) {
    assert_eq!((reply.at("/object"), reply.at("/state")), ("sign_in", "save_required"));
    let at = |pointer: &str| reply.at(pointer).to_owned();
    (SignIn { id: at("/id"), token: at("/token"), challenge: String::new() }, BackupCode::shown(reply))
}

fn recovered(person: &Person) -> Person {
    Person { password: CHOSEN.to_owned(), ..person.clone() }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lost_the_backup_code_comes_back_with_an_operators_code_and_the_mail() {
    let app = TestApp::start().await;
    let (person, lost) = app.enrolled().await;
    let operators = app.operator_code(&person).await;
    app.advance(WAIT);
    let session = app.signed_in(&person).await;
    let pending = app.start_sign_in(&person).await;
    let recovery = app.recovery(&person).await;

    let proofs = [("operator_code", &*operators), ("code", &*recovery.digits)];
    let done = app.recover(&recovery, &proofs).await.expect(201);

    assert_eq!(done.at("/id"), recovery.id);
    assert_eq!(done.header("location"), Some(&*format!("/v1/sign-ins/{}", recovery.id)));
    let (sign_in, shown) = at_gate(&done);
    app.get("/v1/me", &session).await.refused(401, "unauthenticated");
    let denied = app.answer_by_mail(&pending).await.refused(409, "wrong_state");
    assert_eq!(denied.at("/state"), "denied");
    app.sign_in_with(person.credentials()).await.refused(422, "credentials_rejected");
    let granted = app.confirm(&sign_in, &shown.id).await.expect_state("signed_in");
    assert_eq!(granted.body["session"]["amr"], json!(["email"]));
    assert_eq!(granted.at("/session/aal"), "aal1");
    let again = app.start_sign_in(&recovered(&person)).await;
    app.answer_backup_code(&again, &lost.code).await.refused(422, "code_rejected");
    app.answer_backup_code(&again, &shown.code).await.expect_state("save_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lost_the_mailbox_comes_back_with_an_operators_code_and_the_backup_code() {
    let app = TestApp::start().await;
    let (person, saved) = app.enrolled().await;
    let operators = app.operator_code(&person).await;
    app.advance(WAIT);
    let recovery = app.recovery(&person).await;

    let proofs = [("operator_code", &*operators), ("backup_code", &*saved.code)];
    let (sign_in, shown) = at_gate(&app.recover(&recovery, &proofs).await.expect(201));

    let granted = app.confirm(&sign_in, &shown.id).await.expect_state("signed_in");
    assert_eq!(granted.body["session"]["amr"], json!(["otp"]));
    assert_eq!(granted.at("/session/aal"), "aal1", "nothing was signed in with");
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_and_backup_code_need_no_operator_and_no_wait() {
    let app = TestApp::start().await;
    let (person, saved) = app.enrolled().await;
    let recovery = app.recovery(&person).await;

    let proofs = [("code", &*recovery.digits), ("backup_code", &*saved.code)];
    let (sign_in, shown) = at_gate(&app.recover(&recovery, &proofs).await.expect(201));

    let reissued = app.reissue(&sign_in).await.expect(200);
    app.confirm(&sign_in, &shown.id).await.refused(409, "backup_code_superseded");
    app.confirm(&sign_in, reissued.at("/id")).await.expect_state("signed_in");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_a_recovery_does_is_one_commit() {
    let app = TestApp::start().await;
    let (person, saved) = app.enrolled().await;
    app.start_sign_in(&person).await;
    let recovery = app.recovery(&person).await;
    let before = app.names(person.account).await.len();

    let proofs = [("code", &*recovery.digits), ("backup_code", &*saved.code)];
    app.recover(&recovery, &proofs).await.expect(201);

    let events = app.events(person.account).await;
    let commit = events[before].metadata["command_id"].clone();
    let of_it = events[before..].iter().filter(|event| event.metadata["command_id"] == commit);
    let names: Vec<&str> = of_it.map(|event| event.event_type.as_str()).collect();
    let expected = [
        "code.accepted",
        "backup_code.redeemed",
        "backup_code.issued",
        "account.password_changed",
        "sign_in.denied",
        "account.sessions_revoked",
        "recovery.completed",
    ];
    assert_eq!(names, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operators_code_is_refused_before_72_hours_and_after_7_days_and_that_is_recorded() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let operators = app.operator_code(&person).await;
    let tried = async |status: u16| {
        let recovery = app.recovery(&person).await;
        let before = app.names(person.account).await;
        let proofs = [("operator_code", &*operators), ("code", &*recovery.digits)];
        let reply = app.recover(&recovery, &proofs).await.expect(status);
        if status == 422 {
            reply.refused(422, "code_rejected");
            let since = app.names(person.account).await.split_off(before.len());
            assert_eq!(since, ["recovery.operator_code_rejected"], "it is recorded, and nothing is lost");
            let rejected = app.last(person.account, "recovery.operator_code_rejected").await;
            assert_eq!(rejected.payload["cause"], "too_early");
        }
    };
    tried(422).await;
    app.advance(Span::millis(WAIT.as_millis() - 60_000));
    tried(422).await;
    app.advance(Span::minutes(1));
    tried(201).await;

    let operators = app.operator_code(&person).await;
    app.advance(Span::millis(WAIT.as_millis() + Span::days(7).as_millis()));
    let recovery = app.recovery(&person).await;
    let proofs = [("operator_code", &*operators), ("code", &*recovery.digits)];
    app.recover(&recovery, &proofs).await.refused(422, "code_rejected");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_is_good_once_and_the_same_request_is_answered_with_the_same_reply() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let operators = app.operator_code(&person).await;
    app.advance(WAIT);
    let recovery = app.recovery(&person).await;
    let body = recovery.with(&[("operator_code", &operators), ("code", &recovery.digits)]);
    let send = async |key: &str| {
        let request = app.request(reqwest::Method::POST, "/v1/recoveries/completion");
        app.send(request.header("Idempotency-Key", key).json(&body)).await
    };

    let first = send("the-first-key-of-all").await.expect(201);
    let again = send("the-first-key-of-all").await.expect(201);
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    send("another-key-altogether").await.refused(422, "code_rejected");

    let other = app.recovery(&person).await;
    let proofs = [("operator_code", &*operators), ("code", &*other.digits)];
    app.recover(&other, &proofs).await.refused(422, "code_rejected");
    assert_eq!(app.count(person.account, "recovery.completed").await, 1);
    let (sign_in, shown) = at_gate(&first);
    app.confirm(&sign_in, &shown.id).await.expect_state("signed_in");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_servers_that_complete_a_recovery_at_once_one_does() {
    let app = TestApp::start().await;
    let (person, saved) = app.enrolled().await;
    let operators = app.operator_code(&person).await;
    app.advance(WAIT);
    let other = app.another_server().await;
    let recovery = app.recovery(&person).await;
    let bodies = [
        recovery.with(&[("operator_code", &operators), ("code", &recovery.digits)]),
        recovery.with(&[("operator_code", &operators), ("backup_code", &saved.code)]),
        recovery.with(&[("code", &recovery.digits), ("backup_code", &saved.code)]),
        recovery.with(&[("operator_code", &operators), ("code", &recovery.digits)]),
    ];
    let [one, two, three, four] = bodies;
    let replies: [Reply; 4] = tokio::join!(
        app.complete_recovery(one),
        other.complete_recovery(two),
        app.complete_recovery(three),
        other.complete_recovery(four),
    )
    .into();
    let done = replies.iter().filter(|reply| reply.status == 201).count();
    assert_eq!(done, 1);
    assert!(replies.iter().all(|reply| matches!(reply.status, 201 | 422)));
    assert_eq!(app.count(person.account, "recovery.completed").await, 1);
    assert_eq!(app.count(person.account, "account.password_changed").await, 1);
}

/// Promise 9.
#[tokio::test(flavor = "multi_thread")]
async fn who_lost_the_reply_gets_in_with_what_they_have() {
    let app = TestApp::start().await;
    let (person, saved) = app.enrolled().await;
    let operators = app.operator_code(&person).await;
    app.advance(WAIT);
    let recovery = app.recovery(&person).await;
    app.recover(&recovery, &[("operator_code", &operators), ("backup_code", &saved.code)]).await.expect(201);

    let (sign_in, next) = app.at_gate_by_backup_code(&recovered(&person), &saved.code).await;
    app.confirm(&sign_in, &next.id).await.expect_state("signed_in");
    assert_eq!(app.count(person.account, "backup_code.gate_reopened").await, 1);

    let (person, _) = app.enrolled().await;
    let operators = app.operator_code(&person).await;
    app.advance(WAIT);
    let recovery = app.recovery(&person).await;
    app.recover(&recovery, &[("operator_code", &operators), ("code", &recovery.digits)]).await.expect(201);
    let (sign_in, next) = app.at_gate_by_mail(&recovered(&person)).await;
    app.confirm(&sign_in, &next.id).await.expect_state("signed_in");
}

#[tokio::test(flavor = "multi_thread")]
async fn recoveries_are_mailed_under_the_same_limit_as_resets_and_registrations() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    app.advance(Span::days(1));
    app.post("/v1/password-resets", "", json!({ "email": person.email })).await.expect(202);
    for _ in 0..4 {
        app.recovery(&person).await;
    }
    let before = app.names(person.account).await;
    app.ask_to_recover(&person.email).await.expect(202);
    assert_eq!(app.names(person.account).await, before, "what is withheld is not recorded");
}

/// R18.
#[tokio::test(flavor = "multi_thread")]
async fn what_one_person_holds_recovers_nothing_of_another() {
    let app = TestApp::start().await;
    let ((mine, my_code), (yours, your_code)) = (app.enrolled().await, app.enrolled().await);
    let (my_operators, your_operators) = (app.operator_code(&mine).await, app.operator_code(&yours).await);
    app.advance(WAIT);
    let (my, your) = (app.recovery(&mine).await, app.recovery(&yours).await);
    for proofs in [
        [("operator_code", &*your_operators), ("code", &*my.digits)],
        [("operator_code", &*my_operators), ("code", &*your.digits)],
        [("operator_code", &*my_operators), ("backup_code", &*your_code.code)],
        [("operator_code", &*my_code.code), ("code", &*my.digits)],
    ] {
        app.recover(&my, &proofs).await.refused(422, "code_rejected");
    }
    let reset = app.post("/v1/password-resets", "", json!({ "email": mine.email })).await.expect(202);
    let proofs = [("operator_code", &*my_operators), ("backup_code", &*my_code.code)];
    app.complete_recovery(completion(reset.at("/token"), &proofs)).await.refused(422, "code_rejected");
    app.recover(&my, &proofs).await.expect(201);
}
