//! The fold of interactions into decisions.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use crate::{
    evidence::{Interaction, PartyId},
    layout::{Layout, ProductIx},
    time::Time,
};

use super::{
    Part, Settings,
    answers::{Answers, Net, net},
    carried::{self, Carried, Mask, Recent, remember},
    cluster::Cluster,
    decision::{Decision, InteractionId},
    explain::Explanation,
    known::Known,
    lain::{Lain, lain, put_down},
    returns::{bringer, gained},
    scene::Scene,
    state::{Piece, State, View},
    taken::{self, Taken},
    ties::Ties,
    together::Together,
};

/// What is so probable is remembered of a party.
const LIKELY: f64 = 0.9;
/// Spans explained for one interaction, over all situations together: about 10 ms.
const SPANS_EXPLAINED: usize = 64;

/// Holds open interactions, decides, revises, settles. A pure fold of its calls, in their order.
#[derive(Clone, Debug)]
pub struct Book {
    pub(super) layout: Arc<Layout>,
    pub(super) settings: Settings,
    pub(super) memory: Memory,
    /// What became certain, for [`Book::take_known`].
    pub(super) known: Vec<Known>,
}

/// All that a [`Book`] knows beyond layout and settings: for snapshots.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    pub(super) state: State,
    pub(super) clusters: Vec<Cluster>,
    pub(super) answers: Answers,
    /// The last changes, which later ones may go with.
    pub(super) recent: Vec<Recent>,
    /// What was put down, as it lies.
    pub(super) lain: Vec<Lain>,
    /// What those who are in the shop took.
    pub(super) taken: Vec<Taken>,
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
            recent: Vec::new(),
            lain: Vec::new(),
            taken: Vec::new(),
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
            known: Vec::new(),
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
        let own = memory.taken.iter_mut();
        own.filter(|taken| taken.party == guest)
            .for_each(|taken| taken.party = into);
        let mut said = memory.answers.rename(guest, into, &open);
        let (concerned, others) = std::mem::take(&mut memory.clusters)
            .into_iter()
            .partition(|c: &Cluster| c.concerns(guest));
        memory.clusters = others;
        for mut cluster in concerned {
            cluster.rename(guest, into, &self.settings);
            said.extend(self.conclude(cluster, None));
        }
        said.sort_by_key(|d| d.interaction);
        said
    }

    /// Decides an interaction: its decision, and revisions of earlier ones that changed with it.
    ///
    /// Parties in its evidence that were never opened are opened.
    pub fn record(&mut self, id: InteractionId, interaction: &Interaction) -> Vec<Decision> {
        let parties = interaction.evidence.iter().map(|e| e.party);
        self.memory.present.extend(parties);
        if let Some(contact) = interaction.contact {
            if !self.settings.uses(Part::Hands) {
                return Vec::new();
            }
            return self.contact(id, interaction, contact);
        }
        let mut scene = Scene::of(&self.layout, interaction, &self.settings);
        let living = self.settings.uses(Part::LivingPlanogram);
        scene.lain = lain(&self.memory.lain, scene.shelf);
        scene.taken = taken::concerning(&self.memory.taken, &scene);
        let stacks = self.likely_stacks(scene.shelf);
        let products = &self.layout.products;
        let ties = Ties {
            scene: &scene,
            products,
            stacks: &stacks,
            living,
        };
        let clusters = std::mem::take(&mut self.memory.clusters).into_iter();
        let carried = Carried::of(&self.memory.recent, &scene);
        let (tied, free): (Vec<Cluster>, Vec<Cluster>) =
            clusters.partition(|c| ties.matters(c) || carried.matters(c));
        let joined = tied
            .into_iter()
            .reduce(|a, b| a.joined(b, self.settings.beam));
        let mut cluster = joined.unwrap_or_else(Cluster::empty);
        let certain = self.certain(&scene, free.iter().chain([&cluster]));
        let common = ties.common(certain, &free, &cluster);
        self.memory.clusters = free;

        let seen: Vec<(View, Mask)> = cluster
            .worlds
            .iter()
            .map(|w| (ties.view(&common, &cluster, w), carried.mask(&cluster, w)))
            .collect();
        let together = Together::of(self, interaction, &scene, &carried, &seen);
        // Big scenes cost most and come seldom: fewer situations, so that the bound holds.
        let spans = scene.spans.len() + together.spans();
        let most = (SPANS_EXPLAINED / spans.max(1)).clamp(1, self.settings.views);
        let situations = situations(&seen, &cluster, most);
        let explained: Vec<Vec<Explanation>> = situations
            .iter()
            .map(|(view, mask)| together.explain(&scene, view, *mask))
            .collect();
        let of = seen.iter().map(|seen| {
            let place = situations.iter().position(|s| *s == seen);
            place.map_or(&[][..], |at| explained[at].as_slice())
        });
        let of: Vec<&[Explanation]> = of.collect();
        cluster.extend(id, interaction.shelf, interaction.change.end, &of);
        cluster.prune(&self.settings);
        remember(&mut self.memory.recent, Recent::of(id, &scene));
        let all = &mut self.memory.taken;
        taken::note(all, id, &scene, &cluster.newest(), products);
        if living {
            put_down(&mut self.memory.lain, &scene);
        }
        self.note_who_brought(&cluster, &scene);
        self.conclude(cluster, None)
    }

    /// Remembers who brought goods in by the newest change, when that is likely.
    fn note_who_brought(&mut self, cluster: &Cluster, scene: &Scene) {
        let newest = cluster.members.len().saturating_sub(1);
        let choice = cluster.choice(newest);
        if cluster.marginals(newest)[choice] >= LIKELY
            && let Some(party) = bringer(scene, &cluster.members[newest].explanations[choice])
        {
            self.memory.state.brings(party);
        }
    }

    /// What is certain of the scene's shelf and suspects, and what others hold at least.
    fn certain<'a>(&self, scene: &Scene, clusters: impl Iterator<Item = &'a Cluster>) -> View {
        let state = &self.memory.state;
        let held = |party: Option<PartyId>| -> Vec<_> {
            party.map(|p| state.held(p).collect()).unwrap_or_default()
        };
        let mut view = View {
            stacks: state.stacks(scene.shelf).to_vec(),
            held: scene.suspects.iter().map(|s| held(s.party)).collect(),
            others: Vec::new(),
            brought: scene
                .suspects
                .iter()
                .map(|s| s.party.map_or(0, |p| state.brought(p)))
                .collect(),
        };
        let gained = gained(scene, &view.stacks, &self.layout.products);
        if !gained.is_empty() {
            view.others = self.holders(&gained, clusters);
        }
        view
    }

    /// Who in the shop holds any of these products, and how many at least, ascending.
    fn holders<'a>(
        &self,
        products: &[ProductIx],
        clusters: impl Iterator<Item = &'a Cluster>,
    ) -> Vec<(PartyId, ProductIx, i32)> {
        let open = clusters.flat_map(|c| &c.members);
        let open = open.flat_map(|member| least(&member.explanations));
        let all = self.memory.state.holdings().chain(open);
        let mut holdings: BTreeMap<(PartyId, ProductIx), i32> = BTreeMap::new();
        for (party, product, units) in all.filter(|h| products.contains(&h.1)) {
            *holdings.entry((party, product)).or_insert(0) += units;
        }
        let here = |party| self.memory.present.contains(&party);
        holdings
            .into_iter()
            .filter(|&((party, _), units)| units > 0 && here(party))
            .map(|((party, product), units)| (party, product, units))
            .collect()
    }

    /// Fixes what is sure in a cluster, says what it now means, once for each member, and puts it back; how sure
    /// that is, when a party is `leaving`.
    pub(super) fn conclude(
        &mut self,
        mut cluster: Cluster,
        leaving: Option<PartyId>,
    ) -> Vec<Decision> {
        let mut said = Vec::new();
        let memory = &mut self.memory;
        while let Some(member) = decided(&cluster, &memory.present, &self.settings) {
            let for_good = (true, leaving);
            let answers = &mut memory.answers;
            said.extend(answers.issue(&cluster, member, for_good, &self.settings));
            let id = cluster.members[member].id;
            let probability = cluster.marginals(member)[cluster.choice(member)];
            let fixed = cluster.fix(member, &self.settings);
            carried::decided(&mut memory.recent, id, &fixed);
            self.known.push(Known {
                id,
                shelf: fixed.shelf,
                pieces: fixed.pieces.clone(),
                probability,
            });
            for piece in &fixed.pieces {
                memory.state.apply(piece);
                if self.settings.uses(Part::LivingPlanogram) {
                    memory.state.move_stack(fixed.shelf, piece);
                }
                let left = piece.party.filter(|p| !memory.present.contains(p));
                left.into_iter().for_each(|p| memory.state.leave(p));
            }
        }
        for member in 0..cluster.members.len() {
            let so_far = (false, leaving);
            let answers = &mut memory.answers;
            said.extend(answers.issue(&cluster, member, so_far, &self.settings));
        }
        if !cluster.members.is_empty() {
            memory.clusters.push(cluster);
        }
        said.sort_by_key(|d| d.interaction);
        said
    }
}

