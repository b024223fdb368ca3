//! The tree over the ledger: stored tiles give the roots and proofs that all leaves give, and verifying
//! finds whatever was altered below a head.

use countersign_domain::time::Timestamp;
use countersign_projections::ledger::{
    Hash, TreeHead, consistency, inclusion, root, verify_consistency, verify_inclusion,
};
use countersign_stores::sequencer::Sequenced;
use countersign_stores::tree::{Altered, VerifyError};
use countersign_tests::at_length::asked_for;

use crate::given::{Given, a_store};
use crate::probe::noted;

/// More than two full tiles.
const LEAVES: u64 = 700;
/// Mutations of the stored log in the gate; a long run asks for more by [`MUTATIONS_ENV`].
const MUTATIONS: u64 = 500;
/// What says how many mutations to make.
const MUTATIONS_ENV: &str = "COUNTERSIGN_TEST_MUTATIONS";
/// Streams, and the events of each, of the log that is mutated.
const STREAMS: u64 = 5;
const EVENTS: u64 = 6;

async fn sequenced(given: &Given) {
    while let Sequenced::Indexes(_) = given.store.sequence().await.unwrap() {}
}

async fn leaves(given: &Given) -> Vec<Hash> {
    let hex = if given.files.is_postgres() { "encode(leaf, 'hex')" } else { "lower(hex(leaf))" };
    let rows = given.files.texts(&format!("SELECT {hex} FROM ledger ORDER BY idx")).await;
    rows.iter().map(|leaf| Hash::of_leaf(&hex::decode(leaf).unwrap())).collect()
}

#[tokio::test]
async fn stored_tiles_give_the_roots_and_proofs_that_all_leaves_give() {
    let given = a_store().await;
    given.append("pr_1", (0..LEAVES).map(|number| noted(number.to_string())).collect::<Vec<_>>()).await;
    sequenced(&given).await;
    given.store.grow_tree().await.unwrap();
    assert_eq!(given.count("ledger_tiles").await, 2);
    let leaves = leaves(&given).await;
    let up_to = |size: u64| &leaves[..usize::try_from(size).unwrap()];

    for size in [1, 2, 3, 255, 256, 257, 511, 512, 513, 600, LEAVES] {
        let expected = root(up_to(size));
        assert_eq!(given.store.tree_root(size).await.unwrap(), Some(expected), "{size}");
        for index in [0, size / 3, size / 2, size - 1] {
            let place = usize::try_from(index).unwrap();
            let path = given.store.inclusion_proof(index, size).await.unwrap().unwrap();
            assert_eq!(Some(&path), inclusion(up_to(size), place).as_ref(), "{index} of {size}");
            verify_inclusion(leaves[place], index, size, expected, &path).unwrap();
            let first = index + 1;
            let path = given.store.consistency_proof(first, size).await.unwrap().unwrap();
            assert_eq!(Some(&path), consistency(up_to(size), place + 1).as_ref(), "{first} to {size}");
            verify_consistency((first, root(up_to(first))), (size, expected), &path).unwrap();
        }
    }
    assert_eq!(given.store.tree_root(LEAVES + 1).await.unwrap(), None);
    assert_eq!(given.store.inclusion_proof(LEAVES, LEAVES).await.unwrap(), None);
}

/// A log whose protection is gone, a copy of it, and its head.
async fn a_log() -> (Given, TreeHead) {
    let given = a_store().await;
    for stream in 1..=STREAMS {
        let events = (0..EVENTS).map(|number| noted(format!("{stream} {number}")));
        given.append(&format!("pr_{stream}"), events.collect::<Vec<_>>()).await;
    }
    sequenced(&given).await;
    let verified = given.store.verify_ledger(&[], now(), |_, _| {}).await.unwrap();
    given.files.unprotect_events().await;
    for table in ["events", "ledger"] {
        given.files.execute(&format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}")).await.unwrap();
    }
    let origin = "countersign/test".parse().unwrap();
    (given, TreeHead { origin, size: verified.size, root: verified.root })
}

fn now() -> Timestamp {
    Timestamp::from_millis(1_000_000)
}

async fn restore(given: &Given) {
    for table in ["events", "ledger"] {
        given.files.execute(&format!("DELETE FROM {table}")).await.unwrap();
        given.files.execute(&format!("INSERT INTO {table} SELECT * FROM kept_{table}")).await.unwrap();
    }
    given.files.execute("DELETE FROM events_pending").await.unwrap();
}

