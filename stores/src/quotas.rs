//! Quotas: bounded, expiring counters that are not events.

use countersign_domain::time::{Span, Timestamp};
use countersign_domain::word::AddressKey;

use crate::database::Writing;
use crate::database::sql::Statement;
use crate::error::StoreError;
use crate::store::EventStore;

/// The most rows of a table that one sweep deletes; the next sweep deletes more.
const SWEEP_MOST: i64 = 10_000;

/// What a sweep deletes, some rows of each table.
const SWEEPS: [&str; 4] = [
    "DELETE FROM message_counts WHERE message IN \
     (SELECT message FROM message_counts WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
    "DELETE FROM stranger_counts WHERE address_key IN \
     (SELECT address_key FROM stranger_counts WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
    "DELETE FROM idempotency_keys WHERE key_mac IN \
     (SELECT key_mac FROM idempotency_keys WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
    "DELETE FROM idempotency_replies WHERE (key_mac, command_id) IN \
     (SELECT key_mac, command_id FROM idempotency_replies WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
];

impl EventStore {
    /// Counts a message to an address, unless a limit (so many within a window) is reached; tells whether
    /// it may be sent. Exact, however many ask at once. Messages of one class are counted together; a
    /// message that is tried again is counted once.
    pub async fn take_message(
        &self,
        message: &str,
        address: &AddressKey,
        class: &str,
        limits: &[(Span, u32)],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut writing = self.database.begin().await?;
        writing.hold(&format!("countersign/messages/{class}/{address}")).await?;
        if is_counted(&mut writing, message).await? {
            return Ok(true);
        }
        let sent = sent_since_longest(&mut writing, address, class, limits, now).await?;
        if limits.iter().any(|(window, most)| count_within(&sent, *window, now) >= *most) {
            return Ok(false);
        }
        let kept = limits.iter().map(|(window, _)| *window).max().unwrap_or_default();
        let insert = Statement::new(
            "INSERT INTO message_counts (message, address_key, class, at, expires_at) VALUES ($1, $2, $3, $4, $5)",
        );
        let insert = insert.text(message).text(address.to_string()).text(class).integer(now.as_millis());
        writing.execute(&insert.integer((now + kept).as_millis())).await?;
        writing.commit().await?;
        Ok(true)
    }

    /// Counts an attempt for an address that nobody owns; tells how many there were within a lifetime of
    /// one another, this one included.
    pub async fn count_stranger(
        &self,
        address: &AddressKey,
        now: Timestamp,
        lifetime: Span,
    ) -> Result<u32, StoreError> {
        let upsert = Statement::new(
            "INSERT INTO stranger_counts AS old (address_key, attempts, expires_at) VALUES ($1, 1, $2) \
             ON CONFLICT (address_key) DO UPDATE SET expires_at = excluded.expires_at, \
             attempts = CASE WHEN old.expires_at <= $3 THEN 1 ELSE old.attempts + 1 END \
             RETURNING attempts",
        );
        let upsert = upsert.text(address.to_string()).integer((now + lifetime).as_millis());
        let mut writing = self.database.begin().await?;
        let counted: Vec<(i64,)> = writing.rows(&upsert.integer(now.as_millis())).await?;
        writing.commit().await?;
        let attempts = counted.first().map_or(1, |(attempts,)| *attempts);
        Ok(u32::try_from(attempts).unwrap_or(u32::MAX))
    }

    /// Deletes counters, keys and kept replies that expired, at most a fixed number; tells how many rows.
    pub async fn sweep_expired(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut swept = 0;
        for sweep in SWEEPS {
            let delete = Statement::new(sweep).integer(now.as_millis()).integer(SWEEP_MOST);
            swept += self.database.execute(&delete).await?;
        }
        Ok(swept)
    }
}

/// Whether a message was counted when it was first tried.
async fn is_counted(writing: &mut Writing, message: &str) -> Result<bool, StoreError> {
    let select = Statement::new("SELECT at FROM message_counts WHERE message = $1").text(message);
    let rows: Vec<(i64,)> = writing.rows(&select).await?;
    Ok(!rows.is_empty())
}

/// When messages were sent within the longest of the windows, the newest first, and no more of them than
/// the highest limit.
async fn sent_since_longest(
    writing: &mut Writing,
    address: &AddressKey,
    class: &str,
    limits: &[(Span, u32)],
    now: Timestamp,
) -> Result<Vec<Timestamp>, StoreError> {
    let longest = limits.iter().map(|(window, _)| *window).max().unwrap_or_default();
    let most = limits.iter().map(|(_, most)| *most).max().unwrap_or_default();
    let select = Statement::new(
        "SELECT at FROM message_counts WHERE address_key = $1 AND class = $2 AND expires_at > $3 \
         ORDER BY at DESC LIMIT $4",
    );
    let select = select.text(address.to_string()).text(class).integer(now.as_millis());
    let rows: Vec<(i64,)> = writing.rows(&select.integer(i64::from(most))).await?;
    let sent = rows.into_iter().map(|(at,)| Timestamp::from_millis(at));
    Ok(sent.filter(|at| at.until(now) < longest).collect())
}

/// How many of the messages were sent within a window that ends now.
fn count_within(sent: &[Timestamp], window: Span, now: Timestamp) -> u32 {
    let count = sent.iter().filter(|at| at.until(now) < window).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}
