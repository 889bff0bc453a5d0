//! The rules that `coordinator` states, by their numbers.

#![allow(clippy::unwrap_used, reason = "tests stop at what they did not expect")]

use std::{collections::BTreeMap, time::Duration};

use amble_cluster::{
    Epoch, Key, NodeId, Owner, ShardSpec,
    beat::{EVEN_EVERY, MOVES_EVERY, SETTLE, UNEVEN_FOR},
    coordinator::{Candidate, Coordinator, Orders, Reason, World},
};
use proptest::{collection::btree_map, prelude::*};

/// A coordinator, and the world that does as it says.
struct Play {
    now: Duration,
    shards: Vec<ShardSpec>,
    world: World,
    coordinator: Coordinator,
}

fn name(shard: u64) -> String {
    format!("shop/zone/{shard:02}")
}

impl Play {
    fn new(shards: u64, nodes: &[&str]) -> Self {
        let spec = |shard| ShardSpec {
            key: Key::shard_named(&name(shard)),
            load: 100,
            affinities: vec![],
        };
        let mut play = Self {
            now: Duration::from_secs(100),
            // Not by name: the order in which they are declared is their own.
            shards: (0..shards).rev().map(spec).collect(),
            world: World::default(),
            coordinator: Coordinator::default(),
        };
        nodes.iter().for_each(|node| play.comes(node));
        play
    }

    /// One that runs, with even load.
    fn running(shards: u64, nodes: &[&str]) -> Self {
        let mut play = Self::new(shards, nodes);
        play.rests();
        play
    }

    fn comes(&mut self, node: &str) {
        let came = self.now;
        let candidate = Candidate {
            came,
            ..Candidate::default()
        };
        self.world.nodes.insert(NodeId::new(node), candidate);
    }

    fn node(&mut self, node: &str) -> &mut Candidate {
        self.world.nodes.get_mut(&NodeId::new(node)).unwrap()
    }

    fn step(&mut self) -> Orders {
        let state = std::mem::take(&mut self.coordinator);
        let (state, orders) = state.step(self.now, &self.shards, &self.world);
        self.coordinator = state;
        for placing in &orders.placings {
            let (shard, owner) = (placing.shard.clone(), placing.owner.clone());
            self.world.owners.insert(shard, owner);
        }
        for shard in &orders.granted {
            self.world.wishes.remove(shard);
        }
        orders
    }

    /// Steps until nothing is to be done for some time.
    fn rests(&mut self) -> Vec<Orders> {
        let until = self.now + SETTLE * 20;
        let mut all = Vec::new();
        while self.now < until {
            let orders = self.step();
            self.now += MOVES_EVERY / 2;
            all.extend((!orders.placings.is_empty()).then_some(orders));
        }
        all
    }

    fn counts(&self) -> Vec<usize> {
        let mut counts: BTreeMap<_, _> = self.world.nodes.keys().map(|id| (id, 0)).collect();
        for owner in self.world.owners.values() {
            *counts.entry(&owner.node).or_default() += 1;
        }
        counts.into_values().collect()
    }
}

#[test]
fn r1_a_fresh_map_waits_until_nodes_have_come_and_no_longer() {
    let mut play = Play::new(12, &["a"]);
    let orders = play.step();
    assert_eq!(orders.placings, []);
    assert_eq!(orders.again, Some(play.now + SETTLE));
    play.now += SETTLE / 2;
    play.comes("b");
    assert_eq!(play.step().placings, []);
    play.now += SETTLE;
    let orders = play.step();
    assert!(
        orders
            .placings
            .iter()
            .all(|placing| placing.reason == Reason::First)
    );
    assert_eq!(play.counts(), [6, 6]);
    // Nodes that come and come don't keep a shop closed.
    let mut play = Play::new(1, &["a"]);
    for restless in 0..4 {
        play.step();
        play.now += SETTLE;
        play.comes(&format!("b{restless}"));
    }
    assert_eq!(play.world.owners.len(), 1);
}

#[test]
fn r1_what_a_lost_node_had_is_placed_at_once_and_nothing_else_moves() {
    let mut play = Play::running(60, &["a", "b", "c"]);
    let before = play.world.owners.clone();
    // Even while another one comes.
    play.comes("d");
    let lost = NodeId::new("c");
    play.world.nodes.remove(&lost);
    let orders = play.step();
    assert_eq!(orders.placings.len(), 20);
    for placing in &orders.placings {
        assert_eq!(placing.reason, Reason::Gone);
        let was = &before[&placing.shard];
        assert_eq!(was.node, lost);
        assert_eq!(placing.owner.epoch.0, was.epoch.0 + 1);
    }
}

#[test]
fn r3_planned_moves_go_one_by_one() {
    let mut play = Play::running(60, &["a", "b"]);
    play.comes("c");
    assert_eq!(play.step().placings, []);
    play.now += SETTLE;
    let orders = play.step();
    assert_eq!(orders.placings.len(), 1);
    assert_eq!(orders.again, Some(play.now + MOVES_EVERY));
    play.now += MOVES_EVERY / 2;
    assert_eq!(play.step().placings, []);
    let rest = play.rests();
    assert!(rest.iter().all(|orders| orders.placings.len() <= 1));
    let all = [&orders].into_iter().chain(&rest);
    let moved: Vec<_> = all.flat_map(|orders| &orders.placings).collect();
    assert!(moved.len() <= 20, "more than its share: {}", moved.len());
    let declared = play.shards.iter().map(|spec| spec.key.as_str());
    let order = declared.filter(|shard| moved.iter().any(|m| m.shard == *shard));
    assert!(order.eq(moved.iter().map(|m| m.shard.as_str())));
    assert!(play.counts().iter().all(|count| (19..=21).contains(count)));
}

