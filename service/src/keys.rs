//! What the server's keys are used for: addresses, codes, backup and operator codes, device and refresh tokens.
//!
//! Each purpose has a key of its own, derived from the keyring; what is stored names the key id that it
//! was made with, so that the keyring can be rotated.

use std::sync::Arc;

use countersign_domain::account::{Challenge, HeldCode, HeldOperatorCode, NewBackupCode, NewOperatorCode};
use countersign_domain::code::{BackupCode, Digits, OperatorCode};
use countersign_domain::email::Email;
use countersign_domain::id::{AccountId, BackupCodeId, ChallengeId, OperatorCodeId, SignInId};
use countersign_domain::secret::Verifier;
use countersign_domain::word::{AddressKey, CodeId, CodePurpose, KeyId};
use countersign_stores::{DerivedKey, Keyring, Purpose};

use crate::mac::{is_mac, mac};
use crate::repeatable::{Repeatable, RepeatableUnder, Request};

/// The server's keys, by what they are used for.
#[derive(Debug, Clone)]
pub struct Keys(Arc<Keyring>);

/// A stored value names a key that the keyring does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingKey(pub KeyId);

/// Everything that a verification code's digits are derived from.
#[derive(Debug, Clone, Copy)]
pub struct CodeInputs {
    /// What the code is for.
    pub purpose: CodePurpose,
    /// Whose it is.
    pub account: AccountId,
    /// The sign-in that it is for.
    pub sign_in: Option<SignInId>,
    /// The challenge.
    pub challenge: ChallengeId,
    /// The random part.
    pub code_id: CodeId,
}

impl Keys {
    /// The keys of a keyring.
    pub fn new(keyring: Arc<Keyring>) -> Self {
        Self(keyring)
    }

    /// The id of the key that new values are made with.
    pub fn current(&self) -> KeyId {
        self.0.current().clone()
    }

    /// The ids of all accepted keys, the current one first.
    pub(crate) fn ids(&self) -> impl Iterator<Item = KeyId> {
        self.0.ids().cloned()
    }

    pub(crate) fn derived(&self, key: &KeyId, purpose: Purpose) -> Result<DerivedKey, MissingKey> {
        self.0.derive(key, purpose).ok_or_else(|| MissingKey(key.clone()))
    }

    /// The keys of a purpose: the current one first, then those that are still accepted.
    pub(crate) fn all_derived(&self, purpose: Purpose) -> Result<Vec<DerivedKey>, MissingKey> {
        self.0.ids().map(|key| self.derived(key, purpose)).collect()
    }

    /// The streams that an address may be claimed in: the current key's first.
    pub fn address_keys(&self, email: &Email) -> Result<Vec<AddressKey>, MissingKey> {
        self.0.ids().map(|key| self.address_key(key, email)).collect()
    }

    /// Whether a stream of an address was named with one of our keys.
    pub fn names(&self, stream: &AddressKey) -> bool {
        let stream = stream.to_string();
        self.0.ids().any(|key| stream.starts_with(&format!("em_{key}_")))
    }

    fn address_key(&self, key: &KeyId, email: &Email) -> Result<AddressKey, MissingKey> {
        let derived = self.derived(key, Purpose::AddressKeys)?;
        let hash = mac(derived.as_bytes(), &[b"email/1/", email.as_str().as_bytes()]);
        let name = format!("em_{key}_{}", hex::encode(hash));
        Ok(name.parse().expect("a key id and 64 hex digits are an address key"))
    }

    /// The digits of a code: the same whenever they are derived, so that a message can be sent again.
    pub fn digits(&self, key: &KeyId, inputs: CodeInputs) -> Result<Digits, MissingKey> {
        let derived = self.derived(key, Purpose::Codes)?;
        let purpose: &[u8] = match inputs.purpose {
            CodePurpose::Registration => b"registration",
            CodePurpose::SignIn => b"sign_in",
            CodePurpose::PasswordReset => b"password_reset",
            CodePurpose::Recovery => b"recovery",
        };
        let sign_in = inputs.sign_in.map(|id| id.uuid().into_bytes()).unwrap_or_default();
        let parts: [&[u8]; 6] = [
            purpose,
            inputs.account.as_bytes(),
            &sign_in,
            inputs.challenge.as_bytes(),
            b"email",
            inputs.code_id.0.as_bytes(),
        ];
        let hash = mac(derived.as_bytes(), &parts);
        let number = hash.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        Ok(Digits::from_number(number))
    }

