//! What sensors make of the world: late by their clocks, noisy, and sometimes wrong.

pub(crate) mod cameras;
pub(crate) mod gates;
pub(crate) mod plate_noise;
pub(crate) mod plates;

use crate::{chance::Dice, config::DayConfig};

/// No clock is off by more than this, in microseconds: the world is known that much ahead.
pub(crate) const CLOCK_LIMIT_US: i64 = 45_000;

/// How much a device's clock is ahead of the truth, in microseconds.
pub(crate) fn clock_offset(config: &DayConfig, dice: &mut Dice) -> i64 {
    let offset = dice.normal() * config.clock_sigma_ms * 1e3;
    (offset.round() as i64).clamp(-CLOCK_LIMIT_US, CLOCK_LIMIT_US)
}
