//! What shards weigh when they are placed.
//!
//! 1. A shard weighs what was measured of it last: by its owner, or by the one before while the new one
//!    has not measured yet.
//! 2. One that was never measured weighs what was declared of it, in the measure of those that were.
//! 3. Measures are heard while the shop has something to do, and most shards are measured. Until that was
//!    so once, all weigh as declared. When it is so no more, at night, what was heard last goes on: the
//!    differences between shards that do nothing are noise.

use std::collections::{BTreeMap, BTreeSet};

use super::World;
use crate::ShardSpec;

/// A shop has something to do when its shards cost this much for each node on the average, in
/// microseconds of CPU a second.
const BUSY_US: u64 = 10_000;

/// What was measured of shards, as far as that counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Weights {
    /// Shard → microseconds of CPU a second.
    measured: BTreeMap<String, u64>,
}

impl Weights {
    /// Hears what the owners have measured.
    pub(super) fn hear(&mut self, shards: &[ShardSpec], world: &World) {
        let measured = shards.iter().filter_map(|spec| {
            let shard = spec.key.as_str();
            let owner = world.live_owner(shard)?;
            let load = world.nodes.get(&owner.node)?.load.get(shard)?;
            Some((shard.to_owned(), *load))
        });
        let measured: BTreeMap<_, _> = measured.collect();
        let sum: u128 = measured.values().map(|load| u128::from(*load)).sum();
        let busy = u128::from(BUSY_US) * world.nodes.len() as u128;
        if sum >= busy && measured.len() * 2 > shards.len() {
            let declared: BTreeSet<_> = shards.iter().map(|spec| spec.key.as_str()).collect();
            self.measured.extend(measured);
            self.measured
                .retain(|shard, _| declared.contains(shard.as_str()));
        }
    }

    /// What each of these weighs; only the ratios matter.
    pub(super) fn of(&self, shards: &[ShardSpec]) -> Vec<u64> {
        let measured = |spec: &ShardSpec| self.measured.get(spec.key.as_str()).copied();
        let (mut sum_measured, mut sum_declared) = (0_u128, 0_u128);
        for spec in shards {
            if let Some(load) = measured(spec) {
                sum_measured += u128::from(load);
                sum_declared += u128::from(spec.load.max(1));
            }
        }
        let weigh = |spec: &ShardSpec| {
            let guess = u128::from(spec.load.max(1)) * sum_measured;
            let guess = guess.checked_div(sum_declared);
            let guess = guess.map(|guess| u64::try_from(guess).unwrap_or(u64::MAX));
            measured(spec).or(guess).unwrap_or(spec.load)
        };
        shards.iter().map(weigh).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Epoch, Key, NodeId, Owner};

    /// Shards with these declared loads, all at one node, which has measured these.
    fn shop(declared: &[u64], measured: &[(usize, u64)]) -> (Vec<ShardSpec>, World) {
        let name = |shard: usize| format!("shop/zone/{shard}");
        let specs = (0..).zip(declared).map(|(shard, &load)| ShardSpec {
            key: Key::shard_named(&name(shard)),
            load,
            affinities: vec![],
        });
        let node = NodeId::new("a");
        let mut world = World::default();
        for shard in 0..declared.len() {
            let (node, epoch) = (node.clone(), Epoch(1));
            world.owners.insert(name(shard), Owner { node, epoch });
        }
        let at = world.nodes.entry(node).or_default();
        at.load = measured.iter().map(|&(s, load)| (name(s), load)).collect();
        (specs.collect(), world)
    }

    #[test]
    fn r1_a_shard_that_has_just_moved_weighs_what_was_measured_of_it_last() {
        let mut weights = Weights::default();
        let (specs, world) = shop(&[5, 5, 5], &[(0, 9_000), (1, 8_000), (2, 7_000)]);
        weights.hear(&specs, &world);
        let (_, world) = shop(&[5, 5, 5], &[(0, 9_000), (1, 6_000)]);
        weights.hear(&specs, &world);
        assert_eq!(weights.of(&specs), [9_000, 6_000, 7_000]);
    }

    #[test]
    fn r2_what_was_never_measured_weighs_in_the_measure_of_the_others() {
        let mut weights = Weights::default();
        let (specs, world) = shop(&[10, 30, 20], &[(0, 5_000), (1, 15_000)]);
        weights.hear(&specs, &world);
        assert_eq!(weights.of(&specs), [5_000, 15_000, 10_000]);
    }

    #[test]
    fn r3_until_most_is_measured_and_there_is_something_to_do_all_weigh_as_declared() {
        let declared = [10, 30, 20];
        for measured in [&[(0, 90_000)][..], &[(0, 900), (1, 90), (2, 9)], &[]] {
            let mut weights = Weights::default();
            let (specs, world) = shop(&declared, measured);
            weights.hear(&specs, &world);
            assert_eq!(weights.of(&specs), declared);
        }
    }

    #[test]
    fn r3_at_night_shards_weigh_what_they_did_by_day() {
        let mut weights = Weights::default();
        let (specs, day) = shop(&[10, 10], &[(0, 20_000), (1, 60_000)]);
        weights.hear(&specs, &day);
        let (_, night) = shop(&[10, 10], &[(0, 30), (1, 1)]);
        weights.hear(&specs, &night);
        assert_eq!(weights.of(&specs), [20_000, 60_000]);
    }
}
