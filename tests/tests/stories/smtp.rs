//! Codes by mail, by way of a real relay that misbehaves in every way, or demands encryption.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use countersign_domain::account::Account;
use countersign_domain::decider::Decider;
use countersign_domain::id::AccountId;
use countersign_domain::time::Span;
use countersign_stores::Opening;
use countersign_tests::app::person::PASSWORD;
use countersign_tests::app::record::{AnyEvent, all_events};
use countersign_tests::app::{Setup, TestApp};
use countersign_tests::outside::certificates::Certified;
use countersign_tests::outside::injector::Injector;
use countersign_tests::outside::relay::{Relay, Speech};
use countersign_tests::process::eventually;
use countersign_tests::process::installation::Installation;
use countersign_tests::process::mailbox::message_id;
use countersign_tests::process::server::Server;
use serde_json::Value;

/// What the relay does with a message (`tests/src/outside/relay.py`), and what must come of its code.
const CONDUCTS: [(&str, &str); 14] = [
    ("kind", "code.sent"),
    ("later", "code.sent"),
    ("later_body", "code.sent"),
    ("shut", "code.sent"),
    ("hang_up", "code.sent"),
    ("hang_up_in_data", "code.sent"),
    ("take_and_hang_up", "code.sent"),
    ("stall", "code.sent"),
    ("take_and_stall", "code.sent"),
    ("refuse", "refused"),
    ("refuse_body", "refused"),
    ("later_for_ever", "expired"),
    ("hang_up_for_ever", "expired"),
    ("take_and_hang_up_for_ever", "unknown"),
];
/// How long one message may take, in seconds: two of the conducts let it pass.
const TIMEOUT: u64 = 5;
/// A code's life and a little more, in the steps of the sweep.
const STEPS: usize = 130;

/// How many codes meet a conduct: fewer where each takes its time.
fn codes_of(conduct: &str) -> usize {
    if conduct.contains("stall") { 4 } else { 17 }
}

/// What came of each code, by the id of its message: names of events, or the reason of a failure.
fn outcomes(events: &[AnyEvent]) -> BTreeMap<String, Vec<String>> {
    let mut outcomes = BTreeMap::new();
    for event in events {
        let sent = || message_id(event.field("challenge"), event.payload["send"].as_u64().unwrap());
        match event.name() {
            "code.requested" => drop(outcomes.entry(sent()).or_insert_with(Vec::new)),
            "code.sent" => outcomes.get_mut(&sent()).unwrap().push("code.sent".to_owned()),
            "code.delivery_failed" => {
                outcomes.get_mut(&sent()).unwrap().push(event.field("reason").to_owned());
            }
            _ => {}
        }
    }
    outcomes
}

/// Registers people at the relay, some for each conduct; the conduct, by the id of each message.
async fn register(app: &TestApp) -> BTreeMap<String, &'static str> {
    let mut conducts = BTreeMap::new();
    for (conduct, _) in CONDUCTS {
        for number in 0..codes_of(conduct) {
            let email = format!("{conduct}.{number}@relay.example");
            let token = app.register(&email, PASSWORD).await.expect(202).at("/token").to_owned();
            let account = app.keys.read_registration_token(&token, None).unwrap().account;
            let challenge = challenge_of(app, account).await;
            conducts.insert(message_id(&challenge, 1), conduct);
        }
    }
    conducts
}

