//! What a party wants, and in which order.

use super::World;
use crate::{
    config::Basket,
    geometry::V2,
    person::{Errand, Goal, Manner},
    truth::Mishap,
};

/// Standard deviation of the logarithm of a basket's size, so that with a median of 5 products 72 %
/// of the baskets have at most 10.
const GROCERY_SPREAD: f64 = 1.189;
/// Nobody stays for more than this many products.
const MOST: f64 = 30.0;
/// How far apart two hands can be, in metres.
const ARMS_M: f64 = 0.7;

impl World {
    /// Gives every member of a new party their errands.
    pub(super) fn plan_visit(&mut self, party: usize) {
        let wanted = self.basket_size();
        let members = self.parties[party].members.clone();
        let mut lists: Vec<Vec<Errand>> = vec![Vec::new(); members.len()];
        for _ in 0..wanted {
            if let Some(errand) = self.wish() {
                let leads = self.dice.chance(0.4);
                let who = if leads {
                    0
                } else {
                    self.dice.below(members.len())
                };
                lists[who].push(errand);
            }
        }
        let gate = self.shop.gates[self.parties[party].gate].middle;
        for (id, list) in members.into_iter().zip(lists) {
            let ordered = self.shortest_round(gate, list);
            if let Some(at) = self.place_of(id) {
                self.people[at].errands = ordered.into();
            }
        }
    }

    fn basket_size(&mut self) -> usize {
        match self.config.basket {
            Basket::Grocery => {
                let log = 5.0_f64.ln() + GROCERY_SPREAD * self.dice.normal();
                log.exp().round().clamp(1.0, MOST) as usize
            }
            Basket::Snack => [1, 1, 2, 2, 3, 4][self.dice.below(6)],
        }
    }

    /// One product that is there, and how it will be taken.
    fn wish(&mut self) -> Option<Errand> {
        let slot = (0..8)
            .map(|_| self.dice.below(self.stock.slots.len()))
            .find(|&slot| self.stock.has(slot, true))?;
        let mishaps = self.config.mishaps;
        let mut dice = self.dice.unit();
        let mut falls = |share: f64| {
            dice -= share;
            dice < 0.0
        };
        // A grab with two hands is two interactions.
        let (two, held) = (falls(mishaps.two_kinds * 0.5), falls(mishaps.held));
        let (across, pair) = (falls(mishaps.reach_across), falls(mishaps.pairs));
        let plain = (Goal::Take { slot, count: 1 }, Mishap::Plain);
        let (goal, mishap) = if two {
            self.beside(slot).map_or(plain, |other| {
                let slots = [slot, other];
                (Goal::TakeTwo { slots }, Mishap::TwoKinds)
            })
        } else if held {
            (Goal::Hold { slot }, Mishap::Held)
        } else if across {
            (plain.0, Mishap::ReachAcross)
        } else if pair {
            (Goal::Take { slot, count: 2 }, Mishap::Plain)
        } else if self.stock.has(slot, false) {
            (Goal::TakeStranger { slot }, Mishap::Misplaced)
        } else {
            plain
        };
        Some(Errand {
            goal,
            mishap,
            at_us: None,
            manner: Manner::default(),
        })
    }

    /// Another product on the same shelf within the reach of the other hand.
    fn beside(&mut self, slot: usize) -> Option<usize> {
        let place = &self.stock.slots[slot].place;
        let here = self.shop.centre(place);
        let near: Vec<usize> = self.stock.on_shelf[place.shelf]
            .iter()
            .copied()
            .filter(|&other| {
                let there = &self.stock.slots[other].place;
                there.product != place.product
                    && self.shop.centre(there).distance(here) < ARMS_M
                    && self.stock.has(other, true)
            })
            .collect();
        near.get(self.dice.below(near.len())).copied()
    }

    /// Always to the nearest one next.
    fn shortest_round(&self, start: V2, mut errands: Vec<Errand>) -> Vec<Errand> {
        let mut here = start;
        let mut ordered = Vec::with_capacity(errands.len());
        while !errands.is_empty() {
            let distance = |e: &Errand| self.errand_place(e).distance(here);
            let next = (0..errands.len())
                .min_by(|&a, &b| distance(&errands[a]).total_cmp(&distance(&errands[b])))
                .unwrap_or(0);
            let errand = errands.swap_remove(next);
            here = self.errand_place(&errand);
            ordered.push(errand);
        }
        ordered
    }

    fn errand_place(&self, errand: &Errand) -> V2 {
        errand.goal.slot().map_or_else(V2::default, |slot| {
            let place = &self.stock.slots[slot].place;
            let gondola = self.shop.gondolas[self.shop.shelves[place.shelf].gondola];
            gondola.to_plan(self.shop.centre(place))
        })
    }
}
