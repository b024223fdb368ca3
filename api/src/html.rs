//! Pages: one style, and a policy under which a browser runs and loads nothing.

use std::sync::LazyLock;

use askama::Template;
use axum::body::Bytes;
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

/// A page that is always the same, as it is sent; nothing where it could not be made.
pub(crate) type Made = Option<Bytes>;

/// Makes a page that is always the same.
pub(crate) fn make(page: &impl Template) -> Made {
    page.render().ok().map(Bytes::from)
}

/// The reply that a page is which was made before.
pub(crate) fn made(page: &Made) -> Result<Response, Problem> {
    let page = page.clone().ok_or_else(|| Problem::new(ProblemCode::InternalError))?;
    Ok(sent(&POLICY, Html(page)))
}

/// The reply that a page is whose address is a secret: it is kept nowhere, and no other page is told of it.
pub(crate) fn shown_in_private(page: &impl Template) -> Result<Response, Problem> {
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    let html = page.render().map_err(|_| Problem::new(ProblemCode::InternalError))?;
    Ok((headers, sent(&POLICY_OF_A_FORM, Html(html))).into_response())
}

fn sent(policy: &HeaderValue, html: impl IntoResponse) -> Response {
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::CONTENT_SECURITY_POLICY, policy.clone()),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, html).into_response()
}
