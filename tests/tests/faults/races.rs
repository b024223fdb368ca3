//! A backup code is redeemed once, whoever else answers with it at the same moment.

use countersign_tests::faults::race::sabotage::{forge_a_second_redemption, take_the_lock_away};
use countersign_tests::faults::race::{SignIns, Size, Verdict, race, servers};
use countersign_tests::process::installation::Installation;

/// The smaller run of the gate; the long one is `scripts/race`.
const SIZE: Size = Size { codes: 40, racers: 8 };
/// A run in which every racer comes to the gate, and is written to.
const SMALL: Size = Size { codes: 12, racers: 8 };

async fn raced(size: Size, sign_ins: SignIns) -> Verdict {
    let installation = Installation::new().await;
    let servers = servers(&installation).await;
    race(&installation, &servers, size, sign_ins).await.verdict(installation.database()).await
}

#[track_caller]
fn assert_clean(verdict: &Verdict) {
    assert!(verdict.is_clean(), "{verdict}\n{}", verdict.findings.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_answers_in_one_sign_in_one_redeems_the_code() {
    let verdict = raced(SIZE, SignIns::Shared).await;
    assert_clean(&verdict);
    assert_eq!(verdict.counts.redemptions, SIZE.codes);
    assert_eq!(verdict.counts.refused, SIZE.codes * (SIZE.racers - 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_sign_ins_one_redeems_the_code_and_one_is_granted_the_session() {
    let verdict = raced(SMALL, SignIns::Own).await;
    assert_clean(&verdict);
    assert_eq!(verdict.counts.redemptions, SMALL.codes);
    assert_eq!(verdict.counts.sessions, SMALL.codes);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_check_notices_a_forged_second_redemption() {
    let installation = Installation::new().await;
    let servers = servers(&installation).await;
    let race = race(&installation, &servers, SMALL, SignIns::Shared).await;
    assert_clean(&race.verdict(installation.database()).await);

    forge_a_second_redemption(installation.database()).await;

    let verdict = race.verdict(installation.database()).await;
    assert_eq!(verdict.counts.doubles, 1, "{verdict}");
    assert!(!verdict.is_clean());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_check_notices_two_servers_on_a_database_without_its_lock() {
    let installation = Installation::new().await;
    take_the_lock_away(installation.database()).await;
    let servers = [installation.serve().await, installation.serve().await];

    let race = race(&installation, &servers, SIZE, SignIns::Shared).await;

    let verdict = race.verdict(installation.database()).await;
    assert!(verdict.counts.doubles > 0, "{verdict}");
    assert!(!verdict.is_clean());
}
