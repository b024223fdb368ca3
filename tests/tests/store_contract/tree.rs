//! The tree over the ledger: stored tiles give the roots and proofs that all leaves give, and verifying
//! finds whatever was altered below a head.

use countersign_domain::time::Timestamp;
use countersign_projections::ledger::{
    Hash, TreeHead, consistency, inclusion, root, verify_consistency, verify_inclusion,
};
use countersign_stores::sequencer::Sequenced;
use countersign_stores::tree::{Altered, Verified, VerifyError};
use countersign_tests::at_length::asked_for;
use countersign_tests::mutations::{Kind, MutableLog, Mutation};

use crate::given::{Given, a_store};
use crate::probe::noted;

/// More than two full tiles.
const LEAVES: u64 = 700;
/// Mutations of the stored log in the gate; a long run asks for more by [`MUTATIONS_ENV`].
const MUTATIONS: u64 = 500;
/// What says how many mutations to make.
const MUTATIONS_ENV: &str = "COUNTERSIGN_TEST_MUTATIONS";
/// Streams of the log that is mutated: the first has one event, each further one has one more.
const STREAMS: u64 = 10;

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

/// A log of streams of every length up to some, and the head over it.
async fn a_log() -> (Given, TreeHead) {
    let given = a_store().await;
    for stream in 1..=STREAMS {
        let events = (0..stream).map(|number| noted(format!("{stream} {number}")));
        given.append(&format!("pr_{stream}"), events.collect::<Vec<_>>()).await;
    }
    sequenced(&given).await;
    let size = given.store.ledger_size().await.unwrap();
    let head = head(&given, size).await;
    (given, head)
}

async fn head(given: &Given, size: u64) -> TreeHead {
    let root = given.store.tree_root(size).await.unwrap().unwrap();
    TreeHead { origin: "countersign/test".parse().unwrap(), size, root }
}

fn now() -> Timestamp {
    Timestamp::from_millis(1_000_000)
}

/// What verifying says against heads, and from one on.
async fn verified(
    given: &Given,
    heads: &[&TreeHead],
    since: Option<&TreeHead>,
) -> Result<Verified, VerifyError> {
    let heads: Vec<_> = heads.iter().map(|head| (*head).clone()).collect();
    given.store.verify_ledger(&heads, since, now(), |_, _| {}).await
}

fn assert_found(found: &Result<Verified, VerifyError>, mutation: Mutation) {
    assert!(matches!(found, Err(VerifyError::Altered(_))), "{mutation:?}: {found:?}");
}

#[tokio::test]
async fn every_mutation_of_the_stored_log_is_found_given_a_head_that_was_kept() {
    let (given, head) = a_log().await;
    let log = MutableLog::of(&given.files).await;
    let kinds = Kind::all();
    for number in 0..asked_for(MUTATIONS_ENV, MUTATIONS) {
        let mutation = Mutation::numbered(number, &kinds, log.size());
        log.mutate(&mutation).await;

        let found = verified(&given, &[&head], None).await;

        assert_found(&found, mutation);
        log.restore().await;
        if number % 50 == 0 {
            verified(&given, &[&head], None).await.unwrap();
        }
    }
}

#[tokio::test]
async fn every_mutation_above_a_head_is_found_since_it() {
    let (given, newest) = a_log().await;
    let log = MutableLog::of(&given.files).await;
    let since = head(&given, newest.size / 2).await;
    for kind in Kind::all() {
        for at in [since.size, newest.size - 1] {
            let mutation = Mutation { kind, at, other: since.size + 1, more: 0 };
            log.mutate(&mutation).await;

            let found = verified(&given, &[&newest], Some(&since)).await;

            assert_found(&found, mutation);
            log.restore().await;
            verified(&given, &[&newest], Some(&since)).await.unwrap();
        }
    }
}

/// What a head says about the events below it, their leaves say as long as nobody altered only the events.
#[tokio::test]
async fn below_a_head_what_is_altered_is_found_since_it_unless_leaves_and_order_are_as_they_were() {
    let (given, newest) = a_log().await;
    let log = MutableLog::of(&given.files).await;
    let since = head(&given, newest.size / 2).await;
    let unseen =
        [Kind::BitFlipped, Kind::PayloadForged, Kind::MetadataForged, Kind::Renamed, Kind::EventsDeleted];
    for kind in Kind::all() {
        for at in [0, since.size - 1] {
            let mutation = Mutation { kind, at, other: since.size / 2, more: 0 };
            log.mutate(&mutation).await;

            let since_it = verified(&given, &[], Some(&since)).await;
            let from_the_first = verified(&given, &[&newest], None).await;

            if unseen.contains(&kind) {
                assert_eq!(since_it.unwrap().size, newest.size, "{mutation:?}");
            } else {
                assert_found(&since_it, mutation);
            }
            assert_found(&from_the_first, mutation);
            log.restore().await;
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

    let alone = verified(&rewritten, &[], None).await;
    let against = verified(&rewritten, &[&head], None).await;

    assert_eq!(alone.unwrap().size, head.size);
    let Err(VerifyError::Altered(Altered::Below { size })) = against else { panic!("{against:?}") };
    assert_eq!(size, head.size);
    verified(&given, &[&head], None).await.unwrap();
}

#[tokio::test]
async fn an_event_that_waits_for_its_index_for_over_a_minute_is_found() {
    let given = a_store().await;
    given.append("pr_1", [noted("waits")]).await;
    let at = |millis: i64| Timestamp::from_millis(millis);
    given.store.verify_ledger(&[], None, at(60_000), |_, _| {}).await.unwrap();

    let found = given.store.verify_ledger(&[], None, at(120_000), |_, _| {}).await;

    assert!(matches!(found, Err(VerifyError::Altered(Altered::Unsequenced { .. }))), "{found:?}");
}

/// The walk begins at the first index: what was put below it must not hide there.
#[tokio::test]
async fn an_event_that_was_put_below_the_first_index_is_found() {
    let (given, head) = a_log().await;
    given.append("pr_1", [noted("put in")]).await;
    let last = given.load("pr_1").await.version;
    let (unchecked, leaf) = if given.files.is_postgres() {
        ("ALTER TABLE ledger DROP CONSTRAINT ledger_idx_check", "decode(repeat('00', 32), 'hex')")
    } else {
        ("PRAGMA ignore_check_constraints = ON", "zeroblob(32)")
    };
    let forged = format!(
        "{unchecked}; DELETE FROM events_pending; \
         INSERT INTO ledger (idx, aggregate_type, aggregate_id, sequence, leaf) \
         SELECT -1, aggregate_type, aggregate_id, sequence, {leaf} FROM events \
         WHERE aggregate_id = 'pr_1' AND sequence = {last}"
    );
    given.files.execute(&forged).await.unwrap();

    let found = verified(&given, &[&head], None).await;

    assert!(matches!(found, Err(VerifyError::Altered(Altered::Unsequenced { .. }))), "{found:?}");
}
