//! The rules of signing in, as pure functions: what may happen, and what it changes.
//!
//! | room | what is in it |
//! |---|---|
//! | [`account`] | the account: registration, sign-ins, codes, backup codes, failures |
//! | [`email_address`] | one address, one account |
//! | [`session`] | what a completed sign-in grants |
//! | [`client`] | an app that signs people in, known by a key |
//! | [`policy`] | every number of the policy, with its source |
//! | [`decider`] | the two functions that every aggregate is, and the bridge to `cqrs-es` |
//! | [`code`], [`password`], [`email`], [`id`], [`time`], [`word`] | values that are parsed once, at the edge |
//! | [`secret`] | values that the stored form seals |
//! | [`kit`] | given, when, then: how the rules are told as tests |
//!
//! Nothing here knows a clock, randomness, a database or the network: time, ids, hashes and the outcome
//! of slow checks arrive with the command.

pub mod account;
pub mod client;
pub mod code;
pub mod decider;
pub mod email;
pub mod email_address;
pub mod id;
pub mod kit;
pub mod password;
pub mod policy;
pub mod secret;
pub mod session;
pub mod time;
pub mod word;
