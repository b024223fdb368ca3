//! What the tests of faults and the long runs (`scripts/race`, `scripts/refresh`, `scripts/kill`, `scripts/order`,
//! `scripts/cut`, `scripts/overload`, `scripts/restart`) share.
//!
//! - [`block`]: events that are kept out, as a crash before them does
//! - [`cut`]: connections that are cut at every step, and who asks again
//! - [`kill`]: a busy server that is killed at random moments
//! - [`order`]: the one order of all events, while sequencers are killed
//! - [`overload`]: more than any machine could serve
//! - [`race`]: many answers with one backup code, at once, to several servers
//! - [`refresh`]: many refreshes with one token, at once, to several servers
//! - [`restart`]: a PostgreSQL server that is restarted under clients who ask again
//! - [`search`]: for passwords, codes, addresses and tokens, where none may be

pub mod block;
pub mod cut;
pub mod kill;
pub mod order;
pub mod overload;
pub mod race;
pub mod refresh;
pub mod restart;
pub mod search;
