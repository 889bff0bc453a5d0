//! One course that a scene may have taken, up to some moment.

use std::collections::BTreeMap;

use amble_engine::{
    evidence::PartyId,
    layout::{PlateIx, ProductIx},
};

use super::Basket;

/// Grams of a plate in tenths, so that courses can be compared.
pub(super) type Tenths = i64;

/// What stands in a wrong place: how it weighs on which plates.
pub(super) type Astray = (ProductIx, Vec<(PlateIx, Tenths)>);

/// Who holds what, what stands in a wrong place, and what hands put on plates.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Course {
    held: BTreeMap<(PartyId, ProductIx), i32>,
    pub(super) astray: Vec<Astray>,
    pub(super) pressed: BTreeMap<PlateIx, Tenths>,
}

impl Course {
    /// How many of a product somebody holds.
    pub(super) fn held(&self, party: PartyId, product: ProductIx) -> i32 {
        self.held.get(&(party, product)).copied().unwrap_or(0)
    }

    /// All that somebody holds.
    pub(super) fn holds(&self, party: PartyId) -> impl Iterator<Item = ProductIx> + '_ {
        let own = self.held.iter().filter(move |held| held.0.0 == party);
        own.map(|held| held.0.1)
    }

    /// Somebody has more of a product, or less; `None` when there is not so much.
    pub(super) fn gains(mut self, party: PartyId, product: ProductIx, units: i32) -> Option<Self> {
        let held = self.held.entry((party, product)).or_insert(0);
        *held += units;
        let left = *held;
        if left == 0 {
            self.held.remove(&(party, product));
        }
        (left >= 0).then_some(self)
    }

    /// What somebody has.
    pub(super) fn basket(&self, party: PartyId) -> Basket {
        let own = self.held.iter().filter(|held| held.0.0 == party);
        own.map(|(&(_, product), &units)| (product, units.unsigned_abs()))
            .collect()
    }
}

/// Courses that come to the same are one; the rest sum to 1, without what is never the case.
pub(super) fn merged(mut courses: Vec<(Course, f64)>, never: f64) -> Vec<(Course, f64)> {
    courses.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
    courses.dedup_by(|again, first| {
        let same = again.0 == first.0;
        if same {
            first.1 += (again.1 - first.1).exp().ln_1p();
        }
        same
    });
    let best = courses
        .iter()
        .map(|c| c.1)
        .fold(f64::NEG_INFINITY, f64::max);
    courses.retain(|course| course.1 >= best + never);
    let all: f64 = courses.iter().map(|c| (c.1 - best).exp()).sum();
    for course in &mut courses {
        course.1 -= best + all.ln();
    }
    courses
}
