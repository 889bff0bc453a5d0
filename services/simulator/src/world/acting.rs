//! What people do next.

use super::World;
use crate::{
    chance::micros,
    config::Basket,
    geometry::V2,
    person::{Errand, Goal, Motion, Phase, Then},
    truth::{ActionKind, Mishap},
};

/// Who hands something over stands this near, in metres.
const GIVE_M: f64 = 1.0;
/// How far from the body's axis a hand is that gives or gets, at least, in metres.
const ARM_M: f64 = 0.4;
/// How much later than who holds something out the other reaches for it, in microseconds.
const REPLY_US: i64 = 350_000;
/// Nobody waits this near to a gate, in metres.
const GATE_M: f64 = 1.4;
/// Companions who are farther from their leader than this join them, in metres.
const TOGETHER_M: f64 = 1.6;

impl World {
    /// Whatever is due for a person at this tick.
    pub(super) fn act(&mut self, at: usize) {
        let now = self.now_us();
        self.settle_hands(at);
        let person = &self.people[at];
        let due = match person.phase {
            Phase::Walk(then) if person.path.is_empty() => then,
            Phase::Stand(until, then) if until <= now => then,
            _ => return,
        };
        let waits = person.paused_until_us > now;
        match due {
            Then::Decide | Then::Arrive | Then::Reach if waits => {}
            Then::Appear => self.appear(at),
            Then::Queue => {
                let read = now + self.dice.micros(0.3, 0.8);
                self.people[at].phase = Phase::Stand(read, Then::Scan);
            }
            Then::Scan => self.scan(at),
            Then::Decide => self.decide(at),
            Then::Arrive => self.arrive(at),
            Then::Reach => self.reach(at),
            Then::Finish => self.finish(at),
            Then::Give(to) => self.give(at, to),
            Then::Out => self.go_through(at),
            Then::Vanish => self.vanish(at),
        }
    }

    /// Sets out for the next errand that can be done.
    fn decide(&mut self, at: usize) {
        if self.doors_closed() {
            let kept = |goal: Goal| matches!(goal, Goal::PutBack { .. });
            self.people[at].errands.retain(|errand| kept(errand.goal));
        }
        while let Some(errand) = self.people[at].errands.front().copied() {
            if self.set_out(at, &errand) {
                return;
            }
            self.people[at].errands.pop_front();
            if let Some(meeting) = self.people[at].meeting {
                self.cancel_meeting(meeting);
            }
        }
        self.idle(at);
    }

    /// Whether there is a way to where the goal is; then it is walked.
    fn set_out(&mut self, at: usize, errand: &Errand) -> bool {
        let Errand { goal, mishap, .. } = *errand;
        let from = self.people[at].position;
        let (target, then) = match goal {
            Goal::Pass { product, to } => return self.seek(at, product, to, errand.at_us),
            Goal::Wait { .. } | Goal::Drop { .. } | Goal::SwapJackets { .. } => {
                (from, Then::Arrive)
            }
            Goal::Give { to, .. } => {
                let Some(other) = self.place_of(to).filter(|&o| self.people[o].shopping()) else {
                    return false;
                };
                self.people[other].paused_until_us = self.now_us() + micros(10.0);
                (self.people[other].position, Then::Give(to))
            }
            _ => {
                // What is to be left there later need not be there yet.
                let later = errand.at_us.is_some() && matches!(goal, Goal::TakeStranger { .. });
                let slot = goal.slot();
                let Some(slot) = slot.filter(|_| later || self.possible(at, goal)) else {
                    return false;
                };
                let aside = if let Some(aside) = errand.manner.aside_m {
                    aside
                } else if self.joins(at) {
                    0.45
                } else if mishap == Mishap::ReachAcross {
                    [-1.0, 1.0][self.dice.below(2)] * self.dice.between(0.35, 0.55)
                } else {
                    0.1 * self.dice.normal().clamp(-2.0, 2.0)
                };
                let Some(target) = self.standing_place(slot, aside) else {
                    return false;
                };
                (target, Then::Arrive)
            }
        };
        let Some(path) = self.floor.route(from, target) else {
            return false;
        };
        self.people[at].set_out(path, then);
        if let Goal::Take { slot, count: 1 } = goal
            && mishap == Mishap::Plain
            && self.people[at].meeting.is_none()
            && !self.parties[self.people[at].party].scripted
        {
            // A meeting makes two interactions, and not every one comes about.
            let share = self.config.mishaps.simultaneous * 0.65;
            if self.dice.chance(share) {
                self.arrange_meeting(at, slot);
            }
        }
        true
    }

