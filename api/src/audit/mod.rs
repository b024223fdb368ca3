//! `/v1/audit`: what auditors read.

mod body;
mod events;
mod replay;
mod summary;
mod tail;
mod words;

pub use body::event;
pub(crate) use events::{page, show};
pub(crate) use replay::{account_state, sign_in};
pub(crate) use summary::summary;
pub(crate) use tail::tail;
