//! The use cases, one file each, named as the API names them.

mod administration;
mod answer;
mod audit;
pub(crate) mod audit_export;
mod audit_summary;
pub(crate) mod audit_tail;
mod bearer;
mod challenge;
mod client;
mod credentials;
mod gate;
mod ledger;
mod me;
mod operations;
mod password_reset;
mod register;
mod sign_in;
mod verify;

pub use administration::Administration;
pub use answer::Answer;
pub use audit::{AsOf, Reader, ReplayStep, StateAt};
pub use audit_export::AuditExport;
pub use audit_summary::{Bucket, COUNTS_MOST, Summary, SummaryBy, SummaryQuery};
pub use audit_tail::AuditTail;
pub use bearer::SignInBearer;
pub use challenge::Version;
pub use credentials::SessionBearer;
pub use operations::MailboxView;
pub use password_reset::ResetCompletion;
pub use register::Register;
pub use sign_in::SignInRequest;
