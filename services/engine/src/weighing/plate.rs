//! One plate: its level, its noise, and the alarm that tells that it moves.
//!
//! While a plate rests, two cumulative sums of its residuals watch for a step up and a step down
//! (Page, Continuous inspection schemes, Biometrika 1954). The level is the mean of the samples since
//! the last step, then an exponential average; samples beyond 3 σ change neither level nor noise much.
//!
//! What was reported last is `level − owed`. A level that becomes better known after an early close
//! moves `owed` with it; drift does not. The longer a plate rests, the less can the two be told apart:
//! what is owed is forgiven with time.

use std::hint::select_unpredictable;

use serde::{Deserialize, Serialize};

use super::{limits, moving::Moving};
use crate::time::Time;

/// How a plate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Health {
    /// As it should be.
    Ok,
    /// So noisy that light products go unseen.
    Noisy,
    /// It has read exactly the same for a minute.
    Stuck,
}

/// What is known of a plate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlateView {
    /// The level that it rests at, or rested at last, in grams.
    pub weight_g: f64,
    /// Standard deviation of one sample, in grams.
    pub noise_g: f64,
    /// How it is.
    pub health: Health,
    /// Whether it moves.
    pub moving: bool,
}

/// How much one sample counts, by the time that it stands for.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    seconds: f32,
    level: f32,
    noise: f32,
}

impl Pace {
    /// For samples `step_us` microseconds apart.
    pub(super) fn of(step_us: i64) -> Self {
        let seconds = step_us.clamp(0, limits::LONGEST_STEP_US) as f32 * 1e-6;
        Self {
            seconds,
            level: seconds / limits::LEVEL_S,
            noise: 0.5 * seconds / limits::NOISE_S,
        }
    }
}

/// The state of one plate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Plate {
    /// Grams; double, because twenty kilograms and hundredths of a gram meet here.
    level: f64,
    /// 1 / σ of one sample.
    precision: f32,
    /// What the next sample counts in the level; also the level's variance in σ².
    gain: f32,
    up: f32,
    down: f32,
    owed: f32,
    /// Variance of the level that was reported last.
    reported_var: f32,
    last: f32,
    /// For how many seconds of samples it has read `last`.
    same_s: f32,
    /// When both sums were last zero.
    calm: Time,
    /// Since when it rests.
    rested: Time,
    /// When the past unrest is forgotten.
    weary_until: Time,
    moves: bool,
}

impl Plate {
    pub(super) fn new(noise_g: f32) -> Self {
        Self {
            level: 0.0,
            precision: noise_g.max(limits::LEAST_NOISE_G).recip(),
            gain: 1.0,
            up: 0.0,
            down: 0.0,
            owed: 0.0,
            reported_var: 0.0,
            last: 0.0,
            same_s: 0.0,
            calm: Time(i64::MIN),
            rested: Time(i64::MIN),
            weary_until: Time(i64::MIN),
            moves: false,
        }
    }

    pub(super) fn moves(&self) -> bool {
        self.moves
    }

    /// What it read last, in grams.
    pub(super) fn last(&self) -> f32 {
        self.last
    }

    /// σ of one sample, in grams.
    pub(super) fn noise_g(&self) -> f32 {
        self.precision.recip()
    }

    /// Whether it has told nothing for a while.
    pub(super) fn is_silent(&self) -> bool {
        self.same_s >= limits::SILENT_S
    }

    pub(super) fn view(&self) -> PlateView {
        let health = if self.same_s >= limits::STUCK_S {
            Health::Stuck
        } else if self.noise_g() > limits::NOISY_G {
            Health::Noisy
        } else {
            Health::Ok
        };
        PlateView {
            weight_g: self.level,
            noise_g: f64::from(self.noise_g()),
            health,
            moving: self.moves,
        }
    }

    /// Takes a sample while the first level is learned. A jump starts the learning again.
    pub(super) fn wake(&mut self, grams: f32, first: bool) {
        let residual = (f64::from(grams) - self.level) as f32;
        if first || residual.abs() * self.precision > 2.0 * limits::SHAKE {
            self.level = f64::from(grams);
            self.gain = 1.0;
        } else {
            self.gain /= 1.0 + self.gain;
            self.level += f64::from(self.gain * residual);
        }
        if !first {
            // The given noise counts as much as ten samples.
            self.learn_noise(grams, 0.5 / (10.0 + self.gain.recip()));
        }
        self.last = grams;
    }

    /// The first level counts as reported.
    pub(super) fn woke(&mut self, now: Time) {
        self.reported_var = self.level_var();
        self.calm = now;
        self.rested = now;
    }

    /// Takes a sample at rest; whether the plate began to move.
    #[inline]
    pub(super) fn rest(&mut self, grams: f32, pace: Pace, now: Time) -> bool {
        let residual = (f64::from(grams) - self.level) as f32;
        let z = residual * self.precision;
        self.up = positive(self.up + z - limits::SLACK);
        self.down = positive(self.down - z - limits::SLACK);
        // Which of the two is chance, and a mispredicted branch costs as much as all the rest.
        self.calm = select_unpredictable(self.up + self.down > 0.0, self.calm, now);

        let z2 = z * z;
        self.gain = (self.gain / (1.0 + self.gain)).max(pace.level);
        let step = if z2 < limits::OUTLIER {
            self.gain * residual
        } else {
            0.0
        };
        self.level += f64::from(step);
        if self.gain > 2.0 * pace.level {
            self.owed += step;
        }
        let learned = 1.0 - pace.noise * (z2.min(limits::OUTLIER) - 1.0);
        self.precision = (self.precision * learned).min(limits::LEAST_NOISE_G.recip());
        self.note(grams, pace);
        self.up + self.down > limits::ALARM
            && (self.up > limits::ALARM || self.down > limits::ALARM)
    }

