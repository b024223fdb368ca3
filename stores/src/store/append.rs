//! Appending: events behind what was loaded, all or none.

use std::collections::BTreeSet;

use countersign_domain::decider::{Decider, Event, Recorded};
use cqrs_es::persist::SerializedEvent;
use serde_json::Value;

use super::fold::Fold;
use super::outcome::{AppendError, outcome};
use super::{Committed, EventStore, Loaded};
use crate::metadata::Metadata;
use crate::refused::{Refused, RefusedBecause};
use crate::sealing::{EventPlace, seal_values};
use crate::subject_keys::{SubjectKeys, subject_of};

/// The last place in a stream: the adapters bind it in 32 bits.
const SEQUENCE_LAST: u64 = i32::MAX as u64;

/// An event on its way to the database.
struct Draft {
    version: u32,
    payload: Value,
}

impl EventStore {
    /// Appends events behind what was loaded, all or none, and gives the aggregate with them.
    ///
    /// No event may be older than the one before it.
    pub async fn append<D: Decider>(
        &self,
        loaded: Loaded<D>,
        events: Vec<Recorded<D::Event>>,
        metadata: &Metadata,
    ) -> Result<Committed<D>, AppendError> {
        debug_assert!(never_backwards(&loaded, &events), "time runs backwards in a stream");
        metadata.check().map_err(AppendError::Refused)?;
        let drafts = events.iter().map(Draft::of).collect::<Result<Vec<_>, _>>()?;
        let Some(last) = drafts.last() else {
            return Ok(Committed { loaded, events: Vec::new() });
        };
        let subject = subject_of(&loaded.stream, &last.payload).to_owned();
        let keys = self.keys_for(&loaded, &drafts).await?;
        let sealed = seal(&loaded, drafts, &to_json(metadata)?, &keys).map_err(AppendError::Refused)?;
        self.repository.persist::<D>(&sealed).await.map_err(outcome)?;
        Ok(self.commit(Loaded { keys, ..loaded }, events, &subject))
    }

    async fn keys_for<D>(&self, loaded: &Loaded<D>, drafts: &[Draft]) -> Result<SubjectKeys, AppendError> {
        let subjects: BTreeSet<_> =
            drafts.iter().map(|draft| subject_of(&loaded.stream, &draft.payload)).collect();
        let keys = self.database.subject_keys_or_new(&self.keyring, &loaded.keys, &subjects).await;
        keys.map_err(|cause| AppendError::NotCommitted(Box::new(cause)))
    }

    /// Takes committed events into the aggregate, and keeps a snapshot where they pass the place for one.
    fn commit<D: Decider>(
        &self,
        loaded: Loaded<D>,
        events: Vec<Recorded<D::Event>>,
        subject: &str,
    ) -> Committed<D> {
        let mut fold = Fold::new(loaded, events.len());
        let events = events.into_iter().map(|event| (fold.take(&event), event)).collect();
        let (loaded, snapshot) = fold.finish();
        if let (Some(snapshot), Some(key)) = (snapshot, loaded.keys.share(subject)) {
            self.keep_snapshot::<D>(&loaded.stream, subject, snapshot, key);
        }
        Committed { loaded, events }
    }
}

impl Draft {
    fn of<E: Event>(recorded: &Recorded<E>) -> Result<Self, AppendError> {
        Ok(Self { version: recorded.event.version(), payload: to_json(recorded)? })
    }

    fn name(&self) -> Result<String, Refused> {
        let name = self.payload.get("type").and_then(Value::as_str);
        name.map(str::to_owned).ok_or_else(|| refused("/payload/type", RefusedBecause::NoName))
    }
}

/// Gives each draft its place, and seals it to the place.
fn seal<D: Decider>(
    loaded: &Loaded<D>,
    drafts: Vec<Draft>,
    metadata: &Value,
    keys: &SubjectKeys,
) -> Result<Vec<SerializedEvent>, Refused> {
    let sequences = loaded.version.saturating_add(1)..;
    let placed = drafts.into_iter().zip(sequences);
    placed
        .map(|(draft, sequence)| {
            let place = EventPlace { stream: &loaded.stream, sequence };
            seal_one(D::TYPE, place, draft, metadata.clone(), keys)
        })
        .collect()
}

fn seal_one(
    aggregate_type: &str,
    place: EventPlace<'_>,
    draft: Draft,
    mut metadata: Value,
    keys: &SubjectKeys,
) -> Result<SerializedEvent, Refused> {
    if place.sequence > SEQUENCE_LAST {
        return Err(refused("", RefusedBecause::StreamFull));
    }
    let event_type = draft.name()?;
    let mut payload = draft.payload;
    let key = keys.key(subject_of(place.stream, &payload));
    if key.is_none() {
        leave_out_personal(&mut metadata);
    }
    seal_values(&mut payload, "/payload", place, key)?;
    seal_values(&mut metadata, "/metadata", place, key)?;
    Ok(SerializedEvent {
        aggregate_id: place.stream.to_owned(),
        sequence: usize::try_from(place.sequence).unwrap_or(usize::MAX),
        aggregate_type: aggregate_type.to_owned(),
        event_type,
        event_version: draft.version.to_string(),
        payload,
        metadata,
    })
}

/// Of metadata, every value that is not a text is about the person.
fn leave_out_personal(metadata: &mut Value) {
    if let Some(fields) = metadata.as_object_mut() {
        fields.retain(|_, value| value.is_string());
    }
}

fn never_backwards<D: Decider>(loaded: &Loaded<D>, events: &[Recorded<D::Event>]) -> bool {
    let times: Vec<_> = std::iter::once(loaded.last_at).chain(events.iter().map(|event| event.at)).collect();
    times.is_sorted()
}

fn to_json(value: &impl serde::Serialize) -> Result<Value, AppendError> {
    serde_json::to_value(value).map_err(|cause| AppendError::NotCommitted(Box::new(cause)))
}

fn refused(path: &str, because: RefusedBecause) -> Refused {
    Refused { path: path.to_owned(), because }
}
