//! The properties that `placement` states, by their numbers.

#![allow(clippy::unwrap_used, reason = "tests stop at what they did not expect")]

use std::collections::{BTreeMap, BTreeSet};

use amble_cluster::{
    NodeId,
    placement::{Plan, Seat, Shard, house, plan, uneven, welcome},
};
use proptest::{collection::vec, prelude::*};

fn shard(number: usize, load: u64) -> Shard {
    Shard {
        key: format!("shop/zone/{number:03}"),
        load,
        near: vec![],
        at: None,
    }
}

fn seat(number: usize) -> Seat {
    Seat {
        node: NodeId::new(&format!("node-{number}")),
        draining: false,
    }
}

/// Any shards anywhere: also at nodes that are gone. Any nodes, some of which drain.
fn any() -> impl Strategy<Value = (Vec<Shard>, Vec<Seat>)> {
    let load = prop_oneof![Just(0), 1..10_u64, 1..1000_u64];
    let one = (load, 0..12_usize, vec(0..60_usize, 0..4));
    let seats = vec(any_draining(), 1..8);
    (vec(one, 1..60), seats).prop_map(|(shards, seats)| {
        let shards = (0..).zip(shards).map(|(number, (load, at, near))| Shard {
            at: (at < 10).then(|| seat(at).node),
            near: near.into_iter().map(|near| shard(near, 0).key).collect(),
            ..shard(number, load)
        });
        let seats = (0..).zip(seats).map(|(number, draining)| Seat {
            draining,
            ..seat(number)
        });
        (shards.collect(), seats.collect())
    })
}

fn any_draining() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.2)
}

/// Shards that are small beside a node's share, placed for so many nodes.
fn fine(nodes: usize) -> impl Strategy<Value = Vec<Shard>> {
    vec(80..120_u64, 30 * nodes..40 * nodes).prop_map(move |loads| {
        let shards: Vec<_> = (0..).zip(loads).map(|(n, load)| shard(n, load)).collect();
        let seats: Vec<_> = (0..nodes).map(seat).collect();
        let placed = plan(&shards, &seats);
        carry_out(shards, &placed)
    })
}

fn carry_out(mut shards: Vec<Shard>, plan: &Plan) -> Vec<Shard> {
    for shard in &mut shards {
        shard.at = plan.get(&shard.key).cloned();
    }
    shards
}

fn loads<'a>(shards: &'a [Shard], plan: &'a Plan) -> BTreeMap<&'a NodeId, u64> {
    let mut loads = BTreeMap::new();
    for shard in shards {
        *loads.entry(&plan[&shard.key]).or_default() += shard.load.max(1);
    }
    loads
}

