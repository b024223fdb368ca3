//! Countersign over HTTP.
//!
//! | room | what is in it |
//! |---|---|
//! | `router` | which address is which function |
//! | `accounts`, `sign_ins`, `me` | the API, a function an endpoint |
//! | `audit` | what auditors read |
//! | `export` | what they take along: the formats of a file, wherever its bytes go |
//! | `ledger` | heads, proofs and tiles, for anybody |
//! | `body` | the bodies of replies |
//! | `extract` | from a request to values of the domain |
//! | `problem`, `problem_code`, `problem_page` | the one place that speaks HTTP errors |
//! | `health`, `metrics`, `mailbox` | pages for operators and developers |

mod accounts;
mod audit;
mod body;
pub mod export;
mod extract;
mod health;
mod ledger;
mod mailbox;
mod me;
mod metrics;
mod password_resets;
mod problem;
mod problem_code;
mod problem_page;
mod request_id;
mod router;
mod sign_ins;
mod state;
mod text;
mod word;

pub use audit::{event as audit_event, summary_body};
pub use router::{BODY_LARGEST, operations, router};
pub use state::{Access, Api};
