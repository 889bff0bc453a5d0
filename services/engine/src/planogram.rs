//! The living planogram against the plan: where something else stands than the plan says.
//!
//! What is wanted:
//!
//! 1. Three things are told: a place that is *empty*, goods in a *wrong place*, and a place where a
//!    *wrong product* stands (restocked so, or planned so by mistake).
//! 2. A mismatch begins when it is at least [`BEGINS`] probable, and ends when it is at most [`ENDS`]
//!    probable: what hovers in between does not flap. Its time is the event time at which it began.
//! 3. It follows what became certain only, each interaction once, so that a question that is still open
//!    at a shelf tells nobody to walk there.
//! 4. The same calls in the same order give the same mismatches, in the same order.
//! 5. Memory is bounded: [`MOST_WAITING`] interactions that are not certain yet, and for each place of the
//!    plan [`belief::MOST_OTHERS`] other products.
//!
//! How many stand somewhere is what [`Book::places`] says. A count that fell below zero was wrong, and says
//! nothing of whether the place is empty. What product stands at a place of the plan is a [`Belief`], which
//! follows the weights that left it. Nothing here changes a decision: an operator is told, and the plan or the
//! shelf is put right.

mod belief;
mod evidence;
mod mismatch;
mod plan;

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    attribution::{Book, InteractionId, Known, Place, StackKey},
    evidence::WeightChange,
    layout::{Layout, ProductIx, ShelfIx},
    time::Time,
};

pub use belief::Belief;
pub use mismatch::{BEGINS, ENDS, Kind, Mismatch, News};

use evidence::{Reading, evidence};
use mismatch::{Wrong, chances};
use plan::Plan;

/// Interactions that wait until they are certain; beyond that the oldest tells nothing.
const MOST_WAITING: usize = 1_024;

/// What stands at one place.
#[derive(Clone, Debug, PartialEq)]
pub struct Stands {
    /// The place, with how many of its product stand there by count.
    pub place: Place,
    /// At a place of the plan: the products that may stand there in place of its own, with the chance of each,
    /// the most probable first.
    pub others: Vec<(ProductIx, f64)>,
    /// At a place of the plan: the chance that its own product stands there, if anything does.
    pub own: f64,
}

/// The fold of what became certain into mismatches.
#[derive(Clone, Debug)]
pub struct Planogram {
    plan: Plan,
    memory: Memory,
}

/// All that a [`Planogram`] knows beyond the layout: for snapshots.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    waiting: BTreeMap<InteractionId, Vec<Reading>>,
    beliefs: BTreeMap<StackKey, Belief>,
    open: BTreeMap<Wrong, Mismatch>,
}

impl Planogram {
    /// Goes on from a snapshot; with the default one, as of when the shop opens. What is about places that the
    /// layout does not have is forgotten.
    #[must_use]
    pub fn restore(layout: Arc<Layout>, mut memory: Memory) -> Self {
        let plan = Plan::of(layout);
        memory
            .beliefs
            .retain(|&key, _| plan.shelf_of(key).is_some());
        memory.open.retain(|wrong, _| match wrong.kind {
            Kind::WrongPlace => {
                let last = plan.layout.plates.get(wrong.place.last.at());
                last.is_some_and(|plate| plate.shelf == wrong.shelf)
                    && wrong.place.product.at() < plan.layout.products.len()
            }
            Kind::Empty | Kind::WrongProduct => plan.shelf_of(wrong.place).is_some(),
        });
        Self { plan, memory }
    }

    /// What a snapshot needs.
    #[must_use]
    pub const fn memory(&self) -> &Memory {
        &self.memory
    }

    /// A weight change was recorded: what it weighed is kept until it is certain what it was.
    pub fn recorded(&mut self, id: InteractionId, change: &WeightChange) {
        if change.plates.is_empty() {
            return;
        }
        let readings = change.plates.iter().map(Reading::of).collect();
        self.memory.waiting.insert(id, readings);
        if self.memory.waiting.len() > MOST_WAITING {
            self.memory.waiting.pop_first();
        }
    }

    /// Takes what became certain, and says what began and ended with it at the shelves concerned.
    pub fn settled(&mut self, known: &[Known], book: &Book, at: Time) -> Vec<News> {
        let mut shelves: Vec<ShelfIx> = Vec::new();
        for one in known {
            shelves.push(one.shelf);
            let Some(readings) = self.memory.waiting.remove(&one.id) else {
                continue;
            };
            for (place, weighed) in evidence(&self.plan, one, &readings) {
                let belief = self.memory.beliefs.entry(place).or_default();
                belief.weighed(&self.plan, place, one.shelf, weighed);
            }
        }
        shelves.sort_unstable();
        shelves.dedup();
        let each = shelves.into_iter();
        each.flat_map(|shelf| self.look(shelf, book, at)).collect()
    }

    /// The mismatches now, ascending by when they began.
    #[must_use]
    pub fn mismatches(&self) -> Vec<Mismatch> {
        let mut all: Vec<Mismatch> = self.memory.open.values().cloned().collect();
        all.sort_by_key(|m| m.since);
        all
    }

    /// What stands where on a shelf, ascending by place.
    #[must_use]
    pub fn stands(&self, shelf: ShelfIx, book: &Book) -> Vec<Stands> {
        let stands = |place: Place| {
            let belief = self.memory.beliefs.get(&place.key);
            let belief = belief.filter(|_| place.planned);
            Stands {
                others: belief.map(Belief::others).unwrap_or_default(),
                own: belief.map_or(1.0, Belief::own),
                place,
            }
        };
        book.places(shelf).into_iter().map(stands).collect()
    }

    /// Rules 1 and 2 for one shelf.
    fn look(&mut self, shelf: ShelfIx, book: &Book, at: Time) -> Vec<News> {
        let stands = self.stands(shelf, book);
        let now: BTreeMap<Wrong, (ProductIx, f64)> = stands
            .iter()
            .flat_map(|s| chances(&self.plan, shelf, s))
            .collect();
        let mut news = Vec::new();
        let known = self.memory.open.iter().filter(|(w, _)| w.shelf == shelf);
        let known: Vec<Wrong> = known.map(|(wrong, _)| *wrong).collect();
        for wrong in known {
            let (product, probability) = now.get(&wrong).copied().unwrap_or((wrong.product(), 0.0));
            if probability <= ENDS {
                news.extend(self.memory.open.remove(&wrong).map(News::Ended));
            } else if let Some(open) = self.memory.open.get_mut(&wrong) {
                (open.product, open.probability) = (product, probability);
            }
        }
        for (wrong, (product, probability)) in now {
            if probability >= BEGINS && !self.memory.open.contains_key(&wrong) {
                let mismatch = Mismatch {
                    kind: wrong.kind,
                    shelf,
                    place: wrong.place,
                    product,
                    probability,
                    since: at,
                };
                self.memory.open.insert(wrong, mismatch.clone());
                news.push(News::Began(mismatch));
            }
        }
        news
    }
}
