//! Quotas: counters that are exact while many count at once, and that expire.

use std::sync::atomic::{AtomicU64, Ordering};

use countersign_domain::time::{Span, Timestamp};
use countersign_domain::word::AddressKey;

use crate::given::a_store;

const START: i64 = 1_700_000_000_000;
const LIMITS: [(Span, u32); 2] = [(Span::hours(1), 5), (Span::hours(24), 20)];

fn address(number: u8) -> AddressKey {
    format!("em_k1_{number:064x}").parse().unwrap()
}

/// The id of a message that was not tried before.
fn message() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("message.{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn minutes(count: i64) -> Timestamp {
    Timestamp::from_millis(START + count * 60_000)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_50_messages_at_once_on_two_servers_exactly_the_limit_is_taken() {
    let given = a_store().await;
    let servers = [given.store.clone(), given.another_server().await];
    let takers: Vec<_> = servers
        .iter()
        .cycle()
        .take(50)
        .cloned()
        .map(|server| {
            tokio::spawn(async move {
                server
                    .take_message(&message(), &address(1), "registration", &LIMITS, minutes(0))
                    .await
                    .unwrap()
            })
        })
        .collect();
    let mut taken = 0;
    for taker in takers {
        taken += usize::from(taker.await.unwrap());
    }
    assert_eq!(taken, 5);
    assert_eq!(given.count("message_counts").await, 5);
}

#[tokio::test]
async fn each_window_has_its_limit_and_forgets_what_is_older() {
    let given = a_store().await;
    let mut taken = Vec::new();
    for hour in 0..30 {
        for minute in 0..7 {
            let now = minutes(hour * 60 + minute);
            if given.store.take_message(&message(), &address(1), "registration", &LIMITS, now).await.unwrap()
            {
                taken.push(hour);
            }
        }
    }
    let within = |hours: std::ops::Range<i64>| taken.iter().filter(|hour| hours.contains(hour)).count();
    assert_eq!([within(0..1), within(1..2), within(2..3), within(3..4)], [5, 5, 5, 5]);
    assert_eq!(within(4..24), 0, "the day's limit holds");
    assert_eq!([within(24..25), within(25..26)], [5, 5], "the first hours are forgotten");
}

#[tokio::test]
async fn addresses_and_classes_are_counted_apart() {
    let given = a_store().await;
    let once = [(Span::hours(1), 1)];
    let cases = [
        (1, "registration", true),
        (1, "registration", false),
        (2, "registration", true),
        (1, "reset", true),
    ];
    for (number, class, expected) in cases {
        let taken =
            given.store.take_message(&message(), &address(number), class, &once, minutes(0)).await.unwrap();
        assert_eq!(taken, expected, "{number} {class}");
    }
}

#[tokio::test]
async fn a_message_that_is_tried_again_is_counted_once() {
    let given = a_store().await;
    let once = [(Span::hours(1), 1)];
    for (id, expected) in [("first", true), ("first", true), ("second", false), ("first", true)] {
        let taken = given.store.take_message(id, &address(1), "x", &once, minutes(0)).await.unwrap();
        assert_eq!(taken, expected, "{id}");
    }
    assert_eq!(given.count("message_counts").await, 1);
}

#[tokio::test]
async fn a_limit_of_none_allows_none() {
    let given = a_store().await;
    assert!(
        !given
            .store
            .take_message(&message(), &address(1), "x", &[(Span::hours(1), 0)], minutes(0))
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn strangers_are_counted_each_until_they_stay_away_for_a_lifetime() {
    let given = a_store().await;
    let lifetime = Span::hours(1);
    let mut counts = Vec::new();
    for (number, minute) in [(1, 0), (1, 1), (2, 1), (1, 60), (1, 120), (1, 121)] {
        counts.push(given.store.count_stranger(&address(number), minutes(minute), lifetime).await.unwrap());
    }
    assert_eq!(counts, [1, 2, 1, 3, 1, 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn strangers_who_come_at_once_are_all_counted() {
    let given = a_store().await;
    let counting: Vec<_> = (0..20)
        .map(|_| {
            let store = given.store.clone();
            tokio::spawn(async move { store.count_stranger(&address(1), minutes(0), Span::hours(1)).await })
        })
        .collect();
    let mut counts = Vec::new();
    for count in counting {
        counts.push(count.await.unwrap().unwrap());
    }
    counts.sort_unstable();
    assert_eq!(counts, (1..=20).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_sweep_deletes_what_expired_and_nothing_else() {
    let given = a_store().await;
    for (number, minute) in [(1, 0), (2, 30)] {
        given
            .store
            .take_message(&message(), &address(number), "x", &[(Span::hours(1), 5)], minutes(minute))
            .await
            .unwrap();
        given.store.count_stranger(&address(number), minutes(minute), Span::hours(1)).await.unwrap();
    }
    assert_eq!(given.store.sweep_expired(minutes(59)).await.unwrap(), 0);
    assert_eq!(given.store.sweep_expired(minutes(60)).await.unwrap(), 2);
    let left = "SELECT address_key FROM message_counts UNION ALL SELECT address_key FROM stranger_counts";
    assert_eq!(given.files.texts(left).await, [address(2).to_string(), address(2).to_string()]);
}
