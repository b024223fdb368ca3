//! The page of events: every stored name with its meaning, its fields and its sample.

use std::fmt::Write as _;

use serde_json::Value;

use super::source::{Described, variant};
use super::{UPDATE, cell, is_up_to_date, read};
use crate::catalogue::{Aggregate, Sample, aggregates, stored_samples};

fn page() -> String {
    let aggregates = aggregates();
    let mut page = format!(
        "# Events\n\nEverything that can be recorded, as it is stored. Made from the catalogue in \
         `domain/tests/scenarios/catalogue` and from the comments beside the events; to write this page anew: \
         `{UPDATE}`.\n\nEvery event has `type`, its stored name, and `at`, the time it happened at, besides the fields \
         that are listed. A *personal* value and a *verifier* are sealed: a string of class, key id and \
         ciphertext.\n\n"
    );
    page.push_str(&contents(&aggregates));
    for aggregate in &aggregates {
        let source = read(aggregate.source);
        let _ = write!(page, "## {}\n\n", aggregate.name);
        aggregate.samples.iter().for_each(|sample| page.push_str(&chapter(aggregate, sample, &source)));
    }
    page.trim_end().to_owned() + "\n"
}

fn contents(aggregates: &[Aggregate]) -> String {
    let mut text = "| aggregate | events |\n|---|---|\n".to_owned();
    for aggregate in aggregates {
        let names = aggregate.names.iter().map(|name| format!("[`{name}`](#{})", name.replace('.', "")));
        let _ = writeln!(text, "| {} | {} |", aggregate.name, names.collect::<Vec<_>>().join(" "));
    }
    text + "\n"
}

fn chapter(aggregate: &Aggregate, sample: &Sample, source: &str) -> String {
    let described = variant(source, &sample.name)
        .unwrap_or_else(|| panic!("{} stands beside no variant in {}", sample.name, aggregate.source));
    let mut text = format!(
        "### {}\n\n`{}`, version {}{}. {}\n\n",
        sample.name,
        described.variant.name,
        sample.version,
        past_versions(sample),
        described.variant.doc
    );
    if !described.fields.is_empty() {
        text.push_str("| field | meaning | |\n|---|---|---|\n");
        described.fields.iter().for_each(|field| text.push_str(&row(aggregate, sample, field)));
        text.push('\n');
    }
    let json = serde_json::to_string_pretty(&sorted(&sample.event)).expect("a sample is JSON");
    let _ = write!(text, "```json\n{json}\n```\n\n");
    text
}

/// The older versions that are still read.
fn past_versions(sample: &Sample) -> String {
    let past = stored_samples().into_iter().filter(|stored| stored.name == sample.name);
    let past: Vec<String> = past
        .filter(|stored| stored.version != sample.version)
        .map(|stored| stored.version.to_string())
        .collect();
    if past.is_empty() { String::new() } else { format!(", which followed {}", past.join(" and ")) }
}

fn row(aggregate: &Aggregate, sample: &Sample, field: &Described) -> String {
    let value = sample.event.get(&field.name);
    let value = value.unwrap_or_else(|| panic!("the sample of {} has no {}", sample.name, field.name));
    assert!(!field.doc.is_empty(), "{} of {} has no meaning", field.name, sample.name);
    let marks = [sealed(value), optional(aggregate, sample, &field.name)];
    let marks: Vec<&str> = marks.into_iter().flatten().collect();
    format!("| `{}` | {} | {} |\n", field.name, cell(&field.doc), marks.join(", "))
}

fn sealed(value: &Value) -> Option<&'static str> {
    let text = value.as_str()?;
    let class = |prefix, name| text.starts_with(prefix).then_some(name);
    class("s1p.", "personal").or_else(|| class("s1v.", "verifier"))
}

/// A field is optional if the event can be read without it.
fn optional(aggregate: &Aggregate, sample: &Sample, field: &str) -> Option<&'static str> {
    let mut event = sample.event.clone();
    event.as_object_mut()?.remove(field);
    (aggregate.read)(&event).is_ok().then_some("optional")
}

/// The same with keys in their order, whatever order the JSON library keeps.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut keys: Vec<&String> = fields.keys().collect();
            keys.sort();
            keys.into_iter().filter_map(|key| Some((key.clone(), sorted(fields.get(key)?)))).collect()
        }
        other => other.clone(),
    }
}

#[test]
fn the_page_of_events_is_up_to_date() {
    is_up_to_date("events.md", &page());
}

#[test]
fn every_field_of_a_sample_is_described() {
    for aggregate in aggregates() {
        let source = read(aggregate.source);
        for sample in &aggregate.samples {
            let described = variant(&source, &sample.name).expect("the event is in its source");
            let mut told: Vec<&str> = described.fields.iter().map(|field| field.name.as_str()).collect();
            let fields = sample.event.as_object().expect("an event is an object");
            let mut stored: Vec<&str> =
                fields.keys().map(String::as_str).filter(|key| !["type", "at"].contains(key)).collect();
            told.sort_unstable();
            stored.sort_unstable();
            assert_eq!(told, stored, "{}: each field once, optional ones too", sample.name);
        }
    }
}
