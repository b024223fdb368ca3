//! Tokens: what a client holds to come back to a registration, a sign-in or a session.
//!
//! A token says what it is for in its prefix, names the key that it was made with, and carries the ids
//! that it stands for, so that no table is needed to find the stream; a keyed hash over all of it, and
//! over the kind, makes it impossible to forge, alter, or use for anything else. Access tokens, which others
//! check as well, are of another form: see [`access_token`](crate::access_token).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_domain::id::{AccountId, ClientId, Id, RegistrationId, SessionId, SignInId};
use countersign_domain::word::KeyId;
use countersign_stores::Purpose;
use uuid::Uuid;

use crate::entropy;
use crate::keys::{Keys, MissingKey};
use crate::mac::{MAC_BYTES, is_mac, mac};

/// The most characters of a token that are looked at.
const TOKEN_LONGEST: usize = 256;
/// Random bytes of a refresh token.
const REFRESH_BYTES: usize = 32;
/// Random bytes of a device token: 128 bits.
const DEVICE_BYTES: usize = 16;

/// Random bytes of a client key.
const CLIENT_KEY_BYTES: usize = 32;

/// What a client's key begins with.
const CLIENT_KEY: &str = "ck_";
/// The token of a registration, `vt_…`.
const REGISTRATION: &str = "vt";
/// The token of a sign-in, `st_…`.
const SIGN_IN: &str = "st";
/// The refresh token of a session, `rt_…`.
const REFRESH: &str = "rt";
/// The bytes of the ids that a token begins with.
const PAIR_BYTES: usize = 32;

/// What a token of a sign-in or a registration stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bearer<T> {
    /// The account.
    pub account: AccountId,
    /// The thing of that account.
    pub thing: T,
}

/// A text that is not a token of the expected kind, or not one that we made, or not any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidToken;

impl Keys {
    /// The token of a registration, for the client that asked for it.
    pub fn registration_token(
        &self,
        account: AccountId,
        id: RegistrationId,
        client: Option<ClientId>,
    ) -> Result<String, MissingKey> {
        self.seal(REGISTRATION, &[account.as_bytes(), id.as_bytes(), &owner(client)])
    }

    /// The registration that a token stands for; another client's token is none.
    pub fn read_registration_token(
        &self,
        token: &str,
        client: Option<ClientId>,
    ) -> Result<Bearer<RegistrationId>, InvalidToken> {
        let body = self.open(REGISTRATION, token)?;
        let (pair, belongs_to) = body.split_at_checked(PAIR_BYTES).ok_or(InvalidToken)?;
        if belongs_to == owner(client) { pair_of(pair) } else { Err(InvalidToken) }
    }

    /// The token of a sign-in, which says whose client's it is.
    pub fn sign_in_token(
        &self,
        account: AccountId,
        id: SignInId,
        client: Option<ClientId>,
    ) -> Result<String, MissingKey> {
        self.seal(SIGN_IN, &[account.as_bytes(), id.as_bytes(), &owner(client)])
    }

    /// The sign-in that a token stands for, and the client that it belongs to.
    pub fn read_sign_in_token(
        &self,
        token: &str,
    ) -> Result<(Bearer<SignInId>, Option<ClientId>), InvalidToken> {
        let body = self.open(SIGN_IN, token)?;
        let (pair, belongs_to) = body.split_at_checked(PAIR_BYTES).ok_or(InvalidToken)?;
        let client = match belongs_to {
            [] => None,
            client => Some(Id::new(Uuid::from_slice(client).map_err(|_| InvalidToken)?)),
        };
        Ok((pair_of(pair)?, client))
    }

    /// A new refresh token, `rt_…`, with 256 random bits.
    pub fn refresh_token(&self, account: AccountId, session: SessionId) -> Result<String, MissingKey> {
        self.seal_refresh(&self.current(), account, session, &entropy::bytes())
    }

    /// The session that a refresh token stands for, or stood for: one that was exchanged is read as well.
    pub fn read_refresh_token(&self, token: &str) -> Result<Bearer<SessionId>, InvalidToken> {
        let body = self.open(REFRESH, token)?;
        let (pair, _) = body.split_at_checked(PAIR_BYTES).ok_or(InvalidToken)?;
        pair_of(pair)
    }

