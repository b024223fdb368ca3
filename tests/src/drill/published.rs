//! Access tokens checked offline, by keys that were fetched before.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use serde_json::Value;

use super::site::Site;

/// The keys that a service of the app's own fetched, and keeps.
#[derive(Debug, Clone)]
pub struct Published(Vec<Value>);

impl Published {
    /// Fetches what is published now.
    pub async fn fetch(site: &Site) -> Self {
        let keys = site.get("/.well-known/jwks.json", "").await.expect(200);
        Self(keys.body.pointer("/keys").and_then(Value::as_array).expect("there are keys").clone())
    }

    /// The ids of the keys, the current one first.
    pub fn ids(&self) -> Vec<&str> {
        self.0.iter().filter_map(|key| key.get("kid")?.as_str()).collect()
    }

    /// The key's id that signed a token; nothing if none of these keys did.
    pub fn signer(&self, token: &str) -> Option<String> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, _) = signed.split_once('.')?;
        let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
        let key = self.0.iter().find(|key| key.get("kid") == header.get("kid"))?;
        let bytes = URL_SAFE_NO_PAD.decode(key.get("x")?.as_str()?).ok()?;
        let key = VerifyingKey::from_bytes(&bytes.try_into().ok()?).ok()?;
        let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
        key.verify(signed.as_bytes(), &signature).ok()?;
        Some(header.get("kid")?.as_str()?.to_owned())
    }
}
