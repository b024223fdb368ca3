//! From a request to values of the domain: parsed once, all wrong fields told at once.

mod bearer;
mod caller;
mod fields;
mod holder;
mod in_path;
mod json;
mod posted;
mod query;
mod stated;

pub(crate) use bearer::{Bearer, SignedIn};
pub(crate) use caller::{Auditor, Caller, Origin};
pub(crate) use fields::{Fields, FormFields, NoFields};
pub(crate) use holder::Holder;
pub(crate) use in_path::InPath;
pub(crate) use posted::Posted;
pub(crate) use query::QueryFields;
pub(crate) use stated::Stated;
