//! What the book lets others know who look at shelves: what became certain, and what stands where.
//!
//! 1. Each interaction becomes certain once, and is handed out once, in the order in which that happened.
//! 2. How many stand at a place is a distribution over all worlds; clusters are independent of one another.

use std::collections::BTreeMap;

use crate::layout::{PlateIx, ShelfIx};

use super::{
    book::Book,
    cluster::Cluster,
    decision::InteractionId,
    state::{Piece, Stack, StackKey, move_stack},
};

/// An interaction that is explained for good.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Which.
    pub id: InteractionId,
    /// The shelf.
    pub shelf: ShelfIx,
    /// The goods that moved, ascending; empty when none that we know did.
    pub pieces: Vec<Piece>,
    /// How probable that was when it was fixed, 0 to 1.
    pub probability: f64,
}

/// A place and how many stand there.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Its name.
    pub key: StackKey,
    /// Its plates, ascending.
    pub plates: Vec<PlateIx>,
    /// Where the plan wants it.
    pub planned: bool,
    /// How many are expected. Below 0 when more left than were counted.
    pub units: f64,
    /// Chance of each count, ascending by count; they sum to 1.
    pub counts: Vec<(i32, f64)>,
}

impl Place {
    /// Chance that the count is one of these.
    #[must_use]
    pub fn chance(&self, wanted: impl Fn(i32) -> bool) -> f64 {
        let those = self.counts.iter().filter(|count| wanted(count.0));
        those.map(|count| count.1).sum::<f64>().min(1.0)
    }
}

impl Book {
    /// What became certain since this was asked last.
    pub fn take_known(&mut self) -> Vec<Known> {
        std::mem::take(&mut self.known)
    }

    /// Every place of a shelf, the plan's and those where something else stands, ascending by name.
    #[must_use]
    pub fn places(&self, shelf: ShelfIx) -> Vec<Place> {
        let mut stacks = self.memory.state.stacks(shelf).to_vec();
        let here = |c: &&Cluster| c.members.iter().any(|m| m.shelf == shelf);
        let clusters: Vec<&Cluster> = self.memory.clusters.iter().filter(here).collect();
        let mut moved: Vec<BTreeMap<StackKey, BTreeMap<i32, f64>>> = Vec::new();
        for cluster in &clusters {
            let keys = keys(cluster, shelf);
            for piece in keys.iter().map(placeholder) {
                if !stacks.iter().any(|s| s.key == piece.key) {
                    // Only so that the place is known: none stand there yet.
                    move_stack(&mut stacks, &piece);
                    if let Some(new) = stacks.iter_mut().find(|s| s.key == piece.key) {
                        new.units = 0;
                    }
                }
            }
            let each = keys
                .into_iter()
                .map(|key| (key, gains(cluster, shelf, key)));
            moved.push(each.collect());
        }
        let place = |stack: &Stack| {
            let mut counts = BTreeMap::from([(stack.units, 1.0)]);
            for gains in moved.iter().filter_map(|m| m.get(&stack.key)) {
                counts = convolved(&counts, gains);
            }
            Place {
                key: stack.key,
                plates: stack.plates.clone(),
                planned: stack.planned,
                units: counts.iter().map(|(&n, p)| f64::from(n) * p).sum(),
                counts: counts.into_iter().collect(),
            }
        };
        stacks.iter().map(place).collect()
    }
}

/// The places of a shelf that a cluster may have changed.
fn keys(cluster: &Cluster, shelf: ShelfIx) -> Vec<StackKey> {
    let own = cluster.members.iter().filter(|m| m.shelf == shelf);
    let pieces = own.flat_map(|m| m.explanations.iter().flatten());
    let mut keys: Vec<StackKey> = pieces.map(|p| p.key).filter(StackKey::is_place).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

fn placeholder(key: &StackKey) -> Piece {
    Piece {
        party: None,
        key: *key,
        quantity: -1,
    }
}

/// How many a place gained in a cluster, with the chance of each.
fn gains(cluster: &Cluster, shelf: ShelfIx, key: StackKey) -> BTreeMap<i32, f64> {
    let mut gains = BTreeMap::new();
    for world in &cluster.worlds {
        let pieces = cluster.pieces(world);
        let own = pieces.filter(|(at, piece)| *at == shelf && piece.key == key);
        let gained: i32 = own.map(|(_, piece)| -piece.quantity).sum();
        *gains.entry(gained).or_insert(0.0) += world.weight.exp();
    }
    gains
}

fn convolved(counts: &BTreeMap<i32, f64>, gains: &BTreeMap<i32, f64>) -> BTreeMap<i32, f64> {
    let mut sums = BTreeMap::new();
    for (count, p) in counts {
        for (gained, q) in gains {
            *sums.entry(count + gained).or_insert(0.0) += p * q;
        }
    }
    sums
}
