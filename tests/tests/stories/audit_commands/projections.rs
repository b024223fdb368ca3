//! `projections`: listed, made anew, and checked.

use countersign_projections::read_model::MODELS;
use countersign_tests::process::installation::Installation;

use super::{MORE_THAN_TWO_PAGES, failed, filled, lines, printed, quiet, said, sequenced};

#[tokio::test(flavor = "multi_thread")]
async fn that_the_history_is_behind_the_ledger_is_said_and_a_rebuild_brings_it_on() {
    let installation = Installation::new().await;
    let store = filled(&installation).await;
    sequenced(&store).await;

    let behind = installation.operate(&["audit", "events"]).await;
    assert!(behind.status.success() && behind.stdout.is_empty());
    let lag = format!("sign_in_history has not taken the newest {MORE_THAN_TWO_PAGES} events");
    assert!(said(&behind).contains(&lag), "{}", said(&behind));

    let listed = printed(&installation, &["projections", "list"]).await;
    assert_eq!(listed.matches("1100").count(), MODELS.len(), "{listed}");
    printed(&installation, &["projections", "rebuild", "--all"]).await;

    let now = installation.operate(&["audit", "events"]).await;
    assert_eq!(lines(&String::from_utf8_lossy(&now.stdout)).len(), MORE_THAN_TWO_PAGES);
    assert_eq!(said(&now), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn read_models_that_are_as_they_should_be_are_said_to_be() {
    let (installation, _) = quiet().await;

    let all = printed(&installation, &["projections", "check"]).await;
    let one = printed(&installation, &["projections", "check", "accounts"]).await;

    let expected = MODELS.iter().map(|model| format!("{} equals the one made anew\n", model.name()));
    assert_eq!(all, expected.collect::<String>());
    assert_eq!(one, "accounts equals the one made anew\n");
    let unknown = failed(&installation, &["projections", "check", "account"], 2).await;
    for model in MODELS {
        assert!(unknown.contains(model.name()), "{unknown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_was_altered_is_found_and_a_rebuild_makes_it_right() {
    let (installation, _) = quiet().await;
    let alter = "UPDATE sign_in_history SET outcome = 'accepted' WHERE outcome = 'signed_in'";
    installation.database().execute(alter).await.unwrap();

    let told = failed(&installation, &["projections", "check"], 4).await;

    assert!(told.contains("sign_in_history differs from the one made anew"), "{told}");
    assert!(told.contains("|accepted|") && told.contains("|signed_in|"), "{told}");
    assert!(!told.contains("accounts differs"), "{told}");
    printed(&installation, &["projections", "check", "accounts"]).await;
    printed(&installation, &["projections", "rebuild", "sign_in_history"]).await;
    printed(&installation, &["projections", "check"]).await;
}
