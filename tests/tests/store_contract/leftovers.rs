//! Leftovers: what the database writes along with an event, in the same commit.

use std::collections::BTreeSet;

use countersign_domain::account::{Account, AccountEvent};
use countersign_domain::decider::{Event, stored_name};
use countersign_domain::email_address::{EmailAddress, EmailAddressEvent};
use countersign_domain::time::Timestamp;
use countersign_stores::FollowUp;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::given::{Given, a_store};
use crate::probe::{Probe, ProbeEvent, at, noted};
use crate::samples;

const FAR: i64 = 1_900_000_000_000;

fn far() -> Timestamp {
    Timestamp::from_millis(FAR)
}

async fn all_work(given: &Given) -> Vec<FollowUp> {
    given.store.follow_ups(far(), far(), None, 100).await.unwrap()
}

/// The names that an event type reads: serde lists them all when it is given another.
fn names_of<E: DeserializeOwned + std::fmt::Debug>() -> BTreeSet<String> {
    let listed = serde_json::from_value::<E>(json!({"type": "?"})).unwrap_err().to_string();
    let quoted = listed.split('`').skip(3).step_by(2);
    quoted.map(str::to_owned).collect()
}

#[tokio::test]
async fn every_event_is_pending_from_its_commit_on() {
    let given = a_store().await;
    given.append("pr_1", [noted("one"), noted("two")]).await;
    given.append("pr_2", [noted("three")]).await;
    let refused = ProbeEvent::Measured { value: json!(0.5) };
    given.try_append::<Probe>("pr_2", at(0, [refused])).await.unwrap_err();
    let key = "aggregate_type || aggregate_id || CAST(sequence AS text)";
    let mut pending = given.files.texts(&format!("SELECT {key} FROM events_pending")).await;
    pending.sort();
    assert_eq!(pending, ["Probepr_11", "Probepr_12", "Probepr_21"]);
}

#[test]
fn there_is_a_sample_of_every_event() {
    let of_account: BTreeSet<_> = samples::of_account().iter().map(stored_name).collect();
    let of_address: BTreeSet<_> = samples::of_email_address().iter().map(stored_name).collect();
    assert_eq!(of_account, names_of::<AccountEvent>());
    assert_eq!(of_address, names_of::<EmailAddressEvent>());
    assert!(of_account.len() > 20 && of_address.len() == 3, "{of_account:?} {of_address:?}");
}

#[tokio::test]
async fn exactly_the_events_that_leave_work_leave_a_follow_up() {
    let given = a_store().await;
    // A stream each: what came of a message would take its work off the list again.
    for (number, event) in samples::of_account().into_iter().enumerate() {
        given.try_append::<Account>(&format!("acc_{number}"), at(1_000, [event])).await.unwrap();
    }
    given.try_append::<EmailAddress>("em_1", at(1_000, samples::of_email_address())).await.unwrap();

    let left: BTreeSet<_> = all_work(&given).await.into_iter().map(|work| work.event_type).collect();
    let accounts = samples::of_account().into_iter().filter(AccountEvent::leaves_work);
    let addresses = samples::of_email_address().into_iter().filter(EmailAddressEvent::leaves_work);
    let expected: BTreeSet<_> = names(accounts).chain(names(addresses)).collect();
    assert_eq!(left, expected);
    assert_eq!(left.len(), 12);
}

fn names<E: Event>(events: impl Iterator<Item = E>) -> impl Iterator<Item = String> {
    events.map(|event| stored_name(&event))
}

#[tokio::test]
async fn work_is_listed_oldest_first_and_only_what_is_old_enough() {
    let given = a_store().await;
    let claim = || samples::of_email_address().into_iter().take(1);
    for (stream, millis) in [("em_1", 2_000), ("em_2", 1_000), ("em_3", 3_000)] {
        given.try_append::<EmailAddress>(stream, at(millis, claim())).await.unwrap();
    }
    let old = given.store.follow_ups(Timestamp::from_millis(3_000), far(), None, 100).await.unwrap();
    let expected = |stream: &str, millis| FollowUp {
        aggregate_type: "EmailAddress".to_owned(),
        stream: stream.to_owned(),
        sequence: 1,
        event_type: "email.claimed".to_owned(),
        at: Timestamp::from_millis(millis),
        tries: 0,
        may_have_left: true,
    };
    assert_eq!(old, [expected("em_2", 1_000), expected("em_1", 2_000)]);
    assert_eq!(given.store.follow_ups(far(), far(), None, 1).await.unwrap().len(), 1);
}

