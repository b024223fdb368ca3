//! A subject's key, and the form of what it seals: `<class>.<key id>.<base64url(nonce ‖ ciphertext)>`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::cipher::{open_bytes, seal_bytes};
use super::class::Class;
use crate::error::Damage;
use crate::keyring::{DerivedKey, KEY_BYTES};

/// The label that a key's id is derived with; it can never change.
const ID_LABEL: &str = "countersign/subject-key/id/1";
/// The bytes of a key's id, which is written in hex.
const ID_BYTES: usize = 4;

/// What everything of one subject (an account, a client) is sealed with, wiped when it is dropped.
pub(crate) struct SubjectKey {
    id: String,
    personal: DerivedKey,
    verifier: DerivedKey,
    whole: DerivedKey,
}

impl SubjectKey {
    pub(crate) fn new(secret: &[u8; KEY_BYTES]) -> Self {
        let derive = |class: Class| DerivedKey::derive(secret, class.label());
        let id = DerivedKey::derive(secret, ID_LABEL);
        Self {
            id: hex::encode(id.as_bytes().iter().copied().take(ID_BYTES).collect::<Vec<_>>()),
            personal: derive(Class::Personal),
            verifier: derive(Class::Verifier),
            whole: derive(Class::Whole),
        }
    }

    /// Seals bytes to a place.
    pub(crate) fn seal(&self, class: Class, place: &[u8], plain: &[u8]) -> String {
        let sealed = seal_bytes(self.of_class(class), place, plain);
        format!("{}.{}.{}", class.word(), self.id, URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Opens what was sealed to a place.
    pub(crate) fn open(
        &self,
        class: Class,
        place: &[u8],
        sealed: &str,
    ) -> Result<Zeroizing<Vec<u8>>, Damage> {
        let of_class = sealed.strip_prefix(class.word()).and_then(|rest| rest.strip_prefix('.'));
        let (id, sealed) = of_class.and_then(|rest| rest.split_once('.')).ok_or(Damage::Forged)?;
        if id != self.id {
            return Err(Damage::OtherKey);
        }
        let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| Damage::Forged)?;
        open_bytes(self.of_class(class), place, &bytes).ok_or(Damage::Forged)
    }

    fn of_class(&self, class: Class) -> &DerivedKey {
        match class {
            Class::Personal => &self.personal,
            Class::Verifier => &self.verifier,
            Class::Whole => &self.whole,
        }
    }
}
