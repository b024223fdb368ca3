//! What an operator is told to do, done as the page says, while people use the service.
//!
//! - [`rotation`]: the keyring gets a new current key
//! - [`restoring`]: a backup of a busy service is put in its place

#![expect(clippy::unwrap_used, reason = "what a drill needs fails by a panic, as the drill does")]

mod restoring;
mod rotation;
