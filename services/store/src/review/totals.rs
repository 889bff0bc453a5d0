//! How many units of a product a party may have left with, from what was decided of each interaction.
//!
//! 1. Interactions count as if they were independent of one another: of a dispute that is near enough, for a
//!    person looks; and as of a figure that is judged over thousands of lines.
//! 2. Most probable first; of equals the fewer units first.

use std::collections::BTreeMap;

use amble_engine::{
    attribution::{Decision, Move},
    evidence::PartyId,
    layout::ProductIx,
};

/// Units that such moves bring a party.
pub(super) fn units(moves: &[Move], party: PartyId, product: ProductIx) -> i64 {
    let own = moves
        .iter()
        .filter(|m| m.party == party && m.product == product);
    own.map(|m| i64::from(m.quantity)).sum()
}

/// Each possible total with its probability.
#[must_use]
pub fn totals<'a>(
    decisions: impl Iterator<Item = &'a Decision>,
    party: PartyId,
    product: ProductIx,
) -> Vec<(i64, f64)> {
    let mut totals = BTreeMap::from([(0, 1.0)]);
    for decision in decisions {
        let chosen = (&decision.moves, decision.probability);
        let others = decision.alternatives.iter();
        let others = others.map(|other| (&other.moves, other.probability));
        let ways: Vec<(i64, f64)> = [chosen]
            .into_iter()
            .chain(others)
            .map(|(moves, probability)| (units(moves, party, product), probability))
            .collect();
        // What is too improbable to be listed is left out.
        let all: f64 = ways.iter().map(|way| way.1).sum();
        if all <= 0.0 {
            continue;
        }
        let mut next: BTreeMap<i64, f64> = BTreeMap::new();
        for (&before, &probability) in &totals {
            for &(more, share) in &ways {
                *next.entry(before + more).or_insert(0.0) += probability * share / all;
            }
        }
        totals = next;
    }
    let mut totals: Vec<(i64, f64)> = totals.into_iter().collect();
    totals.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    totals
}

#[cfg(test)]
mod tests {
    use amble_engine::{
        attribution::{Alternative, InteractionId},
        time::Time,
    };

    use super::*;

    const ME: PartyId = PartyId(1);
    const OTHER: PartyId = PartyId(2);
    const TEA: ProductIx = ProductIx(0);

    fn moved(party: PartyId, quantity: i32) -> Vec<Move> {
        let moved = Move {
            party,
            product: TEA,
            quantity,
            probability: 0.9,
        };
        vec![moved]
    }

    fn decision(moves: Vec<Move>, probability: f64, other: Vec<Move>) -> Decision {
        Decision {
            interaction: InteractionId(0),
            revision: 0,
            moves,
            probability,
            open: false,
            taken_at: Time(0),
            alternatives: vec![Alternative {
                moves: other,
                probability: 1.0 - probability,
            }],
        }
    }

    #[test]
    fn totals_are_those_of_independent_interactions() {
        let decisions = [
            decision(moved(ME, 2), 0.75, moved(OTHER, 2)),
            decision(moved(ME, -1), 0.8, Vec::new()),
        ];
        let found = totals(decisions.iter(), ME, TEA);
        let wanted = [(1, 0.6), (-1, 0.2), (2, 0.15), (0, 0.05)];
        assert_eq!(found.len(), wanted.len());
        for ((units, p), (wanted_units, wanted_p)) in found.iter().zip(wanted) {
            assert_eq!(*units, wanted_units);
            assert!((p - wanted_p).abs() < 1e-12);
        }
    }

    #[test]
    fn what_nobody_decided_is_none_for_sure() {
        assert_eq!(totals([].iter(), ME, TEA), [(0, 1.0)]);
    }
}
