//! What a cluster may have come to for one party, and which of it to charge.
//!
//! 1. The cheapest outcome is the one that costs least on average over the worlds, if it is charged.
//! 2. A review is asked for exactly where that is more than a review costs.
//! 3. Until it is answered, the outcome is charged that favours whom the settings favour: of the plausible
//!    ones that with the fewest units (or the most), and of equals the cheapest. Plausible is what is at
//!    least half as probable as the most probable one ([`PLAUSIBLE`]): of many doubts at once, each of which
//!    leans to one side, not all go to the other.
//! 4. Where no review is asked for, the cheapest outcome is charged.

use std::collections::{BTreeMap, BTreeSet};

use crate::{evidence::PartyId, layout::ProductIx};

use super::{
    Settings,
    answers::{Net, net},
    cluster::Cluster,
    costs::{Costs, Favoured},
};

/// See rule 3.
const PLAUSIBLE: f64 = 0.5;

/// One way in which a cluster may have gone for a party.
pub(super) struct Outcome {
    /// By member: what the party moved.
    pub(super) moves: Vec<Net>,
    /// What it gained in all.
    pub(super) gained: BTreeMap<ProductIx, i32>,
    pub(super) probability: f64,
}

/// What is charged, and why.
pub(super) struct Choice<'a> {
    pub(super) charged: &'a Outcome,
    /// What the cheapest outcome costs on average.
    pub(super) cost: f64,
    /// Whether somebody is to look.
    pub(super) review: bool,
}

impl Outcome {
    /// How many units of a product the party gained.
    pub(super) fn units(&self, product: ProductIx) -> i32 {
        self.gained.get(&product).copied().unwrap_or(0)
    }

    fn all_units(&self) -> i32 {
        self.gained.values().sum()
    }

    /// What it costs on average to charge this, whichever outcome is true.
    fn expected_cost(&self, outcomes: &[Self], costs: &Costs) -> f64 {
        let each = outcomes
            .iter()
            .map(|truth| truth.probability * self.cost_if(truth, costs));
        each.sum()
    }

    /// What it costs to charge this when another is true.
    fn cost_if(&self, truth: &Self, costs: &Costs) -> f64 {
        let (mut over, mut under) = (0, 0);
        let products: BTreeSet<ProductIx> = self
            .gained
            .keys()
            .chain(truth.gained.keys())
            .copied()
            .collect();
        for product in products {
            let difference = self.units(product) - truth.units(product);
            over += difference.max(0);
            under += (-difference).max(0);
        }
        let swapped = over.min(under);
        f64::from(swapped) * costs.swap
            + f64::from(over - swapped) * costs.overcharge
            + f64::from(under - swapped) * costs.given_away
    }
}

/// The distinct outcomes for a party, in order of their best world.
pub(super) fn outcomes(cluster: &Cluster, party: PartyId) -> Vec<Outcome> {
    let nets: Vec<Vec<Net>> = cluster
        .members
        .iter()
        .map(|m| {
            let own = |e: &Vec<_>| net(e).into_iter().filter(|n| n.0 == party).collect();
            m.explanations.iter().map(own).collect()
        })
        .collect();
    let mut outcomes: Vec<Outcome> = Vec::new();
    for world in &cluster.worlds {
        let chosen = nets.iter().zip(&world.choices);
        let moves: Vec<Net> = chosen.map(|(n, &c)| n[usize::from(c)].clone()).collect();
        let probability = world.weight.exp();
        if let Some(known) = outcomes.iter_mut().find(|o| o.moves == moves) {
            known.probability += probability;
            continue;
        }
        let mut gained = BTreeMap::new();
        for &(_, product, units) in moves.iter().flatten() {
            *gained.entry(product).or_insert(0) += units;
        }
        outcomes.push(Outcome {
            moves,
            gained,
            probability,
        });
    }
    outcomes
}

/// Rules 1 to 4; nothing when there is no outcome at all.
pub(super) fn choose<'a>(outcomes: &'a [Outcome], settings: &Settings) -> Option<Choice<'a>> {
    let costs = &settings.costs;
    let priced: Vec<(&Outcome, f64)> = outcomes
        .iter()
        .map(|o| (o, o.expected_cost(outcomes, costs)))
        .collect();
    let &(cheapest, cost) = priced.iter().min_by(|a, b| a.1.total_cmp(&b.1))?;
    if cost <= costs.review {
        return Some(Choice {
            charged: cheapest,
            cost,
            review: false,
        });
    }
    let most = outcomes.iter().map(|o| o.probability).fold(0.0, f64::max);
    let plausible = priced
        .iter()
        .filter(|(o, _)| o.probability >= PLAUSIBLE * most);
    let favour = |outcome: &Outcome| match costs.favours {
        Favoured::Shopper => outcome.all_units(),
        Favoured::Shop => -outcome.all_units(),
    };
    let (charged, _) = plausible.min_by(|a, b| {
        let by_favour = favour(a.0).cmp(&favour(b.0));
        by_favour.then_with(|| a.1.total_cmp(&b.1))
    })?;
    Some(Choice {
        charged,
        cost,
        review: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEA: ProductIx = ProductIx(0);
    const GUM: ProductIx = ProductIx(1);

    fn outcome(probability: f64, gained: &[(ProductIx, i32)]) -> Outcome {
        Outcome {
            moves: Vec::new(),
            gained: gained.iter().copied().collect(),
            probability,
        }
    }

    fn settings(review: f64, favours: Favoured) -> Settings {
        Settings {
            costs: Costs {
                review,
                favours,
                ..Costs::default()
            },
            ..Settings::default()
        }
    }

    #[test]
    fn a_review_is_asked_for_exactly_where_it_is_cheaper() {
        // To charge nothing costs 0.6 × 2 × 1, to charge two 0.4 × 2 × 2.
        let outcomes = [outcome(0.4, &[]), outcome(0.6, &[(TEA, 2)])];
        let at = |review| choose(&outcomes, &settings(review, Favoured::Shopper)).unwrap();
        assert!((at(1.0).cost - 1.2).abs() < 1e-12);
        assert!(at(1.1).review);
        assert!(!at(1.3).review);
    }

    #[test]
    fn what_is_not_reviewed_is_charged_as_costs_least() {
        let outcomes = [outcome(0.4, &[(TEA, 1)]), outcome(0.6, &[(GUM, 1)])];
        let choice = choose(&outcomes, &settings(1.0, Favoured::Shopper)).unwrap();
        assert!(!choice.review && choice.charged.units(GUM) == 1);
        let doubt = [outcome(0.4, &[]), outcome(0.6, &[(TEA, 1)])];
        let choice = choose(&doubt, &settings(1.0, Favoured::Shop)).unwrap();
        assert_eq!(choice.charged.units(TEA), 0, "an overcharge costs more");
    }

    #[test]
    fn until_a_review_is_answered_the_favoured_bears_no_doubt() {
        let outcomes = [
            outcome(0.5, &[(TEA, 2)]),
            outcome(0.3, &[(TEA, 3)]),
            outcome(0.2, &[(GUM, 1)]),
        ];
        let charged = |favours| {
            let choice = choose(&outcomes, &settings(0.0, favours)).unwrap();
            choice.charged.units(TEA)
        };
        // One gum would be less still, but is not plausible.
        assert_eq!(charged(Favoured::Shopper), 2);
        assert_eq!(charged(Favoured::Shop), 3);
    }
}
