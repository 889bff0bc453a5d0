//! What earlier changes of the same plates left unexplained, and a new one may complete or undo.
//!
//! A hand that rests on a plate counts as weight until it leaves; and the plates under one piece of
//! goods may come to rest so far apart in time that they make two changes. Then no change alone
//! weighs what was taken, but their sum does.
//!
//! 1. A change that nothing was taken or put back in, in some world, is carried in that world: to the
//!    next changes of its plates or their neighbours, for [`CARRIED_S`], until goods explain one.
//! 2. The new change is then explained twice: alone, and together with what is carried. Both are as
//!    likely beforehand.
//! 3. Only plates go together that moved again, or whose unrest overlaps that of the new change: nobody
//!    takes half of a thing now and half of it later.
//! 4. What lies on plates that did not move again is no longer unexplained when both are explained
//!    together: what its oddity counted against the world is given back.
//! 5. A hand that rested on a plate has left it, most likely, when the plate is as it was before
//!    ([`RESTED`](super::groups)); whatever is taken beside it meanwhile.
//! 6. At most [`MOST`] changes are remembered for a shelf, and each for [`CARRIED_S`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    evidence::{Interaction, PlateChange},
    layout::{PlateIx, ShelfIx},
    time::Time,
};

use super::{
    cluster::{Cluster, Fixed, World},
    decision::InteractionId,
    explain::{Explanation, Problem, ranked},
    groups::nothing,
    scene::{Reading, Scene, Span, near},
    weight::log_sum_exp,
};

/// For so long a hand may rest on a plate, in seconds.
const CARRIED_S: f64 = 90.0;
/// Changes of one shelf that are remembered.
const MOST: usize = 6;
/// Log chance that a plate comes to rest in another change than the rest of what moved with it.
const SELDOM: f64 = -3.0;

/// A change that may be carried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Recent {
    id: InteractionId,
    shelf: ShelfIx,
    readings: Vec<Reading>,
    end: Time,
    /// Whether nothing was moved in it, once that is decided.
    empty: Option<bool>,
}

/// The changes of a shelf that a new one may go with, the newest first.
pub(super) struct Carried<'a> {
    recent: Vec<&'a Recent>,
    /// The plates of the new change, ascending, and when its unrest began.
    plates: Vec<PlateIx>,
    start: Time,
}

/// The changes that a world carries: bits, by place in [`Carried`].
pub(super) type Mask = u32;

impl Recent {
    pub(super) fn of(id: InteractionId, scene: &Scene) -> Self {
        let ends = scene.readings.iter().map(|r| r.end);
        Self {
            id,
            shelf: scene.shelf,
            readings: scene.readings.clone(),
            end: ends.max().unwrap_or_default(),
            empty: None,
        }
    }
}

/// Remembers a change, and forgets what is too old or too much.
pub(super) fn remember(all: &mut Vec<Recent>, new: Recent) {
    all.retain(|r| new.end.since(r.end) <= CARRIED_S);
    let ours = all.iter().filter(|r| r.shelf == new.shelf).count();
    if ours >= MOST
        && let Some(oldest) = all.iter().position(|r| r.shelf == new.shelf)
    {
        all.remove(oldest);
    }
    all.push(new);
}

/// A remembered change was decided.
pub(super) fn decided(all: &mut [Recent], id: InteractionId, fixed: &Fixed) {
    for recent in all.iter_mut().filter(|r| r.id == id) {
        recent.empty = Some(fixed.pieces.is_empty());
    }
}

impl<'a> Carried<'a> {
    pub(super) fn of(all: &'a [Recent], scene: &Scene) -> Self {
        let start = scene.readings.iter().map(|r| r.start).min();
        let start = start.unwrap_or_default();
        let recent = all.iter().rev().filter(|r| {
            r.shelf == scene.shelf
                && start.since(r.end) <= CARRIED_S
                && near(&r.readings, &scene.readings)
        });
        Self {
            recent: recent.collect(),
            plates: scene.readings.iter().map(|r| r.plate).collect(),
            start,
        }
    }

    /// Whether a cluster leaves open which of them are carried.
    pub(super) fn matters(&self, cluster: &Cluster) -> bool {
        let members = cluster.members.iter();
        let mut open = members.filter(|m| m.explanations.iter().any(Vec::is_empty));
        open.any(|member| self.recent.iter().any(|r| r.id == member.id))
    }

