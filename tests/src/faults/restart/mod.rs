//! Restarts: the PostgreSQL server under a busy service is stopped, in order or at once, and started again, while clients
//! ask again under the same key until they are answered.
//!
//! - `client`: one client, who takes person after person through the whole flow
//! - `check`: what each person's events must be: each command once
//! - `run`: the restarts, and the end

mod check;
mod client;
mod run;

pub use run::{Outcome, restart};