/// What somebody who owns the database could do to an event, or to the log, at a place.
fn mutation(kind: u64, at: u64, other: u64, postgres: bool) -> String {
    let place =
        |at: u64| format!("aggregate_id = 'pr_{}' AND sequence = {}", at / EVENTS + 1, at % EVENTS + 1);
    let hex = format!("{other:02x}").repeat(32);
    let blob = if postgres { format!("decode('{hex}', 'hex')") } else { format!("x'{hex}'") };
    let json = |text: &str| if postgres { format!("CAST('{text}' AS json)") } else { format!("'{text}'") };
    let forged =
        json(&format!(r#"{{"type":"probe.noted","at":"1970-01-01T00:00:00.000Z","note":"forged {other}"}}"#));
    match kind {
        0 => format!("UPDATE events SET payload = {forged} WHERE {}", place(at)),
        1 => format!(
            "UPDATE events SET metadata = {} WHERE {}",
            json(&format!(r#"{{"forged":"{other}"}}"#)),
            place(at)
        ),
        2 => format!("UPDATE events SET event_type = 'probe.forged_{other}' WHERE {}", place(at)),
        3 => format!("DELETE FROM events WHERE {}", place(at)),
        4 => format!("DELETE FROM ledger WHERE idx = {at}"),
        5 => format!("UPDATE ledger SET leaf = {blob} WHERE idx = {at}"),
        6 => format!("DELETE FROM ledger WHERE idx >= {at}"),
        7 => format!(
            "DELETE FROM events WHERE EXISTS (SELECT 1 FROM ledger l WHERE l.idx >= {at} \
             AND l.aggregate_id = events.aggregate_id AND l.sequence = events.sequence); \
             DELETE FROM ledger WHERE idx >= {at}"
        ),
        8 => format!(
            "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata) \
             SELECT aggregate_type, 'pr_forged', {} , event_type, event_version, payload, metadata FROM events \
             WHERE {}",
            other + 1,
            place(at)
        ),
        _ => format!(
            "UPDATE ledger SET idx = 1000 + idx WHERE idx IN ({at}, {other}); \
             UPDATE ledger SET idx = {other} WHERE idx = 1000 + {at}; \
             UPDATE ledger SET idx = {at} WHERE idx = 1000 + {other}"
        ),
    }
}

#[tokio::test]
async fn every_mutation_of_the_stored_log_is_found_given_a_head_that_was_kept() {
    let (given, head) = a_log().await;
    let size = STREAMS * EVENTS;
    let heads = [head];
    for number in 0..asked_for(MUTATIONS_ENV, MUTATIONS) {
        let (kind, at) = (number % 10, (number / 10) % size);
        // Another place in each round over kinds and places, and never the same one.
        let other = (at + 1 + number / (10 * size) * 7 % (size - 1)) % size;
        given.files.execute(&mutation(kind, at, other, given.files.is_postgres())).await.unwrap();

        let found = given.store.verify_ledger(&heads, now(), |_, _| {}).await;

        assert!(matches!(found, Err(VerifyError::Altered(_))), "kind {kind} at {at}: {found:?}");
        restore(&given).await;
        if number % 50 == 0 {
            given.store.verify_ledger(&heads, now(), |_, _| {}).await.unwrap();
        }
    }
}

/// A log that is rewritten as a whole, leaves and all, agrees with itself: only a head that was kept tells.
#[tokio::test]
async fn a_log_that_was_rewritten_as_a_whole_is_found_by_the_head_that_was_kept_and_by_nothing_else() {
    let (given, head) = a_log().await;
    let rewritten = a_store().await;
    rewritten
        .append("pr_1", (0..head.size).map(|number| noted(number.to_string())).collect::<Vec<_>>())
        .await;
    sequenced(&rewritten).await;

    let alone = rewritten.store.verify_ledger(&[], now(), |_, _| {}).await;
    let against = rewritten.store.verify_ledger(std::slice::from_ref(&head), now(), |_, _| {}).await;

    assert_eq!(alone.unwrap().size, head.size);
    let Err(VerifyError::Altered(Altered::Below { size })) = against else { panic!("{against:?}") };
    assert_eq!(size, head.size);
    given.store.verify_ledger(&[head], now(), |_, _| {}).await.unwrap();
}

#[tokio::test]
async fn an_event_that_waits_for_its_index_for_over_a_minute_is_found() {
    let given = a_store().await;
    given.append("pr_1", [noted("waits")]).await;
    let at = |millis: i64| Timestamp::from_millis(millis);
    given.store.verify_ledger(&[], at(60_000), |_, _| {}).await.unwrap();

    let found = given.store.verify_ledger(&[], at(120_000), |_, _| {}).await;

    assert!(matches!(found, Err(VerifyError::Altered(Altered::Unsequenced { .. }))), "{found:?}");
}
