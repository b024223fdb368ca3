//! What an operator is told to do, done as the page says, while people use the service.
//!
//! - [`rotation`]: the keyring gets a new current key
//! - [`restoring`]: a backup of a busy service is put in its place

mod restoring;
mod rotation;
