//! When a hash is to cost more, each password is hashed anew at its next use.

use countersign_service::hashing::Cost;
use countersign_tests::app::{Setup, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn the_next_sign_in_after_the_cost_was_raised_hashes_the_password_anew_once() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let pending = app.start_sign_in(&person).await;
    let dearer = dearer(&app).await;

    let sign_in = dearer.start_sign_in(&person).await;

    let changed = app.last(person.account, "account.password_changed").await;
    assert_eq!(changed.payload["cause"], "rehashed");
    dearer.answer_by_mail(&sign_in).await.expect_state("signed_in");
    dearer.answer_by_mail(&pending).await.expect_state("signed_in");
    dearer.signed_in(&person).await;
    assert_eq!(app.count(person.account, "account.password_changed").await, 1);
    app.signed_in(&person).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_changes_nothing_and_a_cheaper_server_does_not_go_back() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let dearer = dearer(&app).await;
    let mut typed = person.credentials();
    typed["password"] = serde_json::json!("not the password at all");

    dearer.sign_in_with(typed).await.refused(422, "credentials_rejected");
    assert_eq!(app.count(person.account, "account.password_changed").await, 0);
    dearer.start_sign_in(&person).await;
    app.start_sign_in(&person).await;

    assert_eq!(app.count(person.account, "account.password_changed").await, 1);
}

async fn dearer(app: &TestApp) -> countersign_tests::app::Server {
    let cost = Cost { memory_kib: 128, passes: 2, lanes: 1 };
    app.another_server_with(Setup { cost, ..Setup::default() }).await
}
