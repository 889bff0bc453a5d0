//! A run of samples that may be one level: its mean, scatter and slope, in one pass.

use serde::{Deserialize, Serialize};

use super::limits;
use crate::time::Time;

/// Samples that follow each other and lie close together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Plateau {
    since: Time,
    count: f32,
    mean: f64,
    /// Mean time since `since`, in seconds.
    mean_s: f32,
    /// Σ (t − mean t)², in s².
    spread: f32,
    /// Σ (t − mean t)(x − mean x), in g s.
    slant: f32,
    /// Σ (x − mean x)², in g².
    scatter: f32,
}

impl Plateau {
    /// Of one sample.
    pub(super) fn new(grams: f32, time: Time) -> Self {
        Self {
            since: time,
            count: 1.0,
            mean: f64::from(grams),
            mean_s: 0.0,
            spread: 0.0,
            slant: 0.0,
            scatter: 0.0,
        }
    }

    /// When its first sample was taken.
    pub(super) fn since(&self) -> Time {
        self.since
    }

    /// How many samples it has; at least 1.
    pub(super) fn count(&self) -> f32 {
        self.count
    }

    /// Its level in grams.
    pub(super) fn mean(&self) -> f64 {
        self.mean
    }

    /// For how long it has held, in microseconds.
    pub(super) fn held_us(&self, now: Time) -> i64 {
        now.0.saturating_sub(self.since.0)
    }

    /// How far a sample is from the mean, in σ of one sample.
    pub(super) fn distance(&self, grams: f32, noise_g: f32) -> f32 {
        (f64::from(grams) - self.mean).abs() as f32 / noise_g
    }

    /// Whether a sample at this distance belongs to it.
    pub(super) fn admits(&self, distance: f32) -> bool {
        distance * distance <= limits::BREAK * limits::BREAK * (1.0 + self.count.recip())
    }

    /// Adds a sample (Welford's recurrence, for two variables).
    pub(super) fn add(&mut self, grams: f32, time: Time) {
        let t = self.held_us(time) as f32 * 1e-6;
        self.count += 1.0;
        let off_t = t - self.mean_s;
        self.mean_s += off_t / self.count;
        self.spread += off_t * (t - self.mean_s);
        let off = f64::from(grams) - self.mean;
        self.mean += off / f64::from(self.count);
        let rest = (f64::from(grams) - self.mean) as f32;
        self.slant += off_t * rest;
        self.scatter += off as f32 * rest;
    }

    /// Whether it scatters more than a plate at rest: χ² with its mean and standard deviation.
    pub(super) fn is_rough(&self, noise_g: f32) -> bool {
        let freedom = self.count - 1.0;
        let most = freedom + limits::ROUGH * (2.0 * freedom).sqrt();
        self.scatter > most * noise_g * noise_g
    }

    /// Whether it is a slope: least squares, against the noise.
    pub(super) fn is_sloped(&self, noise_g: f32, now: Time) -> bool {
        if self.spread <= 0.0 {
            return false;
        }
        let slope = (self.slant / self.spread).abs();
        let seconds = self.held_us(now) as f32 * 1e-6;
        slope * self.spread.sqrt() > limits::SLOPE * noise_g && slope * seconds > noise_g
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slope_is_told_from_a_level() {
        for (slope, expected) in [(0.0, false), (1.0, false), (-20.0, true), (20.0, true)] {
            let mut plateau = Plateau::new(1_000.0, Time(0));
            for k in 1..7_u8 {
                let t = f32::from(k) * 0.1;
                let wobble = if k % 2 == 0 { 0.3 } else { -0.3 };
                plateau.add(1_000.0 + slope * t + wobble, Time(i64::from(k) * 100_000));
            }
            assert_eq!(
                plateau.is_sloped(0.7, Time(600_000)),
                expected,
                "{slope} g/s"
            );
        }
    }

    #[test]
    fn a_trembling_hand_is_told_from_a_level() {
        for (tremor, expected) in [(0.0, false), (0.7, false), (2.5, true)] {
            let mut plateau = Plateau::new(1_000.0 + tremor, Time(0));
            for k in 1..5_u8 {
                let wobble = if k % 2 == 0 { tremor } else { -tremor };
                plateau.add(1_000.0 + wobble, Time(i64::from(k) * 100_000));
            }
            assert_eq!(plateau.is_rough(0.7), expected, "{tremor} g");
        }
    }
}