#[tokio::test]
async fn work_can_be_read_page_by_page_whether_it_is_settled_or_not() {
    let given = a_store().await;
    let claim = || samples::of_email_address().into_iter().take(1);
    for (stream, millis) in [("em_3", 1_000), ("em_1", 2_000), ("em_2", 2_000), ("em_0", 3_000)] {
        given.try_append::<EmailAddress>(stream, at(millis, claim())).await.unwrap();
    }
    let mut seen: Vec<FollowUp> = Vec::new();
    loop {
        let page = given.store.follow_ups(far(), far(), seen.last(), 1).await.unwrap();
        let Some(next) = page.into_iter().next() else { break };
        if next.stream == "em_1" {
            given.store.settle(&next.aggregate_type, &next.stream, next.sequence).await.unwrap();
        }
        seen.push(next);
    }
    let streams: Vec<_> = seen.iter().map(|work| work.stream.as_str()).collect();
    assert_eq!(streams, ["em_3", "em_1", "em_2", "em_0"]);
}

#[tokio::test]
async fn work_that_was_put_off_is_listed_again_from_then_on_and_says_how_often_it_was() {
    let given = a_store().await;
    given
        .try_append::<EmailAddress>("em_1", at(0, samples::of_email_address().into_iter().take(1)))
        .await
        .unwrap();
    for (tries, millis) in [(0, 5_000), (1, 8_000)] {
        let work = all_work(&given).await.remove(0);
        assert_eq!(work.tries, tries);

        given.store.put_off(&work, Timestamp::from_millis(millis), true).await.unwrap();

        for (now, listed) in [(millis - 1, 0), (millis, 1)] {
            let due = given.store.follow_ups(far(), Timestamp::from_millis(now), None, 100).await.unwrap();
            assert_eq!(due.len(), listed, "{now}");
        }
    }
}

#[tokio::test]
async fn whether_a_message_may_have_left_is_told_as_it_was_last_written() {
    let given = a_store().await;
    let claim = samples::of_email_address().into_iter().take(1);
    given.try_append::<EmailAddress>("em_1", at(0, claim)).await.unwrap();
    let fresh = all_work(&given).await.remove(0);
    assert!(fresh.may_have_left, "until somebody says otherwise");

    given.store.nothing_left("EmailAddress", "em_1", 1).await.unwrap();
    assert!(!all_work(&given).await.remove(0).may_have_left);
    for may_have_left in [false, true, false] {
        given.store.begin(&fresh, Timestamp::from_millis(5_000)).await.unwrap();
        assert!(all_work(&given).await.remove(0).may_have_left, "while an attempt is under way");
        let meanwhile = given.store.follow_ups(far(), Timestamp::from_millis(4_999), None, 1).await.unwrap();
        assert_eq!(meanwhile, [], "nobody else makes one");

        given.store.put_off(&fresh, Timestamp::from_millis(1), may_have_left).await.unwrap();
        assert_eq!(all_work(&given).await.remove(0).may_have_left, may_have_left);
    }
}

#[tokio::test]
async fn settled_work_is_off_the_list_and_can_be_settled_again() {
    let given = a_store().await;
    let claim = || samples::of_email_address().into_iter().take(1);
    given.try_append::<EmailAddress>("em_1", at(0, claim())).await.unwrap();
    given.try_append::<EmailAddress>("em_2", at(0, claim())).await.unwrap();
    for _ in 0..2 {
        given.store.settle("EmailAddress", "em_1", 1).await.unwrap();
    }
    let left: Vec<_> = all_work(&given).await.into_iter().map(|work| work.stream).collect();
    assert_eq!(left, ["em_2"]);
}

/// A `code.requested`, and the events that say what came of it: of its own message, and of the next one.
fn a_code_and_its_outcomes() -> (AccountEvent, AccountEvent, AccountEvent) {
    let requested = samples::of_account()
        .into_iter()
        .find(|event| matches!(event, AccountEvent::CodeRequested { .. }))
        .expect("a sample of each event");
    let AccountEvent::CodeRequested { challenge, send, .. } = requested else { unreachable!() };
    let sent = AccountEvent::CodeSent { challenge, send };
    (requested, sent, AccountEvent::CodeSent { challenge, send: send + 1 })
}

#[tokio::test]
async fn what_came_of_a_message_takes_its_work_off_the_list_in_the_same_commit() {
    let given = a_store().await;
    let (requested, sent, another) = a_code_and_its_outcomes();
    given.try_append::<Account>("acc_1", at(1_000, [requested.clone(), another])).await.unwrap();
    assert_eq!(all_work(&given).await.len(), 1, "another message's outcome leaves the work");
    given.try_append::<Account>("acc_2", at(1_000, [requested])).await.unwrap();
    given.try_append::<Account>("acc_2", at(1_000, [sent])).await.unwrap();

    let left: Vec<_> = all_work(&given).await.into_iter().map(|work| work.stream).collect();
    assert_eq!(left, ["acc_1"], "and so does another stream's");
}
