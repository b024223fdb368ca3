//! What operators see on their own listener: whether the service is ready, and what is measured.

use std::collections::BTreeSet;
use std::time::Duration;

use countersign_api::Conditions;
use countersign_stores::sequencer::Sequenced;
use countersign_tests::app::person::PASSWORD;
use countersign_tests::app::{Setup, TestApp};
use countersign_tests::outside::relay::{Relay, Speech};
use countersign_tests::process::eventually;
use countersign_tests::process::installation::Installation;
use serde_json::Value;
use tokio::sync::watch;

/// How long a line of the log may take to its file.
const LOGGED_WITHIN: Duration = Duration::from_secs(10);

/// What a metric is at.
async fn measured(app: &TestApp, metric: &str) -> u64 {
    let told = app.get_operations("/metrics").await.expect(200);
    let line = told.text.lines().find_map(|line| line.strip_prefix(metric)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("there is no {metric} in {}", told.text)).parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_read_models_lag_behind_is_measured() {
    let app = TestApp::start().await;
    app.person().await;
    app.settled().await;
    let events = measured(&app, "countersign_ledger_pending_events").await;
    assert!(events > 0);
    assert_eq!(measured(&app, "countersign_ledger_events").await, 0);

    while let Sequenced::Indexes(_) = app.service.store().sequence().await.unwrap() {}

    assert_eq!(measured(&app, "countersign_ledger_pending_events").await, 0);
    assert_eq!(measured(&app, "countersign_ledger_events").await, events);
    assert_eq!(measured(&app, "countersign_read_model_lag_events{model=\"accounts\"}").await, events);
    app.caught_up().await;
    assert_eq!(measured(&app, "countersign_read_model_lag_events{model=\"accounts\"}").await, 0);
    assert_eq!(measured(&app, "countersign_read_model_position{model=\"sign_in_history\"}").await, events);
    assert_eq!(measured(&app, "countersign_ledger_signed_events").await, 0);
    app.service.sign_head(None).await.unwrap();
    assert_eq!(measured(&app, "countersign_ledger_signed_events").await, events);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_model_that_stands_still_is_measured() {
    let app = TestApp::start().await;
    app.person().await;
    app.settled().await;
    while let Sequenced::Indexes(_) = app.service.store().sequence().await.unwrap() {}
    let stopped = "countersign_read_model_stopped{model=\"sign_in_history\"}";
    let failures = "countersign_loop_failures_total{loop=\"sign_in_history\"}";
    assert_eq!((measured(&app, stopped).await, measured(&app, failures).await), (0, 0));

    app.database().unprotect_events().await;
    app.database().execute("DELETE FROM events WHERE sequence = 2").await.unwrap();
    app.service.project_for_ever().await;

    assert_eq!((measured(&app, stopped).await, measured(&app, failures).await), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_breach_of_a_stream_is_measured_and_makes_the_service_not_ready() {
    let app = TestApp::start().await;
    let person = app.person().await;
    app.settled().await;
    assert_eq!(app.get_operations("/readyz").await.expect(200).text, "ready\n");
    assert_eq!(measured(&app, "countersign_ledger_breached").await, 0);
    let hole =
        format!("DELETE FROM events_pending WHERE aggregate_id = '{}' AND sequence = 1", person.account);
    app.database().execute(&hole).await.unwrap();

    app.service.sequence_for_ever().await;

    app.get_operations("/readyz").await.refused(503, "unavailable");
    assert_eq!(measured(&app, "countersign_ledger_breached").await, 1);
    assert_eq!(measured(&app, "countersign_loop_failures_total{loop=\"sequencer\"}").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_whose_database_is_away_is_alive_and_not_ready() {
    let Some((app, mut proxy)) = TestApp::behind_a_proxy().await else { return };
    app.get_operations("/readyz").await.expect(200);

    proxy.vanish().await;

    let told = app.get_operations("/readyz").await.refused(503, "unavailable");
    assert!(told.retry_after() > 0);
    let told = app.get_operations("/metrics").await.expect(200).text;
    assert!(told.contains("countersign_database_up 0"), "{told}");
    app.get_operations("/healthz").await.expect(200);
    app.get("/healthz", "").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_lacks_a_migration_is_not_ready_until_it_is_there() {
    let app = TestApp::start().await;
    let number = app.database().texts("SELECT CAST(MAX(version) AS TEXT) FROM _sqlx_migrations").await;
    let number: u64 = number.first().unwrap().parse().unwrap();
    let renumber = async |from: u64, to: u64| {
        let sql = format!("UPDATE _sqlx_migrations SET version = {to} WHERE version = {from}");
        app.database().execute(&sql).await.unwrap();
    };

    renumber(number, number + 1_000).await;
    app.get_operations("/readyz").await.refused(503, "unavailable");

    renumber(number + 1_000, number).await;
    app.get_operations("/readyz").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_stops_is_not_ready_while_it_ends_what_was_begun() {
    let (stop, stopped) = watch::channel(false);
    let conditions = Conditions { stopped: Some(stopped), ..Conditions::default() };
    let app = TestApp::with(Setup { conditions, ..Setup::default() }).await;
    app.get_operations("/readyz").await.expect(200);

    stop.send_replace(true);

    app.get_operations("/readyz").await.refused(503, "unavailable");
    app.get_operations("/healthz").await.expect(200);
    app.person().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_hash_pool_does_is_measured() {
    let app = TestApp::start().await;
    let (person, _, device) = app.enrolled_device().await;
    let jobs = measured(&app, "countersign_hash_jobs_total").await;
    assert!(jobs > 1, "a judgement and a hash to register, and a hash to sign in");
    let places: Vec<_> = std::iter::from_fn(|| app.hashing.place().ok()).collect();
    let refused = measured(&app, "countersign_hash_refused_total").await;

    app.sign_in_with(person.credentials()).await.refused(503, "overloaded");
    let mut typed = person.credentials();
    typed["device"] = serde_json::json!({ "token": device });
    app.sign_in_with(typed).await.expect(201);

    assert_eq!(measured(&app, "countersign_hash_refused_total").await, refused + 1);
    assert_eq!(measured(&app, "countersign_hash_known_devices_total").await, 1);
    assert_eq!(measured(&app, "countersign_hash_jobs_total").await, jobs + 1);
    let taken = u64::try_from(places.len()).unwrap();
    assert_eq!(measured(&app, "countersign_hash_places_taken").await, taken);
    assert!(measured(&app, "countersign_hash_places").await > taken);
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_that_does_not_leave_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::start(folder.path(), Speech::Plain);
    let mail = Some(format!("smtp://127.0.0.1:{}?timeout=10", relay.port));
    let app = TestApp::with(Setup { mail, ..Setup::default() }).await;
    let codes = "countersign_follow_ups{kind=\"code\"}";
    let oldest = "countersign_follow_ups_oldest_seconds{kind=\"code\"}";
    let taken = "countersign_messages_total{outcome=\"taken\",reason=\"none\"}";
    let failed = "countersign_messages_total{outcome=\"put_off\",reason=\"connection_failed\"}";
    assert_eq!((measured(&app, codes).await, measured(&app, oldest).await), (0, 0));
    assert_eq!(measured(&app, "countersign_loop_failures_total{loop=\"sweep\"}").await, 0);
    app.register("kind.1@relay.example", PASSWORD).await.expect(202);
    app.settled().await;
    assert_eq!((measured(&app, codes).await, measured(&app, taken).await), (0, 1));

    drop(relay.end());
    app.register("kind.2@relay.example", PASSWORD).await.expect(202);
    app.sweep().await;

    assert_eq!((measured(&app, codes).await, measured(&app, oldest).await), (1, 31));
    assert_eq!((measured(&app, failed).await, measured(&app, taken).await), (2, 1));
    assert_eq!(measured(&app, "countersign_follow_ups{kind=\"notice\"}").await, 0);
    app.leaves_work();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_this_process_counted_is_told_although_the_database_does_not_answer() {
    let app = TestApp::start().await;
    app.person().await;
    assert_eq!(measured(&app, "countersign_database_up").await, 1);
    let away = app.another_server().await;
    away.service.store().database().clone().close().await;

    let told = away.get_operations("/metrics").await.expect(200).text;

    assert!(told.contains("countersign_database_up 0"), "{told}");
    assert!(told.contains("countersign_messages_total"), "{told}");
    assert!(told.contains("countersign_connections_open"), "{told}");
    assert!(!told.contains("countersign_ledger_events"), "{told}");
}

/// The names of metrics that a text tells, with the ends that the form gives to counters and histograms.
fn told(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let metrics = lines.filter_map(|line| line.split_once(' '));
    metrics
        .map(|(name, kind)| if kind == "counter" { format!("{name}_total") } else { name.to_owned() })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_stands_in_the_table_of_the_operations_page_and_no_other() {
    let page = include_str!("../../../docs/operations.md");
    let (_, table) = page.split_once("\n## Metrics\n").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let documented: BTreeSet<_> = rows.map(|row| row.split('{').next().unwrap().to_owned()).collect();
    let app = TestApp::start().await;

    let told = told(&app.get_operations("/metrics").await.expect(200).text);

    // A counter with labels is told from its first count on: those that wait for one are looked up where they are made.
    let counters = include_str!("../../../api/src/traffic.rs");
    let waits = |name: &&String| {
        let name = name.trim_start_matches("countersign_").trim_end_matches("_total");
        !counters.contains(&format!("\"{name}\""))
    };
    assert_eq!(told.difference(&documented).collect::<Vec<_>>(), [""; 0], "told, and not in the table");
    let gone = documented.difference(&told).filter(waits);
    assert_eq!(gone.collect::<Vec<_>>(), [""; 0], "in the table, and not told");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_of_an_account_is_a_fault_of_ours_and_nobody_is_asked_to_come_back_for_it() {
    let installation = Installation::new().await;
    let server = installation.serve().await;
    let person = installation.person(&server);
    let account = person.become_account().await.unwrap();
    let sign_in = person.sign_in().await.unwrap();
    let path = format!("{}/v1/sign-ins/{}", server.address().borrow().clone().unwrap(), sign_in.id);
    let look = || reqwest::Client::new().get(&path).bearer_auth(&sign_in.token).send();
    assert_eq!(look().await.unwrap().status(), 200);
    installation.database().unprotect_events().await;
    let change =
        format!("UPDATE events SET event_version = '99' WHERE aggregate_id = '{account}' AND sequence = 1");
    installation.database().execute(&change).await.unwrap();

    let told = look().await.unwrap();

    assert_eq!((told.status().as_u16(), told.headers().get("retry-after")), (500, None));
    let problem: Value = told.json().await.unwrap();
    assert_eq!(problem["code"], "internal_error");
    let id = problem["request_id"].as_str().unwrap();
    let is_cause = |line: &str| line.contains(id) && line.contains("a request could not be served");
    let logged = || std::future::ready(server.logged().lines().any(is_cause).then_some(()));
    eventually(LOGGED_WITHIN, logged).await.expect("the cause is logged under the request's id");
}