    /// Sets out for who is to get something, when they are there and have time; else waits for
    /// them. Gives up when they have left, or there is nothing to give.
    fn seek(&mut self, at: usize, product: usize, role: usize, moment: Option<i64>) -> bool {
        let now = self.now_us();
        let other = self.people.iter().position(|p| p.role == Some(role));
        let waited =
            self.held(at, product).is_some() && (other.is_some() || !self.no_more_guests());
        let free = other.filter(|&other| {
            self.people[other].shopping() && moment.is_none_or(|moment| moment <= now)
        });
        if let Some(other) = free {
            self.people[other].paused_until_us = now + micros(10.0);
            let (from, to) = (self.people[at].position, self.people[other].position);
            if let Some(path) = self.floor.route(from, to) {
                let to = self.people[other].id;
                self.people[at].set_out(path, Then::Give(to));
                return true;
            }
        }
        self.people[at].phase = Phase::Stand(now + micros(0.3), Then::Decide);
        waited
    }

    /// Whether the goods are there.
    fn possible(&self, at: usize, goal: Goal) -> bool {
        match goal {
            Goal::Take { slot, .. } | Goal::Hold { slot } => self.stock.has(slot, true),
            Goal::Visit { .. } | Goal::Wait { .. } | Goal::SwapJackets { .. } => true,
            Goal::TakeTwo { slots } => slots.iter().all(|&slot| self.stock.has(slot, true)),
            Goal::TakeStranger { slot } => self.stock.has(slot, false),
            Goal::PutBack { product, .. }
            | Goal::Give { product, .. }
            | Goal::Pass { product, .. }
            | Goal::Drop { product } => self.held(at, product).is_some(),
        }
    }

    /// Place in the party's basket of something that this person holds.
    pub(super) fn held(&self, at: usize, product: usize) -> Option<usize> {
        let person = &self.people[at];
        let basket = &self.parties[person.party].basket;
        basket
            .iter()
            .rposition(|(unit, by)| unit.product == product && *by == person.id)
    }

    /// Nothing left to do: stays near who of the party is still busy; at last all leave.
    fn idle(&mut self, at: usize) {
        let now = self.now_us();
        let party = self.people[at].party;
        let members: Vec<usize> = self.parties[party]
            .members
            .iter()
            .filter_map(|&id| self.place_of(id))
            .collect();
        let idle = |&m: &usize| {
            let person = &self.people[m];
            let leaving = matches!(person.phase, Phase::Walk(Then::Out | Then::Vanish));
            leaving || (person.visible && !person.free && person.errands.is_empty())
        };
        if members.iter().all(idle) {
            for member in members {
                if !matches!(
                    self.people[member].phase,
                    Phase::Walk(Then::Out | Then::Vanish)
                ) {
                    self.head_out(member);
                }
            }
            return;
        }
        let wait = now + self.dice.micros(0.8, 2.0);
        self.people[at].phase = Phase::Stand(wait, Then::Decide);
        let here = self.people[at].position;
        let busy = |&&m: &&usize| m != at && !self.people[m].errands.is_empty();
        let friend = members.iter().find(busy).or(members.first());
        let friend = friend.map_or(here, |&m| self.people[m].position);
        let (centre, low, high) = if friend.distance(here) > TOGETHER_M {
            (friend, 0.6, 1.6)
        } else if self.in_the_way(here) {
            (here, 0.5, 3.0)
        } else {
            return;
        };
        for _ in 0..6 {
            let angle = self.dice.between(0.0, std::f64::consts::TAU);
            let spot = centre + V2::new(angle.cos(), angle.sin()) * self.dice.between(low, high);
            if !self.in_the_way(spot)
                && self.floor.walkable(&self.shop, spot)
                && let Some(path) = self.floor.route(here, spot)
            {
                self.people[at].set_out(path, Then::Decide);
                return;
            }
        }
    }

    /// Whether one who waits here blocks a gate, a shelf, or somebody.
    fn in_the_way(&self, p: V2) -> bool {
        let mut gates = self.shop.gates.iter().map(|gate| gate.middle);
        let mut people = self.people.iter().map(|person| person.position);
        gates.any(|gate| gate.distance(p) < GATE_M)
            || self.floor.beside_furniture(p)
            || people.any(|other| other.distance(p) < 0.6 && other != p)
    }

