//! What product stands at a place of the plan: a filter over the weights that left it.
//!
//! 1. Hypotheses: the plan's own product; each other product of the zone whose weight fitted lately; any
//!    other. Their probabilities sum to 1.
//! 2. One weight in ten ([`STRAY`]) says nothing of what stands there, whatever does: somebody leaned, took
//!    two kinds, or reached from the next place. So one odd weight never convinces, and a second of the same
//!    product does, where weights tell products apart.
//! 3. Products that weigh alike stay where they were: nothing tells them apart here.
//! 4. Shelves are filled anew: before each weight a little ([`FORGETS`]) returns to what the plan says, so that
//!    a place that is put right is believed after two weights of its own.
//! 5. A product of another zone is not found here, and shows as no mismatch.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{evidence::Weighed, plan::Plan};
use crate::{
    attribution::{StackKey, fit},
    layout::{Product, ProductIx, ShelfIx},
};

/// Other products that are kept in mind for a place.
pub(super) const MOST_OTHERS: usize = 16;
/// Chance that a place has another product than planned, before anything was seen.
const WRONG: f64 = 0.005;
/// See rule 2.
const STRAY: f64 = 0.1;
/// Share of the stray weights that are of a product which stands elsewhere in the zone.
const NEIGHBOUR: f64 = 0.3;
/// See rule 4.
const FORGETS: f64 = 0.001;
/// How much likelier a product of the same shelf stands at a wrong place than one of the same zone.
const SAME_SHELF: f64 = 10.0;
/// How much rarer each further unit in one hand is.
const FURTHER: f64 = 0.08;
/// Units that leave at once, at most.
const MOST_UNITS: i32 = 4;
/// Weights that a stray one may have, all equally likely, from 0 to this.
const RANGE_G: f64 = 4_000.0;
/// Less than this is no longer kept in mind.
const LEAST: f64 = 1e-9;

/// What product stands at a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Belief {
    own: f64,
    others: BTreeMap<ProductIx, f64>,
    /// Some other than these.
    any: f64,
}

impl Default for Belief {
    fn default() -> Self {
        Self {
            own: 1.0 - WRONG,
            others: BTreeMap::new(),
            any: WRONG,
        }
    }
}

impl Belief {
    /// Chance that the plan's own product stands there.
    #[must_use]
    pub const fn own(&self) -> f64 {
        self.own
    }

    /// The others with their chances, the most probable first.
    #[must_use]
    pub fn others(&self) -> Vec<(ProductIx, f64)> {
        let mut others: Vec<(ProductIx, f64)> = self.others.iter().map(|(&p, &w)| (p, w)).collect();
        others.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        others
    }

    /// A weight left the place, or was put there by somebody who brought it.
    pub(super) fn weighed(
        &mut self,
        plan: &Plan,
        place: StackKey,
        shelf: ShelfIx,
        weighed: Weighed,
    ) {
        self.forget();
        let shares = shares(plan, place, shelf);
        let densities: BTreeMap<ProductIx, f64> = shares
            .keys()
            .chain([&place.product])
            .filter_map(|&p| Some((p, density(plan.layout.products.get(p.at())?, weighed))))
            .collect();
        let of = |product: &ProductIx| densities.get(product).copied().unwrap_or(0.0);
        let neighbours: f64 = shares.iter().map(|(p, share)| share * of(p)).sum();
        let stray = STRAY * (NEIGHBOUR * neighbours + (1.0 - NEIGHBOUR) / RANGE_G);
        let likelihood = |product: &ProductIx| (1.0 - STRAY) * of(product) + stray;
        self.own *= likelihood(&place.product);
        let any = self.any;
        for (product, share) in &shares {
            let named = self.others.get(product).copied();
            let fits = of(product) > 1.0 / RANGE_G;
            // One that is not kept in mind has its share of what is left to all such.
            let before = named.or_else(|| fits.then_some(any * share));
            if named.is_none() && fits {
                self.any -= any * share;
            }
            if let Some(before) = before {
                self.others.insert(*product, before * likelihood(product));
            }
        }
        self.any = self.any.max(0.0) * stray;
        self.tidy();
    }

    /// Rule 4.
    fn forget(&mut self) {
        let kept = 1.0 - FORGETS;
        self.own = self.own * kept + FORGETS * (1.0 - WRONG);
        self.any = self.any * kept + FORGETS * WRONG;
        self.others.values_mut().for_each(|w| *w *= kept);
    }

    /// Sums to 1, and keeps no more in mind than [`MOST_OTHERS`].
    fn tidy(&mut self) {
        let all = self.own + self.any + self.others.values().sum::<f64>();
        if !(all.is_finite() && all > 0.0) {
            *self = Self::default();
            return;
        }
        self.own /= all;
        self.any /= all;
        self.others.values_mut().for_each(|w| *w /= all);
        let ranked = self.others();
        for (at, (product, weight)) in ranked.into_iter().enumerate() {
            if at >= MOST_OTHERS || weight < LEAST {
                self.others.remove(&product);
                self.any += weight;
            }
        }
    }
}

/// Which other products of the zone may stand at a place by mistake: shares that sum to 1.
fn shares(plan: &Plan, place: StackKey, shelf: ShelfIx) -> BTreeMap<ProductIx, f64> {
    let others = plan.products(shelf).into_iter();
    let others = others.filter(|(product, _)| *product != place.product);
    let mut shares: BTreeMap<ProductIx, f64> = others
        .map(|(product, here)| (product, if here { SAME_SHELF } else { 1.0 }))
        .collect();
    let all: f64 = shares.values().sum();
    shares.values_mut().for_each(|share| *share /= all);
    shares
}

/// Density, in 1/g, of a weight that one or a few units of a product have.
fn density(product: &Product, weighed: Weighed) -> f64 {
    let of = |units: i32| {
        let count = f64::from(units);
        let unit_variance = product.weight_sigma_g * product.weight_sigma_g;
        let residual = weighed.grams - count * product.unit_weight_g;
        let rarer = (1.0 - FURTHER) * FURTHER.powi(units - 1);
        rarer * fit(residual, weighed.variance + count * unit_variance).exp()
    };
    (1..=MOST_UNITS).map(of).sum()
}
