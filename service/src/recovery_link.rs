//! The link that cancels a recovery: it stands in the notice that is mailed, and names the account and the operator code.
//!
//! In a mail no six digits may stand together that are no code, so it is hex digits in groups of four; and it names no
//! key, whose id could hold six digits too: every key of the keyring is tried.

use countersign_domain::id::{AccountId, Id, OperatorCodeId};
use countersign_stores::Purpose;
use uuid::Uuid;

use crate::error::ServiceError;
use crate::keys::{Keys, MissingKey};
use crate::mac::{MAC_BYTES, is_mac, mac};
use crate::service::Service;
use crate::tokens::InvalidToken;

/// How many hex digits stand together.
const GROUP: usize = 4;
/// The bytes of an id.
const ID_BYTES: usize = 16;
/// The characters of what a link ends with.
const TOKEN_LENGTH: usize = (2 * ID_BYTES + MAC_BYTES) * 2 / GROUP * (GROUP + 1) - 1;

impl Service {
    /// Where a person says no to a recovery.
    pub(crate) fn cancel_link(
        &self,
        account: AccountId,
        code: OperatorCodeId,
    ) -> Result<String, ServiceError> {
        let token = self.parts().keys.cancel_token(account, code)?;
        Ok(format!("{}/recovery/cancel/{token}", self.issuer().as_str()))
    }
}

impl Keys {
    /// What the link about an operator code ends with.
    pub fn cancel_token(&self, account: AccountId, code: OperatorCodeId) -> Result<String, MissingKey> {
        let derived = self.derived(&self.current(), Purpose::RecoveryCancels)?;
        let ids = [account.as_bytes().as_slice(), code.as_bytes()];
        let hash = mac(derived.as_bytes(), &ids);
        Ok(grouped(&[ids.concat().as_slice(), &hash].concat()))
    }

    /// The account and the operator code that a link is about.
    pub(crate) fn read_cancel_token(&self, token: &str) -> Result<(AccountId, OperatorCodeId), InvalidToken> {
        if token.len() != TOKEN_LENGTH {
            return Err(InvalidToken);
        }
        let body = hex::decode(token.replace('-', "")).map_err(|_| InvalidToken)?;
        let (account, behind) = body.split_first_chunk::<ID_BYTES>().ok_or(InvalidToken)?;
        let (code, hash) = behind.split_first_chunk::<ID_BYTES>().ok_or(InvalidToken)?;
        let keys = self.all_derived(Purpose::RecoveryCancels).map_err(|_| InvalidToken)?;
        let is_ours = keys.iter().any(|key| is_mac(key.as_bytes(), &[account, code], hash));
        if is_ours && grouped(&body) == token {
            Ok((Id::new(Uuid::from_bytes(*account)), Id::new(Uuid::from_bytes(*code))))
        } else {
            Err(InvalidToken)
        }
    }
}

fn grouped(bytes: &[u8]) -> String {
    let digits = hex::encode(bytes);
    let groups = digits.as_bytes().chunks(GROUP).map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use countersign_domain::time::Timestamp;
    use countersign_stores::Keyring;

    use super::*;
    use crate::entropy;

    const OLD: &str = "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const NEW: &str = "k2:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

    fn keys(keyring: &str) -> Keys {
        Keys::new(Arc::new(Keyring::parse(keyring).unwrap()))
    }

    fn ids() -> (AccountId, OperatorCodeId) {
        let now = Timestamp::from_millis(1_700_000_000_000);
        (entropy::id(now), entropy::id(now))
    }

    #[test]
    fn a_link_leads_back_to_what_it_is_about_also_after_a_rotation() {
        let (account, code) = ids();
        let token = keys(OLD).cancel_token(account, code).unwrap();
        assert_eq!(keys(&format!("{NEW},{OLD}")).read_cancel_token(&token), Ok((account, code)));
        assert_eq!(keys(NEW).read_cancel_token(&token), Err(InvalidToken));
    }

    #[test]
    fn a_link_with_any_character_changed_is_refused() {
        let (account, code) = ids();
        let keys = keys(OLD);
        let token = keys.cancel_token(account, code).unwrap();
        for place in 0..token.len() {
            let mut forged = token.clone().into_bytes();
            forged[place] = if forged[place] == b'a' { b'b' } else { b'a' };
            let forged = String::from_utf8(forged).unwrap();
            assert_eq!(keys.read_cancel_token(&forged), Err(InvalidToken), "{place}");
        }
        for other in ["", "x", &token.to_uppercase(), &token[..token.len() - 5]] {
            assert_eq!(keys.read_cancel_token(other), Err(InvalidToken), "{other}");
        }
    }

    #[test]
    fn no_six_digits_stand_together_in_a_link() {
        for _ in 0..1_000 {
            let (account, code) = ids();
            let token = keys(OLD).cancel_token(account, code).unwrap();
            let longest = token.split(|c: char| !c.is_ascii_digit()).map(str::len).max();
            assert!(longest.is_some_and(|longest| longest <= GROUP), "{token}");
        }
    }
}
