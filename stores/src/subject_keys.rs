//! Subjects' keys: one for each account or client, wrapped by the keyring, and destroyed to erase it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_domain::word::KeyId;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::database::Database;
use crate::database::sql::{Statement, places};
use crate::error::StoreError;
use crate::keyring::{DerivedKey, KEY_BYTES, Keyring};
use crate::purpose::Purpose;
use crate::sealing::{Held, SubjectKey, bound, open_bytes, random_bytes, seal_bytes};

/// The most subjects that one statement asks for.
const SUBJECTS_MOST: usize = 100;

/// The keys of some subjects; none where it was destroyed.
#[derive(Default, Clone)]
pub(crate) struct SubjectKeys(HashMap<String, Option<Arc<SubjectKey>>>);

/// A subject, its wrapped key (none where it was destroyed), and the key of the keyring that wraps it.
pub(crate) type KeyRow = (String, Option<String>, String);

impl SubjectKeys {
    pub(crate) fn held(&self, subject: &str) -> Held<'_> {
        match self.0.get(subject) {
            Some(Some(key)) => Held::Key(key),
            Some(None) => Held::Destroyed,
            None => Held::Nothing,
        }
    }

    /// The key to seal with, unless it was destroyed.
    pub(crate) fn key(&self, subject: &str) -> Option<&SubjectKey> {
        self.0.get(subject)?.as_deref()
    }

    /// The key, to be kept.
    pub(crate) fn share(&self, subject: &str) -> Option<Arc<SubjectKey>> {
        self.0.get(subject)?.clone()
    }

    /// Whether it is known of all these subjects what is there of their keys.
    fn know(&self, subjects: &BTreeSet<&str>) -> bool {
        subjects.iter().all(|subject| self.0.contains_key(*subject))
    }

    /// Takes in what a row tells, unless it is known.
    pub(crate) fn learn(&mut self, keyring: &Keyring, row: KeyRow) -> Result<(), StoreError> {
        let (subject, wrapped, key_id) = row;
        if self.0.contains_key(&subject) {
            return Ok(());
        }
        let key = wrapped.map(|wrapped| unwrap(keyring, &subject, &wrapped, &key_id)).transpose()?;
        self.0.insert(subject, key.map(Arc::new));
        Ok(())
    }
}

/// Whose an event is: the account that it names, else its stream.
pub(crate) fn subject_of<'a>(stream: &'a str, payload: &'a Value) -> &'a str {
    payload.get("account").and_then(Value::as_str).unwrap_or(stream)
}

impl Database {
    /// Reads the keys of subjects.
    pub(crate) async fn subject_keys(
        &self,
        keyring: &Keyring,
        subjects: &BTreeSet<&str>,
    ) -> Result<SubjectKeys, StoreError> {
        let subjects: Vec<_> = subjects.iter().copied().collect();
        let mut keys = SubjectKeys::default();
        for some in subjects.chunks(SUBJECTS_MOST) {
            for row in self.wrapped_keys(some).await? {
                keys.learn(keyring, row)?;
            }
        }
        Ok(keys)
    }

    /// The keys of subjects: those that are known, or else all as they are stored, made where they are
    /// missing.
    pub(crate) async fn subject_keys_or_new(
        &self,
        keyring: &Keyring,
        known: &SubjectKeys,
        subjects: &BTreeSet<&str>,
    ) -> Result<SubjectKeys, StoreError> {
        if known.know(subjects) {
            return Ok(known.clone());
        }
        let keys = self.subject_keys(keyring, subjects).await?;
        if keys.know(subjects) {
            return Ok(keys);
        }
        for subject in subjects.iter().filter(|subject| !keys.0.contains_key(**subject)) {
            self.make_subject_key(keyring, subject).await?;
        }
        // Not the ones that were just made: somebody else may have been first.
        self.subject_keys(keyring, subjects).await
    }

