//! What a client accepts (RFC 9110, 12.5.1), looked at before anything is done for it.

use axum::extract::{MatchedPath, Request};
use axum::http::header::ACCEPT;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;
use crate::problem_code::ProblemCode;

/// What is answered where nothing else is said.
const JSON: &[&str] = &["application/json"];
/// What some addresses answer instead.
const OTHERS: [(&str, &[&str]); 3] = [
    ("/v1/audit/events", &["application/json", "application/x-ndjson", "text/csv"]),
    ("/v1/audit/events/stream", &["text/event-stream"]),
    ("/v1/audit/exports", &["application/zip"]),
];

/// Refuses a request whose reply its client would not take.
pub(crate) async fn negotiate(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let other = OTHERS.iter().find(|(other, _)| *other == route);
    let offered = other.map_or(JSON, |(_, offered)| offered);
    let accepted: Vec<_> =
        request.headers().get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    if takes(&accepted.join(","), offered) {
        next.run(request).await
    } else {
        Problem::new(ProblemCode::NotAcceptable).into_response()
    }
}

/// Whether one of the media types is taken; who says nothing takes all.
fn takes(accepted: &str, offered: &[&str]) -> bool {
    let ranges: Vec<_> = accepted.split(',').filter_map(range).collect();
    ranges.is_empty() || offered.iter().any(|media_type| quality(&ranges, media_type) > 0.0)
}

/// A range and how much it is liked.
fn range(text: &str) -> Option<(String, f32)> {
    let mut parts = text.split(';').map(str::trim);
    let essence = parts.next().filter(|essence| essence.contains('/'))?.to_ascii_lowercase();
    let liked = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    Some((essence, liked.map_or(1.0, |liked| liked.parse().unwrap_or(0.0))))
}

/// How much a media type is liked: the narrowest range that it is in decides.
fn quality(ranges: &[(String, f32)], media_type: &str) -> f32 {
    let kind = media_type.split_once('/').map_or("", |(kind, _)| kind);
    let wider = [media_type.to_owned(), format!("{kind}/*"), "*/*".to_owned()];
    let found = wider.iter().find_map(|wider| ranges.iter().find(|(range, _)| range == wider));
    found.map_or(0.0, |(_, liked)| *liked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrowest_range_decides() {
        for accepted in [
            "",
            "*/*",
            "application/json",
            "APPLICATION/JSON",
            "application/*",
            "text/html, */*;q=0.1",
            "application/json;q=0.5;v=1",
            "nonsense",
            "text/html,application/json ; q=0.001",
        ] {
            assert!(takes(accepted, JSON), "{accepted}");
        }
        for accepted in [
            "text/html",
            "text/*",
            "application/json;q=0",
            "*/*, application/json;q=0",
            "image/png, */*;q=0",
            "application/problem+json",
            "application/*;q=0, */*",
        ] {
            assert!(!takes(accepted, JSON), "{accepted}");
        }
        assert!(takes("text/csv", &["application/json", "text/csv"]));
    }
}
