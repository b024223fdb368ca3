//! What holds when things go wrong.
//!
//! - [`races`]: many answers with one backup code at once, to several servers
//! - [`cuts`]: connections that are cut at every step of every command
//! - [`drills`]: what operators are told to do, done while people use the service
//! - [`races_of_refreshes`]: many refreshes with one token at once, to several servers
//! - [`kills`]: servers that end at any moment, and what the next one finishes
//! - [`order`]: the one order of all events, whoever is killed
//! - [`overload`]: more than any machine could serve
//! - [`own_server`]: a PostgreSQL server that is restarted, encrypted, or set so that it loses what it acknowledged
//! - [`secrets`]: the search for what must be found nowhere
//!
//! Every test starts the real program in processes of its own, on the database that
//! `COUNTERSIGN_TEST_DATABASE` chooses. The long runs are `scripts/race`, `scripts/refresh`, `scripts/kill`,
//! `scripts/order`, `scripts/cut`, `scripts/overload` and `scripts/restart`.

mod cuts;
mod drills;
mod kills;
mod order;
mod overload;
mod own_server;
mod races;
mod races_of_refreshes;
mod secrets;
