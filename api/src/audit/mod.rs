//! `/v1/audit`: what auditors read.

mod body;
mod events;
mod exports;
mod replay;
mod summary;
mod tail;
mod which;
mod words;

pub use body::event;
pub(crate) use events::{page, show};
pub(crate) use exports::export;
pub(crate) use replay::{account_state, sign_in};
pub use summary::body as summary_body;
pub(crate) use summary::summary;
pub(crate) use tail::tail;
