//! The use cases of Countersign: a command's way from a parsed request to an answer from committed facts.
//!
//! | room | what is in it |
//! |---|---|
//! | [`flow`] | the use cases, one file each |
//! | `command` | load, decide, append; lost races and unknown outcomes |
//! | `follow_up` | what a commit leaves to be done: messages, notices, events of other streams; the sweep |
//! | `sequencing` | the loop that has committed events put into the one order |
//! | `projecting` | the loops that keep the read models |
//! | `signing` | the ledger's signed heads |
//! | `measures` | what is counted, and what is measured when somebody asks |
//! | `waiting` | until a read model has taken what a caller knows |
//! | `address` | who holds an address |
//! | `answering` | commands whose answer is made, and kept, before their events are appended |
//! | `once`, [`repeatable`] | requests that are asked again: one effect, one answer |
//! | `floor` | phases whose length tells nothing |
//! | [`hashing`] | Argon2id in a bounded pool |
//! | [`keys`], [`tokens`], [`access_token`], [`attempt_token`], `recovery_link` | what the server's keys are used for |
//! | [`password_rules`] | whether a new password can be chosen |
//! | [`clock`], [`entropy`] | the one source of time, and of ids and random values |
//! | [`view`] | what the use cases answer |
//! | [`error`] | why a use case could not be done |

pub mod access_token;
mod address;
mod answering;
pub mod attempt_token;
pub mod clock;
mod command;
pub mod context;
pub mod entropy;
pub mod error;
mod floor;
pub mod flow;
mod follow_up;
pub mod hashing;
pub mod keys;
mod mac;
mod measures;
mod once;
pub mod password_rules;
mod projecting;
mod recovery_link;
pub mod repeatable;
mod sequencing;
mod service;
pub mod shown;
mod signing;
pub mod tokens;
pub mod view;
mod waiting;

pub use follow_up::{SWEEP_EVERY, Swept, Waiting};
pub use measures::{Measurements, Stored};
pub use once::{Asked, LEASE, REMEMBERED};
pub use sequencing::LedgerProgress;
pub use service::Service;
pub use signing::SignError;
pub use waiting::WaitFor;