    /// Whether typed digits are a challenge's; takes the same time whatever differs.
    pub fn fits(
        &self,
        purpose: CodePurpose,
        account: AccountId,
        sign_in: Option<SignInId>,
        challenge: &Challenge,
        typed: &Digits,
    ) -> Result<bool, MissingKey> {
        let inputs =
            CodeInputs { purpose, account, sign_in, challenge: challenge.id, code_id: challenge.code_id };
        let expected = self.digits(&challenge.key, inputs)?;
        Ok(subtle::ConstantTimeEq::ct_eq(expected.as_str().as_bytes(), typed.as_str().as_bytes()).into())
    }

    /// What a backup code is stored as. 115 random bits make a keyed hash enough (NIST SP 800-63B-4
    /// 3.1.2.2), and its key never enters the database.
    pub fn new_backup_code(
        &self,
        account: AccountId,
        id: BackupCodeId,
        code: &BackupCode,
    ) -> Result<NewBackupCode, MissingKey> {
        let key = self.current();
        let derived = self.derived(&key, Purpose::BackupCodes)?;
        let hash = mac(derived.as_bytes(), &backup_code_parts(&account, &id, code));
        Ok(NewBackupCode { id, verifier: Verifier::plain(hex::encode(hash)), key })
    }

    /// Whether a typed backup code is a stored one.
    pub fn is_backup_code(
        &self,
        account: AccountId,
        held: &HeldCode,
        typed: &BackupCode,
    ) -> Result<bool, MissingKey> {
        let derived = self.derived(&held.key, Purpose::BackupCodes)?;
        let stored = held.verifier.known().and_then(|stored| hex::decode(stored).ok()).unwrap_or_default();
        Ok(is_mac(derived.as_bytes(), &backup_code_parts(&account, &held.id, typed), &stored))
    }

    /// What an operator code is stored as, as a backup code is.
    pub fn new_operator_code(
        &self,
        account: AccountId,
        id: OperatorCodeId,
        code: &OperatorCode,
    ) -> Result<NewOperatorCode, MissingKey> {
        let key = self.current();
        let derived = self.derived(&key, Purpose::OperatorCodes)?;
        let parts = [account.as_bytes().as_slice(), id.as_bytes(), code.as_str().as_bytes()];
        let hash = mac(derived.as_bytes(), &parts);
        Ok(NewOperatorCode { id, verifier: Verifier::plain(hex::encode(hash)), key })
    }

    /// Whether a typed operator code is a stored one.
    pub fn is_operator_code(
        &self,
        account: AccountId,
        held: &HeldOperatorCode,
        typed: &OperatorCode,
    ) -> Result<bool, MissingKey> {
        let derived = self.derived(&held.key, Purpose::OperatorCodes)?;
        let stored = held.verifier.known().and_then(|stored| hex::decode(stored).ok()).unwrap_or_default();
        let parts = [account.as_bytes().as_slice(), held.id.as_bytes(), typed.as_str().as_bytes()];
        Ok(is_mac(derived.as_bytes(), &parts, &stored))
    }

    /// What a refresh or device token is stored as: `{key id}:{keyed hash}`.
    pub fn token_verifier(&self, purpose: Purpose, token: &str) -> Result<Verifier, MissingKey> {
        let key = self.current();
        let hash = mac(self.derived(&key, purpose)?.as_bytes(), &[token.as_bytes()]);
        Ok(Verifier::plain(format!("{key}:{}", hex::encode(hash))))
    }

    /// Whether a presented token is the one that a verifier was made of.
    pub fn is_token(&self, purpose: Purpose, verifier: &Verifier, token: &str) -> Result<bool, MissingKey> {
        let stored = verifier.known().and_then(|stored| stored.split_once(':'));
        let Some((key, hash)) =
            stored.and_then(|(key, hash)| Some((key.parse().ok()?, hex::decode(hash).ok()?)))
        else {
            return Ok(false);
        };
        Ok(is_mac(self.derived(&key, purpose)?.as_bytes(), &[token.as_bytes()], &hash))
    }
}

impl Keys {
    /// The keyed hashes of a request that may be asked again, under every accepted key, the current one first.
    pub fn repeatable(&self, request: &Request<'_>) -> Result<Repeatable, MissingKey> {
        let keys = self.all_derived(Purpose::Replies)?;
        Ok(Repeatable::new(keys.iter().map(|key| RepeatableUnder::of(key, request)).collect()))
    }
}

fn backup_code_parts<'a>(
    account: &'a AccountId,
    id: &'a BackupCodeId,
    code: &'a BackupCode,
) -> [&'a [u8]; 3] {
    [account.as_bytes(), id.as_bytes(), code.as_str().as_bytes()]
}
