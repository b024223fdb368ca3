//! A backup of a busy service is put in its place, as `docs/operations.md` says; what is promised there is looked at.

mod place;
mod worth;

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use countersign_tests::app::Reply;
use countersign_tests::drill::crowd::Crowd;
use countersign_tests::drill::page::commands_of;
use countersign_tests::drill::people::Member;
use countersign_tests::drill::site::Site;
use countersign_tests::process::eventually;

use self::place::Place;
use self::worth::Lives;

/// How long a head may take.
const SIGNED_WITHIN: Duration = Duration::from_secs(30);
/// What a server says that meets a published head which its ledger does not begin with.
const SIGNS_NO_MORE: &str = "no head is signed any more";
/// What a server says whose folder for heads is not the one of before.
const NOT_MOUNTED: &str = "holds none of this ledger, which has signed some";
/// The setting that says where heads are published.
const HEADS: &str = "COUNTERSIGN_CHECKPOINT_DIR";

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_backup_lets_people_in_is_worth_what_the_page_says_and_never_forks_the_ledger_in_silence()
{
    let (site, place) = Place::opened().await;
    let [sqlite, postgres] = commands_of("To make a backup").try_into().unwrap();
    let [to_sqlite, to_postgres, verify, rename] = commands_of("To restore a backup").try_into().unwrap();
    let lives = Lives::before_the_backup(&site).await;
    let crowd = Crowd::gather(&site);
    site.done(&place.here(if place.is_postgres() { &postgres } else { &sqlite })).await;
    assert!(crowd.go_home().await > 0, "the service was busy");
    let lives = lives.go_on(&site).await;
    let published = covering_everything(&site).await;
    site.done(&format!("countersign ledger verify --head {}", site.checkpoint().display())).await;
    // What was restored goes before what it was restored from.
    let (mut site, place) = (Arc::into_inner(site).unwrap(), place);

    site.fleet.close().await;
    site.done(&place.here(if place.is_postgres() { &to_postgres } else { &to_sqlite })).await;
    place.moved_to(&mut site);
    let behind = site.run(&place.here(&verify)).await;
    let told = String::from_utf8_lossy(&behind.stderr);
    assert_eq!(behind.status.code(), Some(4), "{told}");
    assert!(told.contains("a head is over"), "{told}");

    // Step 4 left out.
    site.reopen().await;
    lives.are_worth_what_the_page_says(&site).await;
    Member::join(&site).await;
    says(&site, SIGNS_NO_MORE).await;
    assert_eq!(fs::read_to_string(site.checkpoint()).unwrap(), published, "what was published stays");
    site.fleet.close().await;
    assert_eq!(site.run(&place.here(&verify)).await.status.code(), Some(4));
    signs_nothing_where_the_heads_are_not_mounted(&mut site).await;

    site.done(&place.here(&rename)).await;
    site.reopen().await;
    Member::join(&site).await;
    let renamed = covering_everything(&site).await;
    assert_ne!(renamed.lines().next(), published.lines().next(), "it has another name");
    site.done(&place.here(&verify)).await;
    let kept = fs::read_dir(site.checkpoint().parent().unwrap()).unwrap().flatten();
    let kept = kept.filter(|file| file.file_name().to_string_lossy().starts_with("checkpoint-before-"));
    assert_eq!(kept.map(|file| fs::read_to_string(file.path()).unwrap()).collect::<Vec<_>>(), [published]);
}

/// Step 4 left out, and the folder with the newest head is not there to tell.
async fn signs_nothing_where_the_heads_are_not_mounted(site: &mut Site) {
    let heads = site.checkpoint().parent().unwrap().to_owned();
    let empty = site.installation.folder().join("not-mounted");
    fs::create_dir(&empty).unwrap();
    site.installation.tell(HEADS, &empty.display().to_string());
    site.reopen().await;
    Member::join(site).await;
    says(site, NOT_MOUNTED).await;
    site.fleet.close().await;
    assert_eq!(fs::read_dir(&empty).unwrap().count(), 0, "a head of a past was published");
    site.installation.tell(HEADS, &heads.display().to_string());
}

/// Waits for a word in the log of the servers.
async fn says(site: &Site, words: &str) {
    let said = async || site.fleet.logged().await.contains(words).then_some(());
    eventually(SIGNED_WITHIN, said).await.unwrap_or_else(|| panic!("nobody says: {words}"));
}

/// The published head, once it covers every event so far.
async fn covering_everything(site: &Site) -> String {
    let all = events(site).await;
    let covering = || {
        let head = fs::read_to_string(site.checkpoint()).unwrap_or_default();
        let covers =
            head.lines().nth(1).and_then(|size| size.parse::<u64>().ok()).is_some_and(|size| size >= all);
        std::future::ready(covers.then_some(head))
    };
    eventually(SIGNED_WITHIN, covering).await.expect("a head over every event is published")
}

/// How many events there are, as the operators' listener says.
async fn events(site: &Site) -> u64 {
    let told = site.metrics().await;
    let number = |name: &str| -> u64 {
        let line = told.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name}: {told}")).parse().unwrap()
    };
    number("countersign_ledger_events") + number("countersign_ledger_pending_events")
}

#[track_caller]
fn refused(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.at("/code")), (status, code), "{}", reply.text);
}
