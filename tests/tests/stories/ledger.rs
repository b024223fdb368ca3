//! The ledger behind a running service: it follows what is committed, and nobody who signs in waits for it.

use countersign_tests::app::TestApp;
use countersign_tests::app::record::all_events;

/// Every event that was committed, and how many of them have an index.
async fn events_and_indexes(app: &TestApp) -> (usize, usize) {
    let indexes = app.database().texts("SELECT CAST(idx AS text) FROM ledger").await;
    (all_events(app.database()).await.len(), indexes.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_committed_gets_its_index_while_the_sequencer_runs() {
    let app = TestApp::start().await;
    let mut progress = app.service.ledger_progress();
    let sequencer = tokio::spawn({
        let service = app.service.clone();
        async move { service.sequence_for_ever().await }
    });
    let person = app.person().await;
    app.start_sign_in(&person).await;
    app.settled().await;
    let committed = u64::try_from(all_events(app.database()).await.len()).unwrap();

    progress.wait_for(|progress| progress.size >= committed).await.unwrap();

    sequencer.abort();
    let (events, indexes) = events_and_indexes(&app).await;
    assert_eq!(events, indexes);
    assert!(events >= 8, "registering and signing in record more than {events}");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_sign_in_and_are_mailed_while_the_sequencer_is_stopped() {
    let app = TestApp::start().await;
    let person = app.person().await;
    let sign_in = app.start_sign_in(&person).await;

    app.answer_by_mail(&sign_in).await.expect_state("save_required");

    let (events, indexes) = events_and_indexes(&app).await;
    assert_eq!(indexes, 0);
    assert!(events > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_with_a_hole_stops_the_sequencer_and_makes_the_service_not_ready_and_people_still_sign_in() {
    let app = TestApp::start().await;
    let person = app.person().await;
    app.settled().await;
    assert!(app.service.is_ready().await.unwrap());
    let hole =
        format!("DELETE FROM events_pending WHERE aggregate_id = '{}' AND sequence = 1", person.account);
    app.database().execute(&hole).await.unwrap();
    let mut progress = app.service.ledger_progress();

    app.service.sequence_for_ever().await;

    assert!(progress.wait_for(|progress| progress.breached).await.is_ok());
    assert!(!app.service.is_ready().await.unwrap());
    let sign_in = app.start_sign_in(&person).await;
    app.answer_by_mail(&sign_in).await.expect_state("save_required");
}
