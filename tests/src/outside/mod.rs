//! What Countersign leans on and does not run: mail relays and PostgreSQL servers, real ones, of the test's own.
//!
//! - [`relay`]: a mail relay that misbehaves as it is told
//! - [`injector`]: somebody between us and a relay
//! - [`cluster`]: a PostgreSQL server that is set, stopped and started as the test wants it
//! - [`certificates`]: a throw-away authority, for both

pub mod certificates;
pub mod cluster;
pub mod injector;
pub mod relay;
