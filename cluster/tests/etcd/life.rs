//! Joining, leaving, draining, and what operators do.

use amble_cluster::{
    Epoch, NodeId, Owner,
    etcd::{What, WishError},
};
use amble_servers::Etcd;

use crate::room::{STORE, etcdctl, join, next, shards};

#[tokio::test(flavor = "multi_thread")]
async fn nodes_share_the_shards_and_one_that_leaves_loses_its_own() {
    let etcd = Etcd::start(1).unwrap();
    let a = join(&etcd, "a", shards(12)).await;
    let b = join(&etcd, "b", shards(12)).await;
    a.knows(&[&a, &b]).await;
    for node in [&a, &b] {
        node.sees("halves", |_| node.counts().values().eq(&[6, 6]))
            .await;
    }
    assert_eq!(a.table.owners(), b.table.owners());
    assert_eq!(a.table.nodes().borrow()[&b.id], "b:7000");

    let c = join(&etcd, "c", shards(12)).await;
    a.sees("thirds", |_| a.counts().values().eq(&[4, 4, 4]))
        .await;
    let before = a.table.owners();
    c.member.leave().await;
    a.knows(&[&a, &b]).await;
    a.sees("halves", |_| a.counts().values().eq(&[6, 6])).await;
    for (shard, owner) in a.table.owners() {
        let was = &before[&shard];
        let moved = was.node == c.id;
        assert_eq!(owner.epoch.0, was.epoch.0 + u64::from(moved), "{shard}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_moves_a_shard_and_a_draining_node_is_emptied() {
    let etcd = Etcd::start(1).unwrap();
    let a = join(&etcd, "a", shards(4)).await;
    let b = join(&etcd, "b", shards(4)).await;
    a.sees("halves", |_| a.counts().values().eq(&[2, 2])).await;
    let mut owners = a.table.owners().into_iter();
    let (shard, _) = owners.find(|(_, owner)| owner.node == a.id).unwrap();

    a.member.wish(&shard, &b.id).await.unwrap();
    a.sees("a wish", |table| table.node(&shard) == Some(b.id.clone()))
        .await;
    let nobody = NodeId::new("nobody");
    let refused = a.member.wish(&shard, &nobody).await;
    assert_eq!(refused, Err(WishError::NoSuchNode(nobody)));
    let refused = a.member.wish("none", &b.id).await;
    assert_eq!(refused, Err(WishError::NoSuchShard("none".to_owned())));

    b.member.set_draining(true);
    a.sees("a drain", |_| a.counts().keys().eq([&a.id])).await;
    let left = etcdctl(
        &etcd,
        &["get", "--prefix", "--keys-only", "amble/shop/wishes/"],
    );
    assert_eq!(left.trim(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_epoch_grows_above_what_the_ledger_knew_and_when_its_key_has_vanished() {
    let etcd = Etcd::start(1).unwrap();
    let a = join(&etcd, "a", shards(1)).await;
    let shard = format!("{STORE}/zone/0");
    let at = |epoch| {
        let node = a.id.clone();
        Some(Owner {
            node,
            epoch: Epoch(epoch),
        })
    };
    a.sees("a placing", |table| table.owner(&shard) == at(1))
        .await;
    a.member.raise(&shard, Epoch(41));
    a.sees("a raise", |table| table.owner(&shard) == at(42))
        .await;
    etcdctl(&etcd, &["del", &format!("amble/shop/shards/{shard}")]);
    a.sees("a new key", |table| table.owner(&shard) == at(43))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_with_another_plan_complains() {
    let etcd = Etcd::start(1).unwrap();
    let a = join(&etcd, "a", shards(2)).await;
    a.follows(|id| *id == a.id).await;
    let b = join(&etcd, "b", shards(3)).await;
    let mut status = b.member.status();
    let differs = status.wait_for(|status| status.plan_differs);
    crate::room::within("a complaint", differs).await.unwrap();
    assert!(!a.member.status().borrow().plan_differs);
    let said = |what: &What| *what == What::PlanDiffers;
    assert!(b.member.history().iter().any(|change| said(&change.what)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_lost_its_lease_comes_back_and_keeps_its_shards() {
    let etcd = Etcd::start(1).unwrap();
    let a = join(&etcd, "a", shards(4)).await;
    a.sees("placings", |_| a.counts().values().eq(&[4])).await;
    let before = a.table.owners();
    let mut events = a.member.events();
    for lease in etcdctl(&etcd, &["lease", "list", "-w", "simple"])
        .lines()
        .skip(1)
    {
        etcdctl(&etcd, &["lease", "revoke", lease]);
    }
    let joined = |what: &What| matches!(what, What::Joined { .. });
    let elected = |what: &What| matches!(what, What::Elected { .. });
    next(&mut events, "left", |what| {
        matches!(what, What::Left { .. })
    })
    .await;
    next(&mut events, "joined", joined).await;
    next(&mut events, "elected", elected).await;
    assert_eq!(a.table.owners(), before);
    // It is kept alive: the shards of a node that joins come from it.
    let b = join(&etcd, "b", shards(4)).await;
    b.sees("halves", |_| b.counts().values().eq(&[2, 2])).await;
}
