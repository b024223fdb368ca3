//! Snapshots of our own: what a stream amounts to at one of its events, sealed as a whole.
//!
//! Nothing rests on them. They are written off a command's way, and one that does not fit or does not open
//! is as good as none: the stream is read from its first event.

use countersign_domain::decider::Decider;
use countersign_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use zeroize::Zeroizing;

use super::{EventStore, Loaded};
use crate::database::Database;
use crate::database::sql::Statement;
use crate::error::StoreError;
use crate::sealing::{Class, SubjectKey, bound};
use crate::subject_keys::SubjectKeys;

/// Events between two snapshots of a stream: the most that a load reads, but for one commit.
pub const SNAPSHOT_EVERY: u64 = 64;

/// A state, serialised while folding, not sealed yet.
pub(super) struct Snapshot {
    sequence: u64,
    state_version: u32,
    body: Zeroizing<Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
struct Body<D> {
    last_at: Timestamp,
    state: D,
}

/// A sealed snapshot beside the key of its subject.
type SnapshotRow = (i64, String, String, String, Option<String>);

impl Snapshot {
    /// The snapshot of what is loaded; none where the state cannot be serialised.
    pub(super) fn of<D: Decider>(loaded: &Loaded<D>) -> Option<Self> {
        let body = serde_json::to_vec(&Body { last_at: loaded.last_at, state: &loaded.state });
        if body.is_err() {
            tracing::warn!(stream = loaded.stream, "a state cannot be serialised");
        }
        let body = Zeroizing::new(body.ok()?);
        Some(Self { sequence: loaded.version, state_version: D::STATE_VERSION, body })
    }
}

impl EventStore {
    /// The newest snapshot of a stream that fits this version and opens.
    pub(super) async fn newest_snapshot<D: Decider>(
        &self,
        stream: &str,
    ) -> Result<Option<Loaded<D>>, StoreError> {
        let select = Statement::new(
            "SELECT s.sequence, s.subject, s.sealed, k.key_id, k.wrapped FROM state_snapshots s \
             JOIN subject_keys k ON k.subject = s.subject \
             WHERE s.aggregate_type = $1 AND s.aggregate_id = $2 AND s.state_version = $3",
        );
        let select = select.text(D::TYPE).text(stream).integer(i64::from(D::STATE_VERSION));
        let row = self.database.row(&select).await?;
        Ok(row.and_then(|row| self.open_snapshot(stream, row)))
    }

    fn open_snapshot<D: Decider>(&self, stream: &str, row: SnapshotRow) -> Option<Loaded<D>> {
        let (sequence, subject, sealed, key_id, wrapped) = row;
        let version = u64::try_from(sequence).ok()?;
        let mut keys = SubjectKeys::default();
        keys.learn(&self.keyring, (subject.clone(), wrapped, key_id)).ok()?;
        let key = keys.key(&subject)?;
        let place = place(stream, version, D::STATE_VERSION);
        let opened = key.open(Class::Whole, &place, &sealed).ok();
        let body = opened.and_then(|body| serde_json::from_slice::<Body<D>>(&body).ok());
        if body.is_none() {
            tracing::warn!(stream, version, "a snapshot does not open and is ignored");
        }
        let Body { last_at, state } = body?;
        Some(Loaded { stream: stream.to_owned(), state, version, last_at, keys })
    }

    /// Writes a snapshot in the background; that it fails is only logged.
    pub(super) fn keep_snapshot<D: Decider>(
        &self,
        stream: &str,
        subject: &str,
        snapshot: Snapshot,
        key: Arc<SubjectKey>,
    ) {
        let (stream, subject, database) = (stream.to_owned(), subject.to_owned(), self.database.clone());
        self.background.spawn(async move {
            if let Err(cause) = write::<D>(&database, &stream, &subject, &snapshot, &key).await {
                tracing::warn!(stream, %cause, "a snapshot was not written");
            }
        });
    }
}

async fn write<D: Decider>(
    database: &Database,
    stream: &str,
    subject: &str,
    snapshot: &Snapshot,
    key: &SubjectKey,
) -> Result<(), sqlx::Error> {
    let place = place(stream, snapshot.sequence, snapshot.state_version);
    let upsert = Statement::new(
        "INSERT INTO state_snapshots AS old \
         (aggregate_type, aggregate_id, sequence, state_version, subject, sealed) \
         VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (aggregate_type, aggregate_id) DO UPDATE SET sequence = excluded.sequence, \
         state_version = excluded.state_version, subject = excluded.subject, sealed = excluded.sealed \
         WHERE old.sequence < excluded.sequence OR old.state_version <> excluded.state_version",
    );
    let upsert = upsert.text(D::TYPE).text(stream).sequence(snapshot.sequence);
    let upsert = upsert.integer(i64::from(snapshot.state_version)).text(subject);
    database.execute(&upsert.text(key.seal(Class::Whole, &place, &snapshot.body))).await.map(drop)
}

/// What a snapshot is bound to.
fn place(stream: &str, sequence: u64, state_version: u32) -> Vec<u8> {
    bound(&[stream.as_bytes(), &sequence.to_be_bytes(), &state_version.to_be_bytes()])
}
