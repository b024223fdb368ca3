//! Moments and lengths of time, in milliseconds.

use std::fmt;
use std::ops::Add;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment in UTC, in milliseconds since 1970; written as RFC 3339 with exactly three decimals and `Z`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A length of time in milliseconds, never negative.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(u64);

/// A text that is not a moment in the stored form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidTimestamp;

impl fmt::Display for InvalidTimestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a UTC time like 2026-01-31T08:15:00.000Z")
    }
}

impl std::error::Error for InvalidTimestamp {}

/// The last moment that can be written: some hours before the year 10000, where jiff ends.
const LAST_MILLIS: i64 = 253_402_207_199_999;

impl Timestamp {
    /// The moment that many milliseconds after the start of 1970, kept within the years 1970 to 9999.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(0, LAST_MILLIS))
    }

    /// Milliseconds since the start of 1970.
    pub fn as_millis(self) -> i64 {
        self.0
    }

    /// How long it is from this moment to a later one; zero when the other is not later.
    pub fn until(self, later: Self) -> Span {
        Span(u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0))
    }
}

impl Add<Span> for Timestamp {
    type Output = Self;

    fn add(self, span: Span) -> Self {
        Self::from_millis(self.0.saturating_add(i64::try_from(span.0).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = jiff::Timestamp::from_millisecond(self.0).map_err(|_| fmt::Error)?;
        write!(f, "{moment:.3}")
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    /// Reads the stored form only: three decimals, upper-case `T` and `Z`.
    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        let moment: jiff::Timestamp = text.parse().map_err(|_| InvalidTimestamp)?;
        let read = Self(moment.as_millisecond());
        let exact = (0..=LAST_MILLIS).contains(&read.0) && read.to_string() == text;
        if exact { Ok(read) } else { Err(InvalidTimestamp) }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Span {
    /// That many milliseconds.
    pub const fn millis(count: u64) -> Self {
        Self(count)
    }

    /// That many seconds.
    pub const fn seconds(count: u64) -> Self {
        Self(count.saturating_mul(1_000))
    }

    /// That many minutes.
    pub const fn minutes(count: u64) -> Self {
        Self::seconds(count.saturating_mul(60))
    }

    /// That many hours.
    pub const fn hours(count: u64) -> Self {
        Self::minutes(count.saturating_mul(60))
    }

    /// That many days of 24 hours.
    pub const fn days(count: u64) -> Self {
        Self::hours(count.saturating_mul(24))
    }

    /// The length in milliseconds.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The length in whole seconds, rounded up: a wait of that many seconds is never too short.
    pub const fn as_seconds_up(self) -> u64 {
        self.0.div_ceil(1_000)
    }

    /// The length in whole minutes, rounded down.
    pub const fn as_minutes(self) -> u64 {
        self.0 / 60_000
    }

    /// This length doubled a number of times, but not beyond a longest one.
    #[must_use]
    pub fn doubled(self, times: u32, longest: Self) -> Self {
        Self(self.0.saturating_mul(2_u64.saturating_pow(times))).min(longest)
    }
}

/// In the largest unit that measures it exactly: `30 seconds`, `24 hours`, `1 hour`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [
            (Self::days(1), "day"),
            (Self::hours(1), "hour"),
            (Self::minutes(1), "minute"),
            (Self::seconds(1), "second"),
        ];
        let exact = |length: u64| self.0 >= length && self.0.is_multiple_of(length);
        let unit = units.into_iter().find(|(length, _)| exact(length.0));
        let (length, name) = unit.unwrap_or((Self::millis(1), "millisecond"));
        let count = self.0 / length.0;
        write!(f, "{count} {name}{}", if count == 1 { "" } else { "s" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_with_three_decimals_and_read_back() {
        let moment = Timestamp::from_millis(1_700_000_000_120);
        assert_eq!(moment.to_string(), "2023-11-14T22:13:20.120Z");
        assert_eq!("2023-11-14T22:13:20.120Z".parse(), Ok(moment));
    }

    #[test]
    fn the_first_and_the_last_moment_can_be_written_and_read_back() {
        for millis in [i64::MIN, i64::MAX] {
            let moment = Timestamp::from_millis(millis);
            assert_eq!(moment.to_string().parse(), Ok(moment));
        }
    }

    #[test]
    fn another_form_of_a_moment_is_refused() {
        for text in ["2023-11-14T22:13:20Z", "2023-11-14T22:13:20.12Z", "2023-11-14t22:13:20.120z", "x"] {
            assert_eq!(text.parse::<Timestamp>(), Err(InvalidTimestamp), "{text}");
        }
    }

    #[test]
    fn a_doubled_wait_stops_at_the_longest() {
        let longest = Span::hours(1);
        assert_eq!(Span::seconds(30).doubled(0, longest), Span::seconds(30));
        assert_eq!(Span::seconds(30).doubled(3, longest), Span::seconds(240));
        assert_eq!(Span::seconds(30).doubled(60, longest), longest);
    }

    #[test]
    fn a_length_of_time_is_told_in_the_largest_unit_that_measures_it() {
        let told = [Span::seconds(90), Span::minutes(10), Span::hours(1), Span::days(30), Span::millis(1)]
            .map(|span| span.to_string());
        assert_eq!(told, ["90 seconds", "10 minutes", "1 hour", "30 days", "1 millisecond"]);
    }
}
