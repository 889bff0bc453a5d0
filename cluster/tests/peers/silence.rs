//! Who is found silent (rule C3), over real sockets.

use std::collections::{BTreeMap, BTreeSet};

use amble_cluster::{Key, NodeId};
use tokio::{sync::watch, time::timeout};

use crate::{
    cable::Cable,
    nodes::{LONG, Message, Node, introduce, next},
};

type Opinion = watch::Receiver<BTreeSet<NodeId>>;

/// Waits until exactly these are in it.
async fn says<const N: usize>(mut opinion: Opinion, whom: [&NodeId; N]) {
    let whom: BTreeSet<_> = whom.into_iter().cloned().collect();
    let so = opinion.wait_for(|nodes| *nodes == whom);
    timeout(LONG, so).await.unwrap().unwrap();
}

/// Three nodes that don't know each other yet.
async fn three() -> [Node; 3] {
    [
        Node::start("a").await,
        Node::start("b").await,
        Node::start("c").await,
    ]
}

/// Three nodes, and the wires from and to the last one: a to c, b to c, c to a, c to b.
async fn three_wired() -> ([Node; 3], [Cable; 4]) {
    let nodes = three().await;
    let mut cables = Vec::new();
    for from in 0..3 {
        let mut table = BTreeMap::new();
        for (to, node) in nodes.iter().enumerate() {
            let mut entry = node.entry();
            if from != to && (from == 2 || to == 2) {
                let cable = Cable::to(node.address).await;
                entry.1 = cable.address.to_string();
                cables.push(cable);
            }
            table.extend([entry]);
        }
        nodes[from].table.set_nodes(table);
    }
    let Ok(cables) = cables.try_into() else {
        panic!("four wires");
    };
    (nodes, cables)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_node_is_found_out_by_the_others() {
    let [a, b, c] = three().await;
    introduce(&[&a, &b, &c]);
    for node in [&a, &b, &c] {
        says(node.peers.unheard(), []).await;
    }
    let c = c.kill().await;
    tokio::join!(says(a.peers.silent(), [&c]), says(b.peers.silent(), [&c]));
}

/// One of three that hears nobody would not dare: only that both were refused lets it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_nodes_are_known_from_unreachable_ones() {
    let [a, b, c] = three().await;
    introduce(&[&a, &b, &c]);
    let (b, c) = tokio::join!(b.kill(), c.kill());
    says(a.peers.silent(), [&b, &c]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_cut_off_is_found_out_and_finds_out_nobody() {
    let ([a, b, c], mut cables) = three_wired().await;
    let shard = Key::shard_named("shop/zone/3");
    a.believes(&shard, &c, 1);
    let mut taken = c.owns(&shard);
    a.router.tell(&shard, Message::Count(1)).unwrap();
    next(&mut taken).await;

    cables.iter().for_each(Cable::hold);
    a.router.tell(&shard, Message::Count(2)).unwrap();
    tokio::join!(
        says(a.peers.silent(), [&c.id]),
        says(b.peers.silent(), [&c.id]),
        says(c.peers.unheard(), [&a.id, &b.id]),
    );
    assert!(c.peers.silent().borrow().is_empty());

    // The wires carry again: nothing was lost, and nobody is silent.
    cables.iter_mut().for_each(Cable::cut);
    assert!(matches!(next(&mut taken).await, Message::Count(2)));
    for node in [&a, &b, &c] {
        says(node.peers.unheard(), []).await;
        says(node.peers.silent(), []).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_that_do_not_hear_each_other_are_heard_by_the_third() {
    let ([a, b, c], cables) = three_wired().await;
    for node in [&a, &b, &c] {
        says(node.peers.unheard(), []).await;
    }
    // Between b and c.
    cables[1].hold();
    cables[3].hold();
    tokio::join!(
        says(b.peers.unheard(), [&c.id]),
        says(c.peers.unheard(), [&b.id]),
    );
    for node in [&a, &b, &c] {
        assert!(node.peers.silent().borrow().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_seen_to_leave_is_told_so_until_it_is_back() {
    let [a, b, c] = three().await;
    introduce(&[&a, &b, &c]);
    let shard = Key::shard_named("shop/zone/3");
    let mut taken = c.owns(&shard);
    for node in [&a, &b] {
        node.believes(&shard, &c, 1);
        node.router.tell(&shard, Message::Count(1)).unwrap();
        next(&mut taken).await;
    }
    let without: BTreeMap<_, _> = [a.entry(), b.entry()].into();
    a.table.set_nodes(without.clone());
    b.table.set_nodes(without);
    says(c.peers.parted(), [&a.id, &b.id]).await;
    introduce(&[&a, &b, &c]);
    says(c.peers.parted(), []).await;
}
