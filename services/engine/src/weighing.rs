//! Raw plate samples → settled weight changes of one shelf, with their uncertainty.
//!
//! A plate rests, or it moves: a hand presses and lifts for a second, and what is left is another
//! level, or the old one. Resting plates cost a few nanoseconds a sample; moving ones are watched
//! for a plateau. Wanted:
//!
//! 1. Nothing lost, nothing twice: what is reported of a plate sums to its level now minus its first
//!    level, within noise, drift apart. A step's baseline is the level that was last reported, so a
//!    level that becomes better known is no new change. (After long rest it is the better known level:
//!    drift can't be told from a correction any more.)
//! 2. Calm: noise, drift of grams a minute, outliers, a stuck or a noisy plate make no changes.
//! 3. Sharp: a step is seen from about four times its own standard deviation, and from
//!    [`Config::least_change_g`].
//! 4. Early: a plate that was shaken closes with the first sample that is 0.25 s after it came to
//!    rest; a plate that slid or jumped, which a fault may do too, has to hold for 0.6 s.
//! 5. Honest: `(delta_g − truth) / sigma_g` has about unit variance.
//! 6. Together: plates whose unrest overlaps, or nearly touches, form one change; but a change that
//!    has settled waits at most 2 s for a plate that has not.
//! 7. Repeatable: the state and the frames decide alone. Stored at any frame and taken up again, the
//!    fold closes the same changes at the same frames.
//!
//! Bounds: state is fixed per plate, plus one entry for each plate that moves or waits for its group.
//! Given up: what is taken within the first two seconds of a shelf's life is not seen, two takes without
//! a plateau between them are one change, and a hand that holds one force within noise for a quarter
//! of a second counts as weight until it leaves (the two changes sum to zero).

mod group;
mod limits;
mod moving;
mod plate;
mod plateau;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use self::plate::{Health, PlateView};
use self::{
    moving::{Moving, Verdict},
    plate::{Pace, Plate},
};
use crate::{
    evidence::{PlateChange, WeightChange},
    layout::PlateIx,
    time::Time,
};

/// One device frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame<'a> {
    /// When its first samples were taken.
    pub time: Time,
    /// Time between two samples of a plate, in microseconds.
    pub period_us: i64,
    /// Grams, instant by instant, and within an instant in the order of the plates. Samples that do
    /// not fill an instant are ignored. Empty: nothing changed up to `time`.
    pub grams: &'a [f32],
}

/// What a shop may set. It is stored with the state, so that a resend meets the same settings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// Standard deviation of one sample, in grams, until a plate's own is learned.
    pub noise_g: f32,
    /// Smaller steps are not changes, in grams: half of the lightest product is right.
    pub least_change_g: f32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            noise_g: 1.0,
            least_change_g: 2.5,
        }
    }
}

/// A settled step of one plate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlateStep {
    /// The plate's place on the shelf.
    pub plate: u32,
    /// Weight after minus weight before, in grams.
    pub delta_g: f64,
    /// Standard deviation of `delta_g`, in grams.
    pub sigma_g: f64,
    /// When the plate began to move.
    pub start: Time,
    /// When it had come to rest.
    pub end: Time,
}

/// A settled step on one shelf: plates whose unrest overlaps in time.
#[derive(Clone, Debug, PartialEq)]
pub struct ShelfChange {
    /// When the first plate began to move.
    pub start: Time,
    /// When the last plate had come to rest.
    pub end: Time,
    /// Time of the sample, or of the empty frame, with which that was known.
    pub closed: Time,
    /// The plates that changed, ascending; at least one.
    pub plates: Vec<PlateStep>,
    /// Those that read the same all the time, and so can't tell, ascending.
    pub silent: Vec<u32>,
}

impl ShelfChange {
    /// The same in the layout's indices, for the shelf whose first plate is `first`.
    #[must_use]
    pub fn into_change(self, first: PlateIx) -> WeightChange {
        let plate = |place: u32| PlateIx(first.0.saturating_add(place));
        let plates = self.plates.iter().map(|step| PlateChange {
            plate: plate(step.plate),
            delta_g: step.delta_g,
            sigma_g: step.sigma_g,
            start: step.start,
            end: step.end,
        });
        WeightChange {
            start: self.start,
            end: self.end,
            closed: self.closed,
            plates: plates.collect(),
            silent: self.silent.iter().map(|&place| plate(place)).collect(),
        }
    }
}

/// The fold's state for one shelf.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weigher {
    config: Config,
    waking: Waking,
    folded_until: Time,
    plates: Vec<Plate>,
    /// One for each plate that is marked as moving.
    moving: Vec<Moving>,
    /// Settled, but not yet closed because of a neighbour; ascending by start.
    settled: Vec<PlateStep>,
}

/// How far the shelf is with learning its first levels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Waking {
    Asleep,
    Until(Time),
    Awake,
}

impl Weigher {
    /// A shelf of `plates` plates of which nothing is known.
    #[must_use]
    pub fn new(plates: usize, config: Config) -> Self {
        Self {
            config,
            waking: Waking::Asleep,
            folded_until: Time(i64::MIN),
            plates: vec![Plate::new(config.noise_g); plates],
            moving: Vec::new(),
            settled: Vec::new(),
        }
    }

