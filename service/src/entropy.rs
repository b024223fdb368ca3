//! The one source of ids and random values; a cryptographic generator seeded by the operating system.

use countersign_domain::code::{BACKUP_CODE_RANDOM, BackupCode, OperatorCode};
use countersign_domain::id::Id;
use countersign_domain::time::Timestamp;
use rand::RngExt;
use uuid::{Builder, Uuid};

/// A new `UUIDv7` for a moment.
pub fn uuid(now: Timestamp) -> Uuid {
    let millis = u64::try_from(now.as_millis()).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &rand::rng().random()).into_uuid()
}

/// A new UUID of no moment, all of it random.
pub fn unordered_uuid() -> Uuid {
    Builder::from_random_bytes(bytes()).into_uuid()
}

/// A new id for a moment.
pub fn id<K>(now: Timestamp) -> Id<K> {
    Id::new(uuid(now))
}

/// Random bytes for a token.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill(&mut bytes[..]);
    bytes
}

/// A new backup code; 256 is a multiple of 32, so that every character is equally likely.
pub fn backup_code() -> BackupCode {
    BackupCode::from_random(bytes::<BACKUP_CODE_RANDOM>())
}

/// A new operator code, likewise.
pub fn operator_code() -> OperatorCode {
    OperatorCode::from_random(bytes::<BACKUP_CODE_RANDOM>())
}