/// What is where it was not.
fn moved<'a>(shards: &'a [Shard], plan: &'a Plan) -> Vec<(&'a Shard, &'a NodeId)> {
    let at = shards.iter().map(|shard| (shard, &plan[&shard.key]));
    at.filter(|(shard, node)| shard.at.as_ref() != Some(*node))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn p1_every_shard_is_at_a_node_that_takes_shards((shards, seats) in any()) {
        let all_drain = seats.iter().all(|seat| seat.draining);
        for plan in [plan(&shards, &seats), welcome(&shards, &seats), house(&shards, &seats)] {
            prop_assert_eq!(plan.len(), shards.len());
            for node in plan.values() {
                let seat = seats.iter().find(|seat| seat.node == *node);
                prop_assert!(seat.is_some_and(|seat| all_drain || !seat.draining));
            }
        }
    }

    #[test]
    fn p2_load_is_even((shards, seats) in any()) {
        let all_drain = seats.iter().all(|seat| seat.draining);
        let open = seats.iter().filter(|seat| all_drain || !seat.draining);
        let nodes = open.clone().count() as u64;
        let plan = plan(&shards, &seats);
        let loads = loads(&shards, &plan);
        let all: u64 = loads.values().sum();
        let largest = shards.iter().map(|shard| shard.load.max(1)).max().unwrap();
        for seat in open {
            let load = loads.get(&seat.node).copied().unwrap_or(0);
            // In units of 1 / (100 * nodes).
            let off = (load * nodes).abs_diff(all) * 100;
            prop_assert!(off <= (all * 15).max(largest * nodes * 100), "{:?}", loads);
        }
    }

    #[test]
    fn p3_a_node_that_joins_takes_its_share_and_nothing_else_moves(shards in fine(5)) {
        let seats: Vec<_> = (0..6).map(seat).collect();
        let plan = welcome(&shards, &seats);
        for (_, to) in moved(&shards, &plan) {
            prop_assert_eq!(to, &seats[5].node);
        }
        let loads = loads(&shards, &plan);
        let share = loads.values().sum::<u64>() / 6;
        let (got, largest) = (loads[&seats[5].node], 120);
        prop_assert!(got <= share + largest && got * 100 >= share * 85, "{} of {}", got, share);
    }

    #[test]
    fn p3_however_coarse_or_uneven_nothing_moves_but_to_who_has_nothing((shards, seats) in any()) {
        let plan = welcome(&shards, &seats);
        let open = seats.iter().filter(|seat| !seat.draining).map(|seat| &seat.node);
        let open: BTreeSet<_> = open.collect();
        let all: u64 = shards.iter().map(|shard| shard.load.max(1)).sum();
        let largest = shards.iter().map(|shard| shard.load.max(1)).max().unwrap();
        let loads = loads(&shards, &plan);
        let housed = |shard: &Shard| shard.at.as_ref().is_some_and(|at| open.contains(at));
        for (shard, to) in moved(&shards, &plan).into_iter().filter(|(shard, _)| housed(shard)) {
            prop_assert!(shards.iter().all(|other| other.at.as_ref() != Some(to)), "{:?}", shard);
            prop_assert!((loads[to] - largest.min(loads[to])) * open.len() as u64 <= all);
        }
    }

    #[test]
    fn p3_of_a_node_that_leaves_only_its_shards_move(shards in fine(5), gone in 0..5_usize) {
        let mut seats: Vec<_> = (0..5).map(seat).collect();
        let gone = seats.remove(gone).node;
        let plan = plan(&shards, &seats);
        for (shard, _) in moved(&shards, &plan) {
            prop_assert_eq!(shard.at.as_ref(), Some(&gone));
        }
    }

    #[test]
    fn p4_planned_again_nothing_moves((shards, seats) in any()) {
        let first = plan(&shards, &seats);
        let shards = carry_out(shards, &first);
        prop_assert_eq!(plan(&shards, &seats), first);
    }

    #[test]
    fn p4_a_little_noise_moves_nothing(shards in fine(5), noise in vec(90..=110_u64, 200)) {
        let mut noisy = shards;
        for (shard, noise) in noisy.iter_mut().zip(noise) {
            shard.load = shard.load * noise / 100;
        }
        let seats: Vec<_> = (0..5).map(seat).collect();
        prop_assert!(moved(&noisy, &plan(&noisy, &seats)).is_empty());
        prop_assert!(!uneven(&noisy, &seats, 15));
    }

    #[test]
    fn p6_the_order_of_names_changes_nothing((shards, seats) in any(), by in 0..60_usize) {
        let first = plan(&shards, &seats);
        let (mut shards, mut seats) = (shards, seats);
        let (some, few) = (by % shards.len(), by % seats.len());
        shards.rotate_left(some);
        seats.reverse();
        seats.rotate_left(few);
        prop_assert_eq!(plan(&shards, &seats), first);
    }
}

#[test]
fn p5_neighbours_tend_to_sit_together() {
    // A street of zones, each beside the next.
    let street: Vec<_> = (0..64)
        .map(|number| Shard {
            near: vec![shard(number + 1, 0).key],
            ..shard(number, 100)
        })
        .collect();
    let seats: Vec<_> = (0..4).map(seat).collect();
    let plan = plan(&street, &seats);
    let apart = street
        .windows(2)
        .filter(|pair| plan[&pair[0].key] != plan[&pair[1].key]);
    // By chance it would be 47 of 63.
    assert!(apart.count() <= 8);
    assert!(!uneven(&carry_out(street, &plan), &seats, 15));
}
