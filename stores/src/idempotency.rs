//! Requests that may be asked again, and the replies that are kept for them.
//!
//! A reply is written *before* the append that it tells of, and names the place behind which the events have to
//! stand: whether it is true is asked of the stream, whatever became of who wrote it. Each command keeps its own,
//! so that one that was taken for dead and commits after all has its reply as well.

use countersign_domain::decider::Decider;
use countersign_domain::time::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::database::sql::Statement;
use crate::error::StoreError;
use crate::keyring::DerivedKey;
use crate::sealing::{open_bytes, seal_bytes};
use crate::store::EventStore;

/// A request that somebody works on, or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRequest {
    /// The keyed hash of its key, in hex.
    pub mac: String,
    /// The keyed hash of its body, in hex.
    pub fingerprint: String,
    /// The command that works on it, or did last.
    pub command: Uuid,
    /// The account that it makes, if it makes one.
    pub account: String,
    /// Until when nobody else works on it.
    pub lease_until: Timestamp,
    /// When it is forgotten.
    pub expires_at: Timestamp,
}

/// The place behind which a command appends: its first event has the next sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppendsBehind {
    /// The aggregate's type.
    pub aggregate_type: &'static str,
    /// The stream.
    pub stream: String,
    /// The version that the stream was decided on.
    pub version: u64,
}

/// A reply on its way to being kept.
#[derive(Debug, Clone, Copy)]
pub struct NewReply<'a> {
    /// The keyed hash of the request's key.
    pub mac: &'a str,
    /// The command that it is the reply of.
    pub command: Uuid,
    /// Where the command appends, if it does.
    pub behind: Option<&'a AppendsBehind>,
    /// What takes it away when it comes to its end: a sign-in, or a backup code that it shows.
    pub until: Option<&'a str>,
    /// The reply.
    pub reply: &'a [u8],
    /// When it is forgotten.
    pub expires_at: Timestamp,
}

/// What forgetting the replies of a sign-in, or of a backup code, is. (The column is older than the second.)
const FORGET: [&str; 2] = [
    "UPDATE idempotency_keys SET lease_until = 0 WHERE key_mac IN \
     (SELECT key_mac FROM idempotency_replies WHERE sign_in = $1 AND key_mac <> $2)",
    "DELETE FROM idempotency_replies WHERE sign_in = $1 AND key_mac <> $2",
];

type RequestRow = (String, String, String, String, i64, i64);
type ReplyRow = (String, Vec<u8>, Option<String>, Option<Value>);

impl EventStore {
    /// Notes that a command works on a request; false if one is known under the same key, and has not expired.
    pub async fn note_request(&self, request: &KnownRequest, now: Timestamp) -> Result<bool, StoreError> {
        let upsert = Statement::new(
            "INSERT INTO idempotency_keys AS old \
             (key_mac, fingerprint, command_id, account, lease_until, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (key_mac) DO UPDATE SET \
             fingerprint = excluded.fingerprint, command_id = excluded.command_id, account = excluded.account, \
             lease_until = excluded.lease_until, expires_at = excluded.expires_at WHERE old.expires_at <= $7",
        );
        let upsert = upsert.text(request.mac.as_str()).text(request.fingerprint.as_str());
        let upsert = upsert.text(request.command.to_string()).text(request.account.as_str());
        let upsert = upsert.integer(request.lease_until.as_millis()).integer(request.expires_at.as_millis());
        Ok(self.write_before_append(&upsert.integer(now.as_millis())).await? == 1)
    }

    /// The request that is known under one of these keyed hashes.
    pub async fn known_request(
        &self,
        macs: &[&str],
        now: Timestamp,
    ) -> Result<Option<KnownRequest>, StoreError> {
        for mac in macs {
            let select = Statement::new(
                "SELECT key_mac, fingerprint, command_id, account, lease_until, expires_at \
                 FROM idempotency_keys WHERE key_mac = $1 AND expires_at > $2",
            );
            let select = select.text(*mac).integer(now.as_millis());
            let row: Option<RequestRow> = self.database.row(&select).await?;
            if let Some((mac, fingerprint, command, account, lease_until, expires_at)) = row {
                return Ok(Some(KnownRequest {
                    mac,
                    fingerprint,
                    command: command.parse().unwrap_or_default(),
                    account,
                    lease_until: Timestamp::from_millis(lease_until),
                    expires_at: Timestamp::from_millis(expires_at),
                }));
            }
        }
        Ok(None)
    }

    /// Takes a request over from the command that is known to work on it; false if somebody else was faster.
    pub async fn take_request_over(
        &self,
        known: &KnownRequest,
        command: Uuid,
        lease_until: Timestamp,
    ) -> Result<bool, StoreError> {
        let update = Statement::new(
            "UPDATE idempotency_keys SET command_id = $1, lease_until = $2 \
             WHERE key_mac = $3 AND command_id = $4 AND lease_until = $5",
        );
        let update = update.text(command.to_string()).integer(lease_until.as_millis());
        let update = update.text(known.mac.as_str()).text(known.command.to_string());
        Ok(self.write_before_append(&update.integer(known.lease_until.as_millis())).await? == 1)
    }

    /// Lets anybody take a request over at once that a command works on no more.
    pub async fn release_request(&self, mac: &str, command: Uuid) -> Result<(), StoreError> {
        let update = Statement::new(
            "UPDATE idempotency_keys SET lease_until = 0 WHERE key_mac = $1 AND command_id = $2",
        );
        self.write_before_append(&update.text(mac).text(command.to_string())).await.map(drop)
    }

