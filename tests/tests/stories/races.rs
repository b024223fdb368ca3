//! Races: many who do the same at once, on one server and on two; one of them wins.

use std::sync::Arc;

use countersign_tests::app::mail::{digits_in, wrong};
use countersign_tests::app::person::PASSWORD;
use countersign_tests::app::{BackupCode, Reply, Server, SignIn, TestApp};
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// What a racer asks.
#[derive(Clone)]
struct Asked {
    path: String,
    token: String,
    body: Value,
}

/// How many do the same at once.
const RACERS: usize = 64;

#[tokio::test(flavor = "multi_thread")]
async fn of_64_racers_with_one_mailed_code_one_gets_in() {
    let (servers, app) = two_servers().await;
    let (person, _) = app.enrolled().await;
    let sign_in = app.start_sign_in(&person).await;
    let code = app.digits_of(&sign_in.challenge).await;

    let replies = race(&servers, vec![answer(&sign_in, "email_code", &code); RACERS]).await;

    let won = one_winner(&replies, 409, "wrong_state");
    assert!(won.has("/session/access_token"), "{}", won.text);
    assert_eq!(app.count(person.account, "code.accepted").await, 3, "two before, one here");
    assert_eq!(app.count(person.account, "sign_in.signed_in").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_racers_with_one_backup_code_in_one_sign_in_one_redeems_it() {
    let (servers, app) = two_servers().await;
    let (person, code) = app.enrolled().await;
    let sign_in = app.start_sign_in(&person).await;

    let replies = race(&servers, vec![answer(&sign_in, "backup_code", &code.code); RACERS]).await;

    let won = one_winner(&replies, 409, "wrong_state");
    assert_eq!(app.count(person.account, "backup_code.redeemed").await, 1);
    app.confirm(&sign_in, &BackupCode::shown(&won).id).await.expect_state("signed_in");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_sign_ins_that_race_with_one_backup_code_one_gets_a_session() {
    let (servers, app) = two_servers().await;
    let (person, code) = app.enrolled().await;
    let mut sign_ins = Vec::new();
    for _ in 0..16 {
        sign_ins.push(app.start_sign_in(&person).await);
    }

    let answers = sign_ins.iter().map(|sign_in| answer(sign_in, "backup_code", &code.code));
    let replies = race(&servers, answers.collect()).await;
    let shown = replies.into_iter().map(|reply| BackupCode::shown(&reply.expect_state("save_required")).id);
    let confirmations = sign_ins.iter().zip(shown).map(|(sign_in, shown)| confirmation(sign_in, &shown));
    let replies = race(&servers, confirmations.collect()).await;

    let won = one_winner(&replies, 409, "wrong_state");
    assert!(won.has("/session/access_token"), "{}", won.text);
    assert_eq!(app.count(person.account, "backup_code.redeemed").await, 1);
    assert_eq!(app.count(person.account, "sign_in.signed_in").await, 2, "one of the enrolment, one here");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_racers_who_confirm_one_code_one_gets_a_session() {
    let (servers, app) = two_servers().await;
    let person = app.person().await;
    let (sign_in, shown) = app.at_gate_by_mail(&person).await;

    let replies = race(&servers, vec![confirmation(&sign_in, &shown.id); RACERS]).await;

    let won = one_winner(&replies, 409, "wrong_state");
    assert!(won.has("/session/access_token"), "{}", won.text);
    assert_eq!(app.count(person.account, "sign_in.signed_in").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_200_wrong_codes_at_once_five_are_looked_at() {
    let (servers, app) = two_servers().await;
    let (person, _) = app.enrolled().await;
    let sign_in = app.start_sign_in(&person).await;
    let code = wrong(&app.digits_of(&sign_in.challenge).await);

    let replies = race(&servers, vec![answer(&sign_in, "email_code", &code); 200]).await;

    let looked_at = replies.iter().filter(|reply| reply.status == 422).count();
    let turned_away = replies.into_iter().filter(|reply| reply.status != 422);
    assert!(turned_away.map(|reply| reply.refused(429, "throttled")).all(|told| told.retry_after() == 30));
    assert_eq!(looked_at, 5);
    assert_eq!(app.count(person.account, "code.rejected").await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_wrong_passwords_at_once_five_are_compared() {
    let (servers, app) = two_servers().await;
    let person = app.person().await;
    let mut typed = person.credentials();
    typed["password"] = json!("not the password at all");
    let asked = Asked { path: "/v1/sign-ins".to_owned(), token: String::new(), body: typed };

    let replies = race(&servers, vec![asked; 24]).await;

    for reply in replies {
        reply.refused(422, "credentials_rejected");
    }
    assert_eq!(app.count(person.account, "sign_in.password_rejected").await, 5);
    assert_eq!(app.count(person.account, "authenticator.throttled").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_registered_one_address_the_first_to_prove_it_holds_it() {
    let (servers, app) = two_servers().await;
    let email = app.new_address();
    let mut registrations = Vec::new();
    for _ in 0..2 {
        let (token, mail) = app.registration(&email).await;
        let body = json!({ "registration_token": token, "code": digits_in(&mail[0]).unwrap() });
        let path = "/v1/accounts/verification".to_owned();
        registrations.push(Asked { path, token: String::new(), body });
    }

    let racing = registrations.iter().flat_map(|asked| vec![asked.clone(); 2]).cycle().take(32);
    let replies = race(&servers, racing.collect()).await;

    let mut accounts: Vec<&str> =
        replies.iter().filter(|reply| reply.status == 201).map(|reply| reply.at("/id")).collect();
    accounts.sort_unstable();
    accounts.dedup();
    assert_eq!(accounts.len(), 1);
    assert!(replies.iter().all(|reply| [201, 409, 410, 422].contains(&reply.status)), "{replies:?}");
    let events = countersign_tests::app::record::all_events(app.database()).await;
    let count = |name: &str| events.iter().filter(|event| event.name() == name).count();
    assert_eq!((count("email.claimed"), count("account.email_verified")), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_that_sweep_at_once_send_each_message_once() {
    let (servers, app) = two_servers().await;
    let email = app.new_address();
    std::fs::remove_dir_all(app.mailbox_folder()).unwrap();
    std::fs::write(app.mailbox_folder(), "in the way").unwrap();
    app.register(&email, PASSWORD).await.expect(202);
    app.settled().await;
    std::fs::remove_file(app.mailbox_folder()).unwrap();
    app.advance(countersign_domain::time::Span::seconds(31));

    let mut sweeps = JoinSet::new();
    for racer in 0..8 {
        let server = Arc::clone(&servers[racer % servers.len()]);
        sweeps.spawn(async move { server.service.sweep().await.unwrap() });
    }
    let swept: usize = sweeps.join_all().await.into_iter().map(|swept| swept.done).sum();

    assert!(swept >= 1, "somebody had the lead");
    assert_eq!(app.mail_to(&email).await.len(), 1);
    let sent = app.database().texts("SELECT event_type FROM events WHERE event_type = 'code.sent'").await;
    assert_eq!(sent.len(), 1);
}

/// An app, and its server beside another one.
async fn two_servers() -> (Vec<Arc<Server>>, TestApp) {
    let app = TestApp::start().await;
    let servers = vec![Arc::new(app.another_server().await), Arc::new(app.another_server().await)];
    (servers, app)
}

fn answer(sign_in: &SignIn, factor: &str, code: &str) -> Asked {
    let body = json!({ "factor": factor, "code": code });
    Asked { path: sign_in.path("/answers"), token: sign_in.token.clone(), body }
}

fn confirmation(sign_in: &SignIn, backup_code: &str) -> Asked {
    let body = json!({ "backup_code_id": backup_code, "saved": true });
    Asked { path: sign_in.path("/backup-code/confirmation"), token: sign_in.token.clone(), body }
}

/// Asks all at once, in turn at each server, and gives what was answered, in order.
async fn race(servers: &[Arc<Server>], asked: Vec<Asked>) -> Vec<Reply> {
    let start = Arc::new(Barrier::new(asked.len()));
    let mut running = JoinSet::new();
    for (racer, (asked, server)) in asked.into_iter().zip(servers.iter().cycle()).enumerate() {
        let (start, server) = (Arc::clone(&start), Arc::clone(server));
        running.spawn(async move {
            start.wait().await;
            (racer, server.post(&asked.path, &asked.token, asked.body).await)
        });
    }
    let mut replies = running.join_all().await;
    replies.sort_by_key(|(racer, _)| *racer);
    replies.into_iter().map(|(_, reply)| reply).collect()
}

/// The one reply that is no refusal; all others are this one.
#[track_caller]
fn one_winner(replies: &[Reply], status: u16, code: &str) -> Reply {
    let (won, lost): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status < 300);
    for reply in lost {
        reply.clone().refused(status, code);
    }
    assert_eq!(won.len(), 1, "{won:?}");
    won[0].clone()
}
