//! Loading: a stream into its aggregate, from the newest snapshot on.

use countersign_domain::decider::{Decider, Recorded};
use countersign_domain::id::ClientId;
use serde_json::Value;
use uuid::Uuid;

use super::fold::Fold;
use super::stored_event::Tail;
use super::{EventStore, Loaded};
use crate::database::sql::Statement;
use crate::error::StoreError;

impl EventStore {
    /// Reads a stream into its aggregate, with personal values and verifiers opened. A stream that isn't
    /// there is an aggregate of which nothing was recorded.
    pub async fn load<D: Decider>(&self, stream: &str) -> Result<Loaded<D>, StoreError> {
        let tail = self.tail::<D>(stream).await?;
        if tail.begins_at() == Some(1) {
            return self.fold(Loaded::fresh(stream), tail);
        }
        let Some(start) = self.newest_snapshot(stream).await? else {
            return self.fold(Loaded::fresh(stream), self.read_after::<D>(stream, 0).await?);
        };
        if tail.begins_at().is_none_or(|begin| begin == start.version + 1) {
            return self.fold(start, tail);
        }
        // Another snapshot was written between the two reads.
        let tail = self.read_after::<D>(stream, start.version).await?;
        self.fold(start, tail)
    }

    /// The event at a place in a stream, with personal values and verifiers opened.
    pub async fn event_at<D: Decider>(
        &self,
        stream: &str,
        sequence: u64,
    ) -> Result<Option<Recorded<D::Event>>, StoreError> {
        let found = self.read(D::TYPE, stream, sequence.saturating_sub(1), sequence).await?;
        let keys = self.keys_of(&found).await?;
        found.into_iter().next().map(|event| self.revive::<D>(event, &keys)).transpose()
    }

    /// The command whose event stands at a place in a stream: what tells, after an append whose outcome is
    /// not known, whether it was committed.
    pub async fn command_at<D: Decider>(
        &self,
        stream: &str,
        sequence: u64,
    ) -> Result<Option<Uuid>, StoreError> {
        let metadata = self.metadata_at(D::TYPE, stream, sequence).await?;
        let command = metadata.as_ref().and_then(|metadata| metadata.get("command_id")?.as_str());
        Ok(command.and_then(|command| command.parse().ok()))
    }

    /// The client that an event's command was asked for by, if there is one.
    pub async fn client_at<D: Decider>(
        &self,
        stream: &str,
        sequence: u64,
    ) -> Result<Option<ClientId>, StoreError> {
        let metadata = self.metadata_at(D::TYPE, stream, sequence).await?;
        let client = metadata.as_ref().and_then(|metadata| metadata.get("client")?.as_str());
        Ok(client.and_then(|client| client.parse().ok()))
    }

    async fn metadata_at(
        &self,
        aggregate_type: &str,
        stream: &str,
        sequence: u64,
    ) -> Result<Option<Value>, StoreError> {
        let select = Statement::new(
            "SELECT metadata FROM events WHERE aggregate_type = $1 AND aggregate_id = $2 AND sequence = $3",
        );
        let select = select.text(aggregate_type).text(stream).sequence(sequence);
        let found: Option<(Value,)> = self.database.row(&select).await?;
        Ok(found.map(|(metadata,)| metadata))
    }

    /// Folds a tail into what is loaded. A snapshot that the tail passes was not written, or not found, and
    /// is written now.
    fn fold<D: Decider>(&self, mut start: Loaded<D>, tail: Tail) -> Result<Loaded<D>, StoreError> {
        let Tail { events, keys } = tail;
        let Some(subject) = events.last().map(|last| last.subject().to_owned()) else { return Ok(start) };
        start.keys = keys;
        let keys = start.keys.clone();
        let mut fold = Fold::new(start, events.len());
        for event in events {
            if event.sequence != fold.next_sequence() {
                return Err(StoreError::Gap { stream: event.stream, sequence: fold.next_sequence() });
            }
            fold.take(&self.revive::<D>(event, &keys)?);
        }
        let (loaded, snapshot) = fold.finish();
        if let (Some(snapshot), Some(key)) = (snapshot, keys.share(&subject)) {
            self.keep_snapshot::<D>(&loaded.stream, &subject, snapshot, key);
        }
        Ok(loaded)
    }
}
