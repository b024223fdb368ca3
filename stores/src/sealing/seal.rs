//! Sealing an event on its way to the database.

use serde_json::Value;
use zeroize::Zeroizing;

use super::class::Class;
use super::key::SubjectKey;
use super::place::{EventPlace, push_step};
use super::plain::{check_clear_text, check_key, check_number, check_sealed};
use crate::refused::{Refused, RefusedBecause};

/// Seals every object that stands for a plain sealable value, and refuses what can never be stored.
///
/// `path` is where the value stands in the event; without a key nothing can be sealed.
pub(crate) fn seal_values(
    value: &mut Value,
    path: &str,
    place: EventPlace<'_>,
    key: Option<&SubjectKey>,
) -> Result<(), Refused> {
    Sealer { place, key, path: path.to_owned() }.walk(value)
}

struct Sealer<'a> {
    place: EventPlace<'a>,
    key: Option<&'a SubjectKey>,
    path: String,
}

impl Sealer<'_> {
    fn walk(&mut self, value: &mut Value) -> Result<(), Refused> {
        if let Some((class, plain)) = take_marked(value) {
            *value = Value::String(self.seal(class, &plain)?);
            return Ok(());
        }
        match value {
            Value::Object(fields) => {
                fields.iter_mut().try_for_each(|(key, value)| self.step(key, value, check_key(key)))
            }
            Value::Array(values) => values
                .iter_mut()
                .zip(0_usize..)
                .try_for_each(|(value, index)| self.step(&index.to_string(), value, Ok(()))),
            Value::String(text) => self.refuse(check_clear_text(text)),
            Value::Number(number) => self.refuse(check_number(number)),
            Value::Null | Value::Bool(_) => Ok(()),
        }
    }

    fn step(
        &mut self,
        step: &str,
        value: &mut Value,
        checked: Result<(), RefusedBecause>,
    ) -> Result<(), Refused> {
        let length = self.path.len();
        push_step(&mut self.path, step);
        self.refuse(checked)?;
        self.walk(value)?;
        self.path.truncate(length);
        Ok(())
    }

    fn seal(&mut self, class: Class, plain: &Value) -> Result<String, Refused> {
        check_sealed(plain, &mut self.path)?;
        let Some(key) = self.key else {
            return Err(self.refused(RefusedBecause::SubjectErased));
        };
        let plain = Zeroizing::new(plain.to_string());
        Ok(key.seal(class, &self.place.at(&self.path), plain.as_bytes()))
    }

    fn refuse<T>(&self, checked: Result<T, RefusedBecause>) -> Result<T, Refused> {
        checked.map_err(|because| self.refused(because))
    }

    fn refused(&self, because: RefusedBecause) -> Refused {
        Refused { path: self.path.clone(), because }
    }
}

/// Takes the plain value out of an object that stands for one.
fn take_marked(value: &mut Value) -> Option<(Class, Value)> {
    let fields = value.as_object_mut().filter(|fields| fields.len() == 1)?;
    let (key, plain) = fields.iter_mut().next()?;
    Some((Class::of_marker(key)?, plain.take()))
}
