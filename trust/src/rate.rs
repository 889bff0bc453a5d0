//! A token bucket: so many a second, and a burst.

use std::time::{Duration, Instant};

/// Lets `rate` pass a second on average, and `burst` at once.
#[derive(Debug)]
pub struct TokenBucket {
    rate: f64,
    burst: f64,
    tokens: f64,
    filled: Instant,
}

impl TokenBucket {
    /// Full at `now`. A rate or burst of 0 counts as 1: a door that never opens is no door.
    pub fn new(rate: u32, burst: u32, now: Instant) -> Self {
        let burst = f64::from(burst.max(1));
        Self {
            rate: f64::from(rate.max(1)),
            burst,
            tokens: burst,
            filled: now,
        }
    }

    /// Takes one.
    ///
    /// # Errors
    /// When there is none: after how long there will be one. Nothing is taken then.
    pub fn take(&mut self, now: Instant) -> Result<(), Duration> {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.filled = self.filled.max(now);
        self.tokens = (self.tokens + passed * self.rate).min(self.burst);
        if self.tokens < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - self.tokens) / self.rate));
        }
        self.tokens -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_at_once_and_then_the_rate_holds() {
        let start = Instant::now();
        let mut bucket = TokenBucket::new(10, 5, start);
        assert_eq!((0..9).filter(|_| bucket.take(start).is_ok()).count(), 5);
        let wait = bucket.take(start).unwrap_err();
        assert_eq!(wait, Duration::from_millis(100));
        let later = start + Duration::from_secs(1);
        assert_eq!((0..9).filter(|_| bucket.take(later).is_ok()).count(), 5);
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing_away() {
        let start = Instant::now() + Duration::from_secs(1);
        let mut bucket = TokenBucket::new(10, 1, start);
        assert!(bucket.take(start).is_ok());
        assert!(bucket.take(start - Duration::from_secs(1)).is_err());
        assert!(bucket.take(start).is_err());
    }
}
