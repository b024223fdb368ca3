//! Servers that end at any moment, and what the next one finishes.
//!
//! - [`random`]: a busy server is killed over and over
//! - [`rules`]: what must hold afterwards, and that each rule notices what breaks it
//! - [`followers`]: killed between a commit point and what follows it in another stream
//! - [`messages`]: killed while a message is on its way
//! - [`stops`]: told to stop

mod followers;
mod messages;
mod random;
mod rules;
mod stops;
