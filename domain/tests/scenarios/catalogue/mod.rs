//! One stored sample of every event, for ever: what was stored once has to be readable in every later version.
//!
//! A sample is what the store keeps: the event's object with its time, sealed values as sealed strings, every optional
//! field there. It lies beside this file, one snapshot a name and version. A sample whose event changed shape stays,
//! under its old version, and has to be readable still.

mod samples;
mod stored;

pub(crate) use samples::{Aggregate, Sample, aggregates};
pub(crate) use stored::stored_samples;

use std::collections::BTreeSet;

use countersign_domain::account::AccountEvent;
use countersign_domain::decider::{Event, Recorded};
use serde_json::{Value, json};

/// The names of all events of a type, from the type itself: reading an unknown name says which ones are known.
pub(crate) fn names<E: Event>() -> Vec<String> {
    let error = serde_json::from_value::<E>(json!({ "type": "?" })).expect_err("no event has this name");
    let text = error.to_string();
    let known = text.split_once("expected").map_or("", |(_, known)| known);
    known.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The names of all events of an account.
pub(crate) fn names_of_account_events() -> Vec<String> {
    names::<AccountEvent>()
}

/// Promise 10.
#[test]
fn every_event_has_a_sample() {
    for aggregate in aggregates() {
        let sampled: Vec<&str> = aggregate.samples.iter().map(|sample| sample.name.as_str()).collect();
        let unique: BTreeSet<&str> = sampled.iter().copied().collect();
        assert_eq!(unique.len(), sampled.len(), "{} has a sample twice", aggregate.name);
        assert_eq!(
            sampled, aggregate.names,
            "{}: one sample an event, in the order of the type",
            aggregate.name
        );
    }
}

/// Promise 10.
#[test]
fn what_is_stored_today_is_what_was_stored_before() {
    for sample in aggregates().into_iter().flat_map(|aggregate| aggregate.samples) {
        stored::compare(&sample);
    }
}

/// Promise 10.
#[test]
fn every_sample_that_was_ever_stored_can_be_read() {
    let aggregates = aggregates();
    for stored in stored_samples() {
        let aggregate = aggregates.iter().find(|aggregate| aggregate.names.contains(&stored.name));
        let aggregate = aggregate.unwrap_or_else(|| panic!("no aggregate has {} any more", stored.name));
        let read = (aggregate.read)(&stored.event);
        assert!(read.is_ok(), "{} version {}: {read:?}", stored.name, stored.version);
    }
}

/// Promise 10.
#[test]
fn every_current_sample_is_stored() {
    let stored: BTreeSet<(String, u32)> =
        stored_samples().into_iter().map(|stored| (stored.name, stored.version)).collect();
    for sample in aggregates().into_iter().flat_map(|aggregate| aggregate.samples) {
        assert!(stored.contains(&(sample.name.clone(), sample.version)), "{} has no snapshot", sample.name);
    }
}

#[test]
fn an_event_with_a_field_that_nobody_knows_is_refused() {
    for aggregate in aggregates() {
        for sample in &aggregate.samples {
            let mut event = sample.event.clone();
            event["surprise"] = json!(true);
            assert!((aggregate.read)(&event).is_err(), "{} takes a surprise", sample.name);
        }
    }
}

#[test]
fn an_event_of_another_name_is_refused() {
    for aggregate in aggregates() {
        let mut event = aggregate.samples[0].event.clone();
        event["type"] = json!("account.renamed");
        assert!((aggregate.read)(&event).is_err(), "{} takes any name", aggregate.name);
    }
}

/// Reads a stored event into today's type and writes it again.
fn read_back<E: Event>(event: &Value) -> Result<Value, String> {
    let recorded: Recorded<E> = serde_json::from_value(event.clone()).map_err(|error| error.to_string())?;
    serde_json::to_value(&recorded).map_err(|error| error.to_string())
}
