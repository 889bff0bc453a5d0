//! Open interactions that depend on one another, and their most probable joint worlds.
//!
//! 1. A world chooses one explanation for each member. Their probabilities sum to 1.
//! 2. The first world speaks for the cluster: of all worlds it is the one that agrees with the others
//!    in most members, weighed by their probability. So what is said is consistent, and each part of
//!    it as probable as that allows; the single most probable world may be right as a whole more often,
//!    but wrong in more of its parts. The rest are sorted, the most probable first.
//! 3. What is dropped was less probable than [`Settings::drop_below`] beside the best, or outside the
//!    beam.

use serde::{Deserialize, Serialize};

use crate::{evidence::PartyId, layout::ShelfIx, time::Time};

use super::{
    Settings, decision::InteractionId, explain::Explanation, state::Piece, weight::log_sum_exp,
};

/// An open interaction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Member {
    pub(super) id: InteractionId,
    pub(super) shelf: ShelfIx,
    pub(super) taken_at: Time,
    /// What may have happened: distinct lists of pieces.
    pub(super) explanations: Vec<Vec<Piece>>,
}

/// One joint world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct World {
    /// For each member, a place in its explanations.
    pub(super) choices: Vec<u16>,
    /// Log probability.
    pub(super) weight: f64,
}

/// Members and worlds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Cluster {
    pub(super) members: Vec<Member>,
    pub(super) worlds: Vec<World>,
}

/// A member whose explanation is fixed.
pub(super) struct Fixed {
    pub(super) shelf: ShelfIx,
    pub(super) pieces: Vec<Piece>,
}

impl Cluster {
    /// No members, one world.
    pub(super) fn empty() -> Self {
        Self {
            members: Vec::new(),
            worlds: vec![World {
                choices: Vec::new(),
                weight: 0.0,
            }],
        }
    }

