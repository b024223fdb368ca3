//! What the integration tests share.
//!
//! - [`database`]: a database for one test, SQLite or PostgreSQL
//! - [`process`]: the real program in processes of its own
//! - [`faults`]: races, kills, and the search for what must not be found
//! - [`app`]: the service in the test's own process
//! - [`contract`]: whether the service does what its document says
//! - [`client_tools`]: what makes clients of that document
//! - [`mutations`]: alterations of the stored log
//! - [`drill`]: what an operator is told to do, done while people use the service
//! - [`outside`]: mail relays and PostgreSQL servers of the test's own
//! - [`at_length`]: tests whose size a long run may raise

#![expect(clippy::missing_panics_doc, reason = "what the tests share fails by a panic, which fails the test")]

pub mod app;
pub mod at_length;
pub mod client_tools;
pub mod contract;
pub mod database;
pub mod drill;
pub mod faults;
pub mod mutations;
pub mod outside;
pub mod process;
