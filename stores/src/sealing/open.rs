//! Opening an event that was read from the database.

use countersign_domain::secret::ERASED;
use serde_json::{Map, Value};

use super::class::Class;
use super::key::SubjectKey;
use super::place::{EventPlace, push_step};
use crate::error::{Damage, StoreError};

/// What is there of a subject's key.
#[derive(Clone, Copy)]
pub(crate) enum Held<'a> {
    /// The key.
    Key(&'a SubjectKey),
    /// It was destroyed.
    Destroyed,
    /// There never was one.
    Nothing,
}

/// Opens every sealed value of some classes, and refuses what was not stored by us: values that were
/// changed or moved, and plain ones that stand where only we put them.
///
/// `path` is where the value stands in the event.
pub(crate) fn open_values(
    value: &mut Value,
    path: &str,
    place: EventPlace<'_>,
    held: Held<'_>,
    classes: &[Class],
) -> Result<(), StoreError> {
    let mut opener = Opener { place, held, classes, path: path.to_owned() };
    opener.walk(value).map_err(|damage| StoreError::Integrity {
        stream: place.stream.to_owned(),
        sequence: place.sequence,
        path: opener.path,
        damage,
    })
}

struct Opener<'a> {
    place: EventPlace<'a>,
    held: Held<'a>,
    classes: &'a [Class],
    path: String,
}

impl Opener<'_> {
    fn walk(&mut self, value: &mut Value) -> Result<(), Damage> {
        match value {
            Value::Object(fields) => fields.iter_mut().try_for_each(|(key, value)| {
                if key.starts_with('$') { Err(Damage::Unsealed) } else { self.step(key, value) }
            }),
            Value::Array(values) => values
                .iter_mut()
                .zip(0_usize..)
                .try_for_each(|(value, index)| self.step(&index.to_string(), value)),
            Value::String(text) => {
                let Some(class) = Class::of_sealed(text).filter(|class| self.classes.contains(class)) else {
                    return Ok(());
                };
                *value = self.open(class, text)?;
                Ok(())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
        }
    }

    fn step(&mut self, step: &str, value: &mut Value) -> Result<(), Damage> {
        let length = self.path.len();
        push_step(&mut self.path, step);
        self.walk(value)?;
        self.path.truncate(length);
        Ok(())
    }

    fn open(&self, class: Class, sealed: &str) -> Result<Value, Damage> {
        let marker = class.marker().ok_or(Damage::Forged)?;
        let key = match self.held {
            Held::Key(key) => key,
            Held::Destroyed => return Ok(marked(ERASED, Value::Bool(true))),
            Held::Nothing => return Err(Damage::NoKey),
        };
        let plain = key.open(class, &self.place.at(&self.path), sealed)?;
        Ok(marked(marker, serde_json::from_slice(&plain).map_err(|_| Damage::Forged)?))
    }
}

/// The object that stands for a sealable value.
fn marked(key: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(key.to_owned(), value)]))
}
