//! The decisions as they were last said.
//!
//! 1. A decision is said again, with the next revision, only when its moves or its openness changed,
//!    or when a party in it got another name.
//! 2. What was decided for a party that is settled never changes.
//! 3. A decision is kept while it is open or a party in it is in the shop.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{evidence::PartyId, layout::ProductIx};

use super::{
    Settings,
    cluster::Cluster,
    decision::{Alternative, Decision, InteractionId, Move},
    state::Piece,
};

/// Net quantities by party and product, ascending; none is 0.
pub(super) type Net = Vec<(PartyId, ProductIx, i32)>;

/// Alternatives of a decision that are reported, and the least probable of them.
const ALTERNATIVES: usize = 4;
const LEAST_ALTERNATIVE: f64 = 0.001;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Answers {
    decisions: BTreeMap<InteractionId, Decision>,
    /// By interaction: the settled parties and what they were charged with.
    settled: BTreeMap<InteractionId, BTreeMap<PartyId, Vec<Move>>>,
}

/// What the pieces come to for each party that we know.
pub(super) fn net(pieces: &[Piece]) -> Net {
    let mut net: BTreeMap<(PartyId, ProductIx), i32> = BTreeMap::new();
    for piece in pieces {
        if let Some(party) = piece.party {
            *net.entry((party, piece.key.product)).or_insert(0) += piece.quantity;
        }
    }
    let moved = net.into_iter().filter(|n| n.1 != 0);
    moved
        .map(|((party, product), n)| (party, product, n))
        .collect()
}

impl Answers {
    /// Says what a cluster now makes of a member, when that is news; for the `last` time if it is
    /// decided for good.
    pub(super) fn issue(
        &mut self,
        cluster: &Cluster,
        member: usize,
        last: bool,
        settings: &Settings,
    ) -> Option<Decision> {
        let nets: Vec<Net> = cluster.members[member]
            .explanations
            .iter()
            .map(|e| net(e))
            .collect();
        let marginals = cluster.marginals(member);
        let chosen = &nets[cluster.choice(member)];
        let mut ranked: Vec<(&Net, f64)> = Vec::new();
        for (net, &probability) in nets.iter().zip(&marginals) {
            match ranked.iter_mut().find(|r| r.0 == net) {
                Some(known) => known.1 += probability,
                None => ranked.push((net, probability)),
            }
        }
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        let moves = |net: &Net| -> Vec<Move> {
            let of = |&(party, product, quantity): &(PartyId, ProductIx, i32)| {
                let agree = ranked
                    .iter()
                    .filter(|r| r.0.contains(&(party, product, quantity)));
                Move {
                    party,
                    product,
                    quantity,
                    probability: agree.map(|r| r.1).sum::<f64>().min(1.0),
                }
            };
            net.iter().map(of).collect()
        };
        let probability: f64 = ranked.iter().filter(|r| r.0 == chosen).map(|r| r.1).sum();
        let others = || ranked.iter().filter(|r| r.0 != chosen);
        let open = !last && others().any(|r| r.1 >= settings.open_ratio * probability);
        let alternatives = others()
            .filter(|r| r.1 >= LEAST_ALTERNATIVE)
            .take(ALTERNATIVES)
            .map(|r| Alternative {
                moves: moves(r.0),
                probability: r.1,
            });
        let said = &cluster.members[member];
        let decision = Decision {
            interaction: said.id,
            revision: 0,
            moves: self.with_settled(said.id, moves(chosen)),
            probability: probability.min(1.0),
            open,
            taken_at: said.taken_at,
            alternatives: alternatives.collect(),
        };
        self.say(decision)
    }

    /// Decides an interaction for a party that leaves.
    pub(super) fn settle(&mut self, id: InteractionId, party: PartyId, net: &Net) {
        let moves = net.iter().filter(|n| n.0 == party);
        let moves = moves.map(|&(party, product, quantity)| Move {
            party,
            product,
            quantity,
            probability: self.probability(id, (party, product, quantity)),
        });
        let moves = moves.collect();
        self.settled.entry(id).or_default().insert(party, moves);
    }