    /// Takes the note back that a command works on a request: it does not.
    pub async fn take_note_back(&self, mac: &str, command: Uuid) -> Result<(), StoreError> {
        let delete = Statement::new("DELETE FROM idempotency_keys WHERE key_mac = $1 AND command_id = $2");
        self.write_before_append(&delete.text(mac).text(command.to_string())).await.map(drop)
    }

    /// Keeps a reply, in place of the one that the same command kept before.
    pub async fn keep_reply(&self, kept: NewReply<'_>, key: &DerivedKey) -> Result<(), StoreError> {
        let behind = kept.behind;
        let command = kept.command.to_string();
        let sealed = seal_bytes(key, &place(kept.mac, &command), kept.reply);
        let upsert = Statement::new(
            "INSERT INTO idempotency_replies \
             (key_mac, command_id, aggregate_type, stream, version, sign_in, reply, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (key_mac, command_id) DO UPDATE SET \
             aggregate_type = excluded.aggregate_type, stream = excluded.stream, version = excluded.version, \
             sign_in = excluded.sign_in, reply = excluded.reply, expires_at = excluded.expires_at",
        );
        let upsert = upsert.text(kept.mac).text(command);
        let upsert = upsert.text_or_null(behind.map(|behind| behind.aggregate_type));
        let upsert = upsert.text_or_null(behind.map(|behind| behind.stream.as_str()));
        let upsert = upsert.sequence(behind.map_or(0, |behind| behind.version)).text_or_null(kept.until);
        let upsert = upsert.bytes(sealed).integer(kept.expires_at.as_millis());
        self.write_before_append(&upsert).await.map(drop)
    }

    /// The reply to a request, if some command that worked on it has committed, or came to its end without an event: of
    /// two such the one that committed, or else the first, whoever asks.
    /// Nothing where the key does not open it: the reply was made for another credential, or altered.
    pub async fn kept_reply(
        &self,
        mac: &str,
        key: &DerivedKey,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let select = Statement::new(
            "SELECT r.command_id, r.reply, r.stream, e.metadata FROM idempotency_replies r \
             LEFT JOIN events e ON e.aggregate_type = r.aggregate_type AND e.aggregate_id = r.stream \
             AND e.sequence = r.version + 1 WHERE r.key_mac = $1 AND r.expires_at > $2 \
             ORDER BY r.stream IS NULL, r.command_id",
        );
        let select = select.text(mac).integer(now.as_millis());
        let rows: Vec<ReplyRow> = self.database.rows(&select).await?;
        let good = rows.into_iter().find(is_true);
        Ok(good.and_then(|(command, sealed, ..)| {
            open_bytes(key, &place(mac, &command), &sealed).map(|opened| opened.to_vec())
        }))
    }

    /// Forgets the replies of sign-ins and backup codes that came to their end, but for that of one request: who asks
    /// again is told where it stands now.
    pub async fn forget_replies(&self, ended: &[String], but: Option<&str>) -> Result<(), StoreError> {
        if !self.keeps_replies(ended).await? {
            return Ok(());
        }
        let mut writing = self.database.begin().await?;
        for (id, forget) in ended.iter().flat_map(|id| FORGET.map(|forget| (id, forget))) {
            writing.execute(&Statement::new(forget).text(id).text(but.unwrap_or_default())).await?;
        }
        writing.commit().await?;
        Ok(())
    }

    /// The same where an event of an account ended them, but for that of the request which it was appended for.
    pub async fn forget_replies_before<D: Decider>(
        &self,
        ended: &[String],
        stream: &str,
        sequence: u64,
    ) -> Result<(), StoreError> {
        if !self.keeps_replies(ended).await? {
            return Ok(());
        }
        let select = Statement::new(
            "SELECT metadata FROM events WHERE aggregate_type = $1 AND aggregate_id = $2 AND sequence = $3",
        );
        let select = select.text(D::TYPE).text(stream).sequence(sequence);
        let row: Option<(Value,)> = self.database.row(&select).await?;
        let own = row.as_ref().and_then(|(metadata,)| metadata.get("idempotency")?.as_str());
        self.forget_replies(ended, own).await
    }

    /// Whether there is something to forget: a look costs less than a commit.
    async fn keeps_replies(&self, ended: &[String]) -> Result<bool, StoreError> {
        for id in ended {
            let select = Statement::new("SELECT key_mac FROM idempotency_replies WHERE sign_in = $1 LIMIT 1");
            let row: Option<(String,)> = self.database.row(&select.text(id)).await?;
            if row.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Writes what an append that follows makes durable: the database writes its log in one order.
    async fn write_before_append(&self, statement: &Statement) -> Result<u64, StoreError> {
        let mut writing = self.database.begin().await?;
        writing.may_be_lost().await?;
        let rows = writing.execute(statement).await?;
        writing.commit().await?;
        Ok(rows)
    }
}

/// Whether what a reply tells of has happened.
fn is_true((command, _, stream, metadata): &ReplyRow) -> bool {
    let stands = metadata.as_ref().and_then(|metadata| metadata.get("command_id")?.as_str());
    stream.is_none() || stands == Some(command.as_str())
}

/// What a reply is sealed to: it cannot be moved to another request, or another command.
fn place(mac: &str, command: &str) -> Vec<u8> {
    format!("countersign/reply/{mac}/{command}").into_bytes()
}