    /// Destroys a subject's key: what was sealed with it can never be read again, and nothing that needs
    /// sealing can be stored for the subject any more.
    pub(crate) async fn destroy_subject_key(
        &self,
        keyring: &Keyring,
        subject: &str,
    ) -> Result<(), StoreError> {
        let destroy = Statement::new(
            "INSERT INTO subject_keys (subject, wrapped, key_id) VALUES ($1, NULL, $2) \
             ON CONFLICT (subject) DO UPDATE SET wrapped = NULL",
        );
        self.execute(&destroy.text(subject).text(keyring.current().to_string())).await?;
        Ok(())
    }

    async fn wrapped_keys(&self, subjects: &[&str]) -> Result<Vec<KeyRow>, sqlx::Error> {
        let select = format!(
            "SELECT subject, wrapped, key_id FROM subject_keys WHERE subject IN ({})",
            places(subjects.len())
        );
        let select = subjects.iter().fold(Statement::new(select), |select, subject| select.text(*subject));
        self.rows(&select).await
    }

    async fn make_subject_key(&self, keyring: &Keyring, subject: &str) -> Result<(), StoreError> {
        let secret = Zeroizing::new(random_bytes::<KEY_BYTES>());
        let wrapping = wrapping_key(keyring, keyring.current())?;
        let wrapped = seal_bytes(&wrapping, &bound(&[subject.as_bytes()]), secret.as_slice());
        let insert = Statement::new(
            "INSERT INTO subject_keys (subject, wrapped, key_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        )
        .text(subject)
        .text(URL_SAFE_NO_PAD.encode(wrapped))
        .text(keyring.current().to_string());
        self.execute(&insert).await?;
        Ok(())
    }
}

/// Opens a subject's wrapped key.
pub(crate) fn unwrap(
    keyring: &Keyring,
    subject: &str,
    wrapped: &str,
    key_id: &str,
) -> Result<SubjectKey, StoreError> {
    let broken = || StoreError::BrokenKey { subject: subject.to_owned() };
    let wrapping = wrapping_key(keyring, &key_id.parse().map_err(|_| broken())?)?;
    let wrapped = URL_SAFE_NO_PAD.decode(wrapped).map_err(|_| broken())?;
    let secret = open_bytes(&wrapping, &bound(&[subject.as_bytes()]), &wrapped).ok_or_else(broken)?;
    let secret = <&[u8; KEY_BYTES]>::try_from(secret.as_slice()).map_err(|_| broken())?;
    Ok(SubjectKey::new(secret))
}

fn wrapping_key(keyring: &Keyring, key: &KeyId) -> Result<DerivedKey, StoreError> {
    keyring.derive(key, Purpose::SubjectKeys).ok_or_else(|| StoreError::UnknownKey(key.clone()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sealing::Class;

    const KEYRING: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const SUBJECT: &str = "acc_01890000-0000-7000-8000-000000000001";
    /// Computed by another implementation: a key of sevens.
    const WRAPPED: &str =
        "ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7bB3_nc07ahQeSjYd1fg1BdoseaEqAarab4hASue7_H06P1GRU5OAPKio4sQj6sRM";

    #[test]
    fn a_wrapped_key_opens_as_it_always_did() {
        let keyring = Keyring::parse(KEYRING).unwrap();
        let key = unwrap(&keyring, SUBJECT, WRAPPED, "k1").unwrap();
        let sevens = SubjectKey::new(&[7; KEY_BYTES]);
        assert_eq!(
            key.open(Class::Personal, b"x", &sevens.seal(Class::Personal, b"x", b"y")).unwrap()[..],
            *b"y"
        );
    }

    #[test]
    fn a_wrapped_key_opens_for_its_subject_alone() {
        let keyring = Keyring::parse(KEYRING).unwrap();
        let other = unwrap(&keyring, "acc_other", WRAPPED, "k1");
        assert!(matches!(other, Err(StoreError::BrokenKey { .. })));
    }

    #[test]
    fn an_event_belongs_to_the_account_that_it_names_else_to_its_stream() {
        assert_eq!(subject_of("ss_1", &json!({"account": "acc_1"})), "acc_1");
        assert_eq!(subject_of("acc_2", &json!({"type": "x"})), "acc_2");
    }
}
