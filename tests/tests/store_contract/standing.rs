//! A read model that replaces another: it builds itself beside it, and is read from when it has caught up.

use countersign_projections::fact::{Fact, Poison};
use countersign_projections::read_model::{Fold, Model, Rows};
use countersign_stores::read_models::{Projected, Standing};
use countersign_stores::sequencer::Sequenced;
use serde_json::{Value, json};

use crate::given::{Given, a_store};
use crate::probe::noted;

/// How many events each stream has, as an older version kept it.
const COUNTS: Fold = Fold { name: "counts", replaces: None, group, fold: count };
/// The same as a newer version keeps it: a row says what it is.
const COUNTS_NAMED: Fold = Fold { name: "counts_named", replaces: Some("counts"), group, fold: count_named };
/// More events than a read model takes at once.
const EVENTS: u64 = 600;

#[expect(clippy::unnecessary_wraps, reason = "what a fold looks like")]
fn group(fact: &Fact) -> Result<Option<String>, Poison> {
    Ok(Some(fact.stream.clone()))
}

#[expect(clippy::unnecessary_wraps, reason = "what a fold looks like")]
fn count(rows: &mut Rows, fact: &Fact) -> Result<(), Poison> {
    rows.insert("count".to_owned(), json!(fact.sequence));
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "what a fold looks like")]
fn count_named(rows: &mut Rows, fact: &Fact) -> Result<(), Poison> {
    rows.insert("count".to_owned(), json!({ "events": fact.sequence }));
    Ok(())
}

async fn sequenced(given: &Given, events: u64) {
    given.append("pr_1", (0..events).map(|number| noted(number.to_string())).collect::<Vec<_>>()).await;
    while let Sequenced::Indexes(_) = given.store.sequence().await.unwrap() {}
}

async fn read(given: &Given) -> Option<Value> {
    given.store.group(COUNTS_NAMED, "pr_1").await.unwrap().remove("count")
}

#[tokio::test]
async fn a_read_model_is_read_in_place_of_the_one_it_replaces_once_it_has_caught_up() {
    let given = a_store().await;
    sequenced(&given, EVENTS).await;
    given.store.catch_up(Model::Fold(COUNTS), |_, _| {}).await.unwrap();

    assert_eq!(read(&given).await, Some(json!(EVENTS)), "before it has begun");
    assert_eq!(given.store.project(Model::Fold(COUNTS_NAMED)).await.unwrap(), Projected::To(512));
    assert_eq!(read(&given).await, Some(json!(EVENTS)), "before it has all of them");
    given.store.catch_up(Model::Fold(COUNTS_NAMED), |_, _| {}).await.unwrap();
    assert_eq!(read(&given).await, Some(json!({ "events": EVENTS })));

    sequenced(&given, 1).await;
    assert_eq!(read(&given).await, Some(json!({ "events": EVENTS })), "it stays when it is behind again");
}

#[tokio::test]
async fn a_read_model_that_replaces_one_which_never_was_is_read_from_the_first() {
    let given = a_store().await;
    sequenced(&given, EVENTS).await;
    given.store.project(Model::Fold(COUNTS_NAMED)).await.unwrap();
    assert_eq!(read(&given).await, Some(json!({ "events": 512 })));
}

#[tokio::test]
async fn a_read_model_that_no_version_keeps_is_listed_until_it_is_dropped() {
    let given = a_store().await;
    sequenced(&given, 3).await;
    given.store.catch_up(Model::Fold(COUNTS), |_, _| {}).await.unwrap();
    let listed = given.store.progress().await.unwrap().pop().unwrap();
    assert_eq!((listed.name.as_str(), listed.position, listed.standing), ("counts", 3, Standing::Left));

    assert!(given.store.drop_read_model("counts").await.unwrap());
    assert!(!given.store.drop_read_model("counts").await.unwrap(), "it is gone");
    assert_eq!(given.count("read_model_rows").await, 0);
    assert!(given.store.progress().await.unwrap().iter().all(|one| one.standing == Standing::Read));
}