    /// `guest` turns out to be `party` in what is no longer open.
    pub(super) fn rename(
        &mut self,
        guest: PartyId,
        party: PartyId,
        open: &BTreeSet<InteractionId>,
    ) -> Vec<Decision> {
        let decided = self.decisions.values();
        let concerned = decided
            .filter(|d| !open.contains(&d.interaction))
            .filter(|d| d.moves.iter().any(|m| m.party == guest));
        let mut concerned: Vec<Decision> = concerned.cloned().collect();
        let mut said = Vec::new();
        for decision in &mut concerned {
            for m in decision.moves.iter_mut().filter(|m| m.party == guest) {
                m.party = party;
            }
            gather(&mut decision.moves);
            for alternative in &mut decision.alternatives {
                for m in alternative.moves.iter_mut().filter(|m| m.party == guest) {
                    m.party = party;
                }
                gather(&mut alternative.moves);
            }
            said.extend(self.say(decision.clone()));
        }
        said
    }

    /// Chance that all decided moves of this product by this party are as they were said.
    pub(super) fn certainty(
        &self,
        party: PartyId,
        product: ProductIx,
        open: &BTreeSet<InteractionId>,
    ) -> f64 {
        let decided = self.decisions.iter().filter(|d| !open.contains(d.0));
        let moves = decided.flat_map(|d| &d.1.moves);
        moves
            .filter(|m| m.party == party && m.product == product)
            .map(|m| m.probability)
            .product()
    }

    /// Whether the decision is still close to another.
    pub(super) fn is_open(&self, id: InteractionId) -> bool {
        self.decisions.get(&id).is_some_and(|d| d.open)
    }

    /// Forgets what concerns nobody in the shop any more.
    pub(super) fn forget(&mut self, present: &BTreeSet<PartyId>, open: &BTreeSet<InteractionId>) {
        self.decisions.retain(|id, decision| {
            open.contains(id) || decision.moves.iter().any(|m| present.contains(&m.party))
        });
        self.settled.retain(|id, _| self.decisions.contains_key(id));
    }

    fn with_settled(&self, id: InteractionId, mut moves: Vec<Move>) -> Vec<Move> {
        if let Some(settled) = self.settled.get(&id) {
            moves.retain(|m| !settled.contains_key(&m.party));
            moves.extend(settled.values().flatten());
            moves.sort_by_key(|m| (m.party, m.product));
        }
        moves
    }

    fn probability(&self, id: InteractionId, wanted: (PartyId, ProductIx, i32)) -> f64 {
        let same = |m: &&Move| (m.party, m.product, m.quantity) == wanted;
        let Some(decision) = self.decisions.get(&id) else {
            return 0.0;
        };
        if let Some(chosen) = decision.moves.iter().find(same) {
            return chosen.probability;
        }
        let others = decision.alternatives.iter().flat_map(|a| &a.moves);
        others
            .filter(same)
            .map(|m| m.probability)
            .fold(0.0, f64::max)
    }

    fn say(&mut self, mut decision: Decision) -> Option<Decision> {
        let identity = |d: &Decision| -> (Net, bool) {
            let moves = d.moves.iter().map(|m| (m.party, m.product, m.quantity));
            (moves.collect(), d.open)
        };
        if let Some(last) = self.decisions.get_mut(&decision.interaction) {
            decision.revision = last.revision;
            if identity(last) == identity(&decision) {
                // Not news, but what is reported at the end should be the latest figure.
                *last = decision;
                return None;
            }
            decision.revision += 1;
        }
        self.decisions
            .insert(decision.interaction, decision.clone());
        Some(decision)
    }
}

/// Moves of one party and product become one.
fn gather(moves: &mut Vec<Move>) {
    moves.sort_by_key(|m| (m.party, m.product));
    moves.dedup_by(|again, first| {
        let same = (again.party, again.product) == (first.party, first.product);
        if same {
            first.quantity += again.quantity;
            first.probability = first.probability.min(again.probability);
        }
        same
    });
    moves.retain(|m| m.quantity != 0);
}
