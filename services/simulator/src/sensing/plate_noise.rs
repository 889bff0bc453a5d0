//! What a load cell feels of a hand, as a function of time.
//!
//! While the hand is there it presses or lifts smoothly, and sways when it stays for long; just
//! before its moment the load goes over; afterwards the board rings for less than 0.2 s.

use crate::{chance::seconds, world::Touch};

/// How long the load takes to go over, in microseconds.
const HANDOVER_US: i64 = 180_000;
/// How long the board rings, in microseconds.
const RING_US: i64 = 200_000;
/// Frequency of the ringing in hertz, and how fast it fades, in seconds.
const RING_HZ: f64 = 8.0;
const RING_FADE_S: f64 = 0.05;
/// A hand that stays for longer than this comes and goes quickly and sways meanwhile, in seconds.
const LONG_S: f64 = 3.0;
/// How quickly, in seconds; and by which share of its load it sways, how often a second.
const RAMP_S: f64 = 0.5;
const SWAY: (f64, f64) = (0.06, 0.7);

/// A hand's effect on one plate.
pub(crate) struct Disturbance {
    plate: usize,
    touch_us: i64,
    moment_us: i64,
    change_g: f64,
    press_g: f64,
    handover_us: i64,
}

impl Disturbance {
    /// The effects of a touch, one for each plate.
    pub(crate) fn of(touch: &Touch) -> impl Iterator<Item = Self> + '_ {
        let plates = touch.changes.len().max(1) as f64;
        touch.changes.iter().map(move |&(plate, change_g)| Self {
            plate,
            touch_us: touch.touch_us,
            moment_us: touch.moment_us,
            change_g,
            press_g: touch.press_g / plates,
            handover_us: touch.slow_us.unwrap_or(HANDOVER_US),
        })
    }

    pub(crate) const fn plate(&self) -> usize {
        self.plate
    }

    /// What it leaves behind.
    pub(crate) const fn change_g(&self) -> f64 {
        self.change_g
    }

    /// Whether nothing but the change is left of it.
    pub(crate) const fn over(&self, time_us: i64) -> bool {
        time_us > self.moment_us + RING_US
    }

    /// Whether it is felt at all.
    pub(crate) const fn begun(&self, time_us: i64) -> bool {
        time_us >= self.touch_us
    }

    /// Grams that it adds to what the plate bore before.
    pub(crate) fn grams(&self, time_us: i64) -> f64 {
        if !self.begun(time_us) {
            return 0.0;
        }
        if time_us >= self.moment_us {
            let after = seconds(time_us - self.moment_us);
            let swing = 5.0 + 0.12 * self.change_g.abs();
            let ringing =
                (-after / RING_FADE_S).exp() * (std::f64::consts::TAU * RING_HZ * after).sin();
            return self.change_g + swing * ringing;
        }
        let length = seconds((self.moment_us - self.touch_us).max(1));
        let since = seconds(time_us - self.touch_us).clamp(0.0, length);
        let press = self.press_g * weight_of_hand(since, length);
        let handover = self.handover_us.min(self.moment_us - self.touch_us).max(1);
        let gone = 1.0 - seconds(self.moment_us - time_us) / seconds(handover);
        let gone = gone.clamp(0.0, 1.0);
        press + self.change_g * gone * gone * (3.0 - 2.0 * gone)
    }
}

/// How much of its load a hand has put on the plate so many seconds after it came, when it stays for
/// `length` seconds.
fn weight_of_hand(since: f64, length: f64) -> f64 {
    if length <= LONG_S {
        return (std::f64::consts::PI * since / length).sin();
    }
    let ramp = (since.min(length - since) / RAMP_S).clamp(0.0, 1.0);
    let (share, hertz) = SWAY;
    ramp * (1.0 + share * (std::f64::consts::TAU * hertz * since).sin())
}
