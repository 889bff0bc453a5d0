//! A shelf: folds plate samples into weight changes, and never loses one (rules L1, L2).
//!
//! 1. What is stored is the fold's state after a frame; the next store continues from that frame.
//! 2. The ack follows the store, and nothing else moves it.
//! 3. A frame that was folded before is not folded again.
//! 4. Stores take effect in the order of their frames: none in an earlier round than one before it.
//!    Else a state would be in the ledger before the changes that it has passed.

use std::{sync::Arc, time::Instant};

use amble_engine::{
    layout::{PlateIx, ShelfIx},
    time::{Round, Time},
    weighing::{Frame, ShelfChange, Weigher},
};
use amble_proto::v1::{DeviceFrames, ShelfFrame};
use ractor::{Actor, ActorProcessingErr, ActorRef};

use super::{Desk, Task, fitness::Fitness, lifted::Lifting};
use crate::{
    codec, grab,
    inspect::stamp,
    message::{DeviceSave, ShelfNews, ToDevice, ToZone},
};

/// The actor of one shelf.
#[derive(Debug)]
pub struct Shelf;

/// Rounds between two stores when nothing changes: ten seconds (rule L1).
const STORE_EVERY: i64 = 100;

/// What it keeps.
#[derive(Debug)]
pub struct State {
    desk: Desk,
    shelf: ShelfIx,
    first_plate: PlateIx,
    weigher: Weigher,
    fitness: Fitness,
    lifting: Lifting,
    stored: Stored,
    /// Told to the zone last.
    unrest: Option<Time>,
    changes: Vec<ShelfChange>,
}

/// What was stored last, or is on its way to the ledger.
#[derive(Clone, Copy, Debug)]
struct Stored {
    sequence: u64,
    /// The round in which it takes effect.
    round: Round,
}

impl Stored {
    /// Whether a state as of `taken` may be stored in `round` (rule 4): an edge may have sent the
    /// frames of later rounds already, and changes in them were stored for those.
    fn may_follow(self, taken: u64, round: Round) -> bool {
        taken > self.sequence && round >= self.round
    }
}

impl Actor for Shelf {
    type Msg = ToDevice;
    type State = State;
    type Arguments = (ShelfIx, Weigher, Desk);

    async fn pre_start(
        &self,
        _: ActorRef<ToDevice>,
        (shelf, weigher, desk): (ShelfIx, Weigher, Desk),
    ) -> Result<State, ActorProcessingErr> {
        let layout = &desk.shop.plan.layout.shelves[shelf.at()];
        let first_plate = layout.first_plate;
        let plates = layout.plate_count as usize;
        let unrest = weigher.open_since();
        if unrest.is_some() {
            // Nobody settles what is still moving here, though no frame says so again.
            desk.tell_zone(ToZone::Shelf(ShelfNews {
                shelf,
                changes: Vec::new(),
                save: None,
                unrest,
                round: desk.next,
            }));
        }
        Ok(State {
            shelf,
            first_plate,
            stored: Stored {
                sequence: desk.taken,
                round: desk.next,
            },
            unrest,
            changes: Vec::new(),
            fitness: Fitness::new(desk.id.key.shard(), plates),
            lifting: Lifting::new(shelf, &desk.shop.plan.layout),
            weigher,
            desk,
        })
    }

    async fn handle(
        &self,
        _: ActorRef<ToDevice>,
        message: ToDevice,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        let began = Instant::now();
        match state.desk.handle(message) {
            Some(Task::Frames(frames, arrived)) => state.frames(&frames, arrived),
            Some(Task::Describe(said, answer)) => Desk::say_how_it_is(said, answer, |own| {
                own.moving_since = state.weigher.open_since().map(stamp);
                let unfit = state.fitness.unfit();
                let unfit = unfit.map(|(at, why)| format!("{} ({why})", state.plate(at)));
                own.unfit_plates = unfit.collect();
            }),
            _ => {}
        }
        state.advance();
        state.desk.meter.spent(began);
        Ok(())
    }
}

impl State {
    fn frames(&mut self, frames: &DeviceFrames, arrived: Instant) {
        for frame in &frames.shelf {
            if frame.sequence > self.desk.taken {
                self.fold(frame, arrived);
            }
        }
        if self.desk.shop.hooks.breaks_acks() {
            self.desk.ack(self.desk.taken);
        }
    }

