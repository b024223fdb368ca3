//! What the integration tests share.
//!
//! - [`database`]: a database for one test, SQLite or PostgreSQL

pub mod database;
