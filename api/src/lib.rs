//! Countersign over HTTP.
//!
//! | room | what is in it |
//! |---|---|
//! | `router` | which address is which function |
//! | `accounts`, `sign_ins`, `me` | the API, a function an endpoint |
//! | `audit` | what auditors read |
//! | `ledger` | heads, proofs and tiles, for anybody |
//! | `body` | the bodies of replies |
//! | `extract` | from a request to values of the domain |
//! | `problem`, `problem_code`, `problem_page` | the one place that speaks HTTP errors |
//! | `health`, `mailbox` | pages for operators and developers |

mod accounts;
mod audit;
mod body;
mod extract;
mod health;
mod ledger;
mod mailbox;
mod me;
mod problem;
mod problem_code;
mod problem_page;
mod request_id;
mod router;
mod sign_ins;
mod state;
mod text;
mod word;

pub use audit::event as audit_event;
pub use router::{BODY_LARGEST, operations, router};
pub use state::{Access, Api};
