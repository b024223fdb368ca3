//! `POST /v1/audit/exports`: events by filter as a file, with its signed manifest, in an archive that is sent as it is
//! made.

use std::io;
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::mpsc;

use super::which::Which;
use crate::export::{Archive, Asked, Format};
use crate::extract::{Auditor, Fields};
use crate::problem::Problem;
use crate::problem_code::ProblemCode;
use crate::serving::Streams;
use crate::state::Api;

/// What a browser saves it as.
const FILE_NAME: &str = "attachment; filename=\"countersign-export.zip\"";

/// Parts that are made before they are taken.
const PARTS_AHEAD: usize = 2;
/// How long a part may wait to be taken.
const TAKEN_WITHIN: Duration = Duration::from_secs(60);

/// `POST /v1/audit/exports`.
pub(crate) async fn export(
    State(api): State<Api>,
    Auditor(reader): Auditor,
    mut fields: Fields,
) -> Result<Response, Problem> {
    let format = fields.required::<Format>("format");
    let which = Which::take(&mut fields, &reader);
    let format = fields.finish(format)?;
    let export = api
        .service
        .audit_export(&reader, which.query(&reader), format!("{} as {format}", which.asked()), None)
        .await?;
    let Which { typed: filter, account, from, to, .. } = which;
    let asked = Asked { format, filter, account, from, to, limit: None, opened: reader.may_open };
    let archive = Archive::new(api.service.clone(), export, asked).map_err(|error| {
        tracing::error!(%error, "an export could not be begun");
        Problem::new(ProblemCode::InternalError)
    })?;
    let body = Body::from_stream(stream::unfold(Some(sent(archive)), received));
    let headers = [(CONTENT_TYPE, "application/zip"), (CONTENT_DISPOSITION, FILE_NAME)];
    Ok((Extension(Streams), headers, body).into_response())
}

/// A part of an archive; none behind the last.
type Part = io::Result<Option<Vec<u8>>>;

/// Makes an archive as it is taken. Who takes nothing for a while is left, so that others get their turn.
fn sent(mut archive: Archive) -> mpsc::Receiver<Part> {
    let (parts, taken) = mpsc::channel(PARTS_AHEAD);
    tokio::spawn(async move {
        loop {
            let part = archive.next().await;
            let is_last = !matches!(part, Ok(Some(_)));
            if let Err(error) = &part {
                tracing::error!(%error, "an export was cut off");
            }
            if parts.send_timeout(part, TAKEN_WITHIN).await.is_err() || is_last {
                return;
            }
        }
    });
    taken
}

/// The next bytes. Where they end before the last part, that is an error, which cuts the connection: the reply has
/// begun, and must not look whole.
async fn received(
    parts: Option<mpsc::Receiver<Part>>,
) -> Option<(io::Result<Bytes>, Option<mpsc::Receiver<Part>>)> {
    let mut parts = parts?;
    match parts.recv().await {
        Some(Ok(Some(bytes))) => Some((Ok(Bytes::from(bytes)), Some(parts))),
        Some(Ok(None)) => None,
        Some(Err(error)) => Some((Err(error), None)),
        None => Some((Err(io::ErrorKind::TimedOut.into()), None)),
    }
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;

    use super::*;

    async fn all(parts: Vec<Part>) -> Vec<Result<Bytes, io::ErrorKind>> {
        let (sender, receiver) = mpsc::channel(parts.len());
        for part in parts {
            sender.send(part).await.unwrap();
        }
        drop(sender);
        let told: Vec<_> = stream::unfold(Some(receiver), received).collect().await;
        told.into_iter().map(|part| part.map_err(|error| error.kind())).collect()
    }

    #[tokio::test]
    async fn what_ends_before_its_last_part_is_an_error() {
        let part = |bytes: &[u8]| Ok(Some(bytes.to_vec()));
        assert_eq!(all(vec![part(b"a"), part(b"b"), Ok(None)]).await, [Ok("a".into()), Ok("b".into())]);
        assert_eq!(all(vec![part(b"a")]).await, [Ok("a".into()), Err(io::ErrorKind::TimedOut)]);
        let cut = Err(io::ErrorKind::InvalidData.into());
        assert_eq!(all(vec![part(b"a"), cut]).await, [Ok("a".into()), Err(io::ErrorKind::InvalidData)]);
    }
}
