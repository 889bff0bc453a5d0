//! How fast event time runs.

use std::time::{Duration, Instant};

/// Over how much of the wall's clock the speed is measured at least: less would tremble.
const OVER: Duration = Duration::from_secs(1);

/// Measures how fast event time runs against the wall's clock.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Speedometer {
    since: Option<(Instant, i64)>,
    speed: f64,
}

impl Speedometer {
    /// The speed as a multiple of the wall's clock, now that event time has come to `event_us`; 0
    /// there means that it has not begun.
    pub(super) fn at(&mut self, now: Instant, event_us: i64) -> f64 {
        if event_us == 0 {
            return 0.0;
        }
        let Some((then, event_then)) = self.since else {
            self.since = Some((now, event_us));
            return self.speed;
        };
        let passed = now.saturating_duration_since(then);
        if passed >= OVER {
            self.speed = event_us.saturating_sub(event_then) as f64 * 1e-6 / passed.as_secs_f64();
            self.since = Some((now, event_us));
        }
        self.speed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_speed_is_that_of_the_last_second() {
        let (mut speed, begin) = (Speedometer::default(), Instant::now());
        let mut at = |ms: u64, event_us| speed.at(begin + Duration::from_millis(ms), event_us);
        let same = |speed: f64, wanted: f64| assert!((speed - wanted).abs() < 1e-9, "{speed}");
        same(at(0, 0), 0.0);
        same(at(0, 5_000_000), 0.0);
        same(at(500, 6_000_000), 0.0);
        same(at(1_000, 25_000_000), 20.0);
        same(at(1_500, 25_000_000), 20.0);
        same(at(3_000, 27_000_000), 1.0);
    }
}
