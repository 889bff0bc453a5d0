//! Who is found silent (rule C3), over real sockets.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use crate::{
    cable::Cable,
    nodes::{LONG, Message, Node, introduce, next},
};
use amble_cluster::{Key, NodeId, beat::SILENT_AFTER};
use tokio::sync::watch;
use tokio::time::timeout;

type Opinion = watch::Receiver<BTreeSet<NodeId>>;

/// Waits until exactly these are in it.
async fn says<const N: usize>(mut opinion: Opinion, whom: [&NodeId; N]) {
    let whom: BTreeSet<_> = whom.into_iter().cloned().collect();
    let so = opinion.wait_for(|nodes| *nodes == whom);
    timeout(LONG, so).await.unwrap().unwrap();
}

/// Three nodes, and the wires from and to the last one.
async fn three() -> ([Node; 3], [Cable; 4]) {
    let nodes = [
        Node::start("a").await,
        Node::start("b").await,
        Node::start("c").await,
    ];
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
async fn a_killed_node_is_found_out_before_any_heartbeat_is_missed() {
    let ([a, b, c], _) = three().await;
    introduce(&[&a, &b, &c]);
    let shard = Key::shard_named("shop/zone/3");
    let mut taken = c.owns(&shard);
    for other in [&a, &b] {
        other.believes(&shard, &c, 1);
        other.router.tell(&shard, Message::Count(1)).unwrap();
        next(&mut taken).await;
    }
    let began = Instant::now();
    let c = c.kill().await;
    tokio::join!(says(a.peers.silent(), [&c]), says(b.peers.silent(), [&c]));
    assert!(began.elapsed() < SILENT_AFTER, "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_cut_off_is_found_out_and_finds_out_nobody() {
    let ([a, b, c], mut cables) = three().await;
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
    let ([a, b, c], cables) = three().await;
    for node in [&a, &b, &c] {
        says(node.peers.unheard(), []).await;
    }
    // The wires are: a to c, b to c, c to a, c to b.
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
