//! Drills: what an operator is told to do, done with the real program while people use it.
//!
//! | room | what is in it |
//! |---|---|
//! | [`page`] | the commands of `docs/operations.md`, as they stand there |
//! | [`site`] | an installation for others than developers: its key in a file, clients with keys, several servers |
//! | [`fleet`] | servers behind one door, taken out of service before they are restarted |
//! | [`people`] | somebody who registers, signs in and comes back, at any server |
//! | [`baggage`] | what somebody carries across an operator's step: everything that was begun or granted before it |
//! | [`crowd`] | people who come and go all the while; a request of theirs that fails is a finding |
//! | [`published`] | access tokens checked offline, by keys that were fetched before |

pub mod baggage;
pub mod crowd;
pub mod fleet;
pub mod page;
pub mod people;
pub mod published;
pub mod site;
