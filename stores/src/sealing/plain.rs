//! What can never be stored: what could not be told apart, or hashed alike everywhere, later on.

use countersign_domain::secret::ERASED;
use serde_json::{Number, Value};

use super::class::Class;
use super::place::push_step;
use crate::refused::{Refused, RefusedBecause};

/// The largest whole number that every reader of JSON reads alike: 2^53.
const INTEGER_LARGEST: u64 = 1 << 53;

/// Refuses a key that is reserved for what stands for a sealable value.
pub(super) fn check_key(key: &str) -> Result<(), RefusedBecause> {
    if key == ERASED {
        return Err(RefusedBecause::NotPlain);
    }
    if key.starts_with('$') {
        return Err(RefusedBecause::ReservedKey);
    }
    check_characters(key)
}

/// Refuses a text that is stored in the clear and could be taken for a sealed one.
pub(super) fn check_clear_text(text: &str) -> Result<(), RefusedBecause> {
    if Class::of_sealed(text).is_some() {
        return Err(RefusedBecause::LooksSealed);
    }
    check_characters(text)
}

/// Refuses fractions, and numbers that some readers would round.
pub(super) fn check_number(number: &Number) -> Result<(), RefusedBecause> {
    let size = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
    if size.is_some_and(|size| size <= INTEGER_LARGEST) { Ok(()) } else { Err(RefusedBecause::Number) }
}

/// Checks a value that is going to be sealed, with all that is in it. It may begin like a sealed value:
/// in there it cannot be taken for one.
pub(super) fn check_sealed(value: &Value, path: &mut String) -> Result<(), Refused> {
    let refuse = |because, path: &str| Err(Refused { path: path.to_owned(), because });
    let length = path.len();
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                push_step(path, key);
                check_key(key).or_else(|because| refuse(because, path))?;
                check_sealed(value, path)?;
                path.truncate(length);
            }
        }
        Value::Array(values) => {
            for (value, index) in values.iter().zip(0_usize..) {
                push_step(path, &index.to_string());
                check_sealed(value, path)?;
                path.truncate(length);
            }
        }
        Value::String(text) => check_characters(text).or_else(|because| refuse(because, path))?,
        Value::Number(number) => check_number(number).or_else(|because| refuse(because, path))?,
        Value::Null | Value::Bool(_) => {}
    }
    Ok(())
}

fn check_characters(text: &str) -> Result<(), RefusedBecause> {
    if text.chars().any(char::is_control) { Err(RefusedBecause::ControlCharacter) } else { Ok(()) }
}
