//! The unrest of one plate: has it come to rest, and where?
//!
//! Samples gather in a plateau; one that lies off begins another. How long a plateau has to hold
//! depends on how it came about: a plate that a hand has shaken until then was let go, and needs no
//! more than what tells a level from a hand. One that slid may be sliding still, one that jumped may
//! jump back, and one that has not kept still for long will hardly begin now.

use serde::{Deserialize, Serialize};

use super::{Config, PlateStep, limits, plate::Plate, plateau::Plateau};
use crate::time::Time;

/// A plate that moves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Moving {
    pub(super) plate: u32,
    pub(super) start: Time,
    shaken: Time,
    plateau: Plateau,
}

/// What became of a moving plate.
pub(super) enum Verdict {
    /// It moves still, or can't be told yet.
    Wait,
    /// It rests where it did.
    Same,
    /// It rests elsewhere.
    Changed(PlateStep),
}

impl Moving {
    /// `plate` has moved since `start`, as is known from this sample.
    pub(super) fn new(plate: u32, start: Time, grams: f32, now: Time) -> Self {
        Self {
            plate,
            start,
            shaken: Time(i64::MIN),
            plateau: Plateau::new(grams, now),
        }
    }

    pub(super) fn plateau(&self) -> &Plateau {
        &self.plateau
    }

    pub(super) fn lasted_us(&self, now: Time) -> i64 {
        now.0.saturating_sub(self.start.0)
    }

    /// Variance of the drift that went unseen, in g².
    pub(super) fn drift_var(&self) -> f64 {
        let seconds = self.lasted_us(self.plateau.since()) as f64 * 1e-6;
        (limits::DRIFT_G_PER_S * seconds).powi(2)
    }

    /// Takes a sample of a plate with this noise.
    pub(super) fn take(&mut self, grams: f32, now: Time, noise_g: f32) {
        let distance = self.plateau.distance(grams, noise_g);
        if self.plateau.admits(distance) {
            self.plateau.add(grams, now);
            return;
        }
        if distance > limits::SHAKE {
            self.shaken = now;
        }
        self.plateau = Plateau::new(grams, now);
    }

    /// Whether it has come to rest. A plateau that trembles or slopes is given up for its last sample.
    pub(super) fn verdict(&mut self, plate: &Plate, now: Time, config: &Config) -> Verdict {
        let held = self.plateau.held_us(now);
        if held < self.must_hold_us(plate) {
            return Verdict::Wait;
        }
        if self.plateau.is_rough(plate.noise_g()) || self.plateau.is_sloped(plate.noise_g(), now) {
            self.plateau = Plateau::new(plate.last(), now);
            return Verdict::Wait;
        }
        let (delta_g, sigma_g) = plate.step_to(self);
        let least = f64::from(config.least_change_g);
        if delta_g.abs() >= least && delta_g.abs() >= limits::CHANGE * sigma_g {
            return Verdict::Changed(PlateStep {
                plate: self.plate,
                delta_g,
                sigma_g,
                start: self.start,
                end: self.plateau.since(),
            });
        }
        if delta_g.abs() <= limits::SAME * sigma_g || held >= limits::DOUBT_US {
            return Verdict::Same;
        }
        Verdict::Wait
    }

    fn must_hold_us(&self, plate: &Plate) -> i64 {
        let since = self.plateau.since();
        let let_go = since.0.saturating_sub(self.shaken.0) <= limits::LET_GO_US;
        let least = if let_go {
            limits::QUICK_US
        } else {
            limits::SLOW_US
        };
        let weary = plate
            .weariness_us(self.start, since)
            .saturating_sub(limits::PATIENCE_US);
        least.max((weary / 2).min(limits::LONGEST_HOLD_US))
    }
}
