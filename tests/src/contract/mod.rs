//! Whether the service does what its document says: every exchange of every story is held against it.
//!
//! - [`exchange`]: what passed a server, taken down beside the router
//! - [`document`]: a document, with all shapes closed, and what an exchange breaks of it

pub mod document;
pub mod exchange;

pub use self::document::Contract;
pub use self::exchange::{Exchange, Exchanges};
