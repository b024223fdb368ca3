//! What operators see on their own listener: whether the service is ready, and what is measured.

use countersign_stores::sequencer::Sequenced;
use countersign_tests::app::TestApp;

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
