//! What secrets are checked against, as it would look in the clear: the service keeps it sealed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_domain::id::AccountId;
use countersign_domain::secret::Verifier;
use countersign_stores::Purpose;
use countersign_tests::app::TestApp;

use super::run::Secrets;

/// What was shown that is checked against something: backup codes and operator's codes with their ids, and tokens.
#[derive(Default)]
pub(super) struct Shown {
    pub(super) backup_codes: Vec<(String, String)>,
    pub(super) operator_codes: Vec<(String, String)>,
    pub(super) refresh_tokens: Vec<String>,
    pub(super) device_tokens: Vec<String>,
}

/// What each would be checked against, in hexadecimal and in base64.
pub(super) fn verifiers(app: &TestApp, account: AccountId, shown: &Shown) -> Secrets {
    let (keys, mut all) = (&app.keys, Vec::new());
    for (id, code) in &shown.backup_codes {
        let (id, code) = (id.parse().unwrap(), code.parse().unwrap());
        all.push(("backup code", keys.new_backup_code(account, id, &code).unwrap().verifier));
    }
    for (id, code) in &shown.operator_codes {
        let (id, code) = (id.parse().unwrap(), code.parse().unwrap());
        all.push(("operator code", keys.new_operator_code(account, id, &code).unwrap().verifier));
    }
    for (purpose, name, tokens) in [
        (Purpose::RefreshTokens, "refresh token", &shown.refresh_tokens),
        (Purpose::DeviceTokens, "device token", &shown.device_tokens),
    ] {
        all.extend(tokens.iter().map(|token| (name, keys.token_verifier(purpose, token).unwrap())));
    }
    let mut secrets = Secrets::new();
    for (number, (name, verifier)) in all.iter().enumerate() {
        let (hexadecimal, base64) = forms(verifier);
        secrets.insert(format!("verifier {number} of a {name}"), hexadecimal);
        secrets.insert(format!("verifier {number} of a {name} in base64"), base64);
    }
    secrets
}

/// A keyed hash as it is stored, without the id of its key, and in base64.
fn forms(verifier: &Verifier) -> (String, String) {
    let known = verifier.known().expect("it was just made");
    let hexadecimal = known.rsplit(':').next().unwrap_or(known);
    let bytes = hex::decode(hexadecimal).expect("a keyed hash is written in hexadecimal");
    (hexadecimal.to_owned(), URL_SAFE_NO_PAD.encode(bytes))
}
