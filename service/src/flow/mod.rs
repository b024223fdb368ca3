//! The use cases, one file each, named as the API names them.

mod administration;
mod answer;
mod audit;
pub(crate) mod audit_export;
mod audit_summary;
pub(crate) mod audit_tail;
mod bearer;
mod challenge;
pub(crate) mod client;
mod credentials;
mod gate;
mod introspect;
mod ledger;
mod me;
mod operations;
mod password_reset;
mod refresh;
mod register;
mod sessions;
mod sign_in;
mod verify;

pub use administration::Administration;
pub use answer::Answer;
pub use audit::{AsOf, Reader, ReplayStep, StateAt};
pub use audit_export::AuditExport;
pub use audit_summary::{Bucket, COUNTS_MOST, Summary, SummaryBy, SummaryQuery};
pub use audit_tail::AuditTail;
pub use bearer::{SessionBearer, SignInBearer};
pub use challenge::Version;
pub use client::KnownClient;
pub use introspect::{Introspected, TokenKind};
pub use operations::MailboxView;
pub use password_reset::ResetCompletion;
pub use register::Register;
pub use sessions::EndedSessions;
pub use sign_in::SignInRequest;
