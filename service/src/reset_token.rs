//! The token of a password reset, `pt_…`: given for every address alike, so that it must not tell whether it leads
//! to an account.
//!
//! Like every token it carries what it stands for and a keyed hash over that. The account's id is masked by a keyed hash
//! of the reset's own id, which is never used twice: two tokens for one address have nothing in common that could be
//! seen, and one that leads nowhere looks like any other.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_domain::id::{AccountId, Id, SignInId};
use countersign_domain::time::Timestamp;
use countersign_domain::word::{AddressKey, KeyId};
use countersign_stores::Purpose;
use uuid::Uuid;

use crate::keys::{Keys, MissingKey};
use crate::mac::{MAC_BYTES, is_mac, mac};
use crate::tokens::InvalidToken;

/// What the token of a password reset begins with.
const RESET: &str = "pt";
/// What the mask's keyed hash begins with; no token begins so.
const MASK: &[u8] = b"mask";
/// What a counter's keyed hash begins with; neither a token nor a mask does.
const COUNTER: &[u8] = b"counter";
/// The most characters of a token that are looked at.
const TOKEN_LONGEST: usize = 256;
/// The bytes of an id.
const ID_BYTES: usize = 16;

/// What the token of a reset stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResetBearer {
    /// The account; one that is not, where the reset leads nowhere.
    pub account: AccountId,
    /// The reset.
    pub reset: SignInId,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl Keys {
    /// The token of a reset.
    pub fn reset_token(&self, bearer: ResetBearer) -> Result<String, MissingKey> {
        let key = self.current();
        let derived = self.derived(&key, Purpose::Tokens)?;
        let masked = masked(derived.as_bytes(), bearer.reset, *bearer.account.as_bytes());
        let expires_at = bearer.expires_at.as_millis().to_be_bytes();
        let mut body = [masked.as_slice(), bearer.reset.as_bytes(), &expires_at].concat();
        let hash = mac(derived.as_bytes(), &[RESET.as_bytes(), &body]);
        body.extend_from_slice(&hash);
        Ok(format!("{RESET}_{key}_{}", URL_SAFE_NO_PAD.encode(body)))
    }

    /// What attempts for a reset that leads nowhere are counted under: it passes for an address, and is none's.
    pub(crate) fn reset_counter(&self, reset: SignInId) -> Result<AddressKey, MissingKey> {
        let key = self.current();
        let hash = mac(self.derived(&key, Purpose::Tokens)?.as_bytes(), &[COUNTER, reset.as_bytes()]);
        Ok(format!("em_{key}_{}", hex::encode(hash))
            .parse()
            .expect("a key id and 64 hex digits are an address key"))
    }

    /// The reset that a token stands for, whether or not it has ended.
    pub fn read_reset_token(&self, token: &str) -> Result<ResetBearer, InvalidToken> {
        let text = token.strip_prefix(RESET).and_then(|text| text.strip_prefix('_'));
        let text = text.filter(|_| token.len() <= TOKEN_LONGEST).ok_or(InvalidToken)?;
        let (key, sealed) = text.split_once('_').ok_or(InvalidToken)?;
        let key: KeyId = key.parse().map_err(|_| InvalidToken)?;
        let derived = self.derived(&key, Purpose::Tokens).map_err(|_| InvalidToken)?;
        let mut body = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| InvalidToken)?;
        let hash = body.split_off(body.len().checked_sub(MAC_BYTES).ok_or(InvalidToken)?);
        if !is_mac(derived.as_bytes(), &[RESET.as_bytes(), &body], &hash) {
            return Err(InvalidToken);
        }
        let (account, behind) = body.split_first_chunk::<ID_BYTES>().ok_or(InvalidToken)?;
        let (reset, expires_at) = behind.split_first_chunk::<ID_BYTES>().ok_or(InvalidToken)?;
        let reset: SignInId = Id::new(Uuid::from_bytes(*reset));
        let expires_at = i64::from_be_bytes(expires_at.try_into().map_err(|_| InvalidToken)?);
        Ok(ResetBearer {
            account: Id::new(Uuid::from_bytes(masked(derived.as_bytes(), reset, *account))),
            reset,
            expires_at: Timestamp::from_millis(expires_at),
        })
    }
}

/// An account's id under a reset's mask; the same again takes the mask off.
fn masked(key: &[u8; 32], reset: SignInId, mut id: [u8; ID_BYTES]) -> [u8; ID_BYTES] {
    let mask = mac(key, &[MASK, reset.as_bytes()]);
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

    fn bearer() -> ResetBearer {
        let now = Timestamp::from_millis(1_700_000_000_000);
        ResetBearer { account: entropy::id(now), reset: entropy::id(now), expires_at: now }
    }

    #[test]
    fn a_token_leads_back_to_what_it_stands_for_also_after_a_rotation() {
        let bearer = bearer();
        let token = keys(KEY).reset_token(bearer).unwrap();
        assert_eq!(keys(&format!("{NEWER},{KEY}")).read_reset_token(&token), Ok(bearer));
        assert_eq!(keys(NEWER).read_reset_token(&token), Err(InvalidToken));
    }

    #[test]
    fn two_tokens_for_one_account_show_nothing_that_they_have_in_common() {
        let (first, keys) = (bearer(), keys(KEY));
        let second = ResetBearer { reset: bearer().reset, ..first };
        let shown = |bearer: ResetBearer| {
            let token = keys.reset_token(bearer).unwrap();
            let body = URL_SAFE_NO_PAD.decode(token.splitn(3, '_').nth(2).unwrap()).unwrap();
            assert!(!body.windows(6).any(|part| part == &bearer.account.as_bytes()[10..]));
            body[..ID_BYTES].to_vec()
        };
        assert_ne!(shown(first), shown(second));
    }

    #[test]
    fn a_token_with_any_character_changed_is_refused() {
        let keys = keys(KEY);
        let token = keys.reset_token(bearer()).unwrap();
        for place in 0..token.len() {
            let mut forged = token.clone().into_bytes();
            forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert_eq!(keys.read_reset_token(&forged), Err(InvalidToken), "{place}");
        }
    }
}
