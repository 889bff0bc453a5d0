//! etcd is away, forgets, or fails in part.

use std::time::Duration;

use amble_cluster::{Epoch, etcd::What};
use amble_servers::Etcd;

use crate::room::{Node, STORE, etcdctl, join, next, shards, within};

const AWAY: Duration = Duration::from_secs(3);

async fn back(node: &Node, away: bool) {
    let mut status = node.member.status();
    let seen = status.wait_for(|status| status.etcd_away == away);
    within("away or back", seen).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn etcd_goes_away_and_comes_back_and_nothing_has_ended() {
    let mut etcd = Etcd::start(1).unwrap();
    let a = join(&etcd, "a", shards(6)).await;
    let b = join(&etcd, "b", shards(6)).await;
    for node in [&a, &b] {
        node.sees("halves", |_| node.counts().values().eq(&[3, 3]))
            .await;
    }
    let before = a.table.owners();
    etcd.kill(0).unwrap();
    back(&a, true).await;
    back(&b, true).await;
    // What happens meanwhile takes its effect later.
    b.member.set_draining(true);
    assert!(a.member.wish("shop/zone/0", &b.id).await.is_err());
    assert_eq!(a.table.owners(), before);
    // How long it is away is part of what is tested.
    tokio::time::sleep(AWAY).await;
    etcd.start_again(0).unwrap();
    etcd.ready(0).unwrap();
    back(&a, false).await;
    back(&b, false).await;
    a.sees("a drain", |_| a.counts().keys().eq([&a.id])).await;
    // The same nodes, under the same leases or new ones.
    a.knows(&[&a, &b]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn etcd_that_was_begun_anew_is_told_which_epochs_there_were() {
    let mut etcd = Etcd::start(1).unwrap();
    let a = join(&etcd, "a", shards(3)).await;
    a.sees("placings", |_| a.counts().values().eq(&[3])).await;
    let shard = format!("{STORE}/zone/1");
    a.member.raise(&shard, Epoch(41));
    a.sees("a raise", |_| a.table.owners()[&shard].epoch == Epoch(42))
        .await;

    etcd.lose_everything().unwrap();
    back(&a, true).await;
    etcd.start_again(0).unwrap();
    etcd.ready(0).unwrap();
    // Nobody told it, and it may come to place shards before the other is back.
    let b = join(&etcd, "b", shards(3)).await;
    b.knows(&[&a, &b]).await;
    for node in [&a, &b] {
        node.sees("a newer epoch", |table| {
            let owner = table.owner(&shard);
            owner.is_some_and(|owner| owner.epoch > Epoch(42))
        })
        .await;
    }
    let mut changes = [&a, &b].map(|node| node.table.changes());
    let agreed = async {
        while a.table.owners() != b.table.owners() {
            let [one, other] = &mut changes;
            tokio::select! {
                changed = one.changed() => changed.unwrap(),
                changed = other.changed() => changed.unwrap(),
            }
        }
    };
    within("one map", agreed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_hangs_is_left_for_another() {
    let mut etcd = Etcd::start(3).unwrap();
    let a = join(&etcd, "a", shards(6)).await;
    a.sees("placings", |_| a.counts().values().eq(&[6])).await;
    // Nodes ask the endpoints in turn, beginning with the first.
    etcd.pause(0).unwrap();
    etcd.leader().unwrap();
    let mut others = Etcd::endpoints(&etcd);
    others.remove(0);
    let b = crate::room::join_at(others, "b", shards(6)).await;
    a.sees("halves", |_| a.counts().values().eq(&[3, 3])).await;
    b.knows(&[&a, &b]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_goes_on_after_its_revisions_were_compacted() {
    let mut etcd = Etcd::start(3).unwrap();
    let a = join(&etcd, "a", shards(6)).await;
    let b = join(&etcd, "b", shards(6)).await;
    a.sees("halves", |_| a.counts().values().eq(&[3, 3])).await;
    let mut events = a.member.events();
    // Both lose their member; while it hangs, the map moves on and its history is compacted.
    etcd.pause(0).unwrap();
    etcd.leader().unwrap();
    let last = etcd.endpoints().pop().unwrap();
    let ctl = |args: &[&str]| {
        let mut all = vec!["--endpoints", last.as_str()];
        all.extend(args);
        etcdctl(&etcd, &all)
    };
    for _ in 0..3 {
        ctl(&["put", "amble/shop/plan", "\"another\""]);
    }
    let status = ctl(&["get", "amble/shop/plan", "-w", "json"]);
    let (_, revision) = status.split_once("\"revision\":").unwrap();
    let revision: String = revision.chars().take_while(char::is_ascii_digit).collect();
    ctl(&["compact", &revision]);
    next(&mut events, "another plan", |what| {
        *what == What::PlanDiffers
    })
    .await;
    // And it hears what comes.
    b.member.set_draining(true);
    a.sees("a drain", |_| a.counts().keys().eq([&a.id])).await;
}
