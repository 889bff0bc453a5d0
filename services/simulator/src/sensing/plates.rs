//! The shelves' load cells: true load, offset, drift and noise, in tenths of a gram.

use amble_proto::{plan::Sensors, v1};

use super::{clock_offset, plate_noise::Disturbance};
use crate::{
    chance::{Dice, seconds},
    config::{DayConfig, PlateMode, PlateTrouble},
    shop::{Shelf, Shop},
    world::Touch,
};

/// Standard deviation of the logarithm of the plates' noise: the 90th percentile is 1.3 / 0.67 times
/// the median, as measured in a real shop.
const NOISE_SPREAD: f64 = 0.517;
/// Samples in one frame in [`PlateMode::Batched`], and the time between two of them.
const BATCH: usize = 12;
const BATCH_PERIOD_US: i64 = 16_667;
/// On change: an empty frame after this time without another.
const HEARTBEAT_US: i64 = 1_000_000;
/// On change: how long a shelf goes on sending after a plate moved.
const AFTERGLOW_US: i64 = 1_000_000;

/// All shelves.
pub(crate) struct Shelves {
    shelves: Vec<Scale>,
    mode: PlateMode,
    start_us: i64,
    dice: Dice,
}

struct Scale {
    cells: Vec<Cell>,
    disturbances: Vec<Disturbance>,
    offset_us: i64,
    sequence: u64,
    /// Capture time of the next sample.
    next_us: i64,
    /// Samples of the frame that is being filled, and when the first was taken.
    batch: Vec<f32>,
    batch_us: i64,
    last_sent_us: i64,
    glow_until_us: i64,
}

struct Cell {
    /// True load that rests on it.
    load_g: f64,
    offset_g: f64,
    drift_g_per_s: f64,
    noise_g: f64,
    /// What it says for ever.
    stuck: Option<f32>,
    /// On change: what was sent last.
    sent_g: f32,
}

impl Shelves {
    pub(crate) fn new(
        shop: &Shop,
        loads: Vec<Vec<f64>>,
        sensors: &Sensors,
        config: &DayConfig,
        mut dice: Dice,
    ) -> Self {
        let mode = config.plate_mode;
        let cell = |load_g: f64, fault: Option<PlateTrouble>, dice: &mut Dice| {
            let offset_g = 2_000.0 * dice.normal();
            let loud = if dice.chance(config.noisy_plates) {
                10.0
            } else {
                1.0
            };
            let spread = (NOISE_SPREAD * dice.normal()).exp();
            let drift_g_per_s = config.drift_g_per_hour / 3_600.0 * dice.normal();
            let sticks = dice.chance(config.stuck_plates) || fault == Some(PlateTrouble::Sticks);
            Cell {
                load_g,
                offset_g,
                drift_g_per_s: match fault {
                    Some(PlateTrouble::Drifts(g_per_hour)) => g_per_hour / 3_600.0,
                    _ => drift_g_per_s,
                },
                noise_g: sensors.plate_noise_g * loud * spread,
                stuck: sticks.then(|| (load_g + offset_g).round() as f32),
                sent_g: f32::NEG_INFINITY,
            }
        };
        let period_us = mode.period_us();
        let shelves = shop
            .shelves
            .iter()
            .zip(loads)
            .map(|(shelf, loads)| Scale {
                cells: loads
                    .into_iter()
                    .zip(&shelf.plates)
                    .map(|(load, plate)| cell(load, fault(config, shelf, &plate.id), &mut dice))
                    .collect(),
                disturbances: Vec::new(),
                offset_us: clock_offset(config, &mut dice),
                sequence: 0,
                next_us: config.start_us + dice.micros(0.0, crate::chance::seconds(period_us)),
                batch: Vec::new(),
                batch_us: 0,
                last_sent_us: i64::MIN / 2,
                glow_until_us: i64::MIN,
            })
            .collect();
        Self {
            shelves,
            mode,
            start_us: config.start_us,
            dice,
        }
    }

    /// A hand will be at a shelf.
    pub(crate) fn touch(&mut self, touch: &Touch) {
        let scale = &mut self.shelves[touch.shelf];
        scale.disturbances.extend(Disturbance::of(touch));
    }

