//! `/recovery/cancel/{token}`: where the link of a notice leads. Looking changes nothing; the button does.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::extract::{InPath, Origin};
use crate::html;
use crate::problem::Problem;
use crate::state::Api;

#[derive(Template)]
#[template(path = "recovery.html")]
struct Page {
    style: &'static str,
    stage: Stage,
}

/// What there is to say.
#[derive(Clone, Copy)]
enum Stage {
    /// It can be cancelled.
    Prepared,
    /// It was, right now.
    Cancelled,
    /// There is nothing to cancel any more.
    Over,
}

/// `GET /recovery/cancel/{token}`: mail programs follow links by themselves, so nothing is changed.
pub(crate) async fn ask(State(api): State<Api>, InPath(token): InPath<String>) -> Result<Response, Problem> {
    let prepared = api.service.can_be_cancelled(&token).await?;
    page(if prepared { Stage::Prepared } else { Stage::Over })
}

/// `POST /recovery/cancel/{token}`.
pub(crate) async fn cancel(
    State(api): State<Api>,
    Origin(context): Origin,
    InPath(token): InPath<String>,
) -> Result<Response, Problem> {
    let cancelled = api.service.cancel_recovery_by_link(context, &token).await?;
    page(if cancelled { Stage::Cancelled } else { Stage::Over })
}

fn page(stage: Stage) -> Result<Response, Problem> {
    html::shown_in_private(&Page { style: html::STYLE, stage })
}
