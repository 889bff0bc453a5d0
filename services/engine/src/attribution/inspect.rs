//! What the book knows now, over all worlds.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    evidence::PartyId,
    layout::{PlateIx, ProductIx, ShelfIx},
};

use super::{
    Part,
    book::Book,
    cluster::{Cluster, World},
    decision::{Holding, InteractionId, Standing},
    state::{Piece, Stack, move_stack},
};

/// Fewer expected units than this are not worth a word.
const LEAST_UNITS: f64 = 0.02;

impl Book {
    /// What is known to stand on a plate, ascending by product.
    #[must_use]
    pub fn standing(&self, plate: PlateIx) -> Vec<Standing> {
        let Some(shelf) = self.layout.plates.get(plate.at()).map(|p| p.shelf) else {
            return Vec::new();
        };
        let here = self.places(shelf).into_iter();
        let standing = here.filter(|place| place.plates.contains(&plate));
        let standing = standing.map(|place| Standing {
            product: place.key.product,
            units: place.units,
            misplaced: !place.planned,
        });
        standing
            .filter(|s| s.units > LEAST_UNITS || !s.misplaced)
            .collect()
    }

    /// What a party is known to hold, ascending by product.
    #[must_use]
    pub fn holding(&self, party: PartyId) -> Vec<Holding> {
        let certain: BTreeMap<ProductIx, i32> = self.memory.state.held(party).collect();
        let concerned: Vec<&Cluster> = self.concerned(party).collect();
        let mut products: BTreeSet<ProductIx> = certain.keys().copied().collect();
        let likely = concerned.iter().flat_map(|c| c.likely_pieces());
        products.extend(
            likely
                .filter(|p| p.1.party == Some(party))
                .map(|p| p.1.key.product),
        );
        let open = self.open_interactions();
        let of = |product: ProductIx| {
            let mut units = certain.get(&product).copied().unwrap_or(0);
            let mut probability = self.memory.answers.certainty(party, product, &open);
            for cluster in &concerned {
                let Some(best) = cluster.worlds.first() else {
                    continue;
                };
                let moved = moved(cluster, best, party, product);
                units += moved;
                probability *= chance(cluster, party, product, moved);
            }
            Holding {
                product,
                units,
                probability,
            }
        };
        let held = products.into_iter().map(of);
        held.filter(|h| h.units != 0).collect()
    }

    /// Units that left with nobody whom we know, less those that nobody whom we know brought.
    #[must_use]
    pub fn unaccounted(&self, product: ProductIx) -> i32 {
        let likely = self.memory.clusters.iter().flat_map(Cluster::likely_pieces);
        let open = likely.filter(|p| p.1.party.is_none() && p.1.key.product == product);
        self.memory.state.unaccounted(product) + open.map(|p| p.1.quantity).sum::<i32>()
    }

    /// What stands on a shelf in the most probable world.
    pub(super) fn likely_stacks(&self, shelf: ShelfIx) -> Vec<Stack> {
        let mut stacks = self.memory.state.stacks(shelf).to_vec();
        if !self.settings.uses(Part::LivingPlanogram) {
            return stacks;
        }
        let likely = self.memory.clusters.iter().flat_map(Cluster::likely_pieces);
        likely
            .filter(|p| p.0 == shelf)
            .for_each(|p| move_stack(&mut stacks, p.1));
        stacks
    }

    /// How many interactions are still open.
    #[must_use]
    pub fn open_count(&self) -> usize {
        self.memory.clusters.iter().map(|c| c.members.len()).sum()
    }

    fn concerned(&self, party: PartyId) -> impl Iterator<Item = &Cluster> {
        concerned(&self.memory.clusters, party)
    }

    /// The interactions that are still open.
    #[must_use]
    pub fn open_interactions(&self) -> BTreeSet<InteractionId> {
        let members = self.memory.clusters.iter().flat_map(|c| &c.members);
        members.map(|m| m.id).collect()
    }
}

/// The clusters in which a party may have moved anything.
pub(super) fn concerned(clusters: &[Cluster], party: PartyId) -> impl Iterator<Item = &Cluster> {
    clusters.iter().filter(move |c| c.concerns(party))
}

/// How many of a product a party gained in one world of a cluster.
pub(super) fn moved(cluster: &Cluster, world: &World, party: PartyId, product: ProductIx) -> i32 {
    let its = |p: &Piece| p.party == Some(party) && p.key.product == product;
    let pieces = cluster.pieces(world).filter(|p| its(p.1));
    pieces.map(|p| p.1.quantity).sum()
}

/// Probability that a party gained just `units` of a product in a cluster.
pub(super) fn chance(cluster: &Cluster, party: PartyId, product: ProductIx, units: i32) -> f64 {
    let agree = cluster
        .worlds
        .iter()
        .filter(|w| moved(cluster, w, party, product) == units);
    agree.map(|w| w.weight.exp()).sum::<f64>().min(1.0)
}
