//! `ledger verify`, and the verifier that shares no code with it: what was altered is found by both.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use countersign_tests::at_length::asked_for;
use countersign_tests::mutations::{Kind, MutableLog, Mutation, OF_EVENTS};
use countersign_tests::process::api::{Api, Journal};
use countersign_tests::process::installation::Installation;

use super::{failed, printed, quiet, said, sequenced};

/// What shares no code with the service.
const VERIFIER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/verify/verify.py");
/// Mutations in the gate: one of each kind. A long run asks for more by [`MUTATIONS_ENV`].
const MUTATIONS: u64 = OF_EVENTS.len() as u64;
/// What says how many mutations to make.
const MUTATIONS_ENV: &str = "COUNTERSIGN_TEST_COMMAND_MUTATIONS";

/// What an auditor kept elsewhere: a head over the whole log, and the key that it was signed with.
struct Kept {
    head: PathBuf,
    key: String,
}

impl Kept {
    async fn of(installation: &Installation) -> Self {
        let size = installation.store().await.ledger_size().await.unwrap();
        let mut server = installation.serve().await;
        let signed = async {
            loop {
                let head =
                    Api::of(&server, &Journal::default()).get("/v1/ledger/tree-head", "").await.unwrap();
                if head.body["size"] == size {
                    return head.body;
                }
                tokio::task::yield_now().await;
            }
        };
        let signed = tokio::time::timeout(Duration::from_secs(20), signed).await.unwrap();
        assert!(server.stop().await.status.success());
        let [note, key] = ["note", "key"].map(|name| signed[name].as_str().unwrap().to_owned());
        let head = installation.folder().join(format!("head-{size}.txt"));
        fs::write(&head, note).unwrap();
        Self { head, key }
    }

    fn head(&self) -> &str {
        self.head.to_str().unwrap()
    }

    /// The arguments that verify a ledger against it.
    fn verify(&self) -> [&str; 6] {
        ["ledger", "verify", "--head", self.head(), "--key", &self.key]
    }

    /// What the verifier says of a log.
    async fn checked(&self, log: &MutableLog<'_>) -> Output {
        let file = self.head.with_extension("jsonl");
        fs::write(&file, log.dumped().await).unwrap();
        let mut python = Command::new("python3");
        python.args([VERIFIER, "log", "--key", &self.key, "--head", self.head()]).arg(file);
        tokio::task::spawn_blocking(move || python.output().unwrap()).await.unwrap()
    }
}

/// Both say that the log is as it was.
async fn assert_whole(installation: &Installation, kept: &Kept, log: &MutableLog<'_>) {
    let (size, checked) = (log.size(), kept.checked(log).await);
    let ok = format!("ok: {size} events match the head\n");
    assert_eq!(String::from_utf8_lossy(&checked.stdout), ok, "{}", said(&checked));
    let verified = installation.operate(&kept.verify()).await;
    assert!(verified.status.success(), "{}", said(&verified));
    let ok = format!("the first {size} are those of a head that was kept elsewhere");
    assert!(said(&verified).contains(&ok), "{}", said(&verified));
}

/// The command says where a log of a size was altered.
async fn assert_found(installation: &Installation, kept: &Kept, mutation: &Mutation, size: u64) {
    let told = failed(installation, &kept.verify(), 4).await;
    let expected = match mutation.kind {
        Kind::PutIn => "has no index, and has not only just come".to_owned(),
        Kind::ForgedWithItsLeaf | Kind::PutInBetween => format!("altered below index {size}: "),
        Kind::TakenOut => format!("altered at index {}: ", size - 1 - mutation.more),
        Kind::Swapped => "altered ".to_owned(),
        _ => format!("altered at index {}: ", mutation.at),
    };
    assert!(told.contains(&expected), "{mutation:?}: {told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mutation_of_the_stored_log_is_found_by_the_command_and_by_the_verifier() {
    let (installation, _) = quiet().await;
    let kept = Kept::of(&installation).await;
    let log = MutableLog::of(installation.database()).await;
    assert_whole(&installation, &kept, &log).await;
    for number in 0..asked_for(MUTATIONS_ENV, MUTATIONS) {
        let mutation = Mutation::numbered(number, &OF_EVENTS, log.size());
        log.mutate(&mutation).await;

        let by_command = assert_found(&installation, &kept, &mutation, log.size());
        let (checked, ()) = tokio::join!(kept.checked(&log), by_command);

        let told = String::from_utf8_lossy(&checked.stdout);
        assert!(checked.status.code() == Some(4) && told.starts_with("broken: "), "{mutation:?}: {told}");
        log.restore().await;
        if mutation.kind == OF_EVENTS[0] {
            assert_whole(&installation, &kept, &log).await;
        }
    }
    assert_whole(&installation, &kept, &log).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaf_that_was_altered_is_found_by_the_command_and_the_events_still_match_the_head() {
    let (installation, _) = quiet().await;
    let kept = Kept::of(&installation).await;
    let log = MutableLog::of(installation.database()).await;
    let mutation = Mutation { kind: Kind::LeafAltered, at: 3, other: 4, more: 0 };

    log.mutate(&mutation).await;

    assert_found(&installation, &kept, &mutation, log.size()).await;
    assert!(kept.checked(&log).await.status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn since_an_older_head_only_what_came_later_is_read_again() {
    let (installation, _) = quiet().await;
    let older = Kept::of(&installation).await;
    let below = installation.store().await.ledger_size().await.unwrap();
    printed(&installation, &["client", "add", "Somebody"]).await;
    sequenced(&installation.store().await).await;
    let kept = Kept::of(&installation).await;
    let log = MutableLog::of(installation.database()).await;
    let newest = log.size() - 1;
    let since = [&kept.verify()[..], &["--since", older.head()]].concat();

    let whole = installation.operate(&since).await;
    assert!(whole.status.success(), "{}", said(&whole));
    let read = format!("{} events from index {below} on are as they were", log.size() - below);
    let unread = format!("the {below} below were not read");
    assert!(said(&whole).contains(&read) && said(&whole).contains(&unread), "{}", said(&whole));

    let forged = |kind, at| Mutation { kind, at, other: 1, more: 0 };
    log.mutate(&forged(Kind::PayloadForged, newest)).await;
    let told = failed(&installation, &since, 4).await;
    assert!(told.starts_with(&format!("countersign: altered at index {newest}: ")), "{told}");
    log.restore().await;

    log.mutate(&forged(Kind::LeafAltered, 3)).await;
    let told = failed(&installation, &since, 4).await;
    assert!(told.starts_with(&format!("countersign: altered below index {below}: ")), "{told}");
    log.restore().await;

    log.mutate(&forged(Kind::PayloadForged, 3)).await;
    assert!(installation.operate(&since).await.status.success());
    let told = failed(&installation, &kept.verify(), 4).await;
    assert!(told.starts_with("countersign: altered at index 3: "), "{told}");
}
