//! Access tokens: signed JWTs (RFC 9068) that others can check with the keys that we publish.
//!
//! We ourselves read only what we write: a header must be, byte for byte, the one that we would have written for a key
//! of the keyring, so that there is no algorithm, no type and no key to be talked into; and what a token says is never
//! enough, the session's stream and the account's are asked at each use.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_domain::id::{AccountId, ClientId, SessionId};
use countersign_domain::policy::ACCESS_TOKEN_LIFETIME;
use countersign_domain::time::Timestamp;
use countersign_domain::word::{Aal, Amr, KeyId};
use countersign_stores::Purpose;
use ed25519_dalek::{Signature, Signer, SigningKey};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::entropy;
use crate::keys::{Keys, MissingKey};
use crate::tokens::InvalidToken;

/// The most characters of an access token that are looked at.
const TOKEN_LONGEST: usize = 2_048;
/// What stands between the parts of a token.
const DOT: char = '.';

/// Who vouches for access tokens: the service, by the address that people reach it at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer(String);

/// What an access token says. Times are whole seconds since 1970, as JWTs have them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// Who says it.
    pub iss: String,
    /// Whose session it is.
    pub sub: AccountId,
    /// Who it is meant for: the client of the session, or in development the service itself.
    pub aud: String,
    /// Who asked for it: the same.
    pub client_id: String,
    /// The session.
    pub sid: SessionId,
    /// The token's own id.
    pub jti: Uuid,
    /// How the person authenticated.
    pub amr: Vec<Amr>,
    /// How sure that makes us.
    pub aal: Aal,
    /// When they did.
    pub auth_time: i64,
    /// When the token was made.
    pub iat: i64,
    /// When it ends.
    pub exp: i64,
}

/// A session that access tokens are made for.
#[derive(Debug, Clone)]
pub(crate) struct TokenSession<'a> {
    pub(crate) account: AccountId,
    pub(crate) session: SessionId,
    pub(crate) client: Option<ClientId>,
    pub(crate) amr: &'a [Amr],
    pub(crate) aal: Aal,
    pub(crate) granted_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

/// A key that access tokens are checked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedKey {
    /// The id that tokens name it by.
    pub kid: KeyId,
    /// The Ed25519 public key, base64url.
    pub x: String,
}

impl Issuer {
    /// The issuer with this address.
    pub fn new(public_url: &str) -> Self {
        Self(public_url.trim_end_matches('/').to_owned())
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Who a session's tokens are meant for.
    pub(crate) fn audience(&self, client: Option<ClientId>) -> String {
        client.map_or_else(|| self.0.clone(), |client| client.to_string())
    }
}

impl Claims {
    /// What a token says that is made now; it does not outlive its session.
    pub(crate) fn new(issuer: &Issuer, of: &TokenSession<'_>, now: Timestamp) -> Self {
        let ends_at = of.expires_at.min(now + ACCESS_TOKEN_LIFETIME.value);
        Self {
            iss: issuer.as_str().to_owned(),
            sub: of.account,
            aud: issuer.audience(of.client),
            client_id: issuer.audience(of.client),
            sid: of.session,
            jti: entropy::uuid(now),
            amr: of.amr.to_vec(),
            aal: of.aal,
            auth_time: seconds(of.granted_at),
            iat: seconds(now),
            exp: seconds(ends_at),
        }
    }

    fn encoded(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).expect("claims are texts and numbers"))
    }

    /// For how many seconds it is good.
    pub(crate) fn expires_in(&self) -> u64 {
        u64::try_from(self.exp - self.iat).unwrap_or(0)
    }
}

impl Keys {
    /// Signs an access token with the current key.
    pub fn sign_access_token(&self, claims: &Claims) -> Result<String, MissingKey> {
        let kid = self.current();
        let signed = format!("{}{DOT}{}", header(&kid), claims.encoded());
        let signature = self.access_token_key(&kid)?.sign(signed.as_bytes());
        Ok(format!("{signed}{DOT}{}", URL_SAFE_NO_PAD.encode(signature.to_bytes())))
    }

    /// What an access token of this issuer says, if it is still good.
    pub fn read_access_token(
        &self,
        issuer: &Issuer,
        token: &str,
        now: Timestamp,
    ) -> Result<Claims, InvalidToken> {
        let claims = self.signed_claims(token).filter(|claims| claims.iss == issuer.as_str());
        claims.filter(|claims| seconds(now) < claims.exp).ok_or(InvalidToken)
    }

    /// The keys that access tokens can have been signed with, the current one first.
    pub fn published_keys(&self) -> Result<Vec<PublishedKey>, MissingKey> {
        let published = |kid: KeyId| {
            let key = self.access_token_key(&kid)?.verifying_key();
            Ok(PublishedKey { kid, x: URL_SAFE_NO_PAD.encode(key.as_bytes()) })
        };
        self.ids().map(published).collect()
    }

    fn signed_claims(&self, token: &str) -> Option<Claims> {
        if token.len() > TOKEN_LONGEST {
            return None;
        }
        let (signed, signature) = token.rsplit_once(DOT)?;
        let (stated, claims) = signed.split_once(DOT)?;
        let kid = self.ids().find(|kid| header(kid) == stated)?;
        let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
        let key = self.access_token_key(&kid).ok()?.verifying_key();
        key.verify_strict(signed.as_bytes(), &signature).ok()?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }

    fn access_token_key(&self, kid: &KeyId) -> Result<SigningKey, MissingKey> {
        Ok(SigningKey::from_bytes(self.derived(kid, Purpose::AccessTokens)?.as_bytes()))
    }
}

/// The one header that a key's tokens have; a key id is of letters and digits.
fn header(kid: &KeyId) -> String {
    URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"EdDSA","kid":"{kid}","typ":"at+jwt"}}"#))
}

/// Whole seconds since 1970, as JWTs have them.
pub(crate) fn seconds(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(1_000)
}

#[cfg(test)]
mod tests;
