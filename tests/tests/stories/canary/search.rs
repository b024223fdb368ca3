//! The search: tables, files, logs and replies, for secrets as they are and in hexadecimal.

use countersign_tests::app::logs::Logs;
use countersign_tests::app::record::{files, whole_tables};
use countersign_tests::app::{Reply, TestApp};

use super::run::Secrets;

/// A place that was searched: its name and what is there.
pub(super) type Place = (String, String);

/// Everything that is kept: tables, files and logs.
pub(super) async fn kept(app: &TestApp, logs: &Logs) -> Vec<Place> {
    app.settled().await;
    let rows = whole_tables(app.database()).await.into_iter();
    let mut places: Vec<Place> =
        rows.map(|row| (row.split(':').next().unwrap_or_default().to_owned(), row)).collect();
    let files = files(app.database()).into_iter();
    places.extend(files.map(|(path, bytes)| (path, String::from_utf8_lossy(&bytes).into_owned())));
    places.push(("the logs".to_owned(), logs.text()));
    places
}

/// What operators are shown.
pub(super) async fn measured(app: &TestApp) -> Vec<Place> {
    let mut places = Vec::new();
    for path in ["/metrics", "/readyz", "/healthz", "/openapi.json"] {
        places
            .push((path.trim_start_matches('/').to_owned(), app.get_operations(path).await.expect(200).text));
    }
    places
}

pub(super) fn problems(app: &TestApp) -> Vec<Place> {
    replies_with(app, |reply| reply.status >= 400)
}

pub(super) fn replies(app: &TestApp) -> Vec<Place> {
    replies_with(app, |_| true)
}

fn replies_with(app: &TestApp, wanted: impl Fn(&Reply) -> bool) -> Vec<Place> {
    let wanted = app.replies().into_iter().filter(wanted);
    wanted
        .map(|reply| (format!("reply {}", reply.status), format!("{:?} {}", reply.headers, reply.text)))
        .collect()
}

/// What no reply shows, not even the one to the person themselves: their address and what they call their device are
/// theirs to see.
pub(super) fn never_told(secrets: &Secrets) -> Secrets {
    let told = ["address", "device label", "backup code", "/"];
    let kept = secrets.iter().filter(|(name, _)| !told.iter().any(|told| name.starts_with(told)));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The secrets that stand anywhere, as they are or in hexadecimal.
pub(super) fn found(places: &[Place], secrets: &Secrets) -> Vec<String> {
    let mut found = Vec::new();
    for (name, secret) in secrets {
        let hexadecimal = hex::encode(secret);
        let here = places.iter().filter(|(_, text)| text.contains(secret) || text.contains(&hexadecimal));
        found.extend(here.map(|(place, text)| format!("{name} in {place}: {}", around(text, secret))));
    }
    found
}

/// Mailed digits that stand anywhere by themselves, as no part of an id or a number does.
pub(super) fn digits_found(places: &[Place], digits: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for (place, text) in places.iter().filter(|(place, _)| !place.starts_with('/')) {
        let words = text.split(|c: char| !c.is_alphanumeric() && c != '.' && c != '-');
        found.extend(
            words
                .filter(|word| digits.iter().any(|code| code == word))
                .map(|code| format!("{code} in {place}")),
        );
    }
    found
}

fn around(text: &str, secret: &str) -> String {
    let at = text.find(secret).unwrap_or_default();
    text.chars().skip(text[..at].chars().count().saturating_sub(60)).take(160).collect()
}
