//! A small honest shelf: noise, offset, drift, outliers, and hands that press and lift.
//!
//! A hand's force is its mean press plus a tremor that keeps for about 50 ms: no hand holds a force
//! for a quarter of a second within a gram or two.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::super::{Config, Frame, ShelfChange, Weigher};
use crate::time::Time;

/// When the tests' shelves begin: some day in 2026, in microseconds.
const DAY_US: i64 = 1_790_000_000_000_000;

/// One hand on one plate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hand {
    pub(super) plate: usize,
    /// Seconds from the beginning.
    pub(super) from: f64,
    pub(super) to: f64,
    /// What the plate weighs more afterwards, in grams.
    pub(super) delta: f64,
    /// Standard deviation of the force meanwhile, in grams. 0: it slides smoothly.
    pub(super) force: f64,
}

/// Plates with their faults.
#[derive(Clone, Debug)]
pub(super) struct Shelf {
    pub(super) noise: Vec<f64>,
    /// Grams a second.
    pub(super) drift: f64,
    /// Probability that a sample is off by up to 500 g.
    pub(super) outliers: f64,
    pub(super) hands: Vec<Hand>,
    pub(super) hz: u32,
    /// Sampling instants in a frame.
    pub(super) batch: u32,
    pub(super) seed: u64,
}

impl Shelf {
    pub(super) fn at(hz: u32, batch: u32, noise: &[f64], seed: u64) -> Self {
        Self {
            noise: noise.to_vec(),
            drift: 0.0,
            outliers: 0.0,
            hands: Vec::new(),
            hz,
            batch,
            seed,
        }
    }

    pub(super) fn with(mut self, hands: &[Hand]) -> Self {
        self.hands.extend_from_slice(hands);
        self
    }

    /// Frames of so many seconds: time of the first sample, period, grams.
    pub(super) fn frames(&self, seconds: f64) -> impl Iterator<Item = (Time, i64, Vec<f32>)> + '_ {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let period_us = i64::from(1_000_000 / self.hz);
        let mut forces = vec![0.0; self.hands.len()];
        let mut tick = 0;
        let ticks = (seconds * f64::from(self.hz)) as i64;
        std::iter::from_fn(move || {
            if tick >= ticks {
                return None;
            }
            let first = tick;
            let mut grams = Vec::new();
            for _ in 0..self.batch {
                self.sample(tick * period_us, &mut forces, &mut rng, &mut grams);
                tick += 1;
            }
            Some((Time(DAY_US + first * period_us), period_us, grams))
        })
    }

    fn sample(&self, us: i64, forces: &mut [f64], rng: &mut ChaCha8Rng, grams: &mut Vec<f32>) {
        let now = us as f64 * 1e-6;
        let keep = (-1.0 / (0.05 * f64::from(self.hz))).exp();
        for (hand, force) in self.hands.iter().zip(forces.iter_mut()) {
            *force = keep * *force + (1.0 - keep * keep).sqrt() * hand.force * gauss(rng);
        }
        for (plate, noise) in self.noise.iter().enumerate() {
            let mut weight = 2_000.0 + 700.0 * plate as f64 + self.drift * now + noise * gauss(rng);
            if rng.random::<f64>() < self.outliers {
                weight += 1_000.0 * (rng.random::<f64>() - 0.5);
            }
            for (hand, force) in self.hands.iter().zip(forces.iter()) {
                if hand.plate == plate && now >= hand.from {
                    let done = ((now - hand.from) / (hand.to - hand.from)).min(1.0);
                    weight += hand.delta * done;
                    weight += if now < hand.to { *force } else { 0.0 };
                }
            }
            grams.push(weight as f32);
        }
    }

    /// Everything that a weigher says of so many seconds, and the weigher afterwards.
    pub(super) fn weigh(&self, seconds: f64) -> (Vec<ShelfChange>, Weigher) {
        let mut weigher = Weigher::new(self.noise.len(), Config::default());
        let mut changes = Vec::new();
        for (time, period_us, grams) in self.frames(seconds) {
            let grams = grams.as_slice();
            weigher.fold(
                Frame {
                    time,
                    period_us,
                    grams,
                },
                &mut changes,
            );
        }
        (changes, weigher)
    }
}

/// A take of `grams` that is over after `seconds`, by a hand that shakes the plate.
pub(super) fn take(plate: usize, from: f64, seconds: f64, grams: f64) -> Hand {
    Hand {
        plate,
        from,
        to: from + seconds,
        delta: -grams,
        force: 150.0,
    }
}

/// Seconds since the shelf began.
pub(super) fn seconds(time: Time) -> f64 {
    time.since(Time(DAY_US))
}

/// Standard normal (Box and Muller).
pub(super) fn gauss(rng: &mut ChaCha8Rng) -> f64 {
    let (a, b): (f64, f64) = (rng.random(), rng.random());
    (-2.0 * (1.0 - a).ln()).sqrt() * (std::f64::consts::TAU * b).cos()
}
