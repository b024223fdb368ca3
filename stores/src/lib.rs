//! Where events live: one store for every aggregate, in a SQLite file or on a PostgreSQL server.
//!
//! | room | what is in it |
//! |---|---|
//! | [`database`] | connections, migrations, the mark of what a database is for |
//! | [`store`] | streams: load, append with an expected version, history, snapshots, past shapes |
//! | [`follow_ups`] | the work that a commit leaves, and [`leadership`] over who does it |
//! | [`sequencer`] | the one order of all events: an index for each, after its commit |
//! | [`audit`] | what auditors read: pages by filter, one stream at its places |
//! | [`feed`], [`read_models`] | facts in that order, and what is kept of them for who asks |
//! | [`tree`] | the tree over that order: tiles, proofs, signed heads, and verifying all of it |
//! | [`quotas`] | counters that expire |
//! | [`key_uses`] | when keys of clients were last accepted |
//! | [`idempotency`] | requests that may be asked again, and the replies that are kept for them |
//! | [`keyring`], [`purpose`] | the secret of an installation, and the keys that come from it |
//! | [`key_check`] | a service with the wrong secret does not start |
//! | [`metadata`] | what is recorded beside every event |
//! | [`refused`], [`error`] | what can never be stored, and why a stream cannot be read |
//!
//! The way of an append: events become JSON; what can never be stored is refused; personal values and
//! verifiers are sealed with their subject's key (`sealing`, `subject_keys`); the adapter of `cqrs-es`
//! inserts the events, whose primary key is the lock; triggers leave the pending rows and the follow-ups
//! in the same commit; every 64 events a snapshot is left to the background.
//!
//! The way of a load: the newest snapshot, the events behind it, the keys of their subjects; each event is
//! opened, brought to its newest shape, and folded into the state.

pub mod audit;
pub mod database;
pub mod error;
pub mod feed;
pub mod follow_ups;
pub mod idempotency;
pub mod key_check;
pub mod key_uses;
pub mod keyring;
pub mod leadership;
pub mod metadata;
pub mod purpose;
pub mod quotas;
pub mod read_models;
pub mod refused;
mod sealing;
pub mod sequencer;
pub mod store;
mod subject_keys;
pub mod tree;

pub use self::database::{Database, DatabaseError, Limits, Mode, PostgresDatabase, SqliteDatabase};
pub use self::error::{Damage, StoreError};
pub use self::follow_ups::{FollowUp, WaitingFollowUps};
pub use self::key_check::KeyCheckError;
pub use self::keyring::{DerivedKey, Keyring, KeyringError};
pub use self::leadership::Leadership;
pub use self::metadata::Metadata;
pub use self::purpose::Purpose;
pub use self::refused::{Refused, RefusedBecause};
pub use self::store::{AppendError, Committed, EventStore, Loaded, Opening, StoredEvent, Upcaster};
