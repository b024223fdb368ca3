//! Moments, and places in the past, as they are typed.

use countersign_domain::time::{InvalidTimestamp, Timestamp};
use countersign_service::flow::AsOf;

/// What makes a date the moment of its midnight.
const MIDNIGHT: &str = "T00:00:00.000Z";

/// A moment in the stored form, or the midnight of a date.
pub(super) fn moment(text: &str) -> Result<Timestamp, InvalidTimestamp> {
    text.parse().or_else(|error| format!("{text}{MIDNIGHT}").parse().map_err(|_| error))
}

/// An index of the ledger, or a moment.
pub(super) fn as_of(text: &str) -> Result<AsOf, &'static str> {
    let index = text.parse().map(AsOf::Index);
    index
        .or_else(|_| moment(text).map(AsOf::Time))
        .map_err(|_| "expected an index of the ledger, or a UTC time like 2026-01-31T08:15:00.000Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_means_its_midnight_and_a_moment_itself() {
        assert_eq!(moment("2026-01-31").unwrap().to_string(), "2026-01-31T00:00:00.000Z");
        assert_eq!(moment("2026-01-31T08:15:00.001Z").unwrap().to_string(), "2026-01-31T08:15:00.001Z");
        for text in ["", "2026", "2026-02-30", "2026-01-31T08:15:00Z", "yesterday"] {
            assert!(moment(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_number_is_an_index_and_anything_else_a_moment() {
        assert_eq!(as_of("2026"), Ok(AsOf::Index(2026)));
        assert_eq!(as_of("2026-01-31"), Ok(AsOf::Time(moment("2026-01-31").unwrap())));
        assert!(as_of("-1").is_err());
    }
}
