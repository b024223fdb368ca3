//! Keys: a keyring can be rotated under a running service, and nobody loses their way in.

use countersign_domain::decider::Decider;
use countersign_domain::email_address::EmailAddress;
use countersign_service::context::Context;
use countersign_service::flow::Administration;
use countersign_service::keys::Keys;
use countersign_stores::{KeyCheckError, Keyring};
use countersign_tests::app::mail::digits_in;
use countersign_tests::app::{OLD_KEY, Person, Server, Setup, SignIn, TestApp};

/// The key that takes the old one's place.
const NEW_KEY: &str = "new:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

#[tokio::test(flavor = "multi_thread")]
async fn after_a_rotation_everything_that_was_made_before_is_still_good() {
    let app = TestApp::start().await;
    let (person, code, device) = app.enrolled_device().await;
    let session = app.signed_in(&person).await;
    let pending = app.start_sign_in(&person).await;
    let digits = app.digits_of(&pending.challenge).await;
    let rotated = rotated(&app).await;

    rotated.get("/v1/me", &session).await.expect(200);
    rotated.answer_code(&pending, &digits).await.expect_state("signed_in");
    let mut typed = person.credentials();
    typed["device"] = serde_json::json!({ "token": device });
    let sign_in = SignIn::of(&rotated.sign_in_with(typed).await.expect(201));
    let shown = rotated.answer_backup_code(&sign_in, &code.code).await.expect_state("save_required");
    rotated.confirm(&sign_in, shown.at("/backup_code/id")).await.expect_state("signed_in");

    assert!(app.last(person.account, "sign_in.started").await.payload.get("device").is_some());
    let keys: Vec<_> = app
        .events(person.account)
        .await
        .into_iter()
        .filter_map(|event| (event.event_type == "backup_code.issued").then(|| event.payload["key"].clone()))
        .collect();
    assert_eq!(keys, ["old", "new"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_sign_in_moves_the_address_to_the_new_keys_stream() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let rotated = rotated(&app).await;
    let [new, old] = streams(&rotated, &person.email);
    assert_eq!(names(&app, &new).await, [""; 0]);

    rotated.start_sign_in(&person).await;

    assert_eq!(names(&app, &new).await, ["email.claimed"]);
    assert_eq!(names(&app, &old).await, ["email.claimed", "email.moved"]);
    rotated.signed_in(&person).await;
    assert_eq!(names(&app, &new).await, ["email.claimed"], "it is moved once");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_servers_disagree_which_key_is_current_people_get_in_at_each_of_them() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let new_first = rotated(&app).await;
    let old_first = app.another_server_with(Setup::keyring(&format!("{OLD_KEY},{NEW_KEY}"))).await;

    for server in [&old_first, &new_first, &old_first, &new_first, &old_first] {
        server.signed_in(&person).await;
    }

    let [new, old] = streams(&new_first, &person.email);
    assert_eq!(names(&app, &new).await, ["email.claimed"]);
    assert_eq!(names(&app, &old).await, ["email.claimed", "email.moved"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_moved_is_claimed_by_one_account_whichever_key_is_current() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let new_first = rotated(&app).await;
    let old_first = app.another_server_with(Setup::keyring(&format!("{OLD_KEY},{NEW_KEY}"))).await;
    new_first.start_sign_in(&person).await;

    for server in [&new_first, &old_first] {
        let (_, mail) = server.registration(&person.email).await;
        assert_eq!(digits_in(&mail[0]), None, "it is taken: {mail:?}");
    }
    let reason = "as the person asked".parse().unwrap();
    let what = Administration::Close(reason);
    new_first.service.administer(Context::operator(), person.account, what).await.unwrap();

    let mut registrations = Vec::new();
    for _ in 0..2 {
        let (token, mail) = old_first.registration(&person.email).await;
        registrations.push((token, digits_in(&mail[0]).unwrap()));
    }
    let (token, code) = &registrations[0];
    let account = old_first.verify(token, code).await.expect(201);
    let (token, code) = &registrations[1];
    old_first.verify(token, code).await.refused(422, "code_rejected");
    let again = Person { account: account.at("/id").parse().unwrap(), ..person };
    old_first.start_sign_in(&again).await;
    new_first.start_sign_in(&again).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_was_cut_off_halfway_costs_nobody_anything() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let rotated = rotated(&app).await;
    let refuse = if app.database().is_postgres() {
        "CREATE FUNCTION no_move() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN RAISE EXCEPTION 'cut off'; END $$; \
         CREATE TRIGGER no_move BEFORE INSERT ON events FOR EACH ROW \
         WHEN (NEW.event_type = 'email.moved') EXECUTE FUNCTION no_move()"
    } else {
        "CREATE TRIGGER no_move BEFORE INSERT ON events WHEN NEW.event_type = 'email.moved' \
         BEGIN SELECT RAISE(ABORT, 'cut off'); END"
    };
    app.database().execute(refuse).await.unwrap();
    let cut_off = rotated.sign_in_with(person.credentials()).await;
    assert_eq!(cut_off.status, 201, "a sign-in goes on where its address can't be moved: {}", cut_off.text);
    let on_events = if app.database().is_postgres() { " ON events" } else { "" };
    app.database().execute(&format!("DROP TRIGGER no_move{on_events}")).await.unwrap();

    rotated.signed_in(&person).await;
    app.signed_in(&person).await;
    app.sweep().await;
    assert_eq!(app.count(person.account, "account.email_verified").await, 1);
    let [new, _] = streams(&rotated, &person.email);
    assert_eq!(names(&app, &new).await, ["email.claimed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_lost_a_key_or_changed_it_does_not_start() {
    let app = TestApp::start().await;
    app.person().await;
    let (database, other) =
        (app.database().connect().await, OLD_KEY.replace('A', "B").replace("BBB=", "BBA="));
    let check = async |keyring: &str| database.check_keys(&Keyring::parse(keyring).unwrap()).await;

    assert!(matches!(check(NEW_KEY).await, Err(KeyCheckError::Missing(key)) if key.to_string() == "old"));
    assert!(matches!(check(&other).await, Err(KeyCheckError::Differs(key)) if key.to_string() == "old"));
    assert!(check(&format!("{NEW_KEY},{OLD_KEY}")).await.is_ok());
    assert!(matches!(check(OLD_KEY).await, Err(KeyCheckError::Missing(key)) if key.to_string() == "new"));
    database.close().await;
}

async fn rotated(app: &TestApp) -> Server {
    app.another_server_with(Setup::keyring(&format!("{NEW_KEY},{OLD_KEY}"))).await
}

/// The streams of an address: the current key's first.
fn streams(server: &Server, email: &str) -> [String; 2] {
    let keys: &Keys = &server.keys;
    let streams = keys.address_keys(&email.parse().expect("an address")).expect("the keys are there");
    let streams: Vec<String> = streams.iter().map(ToString::to_string).collect();
    streams.try_into().expect("there are two keys")
}

async fn names(app: &TestApp, stream: &str) -> Vec<String> {
    let events = app.stream(EmailAddress::TYPE, stream).await;
    events.into_iter().map(|event| event.event_type).collect()
}