    /// What a shelf captured before a time, and up to when it has said everything.
    pub(crate) fn capture(&mut self, shelf: usize, until_us: i64) -> (Vec<v1::ShelfFrame>, i64) {
        let scale = &mut self.shelves[shelf];
        let mut frames = Vec::new();
        while scale.next_us < until_us {
            let capture_us = scale.next_us;
            scale.next_us += self.mode.period_us();
            if scale.batch.is_empty() {
                scale.batch_us = capture_us;
            }
            scale.sample(capture_us, self.start_us, &mut self.dice);
            let frame = match self.mode {
                PlateMode::EveryFrame => Some(scale.frame(0)),
                PlateMode::Batched => {
                    let full = scale.batch.len() >= BATCH * scale.cells.len();
                    full.then(|| scale.frame(BATCH_PERIOD_US as u32))
                }
                PlateMode::OnChange => scale.news(capture_us),
            };
            frames.extend(frame);
        }
        let complete = if scale.batch.is_empty() {
            until_us
        } else {
            scale.batch_us
        };
        (frames, complete)
    }
}

impl PlateMode {
    const fn period_us(self) -> i64 {
        match self {
            Self::Batched => BATCH_PERIOD_US,
            Self::EveryFrame | Self::OnChange => 100_000,
        }
    }
}

impl Scale {
    /// Adds one sample of every plate to the batch.
    fn sample(&mut self, capture_us: i64, start_us: i64, dice: &mut Dice) {
        let time_us = capture_us - self.offset_us;
        let cells = &mut self.cells;
        self.disturbances.retain(|disturbance| {
            if disturbance.over(time_us) {
                cells[disturbance.plate()].load_g += disturbance.change_g();
            }
            !disturbance.over(time_us)
        });
        let since = seconds(time_us - start_us);
        let first = self.batch.len();
        if self.batch.capacity() == 0 {
            self.batch.reserve_exact(self.cells.len());
        }
        for cell in &self.cells {
            let quiet = cell.load_g + cell.offset_g + cell.drift_g_per_s * since;
            let grams = quiet + cell.noise_g * dice.normal();
            self.batch.push(cell.stuck.unwrap_or(tenths(grams)));
        }
        for disturbance in &self.disturbances {
            let at = disturbance.plate();
            if self.cells[at].stuck.is_none() {
                let more = disturbance.grams(time_us);
                self.batch[first + at] = tenths(f64::from(self.batch[first + at]) + more);
            }
        }
    }

    fn frame(&mut self, sample_period_us: u32) -> v1::ShelfFrame {
        self.sequence += 1;
        self.last_sent_us = self.batch_us;
        v1::ShelfFrame {
            sequence: self.sequence,
            capture_time_us: self.batch_us,
            sample_period_us,
            grams: std::mem::take(&mut self.batch),
        }
    }

    /// On change: the sample when a plate moved by more than its noise explains, an empty frame when
    /// it is time for one, else nothing.
    fn news(&mut self, capture_us: i64) -> Option<v1::ShelfFrame> {
        let moved = self.cells.iter().zip(&self.batch).any(|(cell, &grams)| {
            f64::from((grams - cell.sent_g).abs()) > 6.0 * cell.noise_g + 1.0
        });
        if moved {
            self.glow_until_us = capture_us + AFTERGLOW_US;
        }
        if capture_us <= self.glow_until_us {
            for (cell, &grams) in self.cells.iter_mut().zip(&self.batch) {
                cell.sent_g = grams;
            }
            return Some(self.frame(0));
        }
        self.batch.clear();
        (capture_us - self.last_sent_us >= HEARTBEAT_US).then(|| self.frame(0))
    }
}

/// What the day says is wrong with a plate.
fn fault(config: &DayConfig, shelf: &Shelf, plate: &str) -> Option<PlateTrouble> {
    let id = format!("{}/{}", shelf.gondola_id, shelf.shelf_id);
    let mut faults = config.plate_faults.iter();
    let own = faults.find(|fault| fault.shelf == id && fault.plate == plate)?;
    Some(own.what)
}

fn tenths(grams: f64) -> f32 {
    ((grams * 10.0).round() / 10.0) as f32
}
