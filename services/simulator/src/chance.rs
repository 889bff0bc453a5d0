//! Chance, seeded.
//!
//! 1. The same seed and stream give the same numbers on every machine: no call to the system's
//!    mathematics decides a draw of [`Dice::normal`], the one that is made millions of times.
//! 2. Streams are independent, so that switching one sensor off does not change the others' day.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng as _, SeedableRng as _},
};

/// Variance of the sum that [`Dice::normal`] builds: 64 fair coins, and two uniforms between coins.
const COINS_SIGMA: f64 = 4.020_779_360_604_94;

/// A source of random numbers.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// The stream with this number of the day with this seed.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(stream);
        Self(generator)
    }

    /// Uniform in [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        #[allow(clippy::cast_precision_loss)]
        let whole = (self.0.next_u64() >> 11) as f64;
        whole / 9_007_199_254_740_992.0
    }

    /// Uniform in [low, high).
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Uniform in 0..n; 0 when `n` is 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        let wide = u128::from(self.0.next_u64()) * n as u128;
        (wide >> 64) as usize
    }

    /// True with this probability.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Exponential with this mean.
    pub(crate) fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    /// Standard normal, to within 0.1 % of its density within 4 σ: the number of heads among 64 coins, made
    /// continuous by two uniforms (the excess kurtosis is -0.03).
    pub(crate) fn normal(&mut self) -> f64 {
        let heads = f64::from(self.0.next_u64().count_ones());
        let between = self.0.next_u64();
        let up = f64::from((between >> 32) as u32);
        let down = f64::from((between & 0xffff_ffff) as u32);
        (heads - 32.0 + (up - down) / 4_294_967_296.0) / COINS_SIGMA
    }

    /// Uniform between two times given in seconds, in microseconds.
    pub(crate) fn micros(&mut self, low_s: f64, high_s: f64) -> i64 {
        micros(self.between(low_s, high_s))
    }

    /// A random direction in 16 dimensions, of length 1.
    pub(crate) fn direction(&mut self) -> [f32; 16] {
        let raw: [f64; 16] = std::array::from_fn(|_| self.normal());
        let length = raw.iter().map(|x| x * x).sum::<f64>().sqrt().max(1e-9);
        raw.map(|x| (x / length) as f32)
    }
}

/// Seconds as whole microseconds.
pub(crate) fn micros(seconds: f64) -> i64 {
    (seconds * 1e6).round() as i64
}

/// Microseconds as seconds.
#[allow(clippy::cast_precision_loss)]
pub(crate) fn seconds(micros: i64) -> f64 {
    micros as f64 * 1e-6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fast_normal_is_normal() {
        let mut dice = Dice::new(1, 0);
        let n = 400_000;
        let (mut sum, mut square, mut beyond_two, mut beyond_three) = (0.0, 0.0, 0, 0);
        for _ in 0..n {
            let x = dice.normal();
            sum += x;
            square += x * x;
            beyond_two += i32::from(x.abs() > 2.0);
            beyond_three += i32::from(x.abs() > 3.0);
        }
        let n = f64::from(n);
        assert!((sum / n).abs() < 0.01);
        assert!((square / n - 1.0).abs() < 0.01);
        assert!((f64::from(beyond_two) / n - 0.0455).abs() < 0.002);
        assert!((f64::from(beyond_three) / n - 0.0027).abs() < 0.0006);
    }

    #[test]
    fn streams_differ_and_repeat() {
        let draw = |stream| Dice::new(7, stream).unit().to_bits();
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }
}