/// The least that any of some explanations gives each party of each product.
fn least(explanations: &[Vec<Piece>]) -> Vec<(PartyId, ProductIx, i32)> {
    let nets: Vec<Net> = explanations.iter().map(|e| net(e)).collect();
    let mut named: Vec<(PartyId, ProductIx)> = nets.iter().flatten().map(|n| (n.0, n.1)).collect();
    named.sort_unstable();
    named.dedup();
    let gain = |net: &Net, (party, product)| {
        let own = net.iter().find(|n| (n.0, n.1) == (party, product));
        own.map_or(0, |n| n.2)
    };
    let least = |whose: (PartyId, ProductIx)| {
        let gains = nets.iter().map(|net| gain(net, whose));
        (whose.0, whose.1, gains.min().unwrap_or(0))
    };
    named.into_iter().map(least).collect()
}

/// A member that need not stay open: it is sure, or matters to nobody in the shop, or is the oldest of
/// too many.
fn decided(cluster: &Cluster, present: &BTreeSet<PartyId>, settings: &Settings) -> Option<usize> {
    let members = 0..cluster.members.len();
    let certain = if settings.uses(Part::OpenHypotheses) {
        settings.certain
    } else {
        0.0
    };
    let here = |p: &Piece| p.party.is_some_and(|p| present.contains(&p));
    let settled = members.clone().find(|&m| {
        let matters = cluster.members[m].explanations.iter().flatten().any(here);
        !matters || cluster.marginals(m)[cluster.choice(m)] >= certain
    });
    let full = members.len() > settings.open_limit;
    let oldest = || {
        members
            .min_by_key(|&m| cluster.members[m].id)
            .filter(|_| full)
    };
    settled.or_else(oldest)
}

/// The most probable distinct views, at most so many. Worlds with another view end here.
fn situations<'a, V: PartialEq>(views: &'a [V], cluster: &Cluster, most: usize) -> Vec<&'a V> {
    let mut distinct: Vec<(&V, f64)> = Vec::new();
    for (view, world) in views.iter().zip(&cluster.worlds) {
        let probability = world.weight.exp();
        match distinct.iter_mut().find(|d| d.0 == view) {
            Some(known) => known.1 += probability,
            None => distinct.push((view, probability)),
        }
    }
    distinct.sort_by(|a, b| b.1.total_cmp(&a.1));
    distinct.truncate(most);
    distinct.into_iter().map(|d| d.0).collect()
}
