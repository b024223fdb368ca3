//! Read models behind a running service: what they tell, that they equal the ones made anew whenever their
//! runner was killed, and that none steps over what it cannot read.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use countersign_domain::time::Span;
use countersign_projections::read_model::{ACCOUNTS, MODELS, Model, SESSIONS, SIGN_IN_COUNTS};
use countersign_service::context::Context;
use countersign_service::flow::Administration;
use countersign_stores::EventStore;
use countersign_stores::feed::FeedError;
use countersign_stores::read_models::Projected;
use countersign_stores::sequencer::Sequenced;
use countersign_tests::app::{Person, TestApp};
use countersign_tests::at_length::asked_for;
use serde_json::Value;

/// Kills of the runner in the gate, spread over the statements of its batches; a long run asks for more by
/// [`KILLS_ENV`].
const KILLS: u64 = 30;
/// What says how often to kill it.
const KILLS_ENV: &str = "COUNTERSIGN_TEST_KILLS";
/// More polls than a batch takes.
const POLLS_MOST: usize = 40;

/// A person who signed in twice, once with a backup code, and what the ledger holds of it.
async fn lived(app: &TestApp) -> Person {
    let (person, code) = app.enrolled().await;
    let (sign_in, shown) = app.at_gate_by_backup_code(&person, &code.code).await;
    app.confirm(&sign_in, &shown.id).await.expect_state("signed_in");
    app.settled().await;
    person
}

async fn sequence(store: &EventStore) {
    while let Sequenced::Indexes(_) = store.sequence().await.unwrap() {}
}

async fn project_all(store: &EventStore) {
    sequence(store).await;
    for model in MODELS {
        store.catch_up(*model, |_, _| {}).await.unwrap();
    }
}

