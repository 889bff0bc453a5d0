//! What a party leaves with.
//!
//! 1. What is open is decided by expected cost over the worlds, and goes to a person where asking one is
//!    cheaper still ([`outcome`](super::outcome)).
//! 2. All of a party's open interactions of one cluster are decided together, as one of the worlds has
//!    them, so that the lines can all be true at once.
//! 3. What is decided here is never said otherwise later; the worlds stay as they are, since charging
//!    somebody proves nothing.
//! 4. A review says what the party left with under each hypothesis, of the products on which they differ.
//!    What is charged meanwhile is one of them, and the lines agree with it.

use std::collections::BTreeMap;

use crate::{evidence::PartyId, layout::ProductIx, time::Time};

use super::{
    answers::Net,
    book::Book,
    cluster::Cluster,
    decision::{SettledLine, Settlement},
    inspect::{chance, concerned},
    outcome::{choose, outcomes},
    review::Doubt,
};

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
        let mut doubts = Vec::new();
        let mut verdicts: Vec<(&Cluster, Vec<Net>)> = Vec::new();
        for cluster in concerned(&self.memory.clusters, party) {
            let outcomes = outcomes(cluster, party);
            let Some(choice) = choose(&outcomes, &self.settings) else {
                continue;
            };
            let best = choice.charged;
            if choice.review {
                doubts.push(Doubt::of(cluster, &outcomes, &choice));
            }
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
            }
            verdicts.push((cluster, best.moves.clone()));
        }
        for (cluster, moves) in verdicts {
            for (member, own) in moves.iter().enumerate() {
                self.memory.answers.settle(cluster, member, party, own);
            }
        }
        let decisions = self.let_go(party);
        undecided.sort_unstable();
        let held = |product: ProductIx| lines.get(&product).map_or(0, |line| line.0);
        let reviews = doubts.into_iter().map(|doubt| doubt.review(held)).collect();
        Settlement {
            party,
            at,
            reviews,
            lines: lines.into_iter().filter_map(line).collect(),
            decisions,
            undecided,
        }
    }

    /// The party is no longer in the shop; what was open for it alone is closed.
    fn let_go(&mut self, party: PartyId) -> Vec<super::Decision> {
        self.memory.present.remove(&party);
        self.memory.state.leave(party);
        self.memory.taken.retain(|taken| taken.party != party);
        let (concerned, others) = std::mem::take(&mut self.memory.clusters)
            .into_iter()
            .partition(|c: &Cluster| c.concerns(party));
        self.memory.clusters = others;
        let mut said = Vec::new();
        let concerned: Vec<Cluster> = concerned;
        for cluster in concerned {
            said.extend(self.conclude(cluster, Some(party)));
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
