//! A node falls silent.

use std::time::{Duration, Instant};

use amble_cluster::{NodeId, etcd::What};
use amble_servers::Etcd;

use crate::room::{Node, epochs, etcdctl, join, next, shards, within};

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_nodes_shards_are_placed_elsewhere_and_nothing_else_moves() {
    let etcd = Etcd::start(1).unwrap();
    let a = join(&etcd, "a", shards(12)).await;
    let b = join(&etcd, "b", shards(12)).await;
    let c = join(&etcd, "c", shards(12)).await;
    a.sees("thirds", |_| a.counts().values().eq(&[4, 4, 4]))
        .await;
    let before = a.table.owners();
    let mut events = a.member.events();
    drop(c.member);
    a.finds_silent(&[&c.id]);
    b.finds_silent(&[&c.id]);
    a.sees("halves", |_| a.counts().values().eq(&[6, 6])).await;
    next(&mut events, "left", |what| {
        matches!(what, What::Left { .. })
    })
    .await;
    for (shard, epoch) in epochs(a.table.owners()) {
        let was = &before[&shard];
        assert_eq!(
            epoch.0,
            was.epoch.0 + u64::from(was.node == c.id),
            "{shard}"
        );
    }
}

/// Also by a node that heard of it from etcd before it missed anybody itself.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_put_out_was_silent_and_who_leaves_was_not() {
    let etcd = Etcd::start(1).unwrap();
    let a = join(&etcd, "a", shards(3)).await;
    let b = join(&etcd, "b", shards(3)).await;
    let c = join(&etcd, "c", shards(3)).await;
    a.sees("thirds", |_| a.counts().values().eq(&[1, 1, 1]))
        .await;
    let mut events = a.member.events();
    c.member.leave().await;
    let going = |what: &What| matches!(what, What::Silent { .. } | What::Left { .. });
    let gone = next(&mut events, "c gone", going).await;
    assert_eq!(gone.what, What::Left { node: c.id });
    drop(b.member);
    etcdctl(&etcd, &["del", &format!("amble/shop/nodes/{}", b.id)]);
    let silent = next(&mut events, "b silent", going).await;
    let node = b.id.clone();
    assert_eq!(silent.what, What::Silent { node });
    let left = next(&mut events, "b gone", going).await;
    assert_eq!(left.what, What::Left { node: b.id });
}

#[tokio::test(flavor = "multi_thread")]
async fn another_node_is_elected_when_the_coordinator_is_put_out() {
    let etcd = Etcd::start(1).unwrap();
    let a = join(&etcd, "a", shards(6)).await;
    a.follows(|id| *id == a.id).await;
    let b = join(&etcd, "b", shards(6)).await;
    let c = join(&etcd, "c", shards(6)).await;
    b.sees("thirds", |_| b.counts().values().eq(&[2, 2, 2]))
        .await;
    drop(a.member);
    b.finds_silent(&[&a.id]);
    b.follows(|id| *id != a.id).await;
    c.sees("halves", |_| c.counts().values().eq(&[3, 3])).await;
    assert!(!c.counts().contains_key(&a.id));
}

/// Rule 4 of the module: each hears only itself.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_nodes_that_are_cut_off_from_each_other_one_takes_all() {
    let etcd = Etcd::start(1).unwrap();
    let a = join(&etcd, "a", shards(4)).await;
    let b = join(&etcd, "b", shards(4)).await;
    a.sees("halves", |_| a.counts().values().eq(&[2, 2])).await;
    a.finds_silent(&[&b.id]);
    b.finds_silent(&[&a.id]);
    // The first to write may still be the one that is put out.
    let mut status = a.member.status();
    let alone = status.wait_for(|status| status.nodes.len() == 1);
    let alone = within("one node", alone).await.unwrap().clone();
    let winner = alone.nodes.into_keys().next().unwrap();
    let (winner, loser) = if winner == a.id { (a, b) } else { (b, a) };
    for node in [&winner, &loser] {
        node.sees("one owner", |_| node.counts().keys().eq([&winner.id]))
            .await;
    }
    // As soon as they hear each other, both are there.
    winner.finds_silent(&[]);
    loser.finds_silent(&[]);
    let mut both = [&winner, &loser];
    both.sort_by_key(|node| &node.id);
    winner.knows(&both).await;
    loser
        .sees("halves", |_| loser.counts().values().eq(&[2, 2]))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_election_that_is_revoked_goes_on() {
    let etcd = Etcd::start(1).unwrap();
    let a = join(&etcd, "a", shards(6)).await;
    a.follows(|id| *id == a.id).await;
    let b = join(&etcd, "b", shards(6)).await;
    b.follows(|id| *id == a.id).await;
    let mut events = b.member.events();
    etcdctl(&etcd, &["del", "amble/shop/coordinator"]);
    next(&mut events, "elected", |what| {
        matches!(what, What::Elected { .. })
    })
    .await;
    // Whoever it is, it works.
    let c = join(&etcd, "c", shards(6)).await;
    c.sees("thirds", |_| c.counts().values().eq(&[2, 2, 2]))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn placing_a_silent_nodes_shards_waits_for_no_lease() {
    measure(12, 6).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the same for figures: a few minutes"]
async fn how_long_a_silent_nodes_shards_are_nowhere() {
    measure(129, 60).await;
}

/// From the moment at which the detectors say that a node is silent, until both others' tables have a
/// new owner for each of its shards.
async fn measure(count: u32, rounds: usize) {
    let etcd = Etcd::start(3).unwrap();
    let mut coordinator = join(&etcd, "a", shards(count)).await;
    coordinator.follows(|id| *id == coordinator.id).await;
    let mut other = join(&etcd, "b", shards(count)).await;
    let fair = count as usize / 3 - 2;
    let (mut others, mut coordinators) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let third = join(&etcd, &format!("n{round:02}"), shards(count)).await;
        third
            .sees("thirds", |_| {
                third.counts().values().filter(|&&n| n >= fair).count() == 3
            })
            .await;
        // By turns a node that is not the coordinator, and the coordinator.
        if round % 2 == 0 {
            others.push(outage(third, [&coordinator, &other]).await);
            continue;
        }
        coordinators.push(outage(coordinator, [&other, &third]).await);
        let elected = third.follows(|id| *id == other.id || *id == third.id).await;
        (coordinator, other) = if elected == third.id {
            (third, other)
        } else {
            (other, third)
        };
    }
    for (who, mut figures) in [("a node", others), ("the coordinator", coordinators)] {
        figures.sort();
        let at = |percent: usize| figures[(figures.len() * percent / 100).min(figures.len() - 1)];
        let (half, most, count) = (at(50), at(99), figures.len());
        println!("{who} is silent: p50 {half:?}, p99 {most:?} of {count}");
        // The lease alone would take seconds.
        assert!(most < Duration::from_secs(1), "{who}: {figures:?}");
    }
}

async fn outage(gone: Node, stay: [&Node; 2]) -> Duration {
    let id: NodeId = gone.id;
    drop(gone.member);
    let began = Instant::now();
    for node in stay {
        node.finds_silent(&[&id]);
    }
    let mut took = Duration::ZERO;
    for node in stay {
        node.sees("no shard at a silent node", |_| {
            !node.counts().contains_key(&id)
        })
        .await;
        took = took.max(began.elapsed());
    }
    let mut nodes = stay[0].table.nodes();
    let left = nodes.wait_for(|nodes| !nodes.contains_key(&id));
    within("a silent node's end", left).await.unwrap();
    took
}