    /// The tokens that a refresh token can be exchanged for, one for each key, the current key's first.
    ///
    /// Each is derived from the token, so that a lost reply can be given again though nothing of it is kept; and with a
    /// key that no client has, so that who has a token does not have its successors.
    pub fn refresh_children(
        &self,
        token: &str,
        of: Bearer<SessionId>,
    ) -> Result<Vec<(KeyId, String)>, MissingKey> {
        let child = |key: KeyId| {
            let derived = self.derived(&key, Purpose::RefreshChildren)?;
            let secret = mac(derived.as_bytes(), &[token.as_bytes()]);
            let child = self.seal_refresh(&key, of.account, of.thing, &secret)?;
            Ok((key, child))
        };
        self.ids().map(child).collect()
    }

    fn seal_refresh(
        &self,
        key: &KeyId,
        account: AccountId,
        session: SessionId,
        secret: &[u8; REFRESH_BYTES],
    ) -> Result<String, MissingKey> {
        self.seal_with(key, REFRESH, &[account.as_bytes(), session.as_bytes(), secret])
    }

    fn seal(&self, kind: &str, parts: &[&[u8]]) -> Result<String, MissingKey> {
        self.seal_with(&self.current(), kind, parts)
    }

    fn seal_with(&self, key: &KeyId, kind: &str, parts: &[&[u8]]) -> Result<String, MissingKey> {
        let mut body = parts.concat();
        let hash = mac(self.derived(key, Purpose::Tokens)?.as_bytes(), &[kind.as_bytes(), &body]);
        body.extend_from_slice(&hash);
        Ok(format!("{kind}_{key}_{}", URL_SAFE_NO_PAD.encode(body)))
    }

    fn open(&self, kind: &str, token: &str) -> Result<Vec<u8>, InvalidToken> {
        if token.len() > TOKEN_LONGEST {
            return Err(InvalidToken);
        }
        let rest = token.strip_prefix(kind).and_then(|rest| rest.strip_prefix('_')).ok_or(InvalidToken)?;
        let (key, sealed) = rest.split_once('_').ok_or(InvalidToken)?;
        let key: KeyId = key.parse().map_err(|_| InvalidToken)?;
        let mut body = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| InvalidToken)?;
        let hash = body.split_off(body.len().checked_sub(MAC_BYTES).ok_or(InvalidToken)?);
        let derived = self.derived(&key, Purpose::Tokens).map_err(|_| InvalidToken)?;
        if is_mac(derived.as_bytes(), &[kind.as_bytes(), &body], &hash) {
            Ok(body)
        } else {
            Err(InvalidToken)
        }
    }
}

/// A new device token, `dt_…`: 128 random bits.
pub fn device_token() -> String {
    format!("dt_{}", URL_SAFE_NO_PAD.encode(entropy::bytes::<DEVICE_BYTES>()))
}

/// A new client key, `ck_…`: the client's id, and 256 random bits.
pub fn client_key(client: ClientId) -> String {
    let secret = entropy::bytes::<CLIENT_KEY_BYTES>();
    format!("{CLIENT_KEY}{}", URL_SAFE_NO_PAD.encode([client.as_bytes().as_slice(), &secret].concat()))
}

/// Whether a text is, by its form, a client's key, good or not.
pub fn is_client_key(text: &str) -> bool {
    text.starts_with(CLIENT_KEY)
}

/// The client that a key claims to be of.
pub fn client_of(key: &str) -> Result<ClientId, InvalidToken> {
    let body = key.strip_prefix(CLIENT_KEY).filter(|body| body.len() <= TOKEN_LONGEST).ok_or(InvalidToken)?;
    let body = URL_SAFE_NO_PAD.decode(body).map_err(|_| InvalidToken)?;
    let id = body.get(..16).and_then(|id| Uuid::from_slice(id).ok()).ok_or(InvalidToken)?;
    Ok(Id::new(id))
}

/// The client that a token belongs to, as it stands in the token: nothing in development.
pub(crate) fn owner(client: Option<ClientId>) -> Vec<u8> {
    client.map(|client| client.as_bytes().to_vec()).unwrap_or_default()
}