    /// The pieces that a world chooses for all members, with their shelves.
    pub(super) fn pieces<'a>(
        &'a self,
        world: &'a World,
    ) -> impl Iterator<Item = (ShelfIx, &'a Piece)> {
        let chosen = self.members.iter().zip(&world.choices);
        chosen.flat_map(|(m, &c)| m.explanations[usize::from(c)].iter().map(|p| (m.shelf, p)))
    }

    /// The pieces of the first world.
    pub(super) fn likely_pieces(&self) -> impl Iterator<Item = (ShelfIx, &Piece)> {
        self.worlds.first().into_iter().flat_map(|w| self.pieces(w))
    }

    /// Whether the party appears in any explanation.
    pub(super) fn concerns(&self, party: PartyId) -> bool {
        let mut pieces = self
            .members
            .iter()
            .flat_map(|m| m.explanations.iter().flatten());
        pieces.any(|p| p.party == Some(party))
    }

    /// Both together, independent until something new ties them.
    pub(super) fn joined(mut self, other: Self, beam: usize) -> Self {
        let mut sums: Vec<(f64, usize, usize)> = Vec::new();
        for (a, one) in self.worlds.iter().enumerate() {
            sums.extend(
                other
                    .worlds
                    .iter()
                    .enumerate()
                    .map(|(b, w)| (one.weight + w.weight, a, b)),
            );
        }
        // The first of both stay first together.
        sums.sort_by(|a, b| {
            let first = |s: &(f64, usize, usize)| s.1 + s.2 > 0;
            first(a).cmp(&first(b)).then(b.0.total_cmp(&a.0))
        });
        sums.truncate(beam.max(1));
        let join = |&(weight, a, b): &(f64, usize, usize)| {
            let (one, other) = (&self.worlds[a].choices, &other.worlds[b].choices);
            World {
                choices: one.iter().chain(other).copied().collect(),
                weight,
            }
        };
        let worlds = sums.iter().map(join).collect();
        self.members.extend(other.members);
        self.worlds = worlds;
        self
    }

    /// A new member: `of` gives, for each world, its explanations.
    pub(super) fn extend(
        &mut self,
        id: InteractionId,
        shelf: ShelfIx,
        taken_at: Time,
        of: &[&[Explanation]],
    ) {
        let mut explanations: Vec<Vec<Piece>> = Vec::new();
        let mut worlds = Vec::new();
        for (world, list) in self.worlds.iter().zip(of) {
            for explanation in *list {
                let known = explanations.iter().position(|e| *e == explanation.pieces);
                let choice = known.unwrap_or_else(|| {
                    explanations.push(explanation.pieces.clone());
                    explanations.len() - 1
                });
                let mut choices = world.choices.clone();
                choices.push(u16::try_from(choice).unwrap_or(u16::MAX));
                worlds.push(World {
                    choices,
                    weight: world.weight + explanation.score,
                });
            }
        }
        self.worlds = worlds;
        self.members.push(Member {
            id,
            shelf,
            taken_at,
            explanations,
        });
    }

    /// Keeps the promises above.
    pub(super) fn prune(&mut self, settings: &Settings) {
        let better = |a: &World, b: &World| {
            b.weight
                .total_cmp(&a.weight)
                .then_with(|| a.choices.cmp(&b.choices))
        };
        self.worlds.sort_by(better);
        self.worlds.truncate(settings.beam.max(1));
        if let Some(best) = self.worlds.first().map(|w| w.weight) {
            let least = best + settings.drop_below.ln();
            self.worlds.retain(|w| w.weight >= least);
        }
        let all = log_sum_exp(self.worlds.iter().map(|w| w.weight));
        for world in &mut self.worlds {
            world.weight -= all;
        }
        for at in 0..self.members.len() {
            self.forget_unchosen(at);
        }
        self.choose_first();
    }

    fn choose_first(&mut self) {
        let marginals: Vec<Vec<f64>> = (0..self.members.len()).map(|m| self.marginals(m)).collect();
        let agreement = |world: &World| -> f64 {
            let chosen = marginals.iter().zip(&world.choices);
            chosen.map(|(m, &c)| m[usize::from(c)]).sum()
        };
        let mut best = (0, f64::NEG_INFINITY);
        for (at, world) in self.worlds.iter().enumerate() {
            let agreement = agreement(world);
            if agreement > best.1 + 1e-12 {
                best = (at, agreement);
            }
        }
        if let Some(ahead) = self.worlds.get_mut(..=best.0) {
            ahead.rotate_right(1);
        }
    }

    /// Drops the explanations of a member that no world chooses.
    fn forget_unchosen(&mut self, member: usize) {
        let explanations = &mut self.members[member].explanations;
        let mut places: Vec<Option<u16>> = vec![None; explanations.len()];
        let mut kept = Vec::new();
        for world in &mut self.worlds {
            let choice = &mut world.choices[member];
            let old = usize::from(*choice);
            let place = places[old].unwrap_or_else(|| {
                kept.push(std::mem::take(&mut explanations[old]));
                u16::try_from(kept.len() - 1).unwrap_or(u16::MAX)
            });
            places[old] = Some(place);
            *choice = place;
        }
        *explanations = kept;
    }

    /// Probability of each explanation of a member.
    pub(super) fn marginals(&self, member: usize) -> Vec<f64> {
        let mut marginals = vec![0.0; self.members[member].explanations.len()];
        for world in &self.worlds {
            marginals[usize::from(world.choices[member])] += world.weight.exp();
        }
        marginals
    }

    /// The explanations of the newest member, each with its probability.
    pub(super) fn newest(&self) -> Vec<(Vec<Piece>, f64)> {
        let newest = self.members.last().into_iter().flat_map(|member| {
            let probabilities = self.marginals(self.members.len() - 1);
            member.explanations.iter().cloned().zip(probabilities)
        });
        newest.collect()
    }

    /// What the first world chooses for a member.
    pub(super) fn choice(&self, member: usize) -> usize {
        self.worlds
            .first()
            .map_or(0, |w| usize::from(w.choices[member]))
    }

    /// Fixes a member as the first world has it, and forgets it and the worlds that differ.
    pub(super) fn fix(&mut self, member: usize, settings: &Settings) -> Fixed {
        let choice = self.choice(member);
        self.worlds
            .retain(|w| usize::from(w.choices[member]) == choice);
        for world in &mut self.worlds {
            world.choices.remove(member);
        }
        let mut member = self.members.remove(member);
        self.prune(settings);
        Fixed {
            shelf: member.shelf,
            pieces: member.explanations.swap_remove(choice),
        }
    }

    /// `guest` turns out to be `party`: explanations that become equal become one.
    pub(super) fn rename(&mut self, guest: PartyId, party: PartyId, settings: &Settings) {
        for (at, member) in self.members.iter_mut().enumerate() {
            let old = std::mem::take(&mut member.explanations);
            let mut places = Vec::with_capacity(old.len());
            for mut pieces in old {
                for piece in pieces.iter_mut().filter(|p| p.party == Some(guest)) {
                    piece.party = Some(party);
                }
                gather(&mut pieces);
                let known = member.explanations.iter().position(|e| *e == pieces);
                places.push(known.unwrap_or(member.explanations.len()));
                if known.is_none() {
                    member.explanations.push(pieces);
                }
            }
            for world in &mut self.worlds {
                let choice = &mut world.choices[at];
                *choice = u16::try_from(places[usize::from(*choice)]).unwrap_or(u16::MAX);
            }
        }
        self.worlds.sort_by(|a, b| a.choices.cmp(&b.choices));
        self.worlds.dedup_by(|again, first| {
            let same = again.choices == first.choices;
            if same {
                first.weight = log_sum_exp([first.weight, again.weight].into_iter());
            }
            same
        });
        self.prune(settings);
    }
}

/// Pieces of one party at one place become one.
fn gather(pieces: &mut Vec<Piece>) {
    pieces.sort_unstable();
    pieces.dedup_by(|again, first| {
        let same = (again.party, again.key) == (first.party, first.key);
        if same {
            first.quantity += again.quantity;
        }
        same
    });
    pieces.retain(|p| p.quantity != 0);
}
