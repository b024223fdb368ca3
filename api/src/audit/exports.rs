//! `POST /v1/audit/exports`: events by filter as a file, with its signed manifest, in an archive that is sent as it is
//! made.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use super::which::Which;
use crate::export::{Archive, Asked, Format};
use crate::extract::{Auditor, Fields};
use crate::problem::Problem;
use crate::problem_code::ProblemCode;
use crate::state::Api;

/// What a browser saves it as.
const FILE_NAME: &str = "attachment; filename=\"countersign-export.zip\"";

/// `POST /v1/audit/exports`.
pub(crate) async fn export(
    State(api): State<Api>,
    Auditor(reader): Auditor,
    mut fields: Fields,
) -> Result<Response, Problem> {
    let format = fields.required::<Format>("format");
    let which = Which::take(&mut fields, &reader);
    let format = fields.finish(format)?;
    let export = api.service.audit_export(&reader, which.query(&reader), which.asked(), None).await?;
    let Which { typed: filter, account, from, to, .. } = which;
    let asked = Asked { format, filter, account, from, to, limit: None, opened: reader.may_open };
    let archive = Archive::new(api.service.clone(), export, asked).map_err(|error| {
        tracing::error!(%error, "an export could not be begun");
        Problem::new(ProblemCode::InternalError)
    })?;
    let body = Body::from_stream(stream::try_unfold(archive, next));
    Ok(([(CONTENT_TYPE, "application/zip"), (CONTENT_DISPOSITION, FILE_NAME)], body).into_response())
}

/// The next bytes of an archive. An error cuts the connection: the reply has begun, and must not look whole.
async fn next(mut archive: Archive) -> std::io::Result<Option<(Bytes, Archive)>> {
    match archive.next().await {
        Ok(bytes) => Ok(bytes.map(|bytes| (Bytes::from(bytes), archive))),
        Err(error) => {
            tracing::error!(%error, "an export was cut off");
            Err(error)
        }
    }
}