    /// Faces the shelf, looks for a while, and reaches.
    fn arrive(&mut self, at: usize) {
        let now = self.now_us();
        let Some(errand) = self.people[at].errands.front().copied() else {
            self.people[at].phase = Phase::Stand(now, Then::Decide);
            return;
        };
        if let Some(slot) = errand.goal.slot() {
            let shelf = self.stock.slots[slot].place.shelf;
            let gondola = self.shop.gondolas[self.shop.shelves[shelf].gondola];
            self.people[at].facing = gondola.direction(V2::new(0.0, 1.0));
        }
        if let Some(meeting) = self.people[at].meeting {
            self.wait_for_company(at, meeting);
            return;
        }
        let begin = match errand.at_us {
            Some(moment) => now.max(moment - micros(0.8)),
            None => now + self.linger(1.2),
        };
        self.people[at].phase = Phase::Stand(begin, Then::Reach);
    }

    /// The hand is back. What was taken may go other ways than into the basket.
    fn finish(&mut self, at: usize) {
        let now = self.now_us();
        let person = &mut self.people[at];
        person.hands = [None; 2];
        let errand = person.errands.pop_front();
        person.phase = Phase::Stand(now, Then::Decide);
        let party = person.party;
        if self.parties[party].scripted {
            return;
        }
        let rest = now + self.linger(1.5);
        self.people[at].phase = Phase::Stand(rest, Then::Decide);
        if let Some(errand) = errand
            && let Goal::Take { slot, .. } = errand.goal
        {
            let product = self.stock.slots[slot].place.product;
            self.have_second_thoughts(at, slot, product);
        }
    }

    /// How long somebody stands and looks: at least 0.3 s, `mean_s` more on average; in a grocery
    /// people take their time.
    fn linger(&mut self, mean_s: f64) -> i64 {
        let mean_s = match self.config.basket {
            Basket::Snack => mean_s,
            Basket::Grocery => 2.5 * mean_s,
        };
        micros(0.3 + self.dice.exponential(mean_s).min(6.0 * mean_s))
    }

    /// Hands something to the one who was walked to.
    fn give(&mut self, at: usize, to: u32) {
        let now = self.now_us();
        let errand = self.people[at].errands.pop_front();
        self.people[at].phase = Phase::Stand(now + micros(1.5), Then::Decide);
        let Some(other) = self.place_of(to) else {
            return;
        };
        self.people[other].paused_until_us = now;
        let (here, there) = (self.people[at].position, self.people[other].position);
        let Some(Goal::Give { product, .. } | Goal::Pass { product, .. }) = errand.map(|e| e.goal)
        else {
            return;
        };
        let Some(place) = self.held(at, product) else {
            return;
        };
        if here.distance(there) > GIVE_M {
            return;
        }
        let (party, receiver) = (self.people[at].party, self.people[other].party);
        let (unit, _) = self.parties[party].basket.remove(place);
        self.parties[receiver].basket.push((unit, to));
        // Their hands meet beside the line between them, when they stand too near for that on it.
        let (middle, towards) = (here.toward(there, 0.5), (there - here).unit());
        let half = here.distance(there) * 0.5;
        let beside = (ARM_M * ARM_M - half * half).max(0.0).sqrt();
        let target = crate::geometry::V3 {
            floor: middle + towards.left() * -beside,
            z: 1.1,
        };
        // Who gives holds it out first; then the other reaches for it.
        for (who, facing, start_us) in [(at, towards, now), (other, towards * -1.0, now + REPLY_US)]
        {
            let person = &mut self.people[who];
            person.facing = facing;
            person.hands[1] = Some(Motion {
                start_us,
                touch_us: start_us + micros(0.35),
                leave_us: now + micros(1.1),
                home_us: now + micros(1.4),
                target,
            });
        }
        self.people[other].paused_until_us = now + micros(1.5);
        let person = self.people[at].id;
        self.note_action(&super::Noted {
            time_us: now + micros(1.0),
            party,
            person,
            kind: ActionKind::Handover,
            product,
            quantity: 1,
            shelf: None,
            plates: &[],
            mishap: Mishap::HandedOver,
            to: Some(receiver),
        });
    }
}
