//! How long planning takes: 64 zones, 64 buckets and a bookkeeper on eight nodes.
//!
//! `cargo bench -p amble-cluster --bench placement`

use amble_cluster::{
    NodeId,
    placement::{Plan, Seat, Shard, plan},
};
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

fn store() -> Vec<Shard> {
    let zone = |number: u64| format!("zone/{number:02}");
    let zones = (0..64).map(|number| Shard {
        key: zone(number),
        load: 100 + number % 7 * 10,
        near: vec![zone((number + 1) % 64), zone((number + 8) % 64)],
        at: None,
    });
    let buckets = (0..64).map(|number| Shard {
        key: format!("bucket/{number:02}"),
        load: 80,
        near: vec![],
        at: None,
    });
    let book = Shard {
        key: "book".to_owned(),
        load: 150,
        near: vec![],
        at: None,
    };
    zones.chain(buckets).chain([book]).collect()
}

fn seats(count: u32) -> Vec<Seat> {
    let seat = |number| Seat {
        node: NodeId::new(&format!("node-{number}")),
        draining: false,
    };
    (0..count).map(seat).collect()
}

fn carried_out(mut shards: Vec<Shard>, plan: &Plan) -> Vec<Shard> {
    for shard in &mut shards {
        shard.at = plan.get(&shard.key).cloned();
    }
    shards
}

#[divan::bench]
fn a_fresh_map(bencher: Bencher<'_, '_>) {
    let (shards, seats) = (store(), seats(8));
    bencher.bench(|| plan(black_box(&shards), black_box(&seats)));
}

#[divan::bench]
fn an_eighth_node_joins(bencher: Bencher<'_, '_>) {
    let shards = carried_out(store(), &plan(&store(), &seats(7)));
    let seats = seats(8);
    bencher.bench(|| plan(black_box(&shards), black_box(&seats)));
}

#[divan::bench]
fn an_eighth_node_leaves(bencher: Bencher<'_, '_>) {
    let shards = carried_out(store(), &plan(&store(), &seats(8)));
    let seats = seats(7);
    bencher.bench(|| plan(black_box(&shards), black_box(&seats)));
}