fn pair_of<K>(body: &[u8]) -> Result<Bearer<Id<K>>, InvalidToken> {
    let (account, thing) = body.split_at_checked(16).ok_or(InvalidToken)?;
    let uuid = |bytes: &[u8]| Uuid::from_slice(bytes).map_err(|_| InvalidToken);
    Ok(Bearer { account: Id::new(uuid(account)?), thing: Id::new(uuid(thing)?) })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use countersign_domain::time::Timestamp;
    use countersign_stores::Keyring;

    use super::*;

    fn keys(keyring: &str) -> Keys {
        Keys::new(Arc::new(Keyring::parse(keyring).unwrap()))
    }

    const OLD: &str = "old:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const NEW: &str = "new:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

    fn ids() -> (AccountId, SignInId) {
        let now = Timestamp::from_millis(1_700_000_000_000);
        (entropy::id(now), entropy::id(now))
    }

    #[test]
    fn a_token_leads_back_to_what_it_stands_for_also_after_a_rotation() {
        let (account, thing) = ids();
        let token = keys(OLD).sign_in_token(account, thing, None).unwrap();
        let rotated = keys(&format!("{NEW},{OLD}"));
        assert_eq!(rotated.read_sign_in_token(&token), Ok((Bearer { account, thing }, None)));
        assert_eq!(keys(NEW).read_sign_in_token(&token), Err(InvalidToken));
    }

    #[test]
    fn a_token_with_any_character_changed_is_refused() {
        let (account, thing) = ids();
        let keys = keys(OLD);
        let token = keys.sign_in_token(account, thing, None).unwrap();
        for place in 0..token.len() {
            let mut forged = token.clone().into_bytes();
            forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert_eq!(keys.read_sign_in_token(&forged), Err(InvalidToken), "{place}");
        }
    }

    #[test]
    fn a_token_of_one_kind_is_no_token_of_another() {
        let now = Timestamp::from_millis(1_700_000_000_000);
        let (account, sign_in) = ids();
        let keys = keys(OLD);
        let tokens = [
            keys.sign_in_token(account, sign_in, None).unwrap(),
            keys.registration_token(account, entropy::id(now), None).unwrap(),
            keys.refresh_token(account, entropy::id(now)).unwrap(),
        ];
        for (own, token) in tokens.iter().enumerate() {
            for (other, kind) in ["st", "vt", "rt"].iter().enumerate() {
                let (_, rest) = token.split_once('_').unwrap();
                let dressed = format!("{kind}_{rest}");
                let accepted = [
                    keys.read_sign_in_token(&dressed).is_ok(),
                    keys.read_registration_token(&dressed, None).is_ok(),
                    keys.read_refresh_token(&dressed).is_ok(),
                ];
                let expected: [bool; 3] = std::array::from_fn(|reader| reader == own && own == other);
                assert_eq!(accepted, expected, "{token} as {kind}");
            }
        }
    }

    #[test]
    fn a_registrations_token_is_good_for_its_client_alone() {
        let now = Timestamp::from_millis(1_700_000_000_000);
        let (account, _) = ids();
        let clients = [None, Some(entropy::id(now)), Some(entropy::id(now))];
        for own in clients {
            let token = keys(OLD).registration_token(account, entropy::id(now), own).unwrap();
            for other in clients {
                assert_eq!(keys(OLD).read_registration_token(&token, other).is_ok(), own == other);
            }
        }
    }

    #[test]
    fn a_sign_ins_token_says_whose_clients_it_is() {
        let now = Timestamp::from_millis(1_700_000_000_000);
        let (account, thing) = ids();
        for client in [None, Some(entropy::id(now))] {
            let token = keys(OLD).sign_in_token(account, thing, client).unwrap();
            assert_eq!(keys(OLD).read_sign_in_token(&token), Ok((Bearer { account, thing }, client)));
        }
    }

    #[test]
    fn a_refresh_token_has_the_same_child_on_every_server_and_another_one_than_its_sibling() {
        let (account, _) = ids();
        let session = entropy::id(Timestamp::from_millis(1_700_000_000_000));
        let of = Bearer { account, thing: session };
        let (one, other) = (keys(OLD), keys(&format!("{NEW},{OLD}")));
        let parent = one.refresh_token(account, session).unwrap();
        let sibling = one.refresh_token(account, session).unwrap();

        let children = one.refresh_children(&parent, of).unwrap();

        assert_eq!(other.refresh_children(&parent, of).unwrap()[1..], children);
        assert_ne!(one.refresh_children(&sibling, of).unwrap(), children);
        assert_eq!(one.read_refresh_token(&children[0].1), Ok(of));
    }
}
