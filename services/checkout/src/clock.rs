//! The system's clock, for retries only (rule T1), and times as people read them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;

/// Microseconds since the Unix epoch.
pub(crate) fn now_us() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    micros(since)
}

/// A span in microseconds.
pub(crate) fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

/// `2026-01-31 12:34 UTC`; a time that no calendar has, in microseconds.
pub(crate) fn minute(us: i64) -> String {
    let Ok(time) = OffsetDateTime::from_unix_timestamp(us.div_euclid(1_000_000)) else {
        return format!("{us} µs");
    };
    let (year, month, day) = time.to_calendar_date();
    format!(
        "{year:04}-{:02}-{day:02} {:02}:{:02} UTC",
        u8::from(month),
        time.hour(),
        time.minute()
    )
}

/// The last second of the year 9999, after which times are no longer written with four digits.
const LAST_SECOND: i64 = 253_402_300_799;

/// `2026-01-31T12:34:56.789Z` (RFC 3339), from the Unix epoch to the end of the year 9999.
pub(crate) fn instant(us: i64) -> String {
    let us = us.clamp(0, LAST_SECOND * 1_000_000);
    let time = UNIX_EPOCH + Duration::from_micros(us.unsigned_abs());
    humantime::format_rfc3339_millis(time).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_right_around_leap_days_and_the_epoch() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00 UTC"),
            (-60, "1969-12-31 23:59 UTC"),
            (951_782_399, "2000-02-28 23:59 UTC"),
            (951_782_400, "2000-02-29 00:00 UTC"),
            (1_709_251_199, "2024-02-29 23:59 UTC"),
            (1_767_225_600, "2026-01-01 00:00 UTC"),
            (4_107_542_400, "2100-03-01 00:00 UTC"),
        ] {
            assert_eq!(minute(seconds * 1_000_000), text);
        }
    }

    #[test]
    fn instants_are_written_as_others_read_them_whatever_they_are() {
        for (us, text) in [
            (1_767_225_600_123_999, "2026-01-01T00:00:00.123Z"),
            (i64::MIN, "1970-01-01T00:00:00.000Z"),
            (i64::MAX, "9999-12-31T23:59:59.000Z"),
        ] {
            assert_eq!(instant(us), text);
        }
    }
}
