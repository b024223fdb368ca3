//! The ledger's signed heads: made when there is news, kept, and written where somebody else keeps them.
//!
//! A head is signed only over a tree that begins with the tree of the head before. With a folder for heads,
//! the tree must begin with the one of the newest head there, too: a database that was restored from a
//! backup must not go on as if nothing had been published.

use std::fmt;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use countersign_domain::word::Reason;
use countersign_projections::ledger::{Hash, Origin, Receipt, SigningKey, TreeHead, VerifyingKey};
use countersign_stores::tree::StoredHead;
use countersign_stores::{DerivedKey, Purpose, StoreError};

use crate::entropy;
use crate::error::ServiceError;
use crate::keys::MissingKey;
use crate::service::Service;

/// How long there is between two heads at least.
const SIGN_EVERY: Duration = Duration::from_secs(1);
/// The newest head in the folder for heads.
const CHECKPOINT: &str = "checkpoint";
/// Held while somebody writes into the folder.
const LOCK: &str = ".checkpoint.lock";
/// Why the ledger got its first name.
const FIRST_NAME: &str = "the first name";

/// Why no head can be signed.
#[derive(Debug)]
pub enum SignError {
    /// The database failed, or a key is missing; the next time tries again.
    Failed(ServiceError),
    /// The folder for heads cannot be read or written.
    Folder(io::Error),
    /// The ledger does not begin with what was signed before.
    Forked {
        /// The size of the head that it does not begin with.
        size: u64,
    },
    /// The newest head in the folder is not one of this ledger.
    Foreign,
    /// A head of this ledger was signed, and the folder holds none: it is another one, or is not mounted.
    Unpublished,
}

impl Service {
    /// Signs heads until the returned future is dropped, or the ledger is not what was signed before.
    pub async fn sign_for_ever(&self, folder: Option<PathBuf>) {
        let mut told = String::new();
        loop {
            let service = self.clone();
            let checked = folder.clone();
            let Ok(signed) = self.in_task(async move { service.sign_head(checked.as_deref()).await }).await
            else {
                return;
            };
            match signed {
                Ok(_) => told.clear(),
                Err(error @ (SignError::Forked { .. } | SignError::Foreign)) => {
                    tracing::error!(%error, "no head is signed any more: see `countersign ledger new-origin`");
                    return;
                }
                // Once, and not every second: it lasts until somebody sees to it.
                Err(error) if error.to_string() != told => {
                    tracing::warn!(%error, "no head was signed; it will be tried again");
                    told = error.to_string();
                }
                Err(_) => {}
            }
            tokio::time::sleep(SIGN_EVERY).await;
        }
    }

    /// Signs the head over all events that have an index, if it is another than the newest one.
    pub async fn sign_head(&self, folder: Option<&Path>) -> Result<Option<StoredHead>, SignError> {
        let store = self.store();
        let size = store.ledger_size().await.map_err(StoreError::Database)?;
        if size == 0 {
            return Ok(None);
        }
        let origin = self.origin().await?;
        let newest = store.newest_head(origin.as_str()).await?;
        if newest.as_ref().is_some_and(|newest| newest.size == size) {
            return Ok(None);
        }
        store.grow_tree().await?;
        if let Some(newest) = &newest {
            self.check_begins_with(newest.size, newest.root).await?;
        }
        if let Some(folder) = folder
            && self.published(folder, &origin).await?.is_none()
            && newest.is_some()
        {
            return Err(SignError::Unpublished);
        }
        let root = store.tree_root(size).await?.ok_or(SignError::Forked { size })?;
        let head = TreeHead { origin: origin.clone(), size, root };
        let note = self.signing_key()?.sign(&head);
        let head = StoredHead { origin: origin.to_string(), size, root, note };
        // Published before it is kept: who finds one kept and none published knows that it is not the folder of then.
        if let Some(folder) = folder {
            self.publish(folder, &origin, &head).await?;
        }
        store.keep_head(&head, self.now()).await?;
        Ok(Some(head))
    }

