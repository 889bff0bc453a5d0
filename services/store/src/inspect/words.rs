//! Times, counts and waits in the protocol's words.

use std::time::Duration;

use amble_engine::time::{Round, Time};
use amble_proto::{self as proto, v1::Wait};

/// A point in time: microseconds since the Unix epoch, of event time or of the wall clock.
#[must_use]
pub fn stamp(time: Time) -> proto::Timestamp {
    proto::Timestamp {
        seconds: time.0.div_euclid(1_000_000),
        nanos: i32::try_from(time.0.rem_euclid(1_000_000) * 1_000).unwrap_or_default(),
    }
}

/// The point in time that [`stamp`] wrote.
pub(crate) fn time_of(stamp: &proto::Timestamp) -> Time {
    Time(stamp.seconds * 1_000_000 + i64::from(stamp.nanos) / 1_000)
}

/// How many there are; the most there can be, where it does not fit.
pub(crate) fn count(things: usize) -> u32 {
    u32::try_from(things).unwrap_or(u32::MAX)
}

/// A length of time; the longest there is, where it does not fit.
#[must_use]
pub fn duration(length: Duration) -> proto::Duration {
    let longest = proto::Duration {
        seconds: 315_576_000_000,
        nanos: 0,
    };
    proto::Duration::try_from(length).unwrap_or(longest)
}

/// Something that is waited for, if it is waited for of anybody.
pub(crate) fn wait(what: &str, round: Round, from: Vec<String>, waited: Duration) -> Option<Wait> {
    (!from.is_empty()).then(|| Wait {
        what: what.to_owned(),
        round: round.0,
        from,
        waited: Some(duration(waited)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_before_1970_have_no_negative_nanos() {
        let shown = stamp(Time(-1));
        assert_eq!((shown.seconds, shown.nanos), (-1, 999_999_000));
        assert_eq!(time_of(&shown), Time(-1));
        let shown = stamp(Time(1_500_000));
        assert_eq!((shown.seconds, shown.nanos), (1, 500_000_000));
    }
}
