//! Hands at shelves, and what becomes of what they took.

use super::{Noted, Touch, World};
use crate::{
    chance::micros,
    geometry::{V2, V3},
    person::{Deed, Errand, Goal, Look, Manner, Motion, Pending, Person, Phase, Then},
    stock::Unit,
    truth::{ActionKind, Mishap},
};

impl World {
    /// Stretches out a hand, or both, for the first errand.
    pub(super) fn reach(&mut self, at: usize) {
        let now = self.now_us();
        let Some(errand) = self.people[at].errands.front().copied() else {
            self.people[at].phase = Phase::Stand(now, Then::Decide);
            return;
        };
        let together = self.meeting_moment(at);
        let mishap = match errand.mishap {
            Mishap::Plain if together.is_some() => Mishap::Simultaneous,
            other => other,
        };
        let moment = together.or(errand.at_us);
        let done = match errand.goal {
            Goal::Take { slot, count } => {
                let mut units = Vec::new();
                for _ in 0..count {
                    units.extend(self.stock.take(slot, true));
                }
                self.stretch(at, 1, slot, Deed::Take, units, mishap, moment)
            }
            Goal::TakeStranger { slot } => {
                let units = self.stock.take(slot, false).into_iter().collect();
                self.stretch(at, 1, slot, Deed::Take, units, mishap, moment)
            }
            Goal::TakeTwo { slots } => {
                let moment = now + self.dice.micros(0.9, 1.2);
                let mut done = None;
                for (hand, slot) in slots.into_iter().enumerate() {
                    let units = self.stock.take(slot, true).into_iter().collect();
                    let own = moment + self.dice.micros(-0.1, 0.1);
                    let one = self.stretch(at, hand, slot, Deed::Take, units, mishap, Some(own));
                    done = done.max(one);
                }
                done
            }
            Goal::Hold { slot } => {
                let unit = self.stock.slots[slot].units.last().copied();
                let units = unit.into_iter().collect();
                self.stretch(at, 1, slot, Deed::Hold, units, mishap, moment)
            }
            Goal::PutBack { product, slot } => {
                let party = self.people[at].party;
                let unit = self.held(at, product).map(|place| {
                    let (mut unit, _) = self.parties[party].basket.remove(place);
                    self.stock.fit(slot, &mut unit, &mut self.dice);
                    unit
                });
                let units = unit.into_iter().collect();
                self.stretch(at, 1, slot, Deed::Put, units, mishap, moment)
            }
            Goal::Wait { for_us } => Some(now + for_us),
            Goal::Drop { product } => self.drop_one(at, product, mishap),
            Goal::SwapJackets { with } => {
                self.swap_jackets(at, with);
                None
            }
            Goal::Give { .. } | Goal::Pass { .. } | Goal::Visit { .. } => None,
        };
        self.people[at].phase = Phase::Stand(done.unwrap_or(now), Then::Finish);
    }

    /// Somebody and who plays this role look like each other from now on; nothing happens when that one is
    /// not there.
    fn swap_jackets(&mut self, at: usize, with: usize) {
        let other = self.people.iter().position(|p| p.role == Some(with));
        if let Some(other) = other.filter(|&other| other != at) {
            let own = self.people[at].appearance;
            self.people[at].appearance = self.people[other].appearance;
            self.people[other].appearance = own;
        }
    }

    /// One hand goes to a slot; returns when it is back, or `None` when there is nothing to do.
    #[allow(clippy::too_many_arguments)]
    fn stretch(
        &mut self,
        at: usize,
        hand: usize,
        slot: usize,
        deed: Deed,
        units: Vec<Unit>,
        mishap: Mishap,
        moment: Option<i64>,
    ) -> Option<i64> {
        let now = self.now_us();
        let first = *units.first()?;
        let (mut changes, target) = self.change_at(slot, &units);
        let reach = self.dice.micros(0.4, 0.9);
        let manner = self.people[at].errands.front().map(|errand| errand.manner);
        let manner = manner.unwrap_or_default();
        let grip = if deed == Deed::Hold {
            self.dice.micros(0.5, 2.5)
        } else {
            self.dice.micros(0.1, 0.4)
        };
        let grip = manner.grip_us.unwrap_or(grip);
        let moment_us = (now + reach + grip).max(moment.unwrap_or(0));
        let moment_us = moment.map_or(moment_us, |m| m.max(now + grip.max(micros(0.6))));
        let touch_us = (moment_us - grip).max(now + micros(0.35));
        let home_us = moment_us + self.dice.micros(0.35, 0.6);
        let press_g = match deed {
            Deed::Hold
                if manner
                    .leans
                    .map_or_else(|| self.dice.chance(0.5), |leans| !leans) =>
            {
                -0.9 * first.weight_g
            }
            Deed::Hold => self.dice.between(50.0, 600.0),
            _ => 30.0 * self.dice.normal(),
        };
        for (_, grams) in &mut changes {
            *grams *= match deed {
                Deed::Take => -1.0,
                Deed::Put => 1.0,
                Deed::Hold => 0.0,
            };
        }
        self.events.touches.push(Touch {
            shelf: self.stock.slots[slot].place.shelf,
            touch_us,
            moment_us,
            changes,
            press_g,
            slow_us: manner.slow_us,
        });
        let look = (deed == Deed::Take && self.config.sightings)
            .then(|| self.look(slot, first.product, hand, moment_us))
            .flatten();
        let person = &mut self.people[at];
        person.look = look.or(person.look);
        person.hands[hand] = Some(Motion {
            start_us: touch_us - reach.min(touch_us - now),
            touch_us,
            leave_us: moment_us,
            home_us,
            target,
        });
        person.pending.push(Pending {
            moment_us,
            slot,
            deed,
            units,
            mishap,
        });
        Some(home_us)
    }