    /// Takes a sample while the plate moves and has done so for `moved_us`.
    pub(super) fn shake(&mut self, grams: f32, pace: Pace, moved_us: i64) {
        let trembles = (grams - self.last).abs() * self.precision < limits::SHAKE;
        if moved_us > limits::HOPELESS_US || (trembles && moved_us > limits::TREMBLES_US) {
            self.learn_noise(grams, 0.5 * pace.seconds / limits::UNREST_NOISE_S);
        }
        self.note(grams, pace);
    }

    /// An empty frame: it weighs what it did. What was not sent can't show whether it is stuck.
    pub(super) fn was_left_out(&mut self, now: Time) {
        self.same_s = 0.0;
        if !self.moves {
            self.calm = now;
        }
    }

    /// From now on it moves; since when.
    pub(super) fn begin_to_move(&mut self, now: Time) -> Time {
        self.calm = self.calm.max(now.plus_us(-limits::LATEST_ALARM_US));
        let rested = self.calm.0.saturating_sub(self.rested.0) as f32 * 1e-6;
        let kept = limits::FORGIVEN_S / (limits::FORGIVEN_S + rested);
        self.owed *= kept;
        self.reported_var =
            kept * kept * self.reported_var + (1.0 - kept) * (1.0 - kept) * self.level_var();
        self.moves = true;
        self.calm
    }

    /// How much unrest is remembered of an unrest that began at `start` and ended at `end`.
    pub(super) fn weariness_us(&self, start: Time, end: Time) -> i64 {
        let before = self.weary_until.0.saturating_sub(start.0).max(0);
        before.saturating_add(end.0.saturating_sub(start.0))
    }

    /// What a plateau after an unrest says: the step since what was last reported, and its σ.
    pub(super) fn step_to(&self, moving: &Moving) -> (f64, f64) {
        let delta = moving.plateau().mean() - self.level + f64::from(self.owed);
        let var = self.variance_of(moving) + f64::from(self.reported_var) + moving.drift_var();
        (delta, var.sqrt())
    }

    /// Rests again, and nothing changed. The little that the level differs is shared out by what is
    /// likelier: drift is forgotten, the rest stays owed.
    pub(super) fn come_back(&mut self, moving: &Moving, now: Time) {
        let shift = moving.plateau().mean() - self.level;
        let (after, drift) = (self.variance_of(moving), moving.drift_var());
        let before = f64::from(self.level_var());
        let wide = before + drift + shift * shift;
        let weight = wide / (wide + after);
        let drifted = drift / (before + drift + after);
        self.level += weight * shift;
        self.owed += (weight * shift * (1.0 - drifted)) as f32;
        self.reported_var += (drift * (1.0 - drifted)) as f32;
        self.lie_down(moving, weight as f32 / moving.plateau().count(), now);
    }

    /// Rests again at another level, which is reported.
    pub(super) fn change(&mut self, moving: &Moving, now: Time) {
        self.level = moving.plateau().mean();
        self.owed = 0.0;
        self.reported_var = self.variance_of(moving) as f32;
        self.lie_down(moving, moving.plateau().count().recip(), now);
    }

    fn lie_down(&mut self, moving: &Moving, gain: f32, now: Time) {
        let weary = self.weariness_us(moving.start, moving.plateau().since());
        self.weary_until = now.plus_us(weary.min(limits::LONGEST_MEMORY_US));
        self.gain = gain;
        self.up = 0.0;
        self.down = 0.0;
        self.calm = now;
        self.rested = now;
        self.moves = false;
    }

    fn level_var(&self) -> f32 {
        self.gain * self.noise_g() * self.noise_g()
    }

    fn variance_of(&self, moving: &Moving) -> f64 {
        f64::from(self.noise_g() * self.noise_g() / moving.plateau().count())
    }

    /// Learns noise from the difference of two samples, whatever the level does.
    fn learn_noise(&mut self, grams: f32, rate: f32) {
        let z = (grams - self.last) * self.precision;
        let learned = 1.0 - rate * ((0.5 * z * z).min(limits::OUTLIER) - 1.0);
        self.precision = (self.precision * learned).min(limits::LEAST_NOISE_G.recip());
    }

    #[inline]
    fn note(&mut self, grams: f32, pace: Pace) {
        let same = grams.to_bits() == self.last.to_bits();
        self.same_s = if same {
            self.same_s + pace.seconds
        } else {
            0.0
        };
        self.last = grams;
    }
}

/// `max(0)` in one instruction; zero for what is not a number.
#[inline]
fn positive(x: f32) -> f32 {
    if x > 0.0 { x } else { 0.0 }
}
