//! The decisions as they were last said.
//!
//! 1. A decision is said again, with the next revision, when its moves or its openness changed, or a party in
//!    it got another name; and when it is said for the last time, or a party in it is settled, also when it
//!    is surer or less sure than was said: who is charged is told how sure that was in the end. What was said in
//!    between and proved right is not the measure: what proved wrong was said anew.
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
/// A probability that differs by less is as it was said.
const AS_SAID: f64 = 0.001;

/// Each distinct thing that a member may have come to, the most probable first, with its probability.
type Ranked = Vec<(Net, f64)>;

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

fn ranked(cluster: &Cluster, member: usize) -> Ranked {
    let mut ranked: Ranked = Vec::new();
    let explanations = &cluster.members[member].explanations;
    for (pieces, probability) in explanations.iter().zip(cluster.marginals(member)) {
        let net = net(pieces);
        match ranked.iter_mut().find(|r| r.0 == net) {
            Some(known) => known.1 += probability,
            None => ranked.push((net, probability)),
        }
    }
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    ranked
}

/// What a net says, each move with the probability of all that agree with it.
fn moves(net: &Net, ranked: &Ranked) -> Vec<Move> {
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
}

impl Answers {
    /// Says what a cluster now makes of a member, when that is news; for the `last` time if it is
    /// decided for good. When a party is `leaving`, how sure it is of it is news too.
    pub(super) fn issue(
        &mut self,
        cluster: &Cluster,
        member: usize,
        (last, leaving): (bool, Option<PartyId>),
        settings: &Settings,
    ) -> Option<Decision> {
        let said = &cluster.members[member];
        let ranked = ranked(cluster, member);
        let chosen = net(&said.explanations[cluster.choice(member)]);
        let probability: f64 = ranked.iter().filter(|r| r.0 == chosen).map(|r| r.1).sum();
        let others = || ranked.iter().filter(|r| r.0 != chosen);
        let open = !last && others().any(|r| r.1 >= settings.open_ratio * probability);
        let alternatives = others()
            .filter(|r| r.1 >= LEAST_ALTERNATIVE)
            .take(ALTERNATIVES)
            .map(|r| Alternative {
                moves: moves(&r.0, &ranked),
                probability: r.1,
            });
        let decision = Decision {
            interaction: said.id,
            revision: 0,
            moves: self.with_settled(said.id, moves(&chosen, &ranked)),
            probability: probability.min(1.0),
            open,
            taken_at: said.taken_at,
            alternatives: alternatives.collect(),
        };
        let leaves = |party| decision.moves.iter().any(|m| m.party == party);
        let at_the_end = last || leaving.is_some_and(leaves);
        self.say(decision, at_the_end)
    }

    /// Decides a member of a cluster for a party that leaves.
    pub(super) fn settle(&mut self, cluster: &Cluster, member: usize, party: PartyId, own: &Net) {
        let moves = moves(own, &ranked(cluster, member));
        let id = cluster.members[member].id;
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
            said.extend(self.say(decision.clone(), false));
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

    /// Says a decision if it is news (rule 1).
    fn say(&mut self, mut decision: Decision, at_the_end: bool) -> Option<Decision> {
        if let Some(last) = self.decisions.get(&decision.interaction) {
            decision.revision = last.revision;
            if said_before(last, &decision, at_the_end) {
                return None;
            }
            decision.revision += 1;
        }
        self.decisions
            .insert(decision.interaction, decision.clone());
        Some(decision)
    }
}

/// Whether the one says all that the other says.
fn said_before(last: &Decision, now: &Decision, at_the_end: bool) -> bool {
    let identity = |d: &Decision| -> (Net, bool) {
        let moves = d.moves.iter().map(|m| (m.party, m.product, m.quantity));
        (moves.collect(), d.open)
    };
    let sure = |d: &Decision| -> Vec<f64> {
        let moves = d.moves.iter().map(|m| m.probability);
        moves.chain([d.probability]).collect()
    };
    let as_sure = || {
        let both = sure(last).into_iter().zip(sure(now));
        both.into_iter().all(|(a, b)| (a - b).abs() < AS_SAID)
    };
    identity(last) == identity(now) && (!at_the_end || as_sure())
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
