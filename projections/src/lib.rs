//! What is made of events once they have one order: the ledger, and read models as pure folds.
//!
//! | module | what it holds |
//! |---|---|
//! | [`fact`] | an event at its place in the one order, as read models see it |
//! | [`filter`] | the grammar in which auditors ask for events, its meaning, and its evaluation in memory |
//! | [`ledger`] | the leaf of an event, and the Merkle tree over all leaves, with its proofs (RFC 9162) |
//! | [`ocsf`] | audit events in the terms of the Open Cybersecurity Schema Framework |
//! | [`read_model`] | the read models, each a pure function of the facts in their order |
//!
//! Nothing here does I/O: rows are read and written by `countersign-stores`.

pub mod event_body;
pub mod fact;
pub mod filter;
pub mod ledger;
pub mod ocsf;
pub mod read_model;
