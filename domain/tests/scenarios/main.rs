//! The rules of the domain as scenarios, the properties that hold for every order of commands, the catalogue of
//! stored events, and the pages that are made from them.
//!
//! - rules: one module a topic; `docs/rules.md` is made from the names of their tests
//! - [`properties`]: whatever is asked, in whatever order
//! - [`catalogue`]: one stored sample of every event; `docs/events.md` is made from it
//! - [`pages`]: the two pages, and that they are up to date

mod administration;
mod backup_code;
mod catalogue;
mod client;
mod delivery_records;
mod devices;
mod email_address;
mod email_code;
mod gate;
mod lockout;
mod operator_code;
mod pages;
mod password_reset;
mod promises;
mod properties;
mod recovery;
mod recovery_elsewhere;
mod recovery_failures;
mod registration;
mod session;
mod sessions;
mod sign_in;
mod step_up;
mod support;
mod throttling;
