//! Moments as a filter writes them.

/// Stands after a date to make it the moment of its midnight.
const MIDNIGHT: &str = "T00:00:00.000Z";

/// The milliseconds since 1970 of a UTC time with at most three decimals, or of the midnight of a date.
pub(super) fn read(text: &str) -> Option<i64> {
    exact(text).or_else(|| exact(&format!("{text}{MIDNIGHT}")))
}

/// The shortest of the forms that are read without loss: a date where it is midnight, or with three
/// decimals. Beyond the calendar, it is the calendar's end.
pub(super) fn write(millis: i64) -> String {
    let end = if millis < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
    let text = format!("{:.3}", jiff::Timestamp::from_millisecond(millis).unwrap_or(end));
    text.strip_suffix(MIDNIGHT).map(str::to_owned).unwrap_or(text)
}

/// Reads one form only, where jiff reads many: what it would write itself, with some number of decimals.
fn exact(text: &str) -> Option<i64> {
    let moment: jiff::Timestamp = text.parse().ok()?;
    (0..=3).any(|decimals| format!("{moment:.decimals$}") == text).then(|| moment.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_with_up_to_three_decimals_and_a_date_as_its_midnight() {
        let second = Some(1_767_225_600_000);
        for text in
            ["2026-01-01", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.0Z", "2026-01-01T00:00:00.000Z"]
        {
            assert_eq!(read(text), second, "{text}");
        }
        assert_eq!(read("2026-01-01T00:00:00.12Z"), Some(1_767_225_600_120));
    }

    #[test]
    fn another_form_of_a_time_is_refused() {
        let zones = ["2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00", "2026-01-01T00:00:00Z[UTC]"];
        let shapes = ["2026-01-01 00:00:00Z", "20260101", "2026-1-1", "2026-01", "", "T00:00:00Z"];
        let none =
            ["2026-02-30", "2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00.0001Z"];
        for text in [zones.as_slice(), &shapes, &none].concat() {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_midnight_is_written_as_a_date_and_any_other_moment_in_full() {
        assert_eq!(write(1_767_225_600_000), "2026-01-01");
        assert_eq!(write(1_767_225_600_120), "2026-01-01T00:00:00.120Z");
        assert_eq!(write(-1), "1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn a_moment_beyond_the_calendar_is_written_as_its_end() {
        assert!(write(i64::MAX).starts_with("9999-12-30T"));
        assert!(write(i64::MIN).starts_with("-009999-01-02T"));
    }
}
