//! `countersign audit state`: what an account amounted to.

use countersign_domain::id::AccountId;
use countersign_service::Service;
use countersign_service::flow::AsOf;
use serde_json::json;

use super::{no, reader};
use crate::failure::Failure;
use crate::print;

/// Prints an account as it was.
pub(super) async fn state(service: &Service, account: AccountId, as_of: Option<AsOf>) -> Result<(), Failure> {
    let as_of = as_of.unwrap_or(AsOf::Now);
    let told = service.audit_account_state(&reader(false), account, as_of).await.map_err(no("account"))?;
    let state = json!({
        "object": "account_state",
        "account": account,
        "index": told.index,
        "state": told.state,
    });
    print::data(&format!("{state:#}"));
    Ok(())
}