async fn assert_all_equal_the_ones_made_anew(store: &EventStore) {
    let scratch = tempfile::tempdir().unwrap();
    for model in MODELS {
        let file = format!("sqlite://{}", scratch.path().join(model.name()).display());
        let difference = store.check(*model, &file, |_, _| {}).await.unwrap();
        assert_eq!(difference, None, "{}", model.name());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_directory_tells_where_an_account_stands() {
    let app = TestApp::start().await;
    let person = lived(&app).await;
    project_all(app.service.store()).await;

    let rows = app.service.store().group(ACCOUNTS, &person.account.to_string()).await.unwrap();

    let row = &rows[&person.account.to_string()];
    assert_eq!(row["state"], "active");
    assert_eq!(row["last_sign_in"]["at"], row["backup_code"]["confirmed_at"]);
    assert!(row["backup_code_used_at"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_listed_and_end_with_their_account() {
    let app = TestApp::start().await;
    let person = lived(&app).await;
    let account = person.account.to_string();
    project_all(app.service.store()).await;
    let before = app.service.store().group(SESSIONS, &account).await.unwrap();
    assert_eq!(before.len(), 2);
    assert!(before.values().all(|row| row.get("ended_at").is_none()));

    let close = Administration::Close("left".parse().unwrap());
    app.service.administer(Context::operator(), person.account, close).await.unwrap();
    app.settled().await;
    project_all(app.service.store()).await;

    let after = app.service.store().group(SESSIONS, &account).await.unwrap();
    assert!(after.values().all(|row| row["ended_at"].is_string()), "{after:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_tells_when_it_was_refreshed_and_ends_with_a_token_that_was_used_twice() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let session = app.session(&person).await;
    app.advance(Span::minutes(5));
    app.refresh(&session.refresh).await.expect(200);
    let refreshed_at = app.now();
    app.advance(Span::minutes(5));
    app.refresh(&session.refresh).await.refused(422, "refresh_token_rejected");
    app.settled().await;

    project_all(app.service.store()).await;

    let rows = app.service.store().group(SESSIONS, &person.account.to_string()).await.unwrap();
    let row = &rows[&session.id];
    assert_eq!(row["last_refreshed_at"], serde_json::json!(refreshed_at));
    assert_eq!(row["ended_at"], serde_json::json!(app.now()));
    assert_all_equal_the_ones_made_anew(app.service.store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_of_trying_is_counted_by_the_hour() {
    let app = TestApp::start().await;
    let person = lived(&app).await;
    let mut wrong = person.credentials();
    wrong["password"] = Value::from("not the password at all");
    app.sign_in_with(wrong).await.refused(422, "credentials_rejected");
    project_all(app.service.store()).await;

    let rows = app.service.store().groups_between(SIGN_IN_COUNTS, ("", "9"), None).await.unwrap().0;

    let count = |outcome: &str, factor: &str| {
        let of = |row: &&Value| row["outcome"] == outcome && row.get("factor").is_none_or(|f| f == factor);
        rows.iter().filter(of).map(|row| row["count"].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!(count("signed_in", ""), 2);
    assert_eq!(count("rejected", "password"), 1);
    assert_eq!(count("accepted", "backup_code"), 1);
}

/// Polls a future so many times at most; true if it came to its end.
async fn polled(work: impl Future, times: usize) -> bool {
    let mut work = pin!(work);
    let mut left = times;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        work.as_mut().poll(context).map(|_| true)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_that_is_killed_between_any_two_statements_loses_nothing_and_takes_nothing_twice() {
    let app = TestApp::start().await;
    lived(&app).await;
    // With connections of its own, as a process that is killed has.
    let killed = app.another_server().await;
    let store = app.service.store();
    sequence(store).await;
    let (mut kills, enough) = (0, asked_for(KILLS_ENV, KILLS));
    for round in 0.. {
        for model in MODELS {
            kills += u64::from(!polled(killed.service.store().project(*model), round % POLLS_MOST).await);
        }
        if kills >= enough {
            break;
        }
        if round % 5 == 0 {
            app.person().await;
            app.settled().await;
            sequence(store).await;
        }
    }

    project_all(store).await;

    assert!(store.progress().await.unwrap().iter().all(|progress| progress.lag == 0));
    assert_all_equal_the_ones_made_anew(store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_runners_of_one_read_model_each_fact_is_taken_by_one() {
    let app = TestApp::start().await;
    lived(&app).await;
    let other = app.another_server().await;
    sequence(app.service.store()).await;
    for model in MODELS {
        let (one, two) =
            tokio::join!(app.service.store().project(*model), other.service.store().project(*model));
        let took = [one.unwrap(), two.unwrap()];
        assert_eq!(took.iter().filter(|took| matches!(took, Projected::To(_))).count(), 1, "{took:?}");
    }
    assert_all_equal_the_ones_made_anew(app.service.store()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_check_finds_a_row_that_was_altered() {
    let app = TestApp::start().await;
    lived(&app).await;
    let store = app.service.store();
    project_all(store).await;
    let alter = "UPDATE sign_in_history SET outcome = 'accepted' WHERE outcome = 'signed_in'";
    app.database().execute(alter).await.unwrap();
    app.database().execute("DELETE FROM read_model_rows WHERE model = 'sessions'").await.unwrap();

    let scratch = tempfile::tempdir().unwrap();
    let differs = async |model: Model| {
        let file = format!("sqlite://{}", scratch.path().join(model.name()).display());
        store.check(model, &file, |_, _| {}).await.unwrap().is_some()
    };

    assert!(differs(Model::History).await);
    assert!(differs(Model::Fold(SESSIONS)).await);
    assert!(!differs(Model::Fold(ACCOUNTS)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_model_that_is_forgotten_makes_itself_anew() {
    let app = TestApp::start().await;
    lived(&app).await;
    let store = app.service.store();
    project_all(store).await;
    for model in MODELS {
        store.forget(*model).await.unwrap();
    }
    assert!(store.progress().await.unwrap().iter().all(|progress| progress.position == 0));

    project_all(store).await;

    assert_all_equal_the_ones_made_anew(store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fact_that_cannot_be_read_stops_the_read_model_before_it_and_not_the_others() {
    let app = TestApp::start().await;
    let person = lived(&app).await;
    let store = app.service.store();
    sequence(store).await;
    app.database().unprotect_events().await;
    let spoil = format!(
        "UPDATE events SET payload = '{{\"type\":\"account.unheard_of\",\"at\":\"2026-01-01T00:00:00.000Z\"}}' \
         WHERE aggregate_id = '{}' AND sequence = 4",
        person.account
    );
    app.database().execute(&spoil).await.unwrap();
    app.leaves_work();

    assert!(matches!(store.project(Model::Fold(ACCOUNTS)).await, Ok(Projected::To(_))));
    let stopped = store.project(Model::Fold(ACCOUNTS)).await;

    assert!(matches!(&stopped, Err(FeedError::Poison(_))), "{stopped:?}");
    store.catch_up(Model::History, |_, _| {}).await.unwrap();
    let progress = store.progress().await.unwrap();
    let of = |model: Model| progress.iter().find(|progress| progress.name == model.name()).unwrap();
    assert!(of(Model::Fold(ACCOUNTS)).failure.as_ref().unwrap().contains(&person.account.to_string()));
    assert!(of(Model::Fold(ACCOUNTS)).lag > 0);
    assert_eq!((of(Model::History).lag, &of(Model::History).failure), (0, &None));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_committed_is_seen_in_every_read_model_while_the_loops_run() {
    let app = TestApp::start().await;
    let loops = [
        tokio::spawn({
            let service = app.service.clone();
            async move { service.sequence_for_ever().await }
        }),
        tokio::spawn({
            let service = app.service.clone();
            async move { service.project_for_ever().await }
        }),
    ];
    let person = lived(&app).await;
    let account = person.account.to_string();
    let store = app.service.store();
    let seen = async {
        loop {
            let caught_up = store.progress().await.unwrap().iter().all(|progress| progress.lag == 0);
            let rows = store.group(SESSIONS, &account).await.unwrap();
            if caught_up && rows.len() == 2 {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), seen).await.unwrap();
    loops.iter().for_each(tokio::task::JoinHandle::abort);
}
