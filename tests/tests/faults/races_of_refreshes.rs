//! A refresh token is exchanged once, whoever else comes with it at the same moment, and ends its session when it comes
//! again.

use countersign_tests::faults::race::sabotage::take_the_lock_away;
use countersign_tests::faults::race::servers;
use countersign_tests::faults::refresh::{Size, refresh};
use countersign_tests::process::installation::Installation;

/// The smaller run of the gate; the long one is `scripts/refresh`.
const SIZE: Size = Size { families: 50, racers: 8 };

#[tokio::test(flavor = "multi_thread")]
async fn of_many_refreshes_at_once_one_exchanges_the_token_and_an_old_one_ends_the_session() {
    let installation = Installation::new().await;
    let servers = servers(&installation).await;

    let refreshes = refresh(&installation, &servers, SIZE).await;

    let verdict = refreshes.verdict(installation.database()).await;
    assert!(verdict.is_clean(), "{verdict}\n{}", verdict.findings.join("\n"));
    assert_eq!((verdict.counts.exchanges, verdict.counts.ended), (2 * SIZE.families, SIZE.families));
    assert_eq!(verdict.counts.answered, 2 * SIZE.families * SIZE.racers);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_check_notices_refreshes_on_a_database_without_its_lock() {
    let installation = Installation::new().await;
    take_the_lock_away(installation.database()).await;
    let servers = [installation.serve().await, installation.serve().await];

    let refreshes = refresh(&installation, &servers, SIZE).await;

    let verdict = refreshes.verdict(installation.database()).await;
    assert!(verdict.counts.doubles > 0 && !verdict.is_clean(), "{verdict}");
}
