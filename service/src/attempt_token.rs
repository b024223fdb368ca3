//! The tokens of a password reset, `pt_…`, and of a recovery, `rc_…`: given for every address alike, so that they must
//! not tell whether they lead to an account.
//!
//! Like every token they carry what they stand for and a keyed hash over that. The account's id is masked by a keyed hash
//! of the attempt's own id, which is never used twice: two tokens for one address have nothing in common that could be
//! seen, and one that leads nowhere looks like any other.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_domain::id::{AccountId, ClientId, Id, SignInId};
use countersign_domain::time::Timestamp;
use countersign_domain::word::{AddressKey, KeyId};
use countersign_stores::Purpose;
use uuid::Uuid;

use crate::keys::{Keys, MissingKey};
use crate::mac::{MAC_BYTES, is_mac, mac};
use crate::tokens::{InvalidToken, owner};

/// What a token begins with: what it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptKind {
    /// A password reset.
    Reset,
    /// A recovery.
    Recovery,
}

/// What the mask's keyed hash begins with; no token begins so.
const MASK: &[u8] = b"mask";
/// What a counter's keyed hash begins with; neither a token nor a mask does.
const COUNTER: &[u8] = b"counter";
/// The most characters of a token that are looked at.
const TOKEN_LONGEST: usize = 256;
/// The bytes of an id.
const ID_BYTES: usize = 16;
/// The bytes of a time.
const TIME_BYTES: usize = 8;

impl AttemptKind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Reset => "pt",
            Self::Recovery => "rc",
        }
    }
}

/// What the token of a reset or a recovery stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptBearer {
    /// The account; one that is not, where the attempt leads nowhere.
    pub account: AccountId,
    /// The attempt.
    pub attempt: SignInId,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl Keys {
    /// The token of a reset or a recovery, for the client that asked for it.
    pub fn attempt_token(
        &self,
        kind: AttemptKind,
        bearer: AttemptBearer,
        client: Option<ClientId>,
    ) -> Result<String, MissingKey> {
        let key = self.current();
        let derived = self.derived(&key, Purpose::Tokens)?;
        let masked = masked(derived.as_bytes(), bearer.attempt, *bearer.account.as_bytes());
        let expires_at = bearer.expires_at.as_millis().to_be_bytes();
        let owner = owner(client);
        let mut body = [masked.as_slice(), bearer.attempt.as_bytes(), &expires_at, owner.as_slice()].concat();
        let hash = mac(derived.as_bytes(), &[kind.prefix().as_bytes(), &body]);
        body.extend_from_slice(&hash);
        Ok(format!("{}_{key}_{}", kind.prefix(), URL_SAFE_NO_PAD.encode(body)))
    }

    /// What attempts for an attempt that leads nowhere are counted under: it passes for an address, and is none's.
    pub(crate) fn attempt_counter(&self, attempt: SignInId) -> Result<AddressKey, MissingKey> {
        let key = self.current();
        let hash = mac(self.derived(&key, Purpose::Tokens)?.as_bytes(), &[COUNTER, attempt.as_bytes()]);
        Ok(format!("em_{key}_{}", hex::encode(hash))
            .parse()
            .expect("a key id and 64 hex digits are an address key"))
    }

    /// The attempt that a token stands for, whether or not it has ended; another client's token is none.
    pub fn read_attempt_token(
        &self,
        kind: AttemptKind,
        token: &str,
        client: Option<ClientId>,
    ) -> Result<AttemptBearer, InvalidToken> {
        let text = token.strip_prefix(kind.prefix()).and_then(|text| text.strip_prefix('_'));
        let text = text.filter(|_| token.len() <= TOKEN_LONGEST).ok_or(InvalidToken)?;
        let (key, sealed) = text.split_once('_').ok_or(InvalidToken)?;
        let key: KeyId = key.parse().map_err(|_| InvalidToken)?;
        let derived = self.derived(&key, Purpose::Tokens).map_err(|_| InvalidToken)?;
        let mut body = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| InvalidToken)?;
        let hash = body.split_off(body.len().checked_sub(MAC_BYTES).ok_or(InvalidToken)?);
        if !is_mac(derived.as_bytes(), &[kind.prefix().as_bytes(), &body], &hash) {
            return Err(InvalidToken);
        }
        let (account, behind) = body.split_first_chunk::<ID_BYTES>().ok_or(InvalidToken)?;
        let (attempt, behind) = behind.split_first_chunk::<ID_BYTES>().ok_or(InvalidToken)?;
        let (expires_at, belongs_to) = behind.split_first_chunk::<TIME_BYTES>().ok_or(InvalidToken)?;
        if belongs_to != owner(client) {
            return Err(InvalidToken);
        }
        let attempt: SignInId = Id::new(Uuid::from_bytes(*attempt));
        let expires_at = i64::from_be_bytes(*expires_at);
        Ok(AttemptBearer {
            account: Id::new(Uuid::from_bytes(masked(derived.as_bytes(), attempt, *account))),
            attempt,
            expires_at: Timestamp::from_millis(expires_at),
        })
    }
}