    /// The plates that units weigh on with their grams, and where a hand grips them.
    fn change_at(&self, slot: usize, units: &[Unit]) -> (Vec<(usize, f64)>, V3) {
        let place = &self.stock.slots[slot].place;
        let shelf = &self.shop.shelves[place.shelf];
        let mut changes: Vec<(usize, f64)> = Vec::new();
        for (plate, grams) in units.iter().flat_map(|unit| unit.loads(place)) {
            match changes.iter_mut().find(|change| change.0 == plate) {
                Some(change) => change.1 += grams,
                None => changes.push((plate, grams)),
            }
        }
        let total: f64 = changes.iter().map(|change| change.1).sum();
        let grip = changes.iter().fold(V2::default(), |sum, &(plate, grams)| {
            sum + shelf.plates[plate].at * (grams / total.max(1e-9))
        });
        // The wrist stays a little before what the fingers hold, and in the front half of the shelf.
        let own = V2::new(grip.x, (grip.y - 0.08).clamp(0.0, 0.3));
        let target = V3 {
            floor: self.shop.gondolas[shelf.gondola].to_plan(own),
            z: shelf.height + 0.12,
        };
        (changes, target)
    }

    /// What cameras will make of an item, when they see it at all.
    fn look(&mut self, slot: usize, product: usize, hand: usize, moment_us: i64) -> Option<Look> {
        let seen = self.dice.chance(self.config.sighting_share);
        let until_us = moment_us + self.dice.micros(0.3, 1.0);
        let right = self.dice.chance(self.config.sighting_right);
        let place = &self.stock.slots[slot].place;
        let here = self.shop.centre(place);
        let mut near: Vec<(f64, usize)> = self.stock.on_shelf[place.shelf]
            .iter()
            .map(|&other| &self.stock.slots[other].place)
            .filter(|other| other.product != product)
            .map(|other| (self.shop.centre(other).distance(here), other.product))
            .collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0));
        near.dedup_by_key(|&mut (_, product)| product);
        near.truncate(4);
        let top = self.dice.between(0.45, 0.9) as f32;
        let second = (1.0 - top) * self.dice.between(0.4, 0.8) as f32;
        let mut pick = || {
            let at = self.dice.below(near.len());
            (!near.is_empty()).then(|| near.remove(at).1)
        };
        let (other, third) = (pick(), pick());
        let rest = |there: bool, p: f32| if there { p } else { 0.0 };
        let look = |ranked: [Option<usize>; 3]| Look {
            from_us: moment_us + 20_000,
            until_us,
            hand,
            ranked: ranked.map(|p| p.unwrap_or(product)),
            probabilities: [
                top,
                rest(ranked[1].is_some(), second),
                rest(ranked[2].is_some(), (1.0 - top - second) * 0.5),
            ],
        };
        seen.then(|| {
            if right || other.is_none() {
                look([Some(product), other, third])
            } else {
                look([other, Some(product), third])
            }
        })
    }

    /// Does what the hands of a person have done by now.
    pub(super) fn settle_hands(&mut self, at: usize) {
        let now = self.now_us();
        while let Some(due) = self.people[at]
            .pending
            .iter()
            .position(|pending| pending.moment_us <= now)
        {
            let pending = self.people[at].pending.remove(due);
            self.settle(at, &pending);
        }
    }

    fn settle(&mut self, at: usize, pending: &Pending) {
        let (party, person) = (self.people[at].party, self.people[at].id);
        let place = self.stock.slots[pending.slot].place.clone();
        let Some(first) = pending.units.first() else {
            return;
        };
        let loads = pending.units.iter().flat_map(|unit| unit.loads(&place));
        let plates: Vec<usize> = loads.map(|(plate, _)| plate).collect();
        let kind = match pending.deed {
            Deed::Take => {
                let units = pending.units.iter().map(|&unit| (unit, person));
                self.parties[party].basket.extend(units);
                ActionKind::Take
            }
            Deed::Put => {
                for &unit in &pending.units {
                    self.stock.put(pending.slot, unit);
                }
                if self.belongs(first.product, place.shelf, &place.plates) {
                    ActionKind::Return
                } else {
                    ActionKind::WrongReturn
                }
            }
            Deed::Hold => ActionKind::Hold,
        };
        self.note_action(&Noted {
            time_us: pending.moment_us,
            party,
            person,
            kind,
            product: first.product,
            quantity: u32::try_from(pending.units.len()).unwrap_or(u32::MAX),
            shelf: Some(place.shelf),
            plates: &plates,
            mishap: pending.mishap,
            to: None,
        });
    }

    /// Whether the planogram puts a product on some of these plates.
    fn belongs(&self, product: usize, shelf: usize, plates: &[usize]) -> bool {
        self.shop.placements.iter().any(|place| {
            place.product == product
                && place.shelf == shelf
                && place.plates.iter().any(|plate| plates.contains(plate))
        })
    }

    /// Something that was just taken may be put back, handed over, or left on the floor.
    pub(super) fn have_second_thoughts(&mut self, at: usize, slot: usize, product: usize) {
        if self.held(at, product).is_none() {
            return;
        }
        let mishaps = self.config.mishaps;
        // Shares are of all interactions; these follow a take only.
        let per_take = 1.0 / (1.0 - mishaps.put_back).max(0.1);
        let mut dice = self.dice.unit();
        let mut falls = |share: f64| {
            dice -= share * per_take;
            dice < 0.0
        };
        if falls(mishaps.put_back) {
            self.plan_return(at, slot, product);
        } else if falls(mishaps.handed_over) {
            self.plan_gift(at, product);
        } else if falls(mishaps.left_on_floor) {
            let done = self.drop_one(at, product, Mishap::LeftOnFloor);
            if let Some(done) = done {
                self.people[at].phase = Phase::Stand(done, Then::Decide);
            }
        }
    }

    fn plan_return(&mut self, at: usize, slot: usize, product: usize) {
        let wrong = self.dice.chance(self.config.mishaps.wrong_place);
        let count = self.people[at].errands.len();
        // At once, or after one or two other errands.
        let later = if self.dice.chance(0.5) {
            0
        } else {
            1 + self.dice.below(2)
        };
        let later = later.min(count);
        let place = if wrong {
            let next = later
                .checked_sub(1)
                .and_then(|n| self.people[at].errands.get(n));
            let near = next.and_then(|errand| errand.goal.slot()).unwrap_or(slot);
            let shelf = self.stock.slots[near].place.shelf;
            let others: Vec<usize> = self.stock.on_shelf[shelf]
                .iter()
                .copied()
                .filter(|&other| {
                    let place = &self.stock.slots[other].place;
                    !self.belongs(product, shelf, &place.plates)
                })
                .collect();
            others.get(self.dice.below(others.len())).copied()
        } else {
            Some(slot)
        };
        let mishap = if wrong && place.is_some() {
            Mishap::WrongPlace
        } else {
            Mishap::PutBack
        };
        let goal = Goal::PutBack {
            product,
            slot: place.unwrap_or(slot),
        };
        let errand = Errand {
            goal,
            mishap,
            at_us: None,
            manner: Manner::default(),
        };
        self.people[at].errands.insert(later, errand);
    }

    /// People hand things to those they came with; who came alone, to the nearest stranger.
    fn plan_gift(&mut self, at: usize, product: usize) {
        let (here, party) = (self.people[at].position, self.people[at].party);
        let me = self.people[at].id;
        let free = self
            .people
            .iter()
            .filter(|other| other.id != me && other.shopping() && other.meeting.is_none());
        let nearest = free.min_by(|a, b| {
            let rank = |p: &Person| (p.party != party, p.position.distance(here));
            let (a, b) = (rank(a), rank(b));
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
        if let Some(to) = nearest.map(|other| other.id) {
            self.people[at].errands.push_front(Errand {
                goal: Goal::Give { product, to },
                mishap: Mishap::HandedOver,
                at_us: None,
                manner: Manner::default(),
            });
        }
    }
}
