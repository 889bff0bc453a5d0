//! The fold of interactions into decisions.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use crate::{
    evidence::{Interaction, PartyId},
    layout::{Layout, PlateIx, Product, ShelfIx},
    time::Time,
};

use super::{
    Settings,
    answers::Answers,
    cluster::Cluster,
    decision::{Decision, InteractionId},
    explain::{Explanation, Problem, explain},
    scene::{Scene, Span},
    state::{Piece, StackKey, State, View, move_stack},
};

/// Holds open interactions, decides, revises, settles. A pure fold of its calls, in their order.
#[derive(Clone, Debug)]
pub struct Book {
    pub(super) layout: Arc<Layout>,
    pub(super) settings: Settings,
    pub(super) memory: Memory,
}

/// All that a [`Book`] knows beyond layout and settings: for snapshots.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    pub(super) state: State,
    pub(super) clusters: Vec<Cluster>,
    pub(super) answers: Answers,
    /// Parties that are in the shop.
    pub(super) present: BTreeSet<PartyId>,
}

impl Book {
    /// The shop when it opens.
    #[must_use]
    pub fn new(layout: Arc<Layout>, settings: Settings) -> Self {
        let memory = Memory {
            state: State::opening(&layout),
            clusters: Vec::new(),
            answers: Answers::default(),
            present: BTreeSet::new(),
        };
        Self::restore(layout, settings, memory)
    }

    /// Goes on from a snapshot that was made with the same layout.
    #[must_use]
    pub const fn restore(layout: Arc<Layout>, settings: Settings, memory: Memory) -> Self {
        Self {
            layout,
            settings,
            memory,
        }
    }

    /// What a snapshot needs.
    #[must_use]
    pub const fn memory(&self) -> &Memory {
        &self.memory
    }

    /// A party exists, holding nothing. Saying it twice changes nothing.
    pub fn open(&mut self, party: PartyId, _at: Time) {
        self.memory.present.insert(party);
    }

    /// A guest was claimed: what it holds goes over, and its decisions are said again for the party.
    pub fn join(&mut self, guest: PartyId, into: PartyId, _at: Time) -> Vec<Decision> {
        let open = self.open_interactions();
        let memory = &mut self.memory;
        if guest == into || !memory.present.remove(&guest) {
            return Vec::new();
        }
        memory.present.insert(into);
        memory.state.hand_over(guest, into);
        let mut said = memory.answers.rename(guest, into, &open);
        let (concerned, others) = std::mem::take(&mut memory.clusters)
            .into_iter()
            .partition(|c: &Cluster| c.concerns(guest));
        memory.clusters = others;
        for mut cluster in concerned {
            cluster.rename(guest, into, &self.settings);
            said.extend(self.conclude(cluster));
        }
        latest(said)
    }

    /// Decides an interaction: its decision, and revisions of earlier ones that changed with it.
    ///
    /// Parties in its evidence that were never opened are opened.
    pub fn record(&mut self, id: InteractionId, interaction: &Interaction) -> Vec<Decision> {
        let parties = interaction.evidence.iter().map(|e| e.party);
        self.memory.present.extend(parties);
        let scene = Scene::of(&self.layout, interaction, &self.settings);
        let mut cluster = self.gather(&scene);
        let outside = self.outside(&scene);
        let mut seen: Vec<(View, Vec<Explanation>)> = Vec::new();
        let mut places = Vec::with_capacity(cluster.worlds.len());
        for world in &cluster.worlds {
            let view = inside(&scene, &outside, cluster.pieces(world));
            let known = seen.iter().position(|s| s.0 == view);
            places.push(known.unwrap_or(seen.len()));
            if known.is_none() {
                let explanations = explain(&Problem {
                    scene: &scene,
                    view: &view,
                    products: &self.layout.products,
                    settings: &self.settings,
                });
                seen.push((view, explanations));
            }
        }
        let of: Vec<&[Explanation]> = places.iter().map(|&p| seen[p].1.as_slice()).collect();
        cluster.extend(id, interaction.shelf, interaction.change.end, &of);
        cluster.prune(&self.settings);
        latest(self.conclude(cluster))
    }

    /// Takes out the clusters on whose outcome this scene depends, as one: those that leave open what
    /// stands on its shelf and, when weight was put down, what its suspects hold of fitting weight.
    fn gather(&mut self, scene: &Scene) -> Cluster {
        let products = &self.layout.products;
        let matters = |cluster: &Cluster| {
            cluster.members.iter().any(|member| {
                let stands = |piece: &Piece| Some(piece.key);
                let holds = |piece: &Piece| {
                    let suspect = piece.party.filter(|&p| is_suspect(scene, p))?;
                    // Whatever the place it came from: only what is held counts.
                    let anywhere = StackKey {
                        first: PlateIx(0),
                        last: PlateIx(0),
                        ..piece.key
                    };
                    let fits = fits_a_gain(scene, products.get(piece.key.product.at())?);
                    fits.then_some((Some(suspect), anywhere))
                };
                (member.shelf == scene.shelf && differ(&member.explanations, stands))
                    || differ(&member.explanations, holds)
            })
        };
        let clusters = std::mem::take(&mut self.memory.clusters).into_iter();
        let (tied, free): (Vec<Cluster>, Vec<Cluster>) = clusters.partition(matters);
        self.memory.clusters = free;
        let beam = self.settings.beam.max(1);
        let all = tied.into_iter().reduce(|all, one| all.joined(one, beam));
        all.unwrap_or_else(Cluster::empty)
    }

