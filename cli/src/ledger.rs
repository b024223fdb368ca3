//! `countersign ledger`: the signed head, verifying everything, receipts, another name.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use countersign_projections::ledger::{CheckpointError, TreeHead, VerifyingKey};
use countersign_service::{Service, SignError};
use countersign_stores::tree::{Verified, VerifyError};

use crate::failure::Failure;
use crate::settings::Settings;
use crate::{bar, print, wiring};

#[derive(Debug, Subcommand)]
pub(crate) enum Ledger {
    /// Print the newest signed head; the key to check it with goes to stderr.
    Head,
    /// Verify every event from the first on; exit code 4 and the first index where something was altered.
    Verify {
        /// A signed head that was kept elsewhere, in a file; can be given several times.
        #[arg(long, value_name = "FILE")]
        head: Vec<PathBuf>,
        /// A signed head that was kept elsewhere, up to which everything was verified before: only events from
        /// its size on are read.
        ///
        /// Of those below it only the leaves are looked at: they must still give the root of this head, with no
        /// index missing and each stream in its order. Whoever altered or removed an event below it, and not its
        /// leaf, is found only by verifying without this.
        #[arg(long, value_name = "FILE")]
        since: Option<PathBuf>,
        /// The key that the heads were signed with, as `ledger head` prints it; can be given several times, where the
        /// keyring was changed between them; this installation's where none is given.
        #[arg(long)]
        key: Vec<String>,
    },
    /// Print the receipt of an event, which proves offline that it is under the newest signed head.
    Prove {
        /// The event's index.
        index: u64,
    },
    /// Write the newest signed head into an empty folder for heads, so that heads are signed with it from now on.
    ///
    /// Without that an empty folder is taken for one that is not mounted. Look at the ledger first, with `verify` and the
    /// newest head that was kept elsewhere: what is written here counts as published.
    Publish,
    /// Give the ledger another name, because it goes on another way than what was published.
    NewOrigin {
        /// Why.
        #[arg(long)]
        reason: String,
    },
}

pub(crate) async fn ledger(settings: Settings, command: &Ledger) -> Result<(), Failure> {
    let service = wiring::operators_service(&settings).await?;
    match command {
        Ledger::Head => head(&service).await?,
        Ledger::Verify { head, since, key } => {
            verify(&service, head, since.as_deref(), key).await?;
        }
        Ledger::Prove { index } => prove(&service, *index).await?,
        Ledger::Publish => publish(&service, settings.checkpoint_dir.as_deref()).await?,
        Ledger::NewOrigin { reason } => {
            let reason = reason.parse().map_err(|error| Failure::Usage(format!("reason: {error}")))?;
            let origin = service.rename_ledger(&reason).await?;
            print::note(&format!("the ledger is called {origin} from its next head on"));
        }
    }
    service.finish().await;
    Ok(())
}

async fn head(service: &Service) -> Result<(), Failure> {
    let (head, key) = service.tree_head().await?.ok_or_else(no_head)?;
    print::note(&format!("key {key}"));
    print::data(head.note.trim_end());
    Ok(())
}

async fn publish(service: &Service, folder: Option<&Path>) -> Result<(), Failure> {
    let folder = folder.ok_or_else(|| Failure::Usage("checkpoint_dir: is not set".to_owned()))?;
    let published = service.publish_head(folder).await.map_err(|error| match error {
        SignError::Forked { .. } | SignError::Foreign => Failure::Broken(error.to_string()),
        error => Failure::failed(error),
    })?;
    print::note(&match published {
        Some(head) => format!("a head over {} events is published in {}", head.size, folder.display()),
        None => "no head was signed yet: `countersign serve` publishes the first".to_owned(),
    });
    Ok(())
}

async fn verify(
    service: &Service,
    heads: &[PathBuf],
    since: Option<&Path>,
    keys: &[String],
) -> Result<(), Failure> {
    let keys = keys.iter().map(|key| key.parse()).collect::<Result<Vec<VerifyingKey>, _>>();
    let keys = keys.map_err(|error| Failure::Usage(format!("key: {error}")))?;
    let mut kept = Vec::with_capacity(heads.len());
    for file in heads {
        kept.push(opened(service, file, &keys).await?);
    }
    let since = match since {
        Some(file) => Some(opened(service, file, &keys).await?),
        None => None,
    };
    let bar = bar::bar("ledger");
    let told = |looked_at, of| bar::show(&bar, looked_at, of);
    let verified = service.store().verify_ledger(&kept, since.as_ref(), service.now(), told).await;
    bar.finish_and_clear();
    match verified {
        Ok(verified) => {
            note_verified(&verified, &kept, since.as_ref());
            Ok(())
        }
        Err(VerifyError::Altered(altered)) => Err(Failure::Broken(altered.to_string())),
        Err(error @ VerifyError::Database(_)) => Err(Failure::Unreachable(error.to_string())),
    }
}

fn note_verified(Verified { size, root }: &Verified, kept: &[TreeHead], since: Option<&TreeHead>) {
    let below = since.map_or(0, |head| head.size);
    let whose = if below > 0 { format!(" from index {below} on") } else { String::new() };
    print::note(&format!("{} events{whose} are as they were; the root is {root}", size - below));
    if below > 0 {
        print::note(&format!(
            "the {below} below were not read: their leaves are those of the head of --since"
        ));
    }
    print::note(&match kept.iter().map(|head| head.size).max() {
        Some(size) => format!("the first {size} are those of a head that was kept elsewhere"),
        None => format!(
            "without a head that was kept elsewhere this says only that the ledger{whose} agrees with itself"
        ),
    });
}

/// Reads a head that was kept; a head that none of the keys signed is one that was altered.
async fn opened(service: &Service, file: &Path, keys: &[VerifyingKey]) -> Result<TreeHead, Failure> {
    let note = read(file)?;
    let broken = |error: CheckpointError| Failure::Broken(format!("{}: {error}", file.display()));
    if keys.is_empty() {
        return service.open_head(&note).await?.ok_or_else(|| broken(CheckpointError::Unsigned));
    }
    let opened = keys.iter().map(|key| TreeHead::open(&note, key));
    opened.reduce(Result::or).unwrap_or(Err(CheckpointError::Unsigned)).map_err(broken)
}

fn read(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|error| Failure::Usage(format!("{}: {error}", file.display())))
}

async fn prove(service: &Service, index: u64) -> Result<(), Failure> {
    let receipt = service.receipt(index).await?;
    let receipt =
        receipt.ok_or_else(|| Failure::failed(format_args!("no signed head is over index {index}")))?;
    print::data(&serde_json::to_string(&receipt).map_err(Failure::failed)?);
    Ok(())
}

fn no_head() -> Failure {
    Failure::failed("no head was signed yet: `countersign serve` signs one soon after the first event")
}
