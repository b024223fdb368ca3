//! What needs a PostgreSQL server of its own, one that may be restarted and set as the test wants it.
//!
//! There is nothing of it on SQLite. On PostgreSQL these tests need the server's programs on this machine, whatever
//! server the others use; without them they fail.

mod durability;
mod encryption;
mod mail;
mod restarts;