    /// What the scene's shelf and suspects have outside the gathered cluster: what is certain, and what
    /// the most probable worlds of the other clusters add.
    fn outside(&self, scene: &Scene) -> View {
        let state = &self.memory.state;
        let held = |party: Option<PartyId>| -> Vec<_> {
            party.map(|p| state.held(p).collect()).unwrap_or_default()
        };
        let view = View {
            stacks: state.stacks(scene.shelf).to_vec(),
            held: scene.suspects.iter().map(|s| held(s.party)).collect(),
        };
        let likely = self.memory.clusters.iter().flat_map(Cluster::likely_pieces);
        inside(scene, &view, likely)
    }

    /// Says what a cluster now means, fixes what is sure in it, and puts it back.
    pub(super) fn conclude(&mut self, mut cluster: Cluster) -> Vec<Decision> {
        let mut said = Vec::new();
        loop {
            for member in 0..cluster.members.len() {
                said.extend(self.memory.answers.issue(&cluster, member, &self.settings));
            }
            let Some(member) = self.decided(&cluster) else {
                break;
            };
            let id = cluster.members[member].id;
            let fixed = cluster.fix(member, &self.settings);
            for piece in &fixed.pieces {
                self.memory.state.apply(fixed.shelf, piece);
                let left = piece.party.filter(|p| !self.memory.present.contains(p));
                left.into_iter().for_each(|p| self.memory.state.leave(p));
            }
            said.extend(self.memory.answers.close(id));
        }
        if !cluster.members.is_empty() {
            self.memory.clusters.push(cluster);
        }
        said
    }

    /// A member that need not stay open: it is sure, or matters to nobody in the shop, or is the
    /// oldest of too many.
    fn decided(&self, cluster: &Cluster) -> Option<usize> {
        let present = |p: &Piece| p.party.is_some_and(|p| self.memory.present.contains(&p));
        let settled = (0..cluster.members.len()).find(|&m| {
            let matters = cluster.members[m]
                .explanations
                .iter()
                .flatten()
                .any(present);
            !matters || cluster.marginals(m)[cluster.choice(m)] >= self.settings.certain
        });
        let oldest = || {
            let full = cluster.members.len() > self.settings.open_limit;
            let by_age = (0..cluster.members.len()).min_by_key(|&m| cluster.members[m].id);
            by_age.filter(|_| full)
        };
        settled.or_else(oldest)
    }
}

/// Whether the explanations leave open how many units move under some key; pieces without one don't
/// count.
fn differ<K: Ord>(explanations: &[Vec<Piece>], key: impl Fn(&Piece) -> Option<K>) -> bool {
    let sums = |pieces: &[Piece]| {
        let mut sums = BTreeMap::new();
        for piece in pieces {
            if let Some(key) = key(piece) {
                *sums.entry(key).or_insert(0) += piece.quantity;
            }
        }
        sums
    };
    let mut each = explanations.iter().map(|e| sums(e));
    let first = each.next();
    each.any(|other| first.as_ref() != Some(&other))
}

/// Whether one to three units weigh what some span gained.
fn fits_a_gain(scene: &Scene, product: &Product) -> bool {
    let fits = |span: &Span, units: f64| {
        let variance = span.variance + units * product.weight_sigma_g * product.weight_sigma_g;
        let residual = span.sum_g - units * product.unit_weight_g;
        residual * residual < 36.0 * variance
    };
    let mut gains = scene.spans.iter().filter(|s| s.sum_g > 0.0);
    gains.any(|s| [1.0, 2.0, 3.0].iter().any(|&n| fits(s, n)))
}

fn is_suspect(scene: &Scene, party: PartyId) -> bool {
    scene.suspects.iter().any(|s| s.party == Some(party))
}

/// A view after some pieces moved.
fn inside<'a>(
    scene: &Scene,
    outside: &View,
    pieces: impl Iterator<Item = (ShelfIx, &'a Piece)>,
) -> View {
    let mut view = outside.clone();
    for (shelf, piece) in pieces {
        if shelf == scene.shelf {
            move_stack(&mut view.stacks, piece);
        }
        let suspect = scene.suspects.iter().position(|s| s.party == piece.party);
        if let Some(suspect) = suspect.filter(|_| piece.party.is_some()) {
            let held = &mut view.held[suspect];
            match held.binary_search_by_key(&piece.key.product, |h| h.0) {
                Ok(at) => held[at].1 += piece.quantity,
                Err(at) => held.insert(at, (piece.key.product, piece.quantity)),
            }
        }
    }
    for held in &mut view.held {
        held.retain(|h| h.1 != 0);
    }
    view
}

/// Of each interaction the highest revision, ascending.
pub(super) fn latest(said: Vec<Decision>) -> Vec<Decision> {
    let by_id: BTreeMap<InteractionId, Decision> =
        said.into_iter().map(|d| (d.interaction, d)).collect();
    by_id.into_values().collect()
}