    fn fold(&mut self, frame: &ShelfFrame, arrived: Instant) {
        let time = Time(frame.capture_time_us);
        let shop = Arc::clone(&self.desk.shop);
        shop.stats.shelf_frame(frame.grams.len());
        let period_us = i64::from(frame.sample_period_us);
        let last = self.last_sample(frame);
        if !self.desk.begin(frame.sequence, frame) {
            self.desk.take(frame.sequence, last);
            return;
        }
        shop.hooks.before_fold(&self.desk.id.id, frame.sequence);
        self.desk.take(frame.sequence, last);
        let folded = Frame {
            time,
            period_us,
            grams: &frame.grams,
        };
        self.weigher.fold(folded, &mut self.changes);
        self.desk.end();
        // Nobody looks at a phone in event time, and what is sent again is long past.
        if shop.live && !shop.event_time {
            let lifted = self.lifting.look(&self.weigher, folded);
            if let Some(lifted) = lifted {
                self.desk.tell_zone(ToZone::Lifted(lifted));
            }
        }
        let unrest = self.weigher.open_since();
        if self.changes.is_empty() && unrest == self.unrest {
            return;
        }
        let round = last.round().max(self.desk.next);
        let save = (!self.changes.is_empty()).then(|| self.save(round));
        let changes = self
            .changes
            .drain(..)
            .map(|change| {
                let change = change.into_change(self.first_plate);
                grab::closed(&shop, (self.shelf, frame.sequence), &change, arrived);
                (frame.sequence, change, arrived)
            })
            .collect();
        self.unrest = unrest;
        self.desk.tell_zone(ToZone::Shelf(ShelfNews {
            shelf: self.shelf,
            changes,
            save,
            unrest,
            round,
        }));
    }

    /// Says which plates are not believed any more, and which are again.
    fn look_at_plates(&mut self) {
        for (at, why) in self.fitness.look(&self.weigher) {
            let plate = self.plate(at);
            match why {
                Some(why) => tracing::warn!(plate, why, "a plate is not believed any more"),
                None => tracing::info!(plate, "a plate is believed again"),
            }
        }
    }

    /// The name of a plate, by its place on the shelf: gondola, shelf, plate.
    fn plate(&self, at: usize) -> &str {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        let plate = PlateIx(self.first_plate.0.saturating_add(at));
        self.desk.shop.plan.names.plate(plate)
    }

    /// When the last sample of a frame was taken.
    fn last_sample(&self, frame: &ShelfFrame) -> Time {
        let plates = self.desk.shop.plan.layout.shelves[self.shelf.at()].plate_count as usize;
        let instants = frame.grams.len() / plates.max(1);
        let after = i64::try_from(instants.saturating_sub(1)).unwrap_or_default();
        Time(frame.capture_time_us).plus_us(after * i64::from(frame.sample_period_us))
    }

    fn save(&mut self, round: Round) -> DeviceSave {
        let save = DeviceSave {
            round,
            continues_from: self.stored.sequence,
            sequence: self.desk.taken,
            captured: self.desk.taken_until.unwrap_or_default(),
            state: codec::encode(&self.weigher),
        };
        self.stored = Stored {
            sequence: save.sequence,
            round,
        };
        save
    }

    fn advance(&mut self) {
        while let Some(round) = self.desk.finished() {
            let turn = (round.0 + i64::from(self.shelf.0)).rem_euclid(STORE_EVERY) == 0;
            if turn {
                self.look_at_plates();
            }
            if turn && self.stored.may_follow(self.desk.taken, round) {
                let save = Some(self.save(round));
                self.desk.tell_zone(ToZone::Shelf(ShelfNews {
                    shelf: self.shelf,
                    changes: Vec::new(),
                    save,
                    unrest: self.unrest,
                    round,
                }));
            }
            self.desk.report(round);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_does_not_overtake_one_of_an_older_frame() {
        let change = Stored {
            sequence: 704,
            round: Round(15),
        };
        assert!(!change.may_follow(710, Round(12)));
        assert!(change.may_follow(710, Round(15)));
        assert!(!change.may_follow(704, Round(20)), "nothing new");
    }
}
