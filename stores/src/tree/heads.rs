//! Signed heads, and what the ledger is called in them.

use countersign_domain::time::Timestamp;
use countersign_projections::ledger::Hash;

use crate::database::sql::Statement;
use crate::error::StoreError;
use crate::feed::unsigned;
use crate::store::EventStore;

/// A head that was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredHead {
    /// What the ledger was called.
    pub origin: String,
    /// How many leaves the tree had.
    pub size: u64,
    /// Its root.
    pub root: Hash,
    /// The signed note.
    pub note: String,
}

type HeadRow = (String, i64, Vec<u8>, String);

impl EventStore {
    /// What the ledger is called; nothing before it got a name.
    pub async fn origin(&self) -> Result<Option<String>, StoreError> {
        let newest = Statement::new("SELECT origin FROM ledger_origins ORDER BY number DESC LIMIT 1");
        Ok(self.database.row::<(String,)>(&newest).await?.map(|(origin,)| origin))
    }

    /// Gives the ledger a name, behind those that it had; false where somebody else just did.
    pub async fn name_ledger(&self, origin: &str, reason: &str, at: Timestamp) -> Result<bool, StoreError> {
        let insert = Statement::new(
            "INSERT INTO ledger_origins (number, origin, reason, at) \
             SELECT COALESCE(MAX(number) + 1, 0), $1, $2, CAST($3 AS bigint) FROM ledger_origins \
             WHERE TRUE ON CONFLICT DO NOTHING",
        );
        let insert = insert.text(origin).text(reason).integer(at.as_millis());
        Ok(self.database.execute(&insert).await? == 1)
    }

    /// Whether the ledger ever had a name.
    pub async fn was_named(&self, origin: &str) -> Result<bool, StoreError> {
        let select = Statement::new("SELECT number FROM ledger_origins WHERE origin = $1").text(origin);
        Ok(self.database.row::<(i64,)>(&select).await?.is_some())
    }

    /// The newest head that was signed under a name.
    pub async fn newest_head(&self, origin: &str) -> Result<Option<StoredHead>, StoreError> {
        let newest = Statement::new(
            "SELECT origin, size, root, note FROM tree_heads WHERE origin = $1 ORDER BY size DESC LIMIT 1",
        );
        Ok(self.database.row::<HeadRow>(&newest.text(origin)).await?.and_then(StoredHead::of))
    }

    /// Keeps a head that was signed.
    pub async fn keep_head(&self, head: &StoredHead, at: Timestamp) -> Result<(), StoreError> {
        let insert = Statement::new(
            "INSERT INTO tree_heads (origin, size, root, note, at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT DO NOTHING",
        );
        let insert = insert.text(&head.origin).sequence(head.size).bytes(head.root.0).text(&head.note);
        self.database.execute(&insert.integer(at.as_millis())).await?;
        Ok(())
    }
}

impl StoredHead {
    fn of((origin, size, root, note): HeadRow) -> Option<Self> {
        let root = Hash(root.try_into().ok()?);
        Some(Self { origin, size: unsigned(size), root, note })
    }
}
