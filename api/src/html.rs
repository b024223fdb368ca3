//! Pages: one style, and a policy under which a browser runs and loads nothing.

use std::sync::LazyLock;

use askama::Template;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::problem::Problem;
use crate::problem_code::ProblemCode;

/// The style of every page.
pub(crate) const STYLE: &str = include_str!("../templates/style.css");

/// What a browser may do with a page: show it, in its style.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| policy("'none'"));
/// The same, where the page is a question: it may be answered here.
static POLICY_OF_A_FORM: LazyLock<HeaderValue> = LazyLock::new(|| policy("'self'"));

fn policy(answered_at: &str) -> HeaderValue {
    let style = STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action {answered_at}; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("Base64 and words make a header")
}

/// The reply that a page is.
pub(crate) fn shown(page: &impl Template) -> Result<Response, Problem> {
    under(&POLICY, page)
}

/// The reply that a page is whose address is a secret: it is kept nowhere, and no other page is told of it.
pub(crate) fn shown_in_private(page: &impl Template) -> Result<Response, Problem> {
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    Ok((headers, under(&POLICY_OF_A_FORM, page)?).into_response())
}

fn under(policy: &HeaderValue, page: &impl Template) -> Result<Response, Problem> {
    let html = page.render().map_err(|_| Problem::new(ProblemCode::InternalError))?;
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::CONTENT_SECURITY_POLICY, policy.clone()),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    Ok((headers, Html(html)).into_response())
}
