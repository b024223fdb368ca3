//! What the tests of faults and the long runs (`scripts/race`, `scripts/kill`, `scripts/order`,
//! `scripts/overload`) share.
//!
//! - [`block`]: events that are kept out, as a crash before them does
//! - [`kill`]: a busy server that is killed at random moments
//! - [`order`]: the one order of all events, while sequencers are killed
//! - [`overload`]: more than any machine could serve
//! - [`race`]: many answers with one backup code, at once, to several servers
//! - [`search`]: for passwords, codes, addresses and tokens, where none may be

pub mod block;
pub mod kill;
pub mod order;
pub mod overload;
pub mod race;
pub mod search;
