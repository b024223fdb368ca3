//! Countersign over HTTP.
//!
//! | room | what is in it |
//! |---|---|
//! | `endpoints` | every endpoint: its address, its function, its description |
//! | `openapi` | the router and the OpenAPI document that are made of them |
//! | `router` | what is around every endpoint |
//! | `accounts`, `sign_ins`, `tokens`, `sessions`, `me` | the API, a function an endpoint |
//! | `audit` | what auditors read |
//! | `export` | what they take along: the formats of a file, wherever its bytes go |
//! | `ledger` | heads, proofs and tiles, for anybody |
//! | [`serving`] | connections: accepted or refused, served within bounds, ended |
//! | `admission`, `accept`, `limits`, `early` | what a request passes before a handler sees it |
//! | `client_address` | where a request comes from |
//! | `traffic` | what is counted of connections and requests |
//! | `body`, `reply` | the bodies of replies, and replies as they are kept |
//! | `extract` | from a request to values of the domain |
//! | `problem`, `problem_code`, `problem_page` | the one place that speaks HTTP errors |
//! | `html` | the style of pages |
//! | `password_resets`, `recoveries`, `recovery_page` | the ways back in, and the page that says no to one |
//! | `health`, `metrics`, `mailbox` | pages for operators and developers |
//! | `pulse` | whether the runtime that does the work still does any |

mod accept;
mod accounts;
mod admission;
mod audit;
mod body;
mod client_address;
mod early;
mod endpoints;
pub mod export;
mod extract;
mod health;
mod html;
mod ledger;
mod limits;
mod mailbox;
mod me;
mod metrics;
mod openapi;
mod password_resets;
mod problem;
mod problem_code;
mod problem_help;
mod problem_page;
mod pulse;
mod recoveries;
mod recovery_page;
mod reply;
mod request_id;
mod router;
pub mod serving;
mod sessions;
mod sign_ins;
mod state;
mod text;
mod tokens;
mod traffic;
mod word;

pub use admission::RequestBounds;
pub use audit::{event as audit_event, summary_body};
pub use endpoints::{api_document, operators_document};
pub use limits::Rates;
pub use router::{BODY_LARGEST, operations, router};
pub use state::{Access, Api, Conditions};
pub use traffic::Traffic;