async fn challenge_of(app: &TestApp, account: AccountId) -> String {
    let stream = account.to_string();
    let history = app.service.store().history(Account::TYPE, &stream, Opening::Nothing).await.unwrap();
    let requested = history.iter().find(|event| event.event_type == "code.requested").unwrap();
    requested.payload["challenge"].as_str().map(str::to_owned).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_relay_does_a_code_is_recorded_once_as_sent_if_it_was_taken_as_expired_if_not_or_as_not_known()
 {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::start(folder.path(), Speech::Plain);
    let mail = Some(format!("smtp://127.0.0.1:{}?timeout={TIMEOUT}", relay.port));
    let app = TestApp::with(Setup { mail, ..Setup::default() }).await;
    let begin = app.now();
    let conducts = register(&app).await;
    app.settled().await;

    for _ in 0..STEPS {
        app.advance(Span::seconds(5));
        app.service.sweep().await.unwrap();
    }

    let accepted = relay.end();
    let events = all_events(app.database()).await;
    let outcomes = outcomes(&events);
    let all: usize = CONDUCTS.iter().map(|(conduct, _)| codes_of(conduct)).sum();
    assert_eq!(outcomes.len(), all);
    for (message, outcome) in &outcomes {
        let conduct = conducts[message];
        let expected = CONDUCTS.iter().find(|(name, _)| *name == conduct).unwrap().1;
        assert_eq!(outcome, &[expected], "{conduct}: {message} was taken {:?} times", accepted.get(message));
        let was_taken = accepted.contains_key(message);
        assert_eq!(
            was_taken,
            matches!(expected, "code.sent" | "unknown"),
            "{conduct}: {message} ended in {expected}"
        );
    }
    assert!(accepted.keys().all(|message| outcomes.contains_key(message)), "a message that nobody asked for");
    let twice = accepted.iter().filter(|(_, count)| **count > 1).map(|(message, _)| conducts[message]);
    let twice: BTreeSet<_> = twice.collect();
    assert_eq!(
        twice,
        ["take_and_hang_up", "take_and_hang_up_for_ever", "take_and_stall"].into(),
        "whose taking was not known of"
    );
    let last = events.iter().filter(|event| event.name() == "code.delivery_failed");
    let last = last.filter_map(|event| event.payload["at"].as_str()).max().unwrap();
    let end = begin + Span::seconds(605);
    assert!(last <= end.to_string().as_str(), "a code expired at {last}, long after its end");
}

/// More codes than messages can be on their way at once.
const CROWD: usize = 70;
/// How many can be.
const AT_ONCE: usize = 64;
/// How long anything may take while they are on their way: not as long as a message may.
const MEANWHILE: Duration = Duration::from_secs(18);

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_relay_that_is_silent_every_code_of_a_crowd_ends_when_it_expires() {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::start(folder.path(), Speech::Plain);
    let mail = Some(format!("smtp://127.0.0.1:{}?timeout=20", relay.port));
    let app = TestApp::with(Setup { mail, ..Setup::default() }).await;
    for number in 0..CROWD {
        app.register(&format!("stall_for_ever.{number}@relay.example"), PASSWORD).await.expect(202);
    }
    app.settled().await;
    // So late that they expire within the time that is left to an attempt.
    app.advance(Span::seconds(590));
    let sweeping = app.service.clone();
    let swept = tokio::spawn(async move { sweeping.sweep().await.unwrap() });
    let database = app.database();
    let on_their_way = "SELECT aggregate_id FROM follow_ups WHERE tries = 0 AND next_try IS NOT NULL";
    let begun = || async { (database.texts(on_their_way).await.len() == AT_ONCE).then_some(()) };
    eventually(MEANWHILE, begun).await.expect("as many as can be are on their way");

    app.advance(Span::seconds(12));
    let other = app.another_server().await;
    let ended = "SELECT aggregate_id FROM events WHERE event_type = 'code.delivery_failed'";
    let looked = || async {
        other.service.sweep().await.unwrap();
        (database.texts(ended).await.len() == CROWD - AT_ONCE).then_some(())
    };
    eventually(MEANWHILE, looked).await.expect("what has no place ends all the same");

    assert!(!swept.is_finished(), "the others are still on their way");
    swept.await.unwrap();
    let events = all_events(database).await;
    let expired = events.iter().filter(|event| event.name() == "code.delivery_failed");
    assert_eq!(expired.filter(|event| event.field("reason") == "expired").count(), CROWD);
}

/// Somebody who registers at an installation and signs in, with the real program in between, which goes on.
async fn gets_in(installation: &Installation) -> Server {
    let server = installation.serve().await;
    let person = installation.person(&server);
    let account = person.become_account().await;
    assert!(account.is_ok(), "{account:?}: {}", server.logged());
    let (sign_in, shown) = person.come_to_gate().await.unwrap();
    let token = person.confirm(&sign_in, &shown.id).await.unwrap();
    assert_eq!(person.me(&token).await.unwrap().status, 200);
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_mails_by_way_of_a_relay_plain_encrypted_from_the_first_byte_or_by_starttls_and_login() {
    let certified = Certified::for_server("DNS:localhost");
    let authority = certified.authority.display();
    for (speech, begin, options) in [
        (Speech::Plain, "smtp://localhost", String::new()),
        (Speech::Encrypted(&certified), "smtps://localhost", format!("?ca={authority}")),
        (
            Speech::StartTls(&certified),
            "smtp://postman:rings%20twice@localhost",
            format!("?tls=required&ca={authority}"),
        ),
    ] {
        let installation = Installation::new().await;
        let relay = Relay::start(installation.mailbox().folder(), speech);
        let installation = installation.mailing_to(format!("{begin}:{}{options}", relay.port));

        let _server = gets_in(&installation).await;

        let both = || std::future::ready((relay.accepted().len() == 2).then_some(()));
        eventually(MEANWHILE, both).await.unwrap_or_else(|| panic!("{speech:?}: {:?}", relay.accepted()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_cannot_show_who_it_is_gets_no_message() {
    let certified = Certified::for_server("DNS:localhost");
    let stranger = Certified::for_server("DNS:localhost");
    let (ours, theirs) = (certified.authority.display(), stranger.authority.display());
    for (speech, begin, options) in [
        (Speech::Encrypted(&certified), "smtps://localhost", format!("?ca={theirs}")),
        (Speech::Encrypted(&certified), "smtps://localhost", String::new()),
        (Speech::Encrypted(&certified), "smtps://127.0.0.1", format!("?ca={ours}")),
        (
            Speech::StartTls(&certified),
            "smtp://postman:rings%20twice@localhost",
            format!("?tls=required&ca={theirs}"),
        ),
        (
            Speech::StartTls(&certified),
            "smtp://postman:rings%20once@localhost",
            format!("?tls=required&ca={ours}"),
        ),
        (Speech::Plain, "smtp://localhost", "?tls=required".to_owned()),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let relay = Relay::start(folder.path(), speech);
        let mail = Some(format!("{begin}:{}{options}", relay.port));
        let app = TestApp::with(Setup { mail, ..Setup::default() }).await;
        app.register(&app.new_address(), PASSWORD).await.expect(202);

        let swept = app.sweep().await;

        assert_eq!((swept.done, swept.left), (0, 1), "{begin}{options}");
        assert!(relay.end().is_empty(), "{begin}{options}");
        app.leaves_work();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_in_between_puts_behind_the_readiness_to_encrypt_is_no_answer_of_the_relay() {
    let certified = Certified::for_server("DNS:localhost");
    let authority = certified.authority.display();
    for tls in ["required", "offered"] {
        let folder = tempfile::tempdir().unwrap();
        let relay = Relay::start(folder.path(), Speech::StartTls(&certified));
        let between = Injector::before(relay.port).await;
        let who = if tls == "required" { "postman:rings%20twice@" } else { "" };
        let mail = Some(format!("smtp://{who}localhost:{}?tls={tls}&ca={authority}&timeout=5", between.port));
        let app = TestApp::with(Setup { mail, ..Setup::default() }).await;
        app.register(&app.new_address(), PASSWORD).await.expect(202);

        let swept = app.sweep().await;

        assert_eq!((swept.done, swept.left), (0, 1), "{tls}");
        assert!(relay.end().is_empty(), "{tls}");
        app.leaves_work();
    }
}

/// A value of a payload is what it is: the stories read events as they are stored.
#[test]
fn what_came_of_a_code_is_told_by_its_message() {
    let challenge = "ch_0198c5f0-0000-7000-8000-000000000001";
    let event = |name: &str| AnyEvent {
        stream: "acc_1".to_owned(),
        payload: serde_json::json!({ "type": name, "challenge": challenge, "send": 1, "reason": Value::Null }),
    };
    let told = outcomes(&[event("code.requested"), event("code.sent"), event("code.sent")]);
    assert_eq!(told[&message_id(challenge, 1)], ["code.sent", "code.sent"]);
}
