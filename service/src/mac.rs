//! Keyed hashes over several parts, each with its length before it, so that no two lists of parts collide.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The bytes of a keyed hash.
pub(crate) const MAC_BYTES: usize = 32;

/// HMAC-SHA-256 over parts.
pub(crate) fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; MAC_BYTES] {
    over(key, parts).finalize().into_bytes().into()
}

/// Whether a keyed hash is the one of these parts; takes the same time whatever differs.
pub(crate) fn is_mac(key: &[u8; 32], parts: &[&[u8]], claimed: &[u8]) -> bool {
    over(key, parts).verify_slice(claimed).is_ok()
}

fn over(key: &[u8; 32], parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(part);
    }
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_run_together_alike_have_different_macs() {
        let key = [7; 32];
        assert_ne!(mac(&key, &[b"ab", b"c"]), mac(&key, &[b"a", b"bc"]));
        assert!(is_mac(&key, &[b"ab", b"c"], &mac(&key, &[b"ab", b"c"])));
        assert!(!is_mac(&key, &[b"a", b"bc"], &mac(&key, &[b"ab", b"c"])));
    }
}