    /// Folds one frame and appends the changes that it closes, in order.
    pub fn fold(&mut self, frame: Frame<'_>, changes: &mut Vec<ShelfChange>) {
        if self.plates.is_empty() {
            self.folded_until = self.folded_until.max(frame.time);
            return;
        }
        let mut now = frame.time;
        if frame.grams.is_empty() {
            self.hold(now, changes);
        }
        let mut pace = Pace::of(now.0.saturating_sub(self.folded_until.0));
        for (i, instant) in frame.grams.chunks_exact(self.plates.len()).enumerate() {
            if i > 0 {
                now = now.plus_us(frame.period_us);
                if i == 1 {
                    pace = Pace::of(frame.period_us);
                }
            }
            match self.waking {
                Waking::Awake => self.watch(instant, pace, now, changes),
                Waking::Asleep | Waking::Until(_) => self.wake(instant, now),
            }
        }
        self.folded_until = self.folded_until.max(now);
    }

    /// Start of the oldest unrest that is not yet closed.
    #[must_use]
    pub fn open_since(&self) -> Option<Time> {
        let moving = self.moving.iter().map(|moving| moving.start);
        let settled = self.settled.iter().map(|step| step.start);
        moving.chain(settled).min()
    }

    /// Time of the last sample or empty frame that was folded; the earliest time there is, before.
    #[must_use]
    pub const fn folded_until(&self) -> Time {
        self.folded_until
    }

    /// What is known of each plate, in their order.
    pub fn plates(&self) -> impl ExactSizeIterator<Item = PlateView> {
        self.plates.iter().map(Plate::view)
    }

    /// The plates that move, by their place on the shelf, with the level that each rested at before and the σ of one
    /// of its samples, in grams.
    pub fn moving(&self) -> impl Iterator<Item = (u32, f64, f64)> {
        self.moving.iter().filter_map(|moving| {
            let view = self.plates.get(moving.plate as usize)?.view();
            Some((moving.plate, view.weight_g, view.noise_g))
        })
    }

    /// Takes one instant of an awake shelf.
    fn watch(&mut self, instant: &[f32], pace: Pace, now: Time, changes: &mut Vec<ShelfChange>) {
        for (place, (plate, &grams)) in (0..).zip(self.plates.iter_mut().zip(instant)) {
            if plate.moves() {
                let moving = self.moving.iter_mut().find(|moving| moving.plate == place);
                if let Some(moving) = moving {
                    plate.shake(grams, pace, moving.lasted_us(now));
                    moving.take(grams, now, plate.noise_g());
                }
            } else if plate.rest(grams, pace, now) {
                let start = plate.begin_to_move(now);
                self.moving.push(Moving::new(place, start, grams, now));
            }
        }
        if !(self.moving.is_empty() && self.settled.is_empty()) {
            self.settle(now, changes);
        }
    }

    /// Nothing changed up to `now`: each plate still weighs what it did.
    fn hold(&mut self, now: Time, changes: &mut Vec<ShelfChange>) {
        for plate in &mut self.plates {
            plate.was_left_out(now);
        }
        match self.waking {
            Waking::Awake => self.settle(now, changes),
            Waking::Until(end) if now >= end => self.awake(now),
            Waking::Until(_) | Waking::Asleep => {}
        }
    }

    /// Takes one instant of a shelf that learns its first levels.
    fn wake(&mut self, instant: &[f32], now: Time) {
        for (plate, &grams) in self.plates.iter_mut().zip(instant) {
            plate.wake(grams, self.waking == Waking::Asleep);
        }
        match self.waking {
            Waking::Asleep => self.waking = Waking::Until(now.plus_us(limits::WAKE_US)),
            Waking::Until(end) if now >= end => self.awake(now),
            Waking::Until(_) | Waking::Awake => {}
        }
    }

    fn awake(&mut self, now: Time) {
        self.waking = Waking::Awake;
        for plate in &mut self.plates {
            plate.woke(now);
        }
    }

    /// Ends the unrest of the plates that have come to rest, and closes the groups that are whole.
    fn settle(&mut self, now: Time, changes: &mut Vec<ShelfChange>) {
        let (plates, settled, config) = (&mut self.plates, &mut self.settled, &self.config);
        self.moving.retain_mut(|moving| {
            let Some(plate) = plates.get_mut(moving.plate as usize) else {
                return false;
            };
            match moving.verdict(plate, now, config) {
                Verdict::Wait => return true,
                Verdict::Same => plate.come_back(moving, now),
                Verdict::Changed(step) => {
                    plate.change(moving, now);
                    let place = settled.partition_point(|other| other.start <= step.start);
                    settled.insert(place, step);
                }
            }
            false
        });
        let before = changes.len();
        group::close(&mut self.settled, &self.moving, now, changes);
        for change in changes.iter_mut().skip(before) {
            let silent = (0..)
                .zip(&self.plates)
                .filter(|(_, plate)| plate.is_silent());
            change.silent = silent.map(|(place, _)| place).collect();
        }
    }
}
