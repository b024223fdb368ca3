//! The keyed hashes of a request that may be asked again.
//!
//! Nothing of the key, the credential or the body is stored as it is, nor as a plain hash, which would let whoever reads
//! the database try passwords against it.

use countersign_stores::DerivedKey;

use crate::error::ServiceError;
use crate::mac::mac;

/// What makes a request the same as another.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The client that asks; empty where there is none.
    pub client: &'a str,
    /// Where it is sent: method and path.
    pub route: &'a str,
    /// The credential that it carries; empty where there is none.
    pub credential: &'a str,
    /// Its idempotency key.
    pub key: &'a str,
    /// Its body, byte for byte.
    pub body: &'a [u8],
}

/// A request that may be asked again, as its keyed hashes under every accepted key.
#[derive(Debug, Clone)]
pub struct Repeatable(Vec<RepeatableUnder>);

/// The keyed hashes of a request under one key of the keyring.
#[derive(Debug, Clone)]
pub struct RepeatableUnder {
    mac: String,
    fingerprint: String,
    seal: DerivedKey,
}

impl Repeatable {
    pub(crate) fn new(under: Vec<RepeatableUnder>) -> Self {
        Self(under)
    }

    /// The keyed hashes of its key.
    pub(crate) fn macs(&self) -> Vec<&str> {
        self.0.iter().map(|under| under.mac.as_str()).collect()
    }

    /// Under the key of the keyring that new values are made with.
    pub(crate) fn current(&self) -> Result<RepeatableUnder, ServiceError> {
        self.0.first().cloned().ok_or_else(|| ServiceError::broken("the keyring is empty"))
    }

    /// Under the key of the keyring that gave a keyed hash.
    pub(crate) fn under(&self, mac: &str) -> Result<RepeatableUnder, ServiceError> {
        let found = self.0.iter().find(|under| under.mac == mac).cloned();
        found.ok_or_else(|| ServiceError::broken("a request is known under another key"))
    }
}

impl RepeatableUnder {
    /// The body is part of what the reply is sealed with: where it carries the password or the code that stands for a
    /// credential, nobody opens the reply without it.
    pub(crate) fn of(key: &DerivedKey, request: &Request<'_>) -> Self {
        let Request { client, route, credential, key: idempotency, body } = *request;
        let scope = [client.as_bytes(), route.as_bytes(), credential.as_bytes(), idempotency.as_bytes()];
        let derived = |purpose: &'static [u8], body: &[u8]| {
            let parts = [&[purpose][..], &scope[..], &[body][..]].concat();
            mac(key.as_bytes(), &parts)
        };
        Self {
            mac: hex::encode(derived(b"key", b"")),
            fingerprint: hex::encode(derived(b"body", body)),
            seal: DerivedKey::new(derived(b"reply", body)),
        }
    }

    pub(crate) fn mac(&self) -> &str {
        &self.mac
    }

    pub(crate) fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    pub(crate) fn seal(&self) -> &DerivedKey {
        &self.seal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: Request<'_> = Request {
        client: "cl_1",
        route: "POST /v1/a",
        credential: "st_1",
        key: "0123456789abcdef",
        body: b"{}",
    };

    fn under(request: &Request<'_>) -> RepeatableUnder {
        RepeatableUnder::of(&DerivedKey::new([7; 32]), request)
    }

    #[test]
    fn another_body_has_the_same_key_and_nothing_else() {
        let (one, other) = (under(&REQUEST), under(&Request { body: b"[]", ..REQUEST }));
        assert_eq!(one.mac, other.mac);
        assert_ne!(one.fingerprint, other.fingerprint);
        assert_ne!(one.seal.as_bytes(), other.seal.as_bytes());
    }

    #[test]
    fn another_client_route_or_credential_has_another_key() {
        let others = [
            Request { client: "cl_2", ..REQUEST },
            Request { route: "POST /v1/b", ..REQUEST },
            Request { credential: "st_2", ..REQUEST },
            Request { key: "0123456789abcdeg", ..REQUEST },
        ];
        for other in others {
            assert_ne!(under(&REQUEST).mac, under(&other).mac);
        }
    }
}
