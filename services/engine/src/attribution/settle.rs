//! What a party leaves with.
//!
//! 1. What is open is decided by expected cost over the worlds: an overcharge costs more than a unit
//!    given away, a wrong product for a right one something between.
//! 2. All of a party's open interactions of one cluster are decided together, as one of the worlds has
//!    them, so that the lines can all be true at once.
//! 3. What is decided here is never said otherwise later; the worlds stay as they are, since charging
//!    somebody proves nothing.

use std::collections::BTreeMap;

use crate::{evidence::PartyId, layout::ProductIx, time::Time};

use super::{
    Settings,
    answers::{Net, net},
    book::Book,
    cluster::Cluster,
    decision::{InteractionId, SettledLine, Settlement},
    inspect::chance,
};

/// One way in which a cluster may have gone for the party.
struct Outcome {
    /// By member: what the party moved.
    moves: Vec<Net>,
    /// What it gained in all.
    gained: BTreeMap<ProductIx, i32>,
    probability: f64,
}

impl Book {
    /// Decides what is still open for a party, and lets it go.
    pub fn settle(&mut self, party: PartyId, at: Time) -> Settlement {
        let open = self.open_interactions();
        let mut lines: BTreeMap<ProductIx, (i32, f64)> = BTreeMap::new();
        for (product, units) in self.memory.state.held(party) {
            let sure = self.memory.answers.certainty(party, product, &open);
            lines.insert(product, (units, sure));
        }
        let mut undecided = Vec::new();
        let mut verdicts: Vec<(InteractionId, Net)> = Vec::new();
        for cluster in self.concerned(party) {
            let outcomes = outcomes(cluster, party);
            let Some(best) = cheapest(&outcomes, &self.settings) else {
                continue;
            };
            for (&product, &units) in &best.gained {
                let before = || self.memory.answers.certainty(party, product, &open);
                let line = lines.entry(product).or_insert_with(|| (0, before()));
                line.0 += units;
                line.1 *= chance(cluster, party, product, units);
            }
            for (member, moves) in cluster.members.iter().zip(&best.moves) {
                let concerned = !moves.is_empty()
                    || member
                        .explanations
                        .iter()
                        .flatten()
                        .any(|p| p.party == Some(party));
                if concerned && self.memory.answers.is_open(member.id) {
                    undecided.push(member.id);
                }
                verdicts.push((member.id, moves.clone()));
            }
        }
        for (id, moves) in &verdicts {
            self.memory.answers.settle(*id, party, moves);
        }
        let decisions = self.let_go(party);
        undecided.sort_unstable();
        Settlement {
            party,
            at,
            lines: lines.into_iter().filter_map(line).collect(),
            decisions,
            undecided,
        }
    }

    /// The party is no longer in the shop; what was open for it alone is closed.
    fn let_go(&mut self, party: PartyId) -> Vec<super::Decision> {
        self.memory.present.remove(&party);
        self.memory.state.leave(party);
        let (concerned, others) = std::mem::take(&mut self.memory.clusters)
            .into_iter()
            .partition(|c: &Cluster| c.concerns(party));
        self.memory.clusters = others;
        let mut said = Vec::new();
        let concerned: Vec<Cluster> = concerned;
        for cluster in concerned {
            said.extend(self.conclude(cluster));
        }
        let open = self.open_interactions();
        self.memory.answers.forget(&self.memory.present, &open);
        said.sort_by_key(|d| d.interaction);
        said
    }
}

fn line((product, (units, probability)): (ProductIx, (i32, f64))) -> Option<SettledLine> {
    let quantity = u32::try_from(units).ok().filter(|&q| q > 0)?;
    Some(SettledLine {
        product,
        quantity,
        probability,
    })
}

/// The distinct outcomes for a party, in order of their best world.
fn outcomes(cluster: &Cluster, party: PartyId) -> Vec<Outcome> {
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

/// The outcome that costs least on average, if it is charged.
fn cheapest<'a>(outcomes: &'a [Outcome], settings: &Settings) -> Option<&'a Outcome> {
    let expected = |charged: &Outcome| -> f64 {
        let each = outcomes
            .iter()
            .map(|truth| truth.probability * cost(charged, truth, settings));
        each.sum()
    };
    let costs = outcomes.iter().map(|o| (o, expected(o)));
    costs.min_by(|a, b| a.1.total_cmp(&b.1)).map(|c| c.0)
}

/// Cost of charging one outcome when another is true, in units given away.
fn cost(charged: &Outcome, truth: &Outcome, settings: &Settings) -> f64 {
    let (mut over, mut under) = (0, 0);
    for product in charged.gained.keys().chain(
        truth
            .gained
            .keys()
            .filter(|p| !charged.gained.contains_key(p)),
    ) {
        let units = |o: &Outcome| o.gained.get(product).copied().unwrap_or(0);
        let difference = units(charged) - units(truth);
        over += difference.max(0);
        under += (-difference).max(0);
    }
    let swapped = over.min(under);
    f64::from(swapped) * settings.swap_cost
        + f64::from(over - swapped) * settings.overcharge_cost
        + f64::from(under - swapped)
}
