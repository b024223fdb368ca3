//! Key checks: a service with the wrong keyring must not start, since what it wrote could never be read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use countersign_domain::word::KeyId;

use crate::database::sql::Statement;
use crate::database::{Database, Writing};
use crate::keyring::{DerivedKey, Keyring};
use crate::purpose::Purpose;

/// The label that the check value of a key is derived with.
const CHECK_LABEL: &str = "countersign/key-check/1";

/// What keeps two starting services from checking at once.
const LOCK: &str = "countersign/key-checks";

/// A key and the label of a purpose.
type Place = (KeyId, String);
/// The check value at each place.
type Checks = BTreeMap<Place, String>;

/// Why the keyring does not fit the database.
#[derive(Debug)]
pub enum KeyCheckError {
    /// Something stored was made with a key that the keyring does not have.
    Missing(KeyId),
    /// The keyring has another key under this id than the one that stored values were made with.
    Differs(KeyId),
    /// The database failed at a statement.
    Sql(sqlx::Error),
}

impl Database {
    /// Refuses a keyring that lacks a key which the database was used with, or has another under its id;
    /// remembers keys that are new.
    pub async fn check_keys(&self, keyring: &Keyring) -> Result<(), KeyCheckError> {
        let given = checks(keyring);
        let mut writing = self.begin().await?;
        writing.hold(LOCK).await?;
        let stored = stored_checks(&mut writing).await?;
        compare(&stored, &given, keyring)?;
        for (place, value) in given.iter().filter(|(place, _)| !stored.contains_key(*place)) {
            remember(&mut writing, place, value).await?;
        }
        Ok(writing.commit().await?)
    }
}

async fn stored_checks(writing: &mut Writing) -> Result<Checks, KeyCheckError> {
    let all = Statement::new("SELECT key_id, purpose, check_value FROM key_checks");
    let rows: Vec<(String, String, String)> = writing.rows(&all).await?;
    rows.into_iter().map(|(key, purpose, value)| Ok(((parsed(&key)?, purpose), value))).collect()
}

async fn remember(writing: &mut Writing, place: &Place, value: &str) -> Result<(), KeyCheckError> {
    let insert = Statement::new("INSERT INTO key_checks (key_id, purpose, check_value) VALUES ($1, $2, $3)");
    let (key, purpose) = place;
    writing.execute(&insert.text(key.to_string()).text(purpose).text(value)).await?;
    Ok(())
}

/// The check values of every key and purpose of a keyring.
fn checks(keyring: &Keyring) -> Checks {
    let all = keyring.ids().flat_map(|key| Purpose::ALL.map(|purpose| (key, purpose)));
    all.filter_map(|(key, purpose)| {
        let value = check_value(&keyring.derive(key, purpose)?);
        Some(((key.clone(), purpose.label().to_owned()), value))
    })
    .collect()
}

/// What tells a key from another, and says nothing else about it.
fn check_value(key: &DerivedKey) -> String {
    hex::encode(DerivedKey::derive(key.as_bytes(), CHECK_LABEL).as_bytes())
}

/// Compares what is stored with what is given. A purpose that this version does not know is another
/// version's business.
fn compare(stored: &Checks, given: &Checks, keyring: &Keyring) -> Result<(), KeyCheckError> {
    let accepted: BTreeSet<_> = keyring.ids().collect();
    for (place, value) in stored {
        if !accepted.contains(&place.0) {
            return Err(KeyCheckError::Missing(place.0.clone()));
        }
        if given.get(place).is_some_and(|other| other != value) {
            return Err(KeyCheckError::Differs(place.0.clone()));
        }
    }
    Ok(())
}

fn parsed(key: &str) -> Result<KeyId, sqlx::Error> {
    key.parse().map_err(|cause| sqlx::Error::Decode(Box::new(cause)))
}

impl fmt::Display for KeyCheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(key) => write!(f, "the keyring lacks key {key}, which the database was used with"),
            Self::Differs(key) => write!(f, "key {key} is not the one that the database was used with"),
            Self::Sql(cause) => write!(f, "the database failed: {cause}"),
        }
    }
}

impl std::error::Error for KeyCheckError {}

impl From<sqlx::Error> for KeyCheckError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Sql(cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by another implementation: databases hold it.
    #[test]
    fn the_check_value_of_a_key_is_what_it_always_was() {
        let keyring = Keyring::parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
        let key = keyring.derive(keyring.current(), Purpose::SubjectKeys).unwrap();
        assert_eq!(check_value(&key), "9d10aaf9a21652cc6bd10b99f121d196be6f39c859cc5f549ed8405e59a3fad8");
    }
}
