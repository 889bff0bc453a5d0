//! Event time, in microseconds since the Unix epoch, and the rounds that it is cut into.
//!
//! Deciding goes in rounds of 100 ms (rule T2). Round k covers `[k × 100 ms, (k + 1) × 100 ms)`.

use serde::{Deserialize, Serialize};

/// Length of a round in microseconds.
pub const ROUND_US: i64 = 100_000;

/// An instant of event time: microseconds since the Unix epoch.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Time(pub i64);

impl Time {
    /// From seconds; for tests and figures, not for stored times.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "seconds of event time fit by far"
    )]
    pub fn from_secs_f64(seconds: f64) -> Self {
        Self((seconds * 1e6).round() as i64)
    }

    /// `self − earlier` in seconds.
    #[must_use]
    pub fn since(self, earlier: Self) -> f64 {
        (self.0 - earlier.0) as f64 * 1e-6
    }

    /// Moved by `micros` microseconds.
    #[must_use]
    pub const fn plus_us(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// The round that this instant belongs to.
    #[must_use]
    pub const fn round(self) -> Round {
        Round(self.0.div_euclid(ROUND_US))
    }
}

/// A round of event time.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Round(pub i64);

impl Round {
    /// Its first instant.
    #[must_use]
    pub const fn start(self) -> Time {
        Time(self.0 * ROUND_US)
    }

    /// The first instant after it.
    #[must_use]
    pub const fn end(self) -> Time {
        Time((self.0 + 1) * ROUND_US)
    }

    /// The round `n` later (or earlier, when negative).
    #[must_use]
    pub const fn plus(self, n: i64) -> Self {
        Self(self.0 + n)
    }

    /// The next one.
    #[must_use]
    pub const fn next(self) -> Self {
        self.plus(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_holds_its_start_and_not_its_end() {
        for t in [-100_001, -100_000, -1, 0, 99_999, 100_000] {
            let round = Time(t).round();
            assert!(round.start() <= Time(t) && Time(t) < round.end(), "{t}");
            assert_eq!(round.end().round(), round.next());
        }
    }
}
