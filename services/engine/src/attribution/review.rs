//! From a cluster that nobody should decide by cost alone to what a person is asked.
//!
//! 1. Outcomes that the receipt can't tell apart are one hypothesis.
//! 2. The charged one is always among the hypotheses; of the others, the most probable are.

use std::collections::BTreeSet;

use crate::layout::ProductIx;

use super::{
    cluster::Cluster,
    decision::{HYPOTHESES, Hypothesis, InteractionId, Review},
    outcome::{Choice, Outcome},
};

/// A doubt before all lines are known.
pub(super) struct Doubt {
    interactions: Vec<InteractionId>,
    products: Vec<ProductIx>,
    /// What each hypothesis has beyond what is charged, by product; with its probability.
    beyond: Vec<(Vec<i32>, f64)>,
    cost: f64,
}

impl Doubt {
    pub(super) fn of(cluster: &Cluster, outcomes: &[Outcome], choice: &Choice<'_>) -> Self {
        let charged = choice.charged;
        let named: BTreeSet<ProductIx> = outcomes
            .iter()
            .flat_map(|o| o.gained.keys().copied())
            .collect();
        let differs = |&product: &ProductIx| {
            outcomes
                .iter()
                .any(|o| o.units(product) != charged.units(product))
        };
        let products: Vec<ProductIx> = named.into_iter().filter(differs).collect();
        let mut beyond: Vec<(Vec<i32>, f64)> = Vec::new();
        for outcome in outcomes {
            let own: Vec<i32> = products
                .iter()
                .map(|&product| outcome.units(product) - charged.units(product))
                .collect();
            match beyond.iter_mut().find(|known| known.0 == own) {
                Some(known) => known.1 += outcome.probability,
                None => beyond.push((own, outcome.probability)),
            }
        }
        let members = cluster.members.iter().enumerate();
        let mut interactions: Vec<InteractionId> = members
            .filter(|(at, _)| {
                let moves = |o: &Outcome| o.moves.get(*at).cloned();
                outcomes.iter().any(|o| moves(o) != moves(charged))
            })
            .map(|(_, member)| member.id)
            .collect();
        interactions.sort_unstable();
        Self {
            interactions,
            products,
            beyond,
            cost: choice.cost,
        }
    }

    /// The review, when it is known how many of each product the party is charged in all.
    pub(super) fn review(self, charged: impl Fn(ProductIx) -> i32) -> Review {
        let mut hypotheses: Vec<Hypothesis> = Vec::new();
        for (beyond, probability) in self.beyond {
            let units = |(&product, more): (&ProductIx, i32)| {
                let units = u32::try_from(charged(product) + more).unwrap_or(0);
                (product, units)
            };
            hypotheses.push(Hypothesis {
                charged: beyond.iter().all(|&more| more == 0),
                units: self.products.iter().zip(beyond).map(units).collect(),
                probability: probability.min(1.0),
            });
        }
        // Rule 2: whatever is cut off, it is not what is charged.
        hypotheses.sort_by(|a, b| {
            b.charged
                .cmp(&a.charged)
                .then(b.probability.total_cmp(&a.probability))
        });
        hypotheses.truncate(HYPOTHESES);
        hypotheses.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        Review {
            interactions: self.interactions,
            hypotheses,
            cost: self.cost,
        }
    }
}