    /// What a world carries: of each plate the newest changes, back to the first one that goods explain.
    pub(super) fn mask(&self, cluster: &Cluster, world: &World) -> Mask {
        let empty = |recent: &Recent| {
            recent.empty.unwrap_or_else(|| {
                let members = cluster.members.iter().zip(&world.choices);
                let mut own = members.filter(|(member, _)| member.id == recent.id);
                own.any(|(member, &choice)| member.explanations[usize::from(choice)].is_empty())
            })
        };
        let (mut mask, mut explained): (Mask, Vec<PlateIx>) = (0, Vec::new());
        for (at, recent) in self.recent.iter().enumerate() {
            let plates = || recent.readings.iter().map(|r| r.plate);
            if !empty(recent) {
                explained.extend(plates());
            } else if !plates().any(|plate| explained.contains(&plate)) {
                mask |= 1 << at;
            }
        }
        mask
    }

    /// The change together with what is carried.
    pub(super) fn together(&self, interaction: &Interaction, mask: Mask) -> Interaction {
        let mut together = interaction.clone();
        let change = &mut together.change;
        let (start, end) = (change.start, change.end);
        for reading in self.chosen(mask) {
            let sigma_g = reading.variance.sqrt();
            match change.plates.iter_mut().find(|p| p.plate == reading.plate) {
                Some(plate) => {
                    plate.delta_g += reading.delta_g;
                    plate.sigma_g = plate.sigma_g.hypot(sigma_g);
                }
                None => change.plates.push(PlateChange {
                    plate: reading.plate,
                    delta_g: reading.delta_g,
                    sigma_g,
                    start,
                    end,
                }),
            }
        }
        change.plates.sort_by_key(|p| p.plate);
        together
    }

    /// The explanations of a change that may go with what is carried: `alone` and `together` are
    /// those without and with it.
    pub(super) fn both(
        &self,
        alone: Vec<Explanation>,
        together: Vec<Explanation>,
        problem: &Problem<'_>,
        mask: Mask,
    ) -> Vec<Explanation> {
        let given_back = self.given_back(problem, mask);
        let half = 0.5_f64.ln();
        let mut both = alone;
        for explanation in together {
            both.push(Explanation {
                score: explanation.score + given_back,
                ..explanation
            });
        }
        for explanation in &mut both {
            explanation.score += half;
        }
        ranked(both, problem.settings)
    }

    /// What the carried readings on plates that did not move again counted as oddities. Where there are
    /// several of one plate, one of them, a hand that came, stays odd.
    fn given_back(&self, problem: &Problem<'_>, mask: Mask) -> f64 {
        let mut odd: BTreeMap<PlateIx, Vec<f64>> = BTreeMap::new();
        for reading in self.chosen(mask).filter(|reading| !self.again(reading)) {
            let span = Span {
                first: 0,
                end: 1,
                sum_g: reading.delta_g,
                variance: reading.variance,
                together: true,
                reach: Vec::new(),
                arms: Vec::new(),
            };
            let oddity = -log_sum_exp(nothing(problem, &span).into_iter());
            odd.entry(reading.plate).or_default().push(oddity);
        }
        let of_plate = |oddities: &Vec<f64>| {
            let all: f64 = oddities.iter().sum();
            let stays = oddities.iter().copied().fold(0.0, f64::max);
            SELDOM + if oddities.len() > 1 { all - stays } else { all }
        };
        odd.values().map(of_plate).sum()
    }

    fn chosen(&self, mask: Mask) -> impl Iterator<Item = &'a Reading> {
        let readings = move || {
            let recent = self.recent.iter().enumerate();
            let chosen = recent.filter(move |(at, _)| mask & (1 << at) != 0);
            chosen.flat_map(|(_, recent)| recent.readings.iter())
        };
        let overlaps = move |plate: PlateIx| {
            readings().any(|other| other.plate == plate && other.end >= self.start)
        };
        readings().filter(move |reading| self.again(reading) || overlaps(reading.plate))
    }

    /// The plates on which what is carried rests, ascending.
    pub(super) fn rested(&self, mask: Mask) -> Vec<PlateIx> {
        let mut plates: Vec<PlateIx> = self.chosen(mask).map(|reading| reading.plate).collect();
        plates.sort_unstable();
        plates.dedup();
        plates
    }

    /// Whether the plate moved again.
    fn again(&self, reading: &Reading) -> bool {
        self.plates.binary_search(&reading.plate).is_ok()
    }
}
