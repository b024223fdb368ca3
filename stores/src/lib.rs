//! Where events live.

pub mod database;
pub mod error;
pub mod follow_ups;
pub mod keyring;
pub mod leadership;
pub mod metadata;
pub mod purpose;
pub mod quotas;
pub mod store;

pub use database::{Database, Mode, PostgresDatabase, SqliteDatabase};
pub use error::{AppendError, Damage, DatabaseError, KeyCheckError, Refused, RefusedBecause, StoreError};
pub use follow_ups::FollowUp;
pub use keyring::{DerivedKey, Keyring, KeyringError};
pub use leadership::Leadership;
pub use metadata::Metadata;
pub use purpose::Purpose;
pub use store::{Committed, EventStore, Loaded, Opening, StoredEvent};
