//! What is made of events once they have one order: the ledger, and read models as pure folds.
//!
//! | module | what it holds |
//! |---|---|
//! | [`ledger`] | the leaf of an event, and the Merkle tree over all leaves, with its proofs (RFC 9162) |
//!
//! Nothing here does I/O: rows are read and written by `countersign-stores`.

pub mod ledger;