/// An account's id under an attempt's mask; the same again takes the mask off.
fn masked(key: &[u8; 32], attempt: SignInId, mut id: [u8; ID_BYTES]) -> [u8; ID_BYTES] {
    let mask = mac(key, &[MASK, attempt.as_bytes()]);
    id.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    id
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use countersign_stores::Keyring;

    use super::*;
    use crate::entropy;

    const KEY: &str = "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const NEWER: &str = "k2:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

    fn keys(keyring: &str) -> Keys {
        Keys::new(Arc::new(Keyring::parse(keyring).unwrap()))
    }

    fn bearer() -> AttemptBearer {
        let now = Timestamp::from_millis(1_700_000_000_000);
        AttemptBearer { account: entropy::id(now), attempt: entropy::id(now), expires_at: now }
    }

    #[test]
    fn a_token_leads_back_to_what_it_stands_for_also_after_a_rotation() {
        let bearer = bearer();
        let token = keys(KEY).attempt_token(AttemptKind::Reset, bearer, None).unwrap();
        assert_eq!(
            keys(&format!("{NEWER},{KEY}")).read_attempt_token(AttemptKind::Reset, &token, None),
            Ok(bearer)
        );
        assert_eq!(keys(NEWER).read_attempt_token(AttemptKind::Reset, &token, None), Err(InvalidToken));
    }

    #[test]
    fn two_tokens_for_one_account_show_nothing_that_they_have_in_common() {
        let (first, keys) = (bearer(), keys(KEY));
        let second = AttemptBearer { attempt: bearer().attempt, ..first };
        let shown = |bearer: AttemptBearer| {
            let token = keys.attempt_token(AttemptKind::Reset, bearer, None).unwrap();
            let body = URL_SAFE_NO_PAD.decode(token.splitn(3, '_').nth(2).unwrap()).unwrap();
            assert!(!body.windows(6).any(|part| part == &bearer.account.as_bytes()[10..]));
            body[..ID_BYTES].to_vec()
        };
        assert_ne!(shown(first), shown(second));
    }

    #[test]
    fn a_token_of_a_reset_is_none_of_a_recovery() {
        let (keys, bearer) = (keys(KEY), bearer());
        let token = keys.attempt_token(AttemptKind::Reset, bearer, None).unwrap();
        assert_eq!(keys.read_attempt_token(AttemptKind::Recovery, &token, None), Err(InvalidToken));
        let dressed = token.replacen("pt_", "rc_", 1);
        assert_eq!(keys.read_attempt_token(AttemptKind::Recovery, &dressed, None), Err(InvalidToken));
    }

    #[test]
    fn a_token_is_good_for_its_client_alone() {
        let (keys, bearer) = (keys(KEY), bearer());
        let now = Timestamp::from_millis(1_700_000_000_000);
        let clients = [None, Some(entropy::id(now)), Some(entropy::id(now))];
        for own in clients {
            let token = keys.attempt_token(AttemptKind::Recovery, bearer, own).unwrap();
            for other in clients {
                let read = keys.read_attempt_token(AttemptKind::Recovery, &token, other);
                assert_eq!(read.is_ok(), own == other);
            }
        }
    }

    #[test]
    fn a_token_with_any_character_changed_is_refused() {
        let keys = keys(KEY);
        let token = keys.attempt_token(AttemptKind::Reset, bearer(), None).unwrap();
        for place in 0..token.len() {
            let mut forged = token.clone().into_bytes();
            forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert_eq!(
                keys.read_attempt_token(AttemptKind::Reset, &forged, None),
                Err(InvalidToken),
                "{place}"
            );
        }
    }
}