    /// Writes the newest head into a folder that holds none yet, so that heads can be signed with it from now on; nothing
    /// before the first one was signed.
    pub async fn publish_head(&self, folder: &Path) -> Result<Option<StoredHead>, SignError> {
        let Some(head) = self.newest_head().await? else { return Ok(None) };
        let origin: Origin = head.origin.parse().map_err(ServiceError::broken)?;
        fs::create_dir_all(folder).map_err(SignError::Folder)?;
        self.publish(folder, &origin, &head).await?;
        Ok(Some(head))
    }

    /// The newest head; nothing before the first one was signed.
    pub async fn newest_head(&self) -> Result<Option<StoredHead>, ServiceError> {
        let Some(origin) = self.store().origin().await? else { return Ok(None) };
        Ok(self.store().newest_head(&origin).await?)
    }

    /// The newest head, and the key to check it with; nothing before the first one was signed.
    ///
    /// While the keyring is being changed it may have been signed with another key than our current one: by a server
    /// that has the new key in front already, or by ourselves before.
    pub async fn tree_head(&self) -> Result<Option<(StoredHead, VerifyingKey)>, ServiceError> {
        let Some(newest) = self.newest_head().await? else { return Ok(None) };
        let keys = self.verifying_keys(&newest.origin.parse().map_err(ServiceError::broken)?)?;
        let signer = keys.into_iter().find(|key| TreeHead::open(&newest.note, key).is_ok());
        let signer =
            signer.ok_or_else(|| ServiceError::broken("the newest head has no signature of ours"))?;
        Ok(Some((newest, signer)))
    }

    /// Opens a head of this ledger that was kept elsewhere, whichever key of the keyring it was signed with.
    pub async fn open_head(&self, note: &str) -> Result<Option<TreeHead>, ServiceError> {
        let Some(origin) = self.store().origin().await? else { return Ok(None) };
        let keys = self.verifying_keys(&origin.parse().map_err(ServiceError::broken)?)?;
        Ok(keys.iter().find_map(|key| TreeHead::open(note, key).ok()))
    }

    /// What proves to somebody who is offline that an event stands at an index; nothing before a head is
    /// over it.
    pub async fn receipt(&self, index: u64) -> Result<Option<Receipt>, ServiceError> {
        let Some(head) = self.newest_head().await? else { return Ok(None) };
        let Some(event) = self.store().audit_event_at(index, false).await? else { return Ok(None) };
        let Some(proof) = self.store().inclusion_proof(index, head.size).await? else { return Ok(None) };
        let receipt = Receipt::new(index, &event.stored.as_ledger_event(), head.size, &proof, head.note);
        receipt.map(Some).map_err(ServiceError::broken)
    }

    /// The signed note of an export's manifest; nothing before the ledger has a name.
    pub async fn sign_manifest(&self, manifest: &[u8]) -> Result<Option<String>, ServiceError> {
        let Some(origin) = self.store().origin().await? else { return Ok(None) };
        let name = origin.parse().map_err(ServiceError::broken)?;
        Ok(Some(self.signing_key()?.sign_manifest(name, manifest)))
    }

    /// Gives the ledger another name, under which heads are signed from the first event on.
    pub async fn rename_ledger(&self, reason: &Reason) -> Result<Origin, ServiceError> {
        let origin = fresh_origin()?;
        if self.store().name_ledger(origin.as_str(), &reason.to_string(), self.now()).await? {
            Ok(origin)
        } else {
            Err(ServiceError::broken("somebody else named the ledger at the same time"))
        }
    }

    /// What the ledger is called; it gets a name where it has none.
    async fn origin(&self) -> Result<Origin, SignError> {
        if self.store().origin().await?.is_none() {
            let fresh = fresh_origin()?;
            // That somebody else was first is as good.
            self.store().name_ledger(fresh.as_str(), FIRST_NAME, self.now()).await?;
        }
        let origin = self.store().origin().await?.unwrap_or_default();
        Ok(origin.parse().map_err(ServiceError::broken)?)
    }

    async fn check_begins_with(&self, size: u64, root: Hash) -> Result<(), SignError> {
        let begins = self.store().tree_root(size).await? == Some(root);
        if begins { Ok(()) } else { Err(SignError::Forked { size }) }
    }

