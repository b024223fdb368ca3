//! Steps over two streams: whoever meets a commit point without its follower appends the follower first.
//!
//! Each story commits the first half through the store alone, as a server does that dies right after it.

use countersign_domain::account::{Account, AccountCommand, NewSession};
use countersign_domain::decider::Decider;
use countersign_domain::email_address::{EmailAddress, EmailAddressCommand};
use countersign_domain::id::SessionId;
use countersign_domain::secret::Verifier;
use countersign_domain::session::Session;
use countersign_service::entropy;
use countersign_tests::app::mail::digits_in;
use countersign_tests::app::person::PASSWORD;
use countersign_tests::app::{Person, TestApp};

/// A registered person whose address was claimed, and nothing more.
struct Claimed {
    person: Person,
    token: String,
    code: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_without_its_account_is_followed_by_the_next_sign_in() {
    let app = TestApp::start().await;
    let Claimed { person, .. } = claimed(&app).await;

    app.start_sign_in(&person).await;

    assert_eq!(app.count(person.account, "account.email_verified").await, 1);
    app.sweep().await;
    assert_eq!(app.count(person.account, "account.email_verified").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_without_its_account_is_followed_when_the_code_is_typed_again() {
    let app = TestApp::start().await;
    let Claimed { person, token, code } = claimed(&app).await;

    let account = app.verify(&token, &code).await.expect(201);

    assert_eq!(account.at("/id"), person.account.to_string());
    app.sweep().await;
    assert_eq!(app.count(person.account, "account.email_verified").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_without_its_account_is_followed_by_who_registers_the_same_address() {
    let app = TestApp::start().await;
    let Claimed { person, .. } = claimed(&app).await;

    let (_, mail) = app.registration(&person.email).await;

    assert_eq!(digits_in(&mail[0]), None, "the address is taken: {mail:?}");
    assert_eq!(app.count(person.account, "account.email_verified").await, 1);
    app.sweep().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_without_its_account_is_followed_by_the_sweep() {
    let app = TestApp::start().await;
    let Claimed { person, .. } = claimed(&app).await;

    let swept = app.sweep().await;

    assert_eq!((swept.done, swept.left), (1, 0));
    assert_eq!(app.count(person.account, "account.email_verified").await, 1);
    app.start_sign_in(&person).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_without_its_session_is_followed_by_the_first_use_of_the_session() {
    let app = TestApp::start().await;
    let (person, session) = granted(&app).await;
    let token = app.access_token(person.account, session);

    app.get("/v1/me", &token).await.expect(200);

    assert_eq!(session_events(&app, session).await, ["session.started"]);
    app.sweep().await;
    assert_eq!(session_events(&app, session).await, ["session.started"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_without_its_session_is_followed_by_the_sweep() {
    let app = TestApp::start().await;
    let (_, session) = granted(&app).await;

    let swept = app.sweep().await;

    assert_eq!((swept.done, swept.left), (OF_A_GRANT, 0));
    assert_eq!(session_events(&app, session).await, ["session.started"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_was_never_granted_is_none() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let invented: SessionId = entropy::id(app.now());
    let token = app.access_token(person.account, invented);

    app.get("/v1/me", &token).await.refused(401, "unauthenticated");

    assert_eq!(session_events(&app, invented).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closing_without_its_consequences_is_followed_by_who_takes_the_address() {
    let app = TestApp::start().await;
    let (person, access, session) = closed(&app).await;
    app.get("/v1/me", &access).await.refused(401, "unauthenticated");

    let (token, mail) = app.registration(&person.email).await;

    app.verify(&token, &digits_in(&mail[0]).expect("the address is free")).await.expect(201);
    app.sweep().await;
    assert_eq!(session_events(&app, session).await, ["session.started", "session.revoked"]);
    app.sign_in_with(person.credentials()).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closing_without_its_consequences_is_followed_by_the_sweep() {
    let app = TestApp::start().await;
    let (person, _, session) = closed(&app).await;

    let swept = app.sweep().await;

    assert_eq!((swept.done, swept.left), (1, 0));
    assert_eq!(session_events(&app, session).await, ["session.started", "session.revoked"]);
    let address = app.keys.address_keys(&person.email.parse().unwrap()).unwrap();
    let events = app.stream(EmailAddress::TYPE, &address[0].to_string()).await;
    let names: Vec<&str> = events.iter().map(|event| event.event_type.as_str()).collect();
    assert_eq!(names, ["email.claimed", "email.released"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follow_up_of_another_account_waits_for_nobody() {
    let app = TestApp::start().await;
    let (_, session) = granted(&app).await;
    let stuck = "INSERT INTO follow_ups (aggregate_type, aggregate_id, sequence, event_type, at) \
                 VALUES ('Account', 'acc_nobody', 1, 'sign_in.signed_in', '2020-01-01T00:00:00.000Z')";
    app.database().execute(stuck).await.unwrap();

    let swept = app.sweep().await;

    assert_eq!((swept.done, swept.left), (OF_A_GRANT, 1));
    assert_eq!(session_events(&app, session).await, ["session.started"]);
    app.leaves_work();
}

async fn claimed(app: &TestApp) -> Claimed {
    let email = app.new_address();
    let (token, mail) = app.registration(&email).await;
    let code = digits_in(&mail[0]).expect("a code was mailed");
    let account = app.keys.read_registration_token(&token, None).expect("it is one").account;
    let address = app.keys.address_keys(&email.parse().expect("an address")).expect("the keys are there");
    let claim = EmailAddressCommand::Claim { account };
    app.commit_only::<EmailAddress>(&address[0].to_string(), claim).await;
    Claimed { person: Person { email, password: PASSWORD.to_owned(), account }, token, code }
}

/// What a grant behind the gate leaves to be done: the code is saved, and the session begins.
const OF_A_GRANT: usize = 2;

async fn granted(app: &TestApp) -> (Person, SessionId) {
    let person = app.person().await;
    let (sign_in, shown) = app.at_gate_by_mail(&person).await;
    app.settled().await;
    let session = entropy::id(app.now());
    let confirm = AccountCommand::ConfirmSave {
        sign_in: sign_in.id.parse().expect("it is an id"),
        backup_code: shown.id.parse().expect("it is an id"),
        saved: true,
        session: NewSession { id: session, refresh_token: Verifier::plain("old:00"), device: None },
    };
    app.commit_only::<Account>(&person.account.to_string(), confirm).await;
    (person, session)
}

async fn closed(app: &TestApp) -> (Person, String, SessionId) {
    let (person, _) = app.enrolled().await;
    let sign_in = app.start_sign_in(&person).await;
    let reply = app.answer_by_mail(&sign_in).await.expect_state("signed_in");
    app.settled().await;
    let close = AccountCommand::Close { reason: "as the person asked".parse().expect("it is one line") };
    app.commit_only::<Account>(&person.account.to_string(), close).await;
    let session = reply.at("/session/id").parse().expect("it is an id");
    (person, reply.at("/session/access_token").to_owned(), session)
}

async fn session_events(app: &TestApp, session: SessionId) -> Vec<String> {
    let events = app.stream(Session::TYPE, &session.to_string()).await;
    events.into_iter().map(|event| event.event_type).collect()
}
