//! Every endpoint, with its description. These lists make the router and the document: to add an endpoint is to add
//! an entry.

mod accounts;
mod audit;
mod documents;
mod ledger;
mod me;
mod operators;
mod password_resets;
mod recoveries;
mod sessions;
mod sign_ins;
mod tokens;

pub use documents::{api_document, operators_document};

use crate::openapi::Endpoint;
use crate::state::Access;

/// A backup code, as it is written; nobody's.
const EXAMPLE_OF_A_BACKUP_CODE: &str = "0000-0000-0000-0000-0000-0000";

/// The service's own endpoints.
pub(crate) fn of_the_api(access: Access) -> Vec<Endpoint> {
    let mut endpoints = Vec::new();
    endpoints.extend(accounts::endpoints());
    endpoints.extend(password_resets::endpoints());
    endpoints.extend(recoveries::endpoints());
    endpoints.extend(sign_ins::endpoints());
    endpoints.extend(tokens::endpoints());
    endpoints.extend(sessions::endpoints());
    endpoints.extend(me::endpoints());
    endpoints.extend(audit::endpoints());
    endpoints.extend(ledger::endpoints());
    endpoints.extend(documents::endpoints(access));
    endpoints.push(operators::alive());
    endpoints
}

/// The endpoints for operators, on a listener of their own.
pub(crate) fn of_operators() -> Vec<Endpoint> {
    operators::endpoints()
}
