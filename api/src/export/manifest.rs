//! What is in an export, how it was asked for, and what proves it.

use countersign_domain::id::AccountId;
use countersign_domain::time::Timestamp;
use countersign_service::Service;
use countersign_service::error::ServiceError;
use serde_json::json;

use super::{Format, Summary};

/// What an export was asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The form of the file.
    pub format: Format,
    /// The filter, as it was typed; empty where there was none.
    pub filter: String,
    /// The account that all events had to be about.
    pub account: Option<AccountId>,
    /// Not before this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
    /// So many at most.
    pub limit: Option<u64>,
    /// Whether it was opened where the person was, and what they used.
    pub opened: bool,
}

/// The file `manifest.json`, a line of JSON, and the ledger's signature over these very bytes; none before the ledger
/// has a name. `bound` is the index below which all events were looked at.
pub async fn signed(
    service: &Service,
    asked: &Asked,
    bound: u64,
    summary: &Summary,
) -> Result<(Vec<u8>, Option<String>), ServiceError> {
    let head = service.newest_head().await?.map(|head| head.note);
    let manifest = written(asked, bound, summary, head.as_deref(), service.now());
    let signature = service.sign_manifest(&manifest).await?;
    Ok((manifest, signature))
}

fn written(
    asked: &Asked,
    bound: u64,
    summary: &Summary,
    tree_head: Option<&str>,
    made_at: Timestamp,
) -> Vec<u8> {
    let manifest = json!({
        "object": "manifest",
        "format": asked.format.word(),
        "file": asked.format.file_name(),
        "filter": asked.filter,
        "account": asked.account,
        "from": asked.from,
        "to": asked.to,
        "limit": asked.limit,
        "opened": asked.opened,
        "bound": bound,
        "rows": summary.rows,
        "left_out": summary.left_out,
        "first_index": summary.first,
        "last_index": summary.last,
        "bytes": summary.bytes,
        "sha256": hex::encode(summary.sha256),
        "tree_head": tree_head,
        "made_at": made_at,
    });
    format!("{manifest}\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_manifest_says_what_was_asked_for_and_what_is_in_the_file() {
        let summary =
            Summary { rows: 2, left_out: 1, first: Some(3), last: Some(5), sha256: [0xab; 32], bytes: 70 };
        let asked = Asked {
            format: Format::Csv,
            filter: "type:code.*".to_owned(),
            account: None,
            from: None,
            to: Some(Timestamp::from_millis(1_000)),
            limit: None,
            opened: true,
        };

        let bytes = written(&asked, 6, &summary, None, Timestamp::from_millis(2_000));

        assert!(bytes.ends_with(b"}\n"));
        let told: Value = serde_json::from_slice(&bytes).unwrap();
        let expected = json!({
            "object": "manifest", "format": "csv", "file": "events.csv", "filter": "type:code.*",
            "account": null, "from": null, "to": "1970-01-01T00:00:01.000Z", "limit": null, "opened": true,
            "bound": 6, "rows": 2, "left_out": 1, "first_index": 3, "last_index": 5, "bytes": 70,
            "sha256": "ab".repeat(32), "tree_head": null, "made_at": "1970-01-01T00:00:02.000Z",
        });
        assert_eq!(told, expected);
    }
}