    /// Writes a head into the folder, unless a newer one is there: another server may have been faster.
    async fn publish(&self, folder: &Path, origin: &Origin, head: &StoredHead) -> Result<(), SignError> {
        let alone = alone(folder).map_err(SignError::Folder)?;
        if self.published(folder, origin).await?.is_some_and(|there| there > head.size) {
            return Ok(());
        }
        write(folder, &head.note).map_err(SignError::Folder)?;
        drop(alone);
        Ok(())
    }

    /// The size of the head of this name that the folder holds, which the ledger begins with.
    async fn published(&self, folder: &Path, origin: &Origin) -> Result<Option<u64>, SignError> {
        let note = match fs::read_to_string(folder.join(CHECKPOINT)) {
            Ok(note) => note,
            Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(SignError::Folder(cause)),
        };
        if let Some(head) = self.open_head(&note).await? {
            // Another server may have published it a moment ago, over events that the tree here has not taken.
            self.store().grow_tree().await?;
            self.check_begins_with(head.size, head.root).await?;
            return Ok(Some(head.size));
        }
        // Under an earlier name of this ledger it was published by a ledger that went another way, and
        // somebody has said so.
        let published = note.lines().next().unwrap_or_default();
        let was_ours = self.store().was_named(published).await?;
        if was_ours && published != origin.as_str() { Ok(None) } else { Err(SignError::Foreign) }
    }

    fn signing_key(&self) -> Result<SigningKey, MissingKey> {
        let keys = &self.parts().keys;
        Ok(SigningKey::from_secret(keys.derived(&keys.current(), Purpose::Ledger)?.as_bytes()))
    }

    /// The keys that heads of this ledger can have been signed with.
    fn verifying_keys(&self, origin: &Origin) -> Result<Vec<VerifyingKey>, MissingKey> {
        let secrets = self.parts().keys.all_derived(Purpose::Ledger)?;
        let key =
            |secret: &DerivedKey| SigningKey::from_secret(secret.as_bytes()).verifying_key(origin.clone());
        Ok(secrets.iter().map(key).collect())
    }
}

fn fresh_origin() -> Result<Origin, ServiceError> {
    format!("countersign/{}", hex::encode(entropy::bytes::<8>())).parse().map_err(ServiceError::broken)
}

/// Keeps other servers from writing into the folder, until it is dropped.
fn alone(folder: &Path) -> io::Result<fs::File> {
    fs::create_dir_all(folder)?;
    let lock = fs::File::create(folder.join(LOCK))?;
    lock.lock()?;
    Ok(lock)
}

/// Writes the newest head into the folder, whole or not at all.
fn write(folder: &Path, note: &str) -> io::Result<()> {
    let new = folder.join(format!(".{CHECKPOINT}.new"));
    let mut file = fs::File::create(&new)?;
    file.write_all(note.as_bytes())?;
    file.sync_all()?;
    fs::rename(new, folder.join(CHECKPOINT))?;
    fs::File::open(folder)?.sync_all()
}

impl From<StoreError> for SignError {
    fn from(cause: StoreError) -> Self {
        Self::Failed(cause.into())
    }
}

impl From<ServiceError> for SignError {
    fn from(cause: ServiceError) -> Self {
        Self::Failed(cause)
    }
}

impl From<MissingKey> for SignError {
    fn from(cause: MissingKey) -> Self {
        Self::Failed(cause.into())
    }
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(cause) => cause.fmt(f),
            Self::Folder(cause) => write!(f, "the folder for heads cannot be used: {cause}"),
            Self::Forked { size } => {
                write!(f, "the ledger does not begin with the {size} events of a signed head")
            }
            Self::Foreign => f.write_str("the newest head in the folder is not one of this ledger"),
            Self::Unpublished => f.write_str(
                "the folder for heads holds none of this ledger, which has signed some: mount it; where it is a new \
                 one, `countersign ledger publish` begins it",
            ),
        }
    }
}

impl std::error::Error for SignError {}
