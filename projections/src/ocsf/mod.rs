//! Audit events in the terms of the Open Cybersecurity Schema Framework, for whoever collects them elsewhere.
//!
//! | module | what it holds |
//! |---|---|
//! | `mapping` | which event becomes what: the one place that says so |
//! | `source` | the JSON of an audit event, of which nothing sealed is taken |
//! | `event` | the OCSF event that is made of it |
//! | `choices`, `schema` | the part of the schema that we use, each entry with the file that says so |
//! | `check` | whether an OCSF event is what the schema asks for |
//!
//! [`ocsf`] is a pure function: same event, same result. What is said here of the schema was read from
//! <https://github.com/ocsf/ocsf-schema>, tag 1.6.0, with what each class and object inherits.

mod check;
mod choices;
mod event;
mod mapping;
mod schema;
mod source;

pub use self::check::check;
pub use self::event::ocsf;
pub use self::mapping::LEFT_OUT;

/// The version of the schema that events are written in (`version.json`).
pub const VERSION: &str = "1.6.0";