#[test]
fn r3_wishes_go_before_drains_and_a_vain_one_is_dropped() {
    let mut play = Play::running(8, &["a", "b", "c"]);
    let to = |node: &str| NodeId::new(node);
    let owners = play.world.owners.clone();
    let at_a: Vec<_> = owners
        .keys()
        .filter(|shard| owners[*shard].node == to("a"))
        .collect();
    play.node("c").draining = true;
    let wishes = [
        (at_a[0], "b"),
        (at_a[1], "c"),
        (&name(99), "a"),
        (at_a[2], "nobody"),
    ];
    for (shard, node) in wishes {
        play.world.wishes.insert(shard.clone(), to(node));
    }
    let orders = play.step();
    assert_eq!(orders.placings.len(), 1);
    assert_eq!(orders.placings[0].reason, Reason::Wish);
    assert_eq!(orders.placings[0].owner.node, to("b"));
    assert_eq!(play.world.wishes, BTreeMap::new());
    for orders in play.rests() {
        assert!(
            orders
                .placings
                .iter()
                .all(|placing| placing.reason == Reason::Drain)
        );
    }
    assert_eq!(play.counts()[2], 0);
}

#[test]
fn r4_measured_load_moves_shards_when_it_is_uneven_for_long() {
    let mut play = Play::running(40, &["a", "b"]);
    let report = |play: &mut Play, heavy: u64| {
        for node in ["a", "b"] {
            let load = if node == "a" { heavy } else { 10_000 };
            let owners = play.world.owners.clone();
            let mine = owners
                .into_iter()
                .filter(|(_, owner)| owner.node.as_str() == node);
            play.node(node).load = mine.map(|(shard, _)| (shard, load)).collect();
        }
    };
    report(&mut play, 12_000);
    assert_eq!(play.rests(), []);
    // Not when it passes.
    report(&mut play, 30_000);
    play.step();
    play.now += UNEVEN_FOR / 2;
    assert_eq!(play.step().placings, []);
    report(&mut play, 12_000);
    play.step();
    report(&mut play, 30_000);
    play.now += UNEVEN_FOR;
    assert_eq!(play.step().placings, []);
    play.now += UNEVEN_FOR;
    let orders = play.step();
    assert!(!orders.placings.is_empty());
    assert!(
        orders
            .placings
            .iter()
            .all(|placing| placing.reason == Reason::Balance)
    );
    // And not again soon, however that turns out.
    play.rests();
    report(&mut play, 90_000);
    play.step();
    play.now += UNEVEN_FOR * 2;
    assert_eq!(play.step().placings, []);
    play.now += EVEN_EVERY;
    assert!(!play.step().placings.is_empty());
    // Shards that hardly do anything are all alike.
    let mut play = Play::running(40, &["a", "b"]);
    report(&mut play, 30_000);
    for node in ["a", "b"] {
        play.node(node)
            .load
            .values_mut()
            .for_each(|load| *load /= 1_000);
    }
    play.step();
    play.now += UNEVEN_FOR;
    assert_eq!(play.step().placings, []);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn r2_an_epoch_is_above_all_that_were_told_of(
        owners in btree_map(0..8_u64, (0..5_u8, 1..9_u64), 0..8),
        newest in btree_map(0..8_u64, 1..9_u64, 0..8),
        raise in btree_map(0..8_u64, 1..9_u64, 0..8),
        draining in any::<bool>(),
    ) {
        let mut play = Play::new(8, &["0", "1", "2"]);
        let told = |map: &BTreeMap<u64, u64>| -> BTreeMap<String, Epoch> {
            map.iter().map(|(shard, epoch)| (name(*shard), Epoch(*epoch))).collect()
        };
        for (&shard, &(node, epoch)) in &owners {
            let node = NodeId::new(&node.to_string());
            play.world.owners.insert(name(shard), Owner { node, epoch: Epoch(epoch) });
        }
        play.world.newest = told(&newest);
        play.node("1").raise = told(&raise);
        play.node("2").draining = draining;
        play.now += SETTLE;
        for _ in 0..3 {
            let before = play.world.owners.clone();
            for placing in play.step().placings {
                let maps = [&play.world.newest, &play.world.nodes[&NodeId::new("1")].raise];
                let told = maps.iter().filter_map(|map| map.get(&placing.shard)).copied();
                let placed = before.get(&placing.shard).map(|owner| owner.epoch);
                prop_assert!(told.chain(placed).all(|epoch| placing.owner.epoch > epoch));
            }
            // One step is enough for what can't wait, whatever the world was like.
            prop_assert!((0..8).all(|shard| play.world.is_owned(&name(shard))));
            play.now += MOVES_EVERY;
        }
    }
}
