//! Nodes in one process, around a real etcd.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    path::Path,
    process::Command,
    sync::Arc,
    time::Duration,
};

use amble_cluster::{
    Epoch, Key, NodeId, Owner, ShardSpec, Table,
    etcd::{Change, JoinError, Joining, Member, NodeInfo, What},
};
use amble_servers::Etcd;
use tokio::{
    sync::{broadcast, watch},
    time::timeout,
};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) const STORE: &str = "shop";

/// A node of a test.
pub(crate) struct Node {
    pub(crate) id: NodeId,
    pub(crate) table: Arc<Table>,
    pub(crate) member: Member,
    /// Whom its detector finds silent.
    pub(crate) silent: watch::Sender<BTreeSet<NodeId>>,
}

pub(crate) fn shards(count: u32) -> Vec<ShardSpec> {
    let shard = |number| ShardSpec {
        key: Key::shard_named(&format!("{STORE}/zone/{number}")),
        load: 10,
        affinities: vec![],
    };
    (0..count).map(shard).collect()
}

pub(crate) async fn join(etcd: &Etcd, name: &str, shards: Vec<ShardSpec>) -> Node {
    join_at(etcd.endpoints(), name, shards).await
}

pub(crate) async fn join_at(endpoints: Vec<String>, name: &str, shards: Vec<ShardSpec>) -> Node {
    join_with(endpoints, None, name, shards).await.unwrap()
}

/// Joins, with a folder of certificates if there is one.
pub(crate) async fn join_with(
    endpoints: Vec<String>,
    tls: Option<&Path>,
    name: &str,
    shards: Vec<ShardSpec>,
) -> Result<Node, JoinError> {
    let id = NodeId::new(name);
    let table = Arc::new(Table::default());
    let (silent, heard) = watch::channel(BTreeSet::new());
    let joining = Joining {
        tls: tls.map(Path::to_owned),
        endpoints,
        store: STORE.to_owned(),
        node: NodeInfo::new(id.clone(), format!("{name}:7000"), "1"),
        shards,
        unheard: heard.clone(),
        parted: heard.clone(),
        silent: heard,
    };
    let member = Member::join(joining, Arc::clone(&table)).await?;
    Ok(Node {
        id,
        table,
        member,
        silent,
    })
}

impl Node {
    /// Waits until its table is as wanted.
    pub(crate) async fn sees(&self, what: &str, mut wanted: impl FnMut(&Table) -> bool) {
        let mut changes = self.table.changes();
        within(what, async {
            while !wanted(&self.table) {
                changes.changed().await.unwrap();
            }
        })
        .await;
    }

    /// Waits until it knows these nodes and no others.
    pub(crate) async fn knows(&self, nodes: &[&Self]) {
        let ids: Vec<_> = nodes.iter().map(|node| node.id.clone()).collect();
        let mut status = self.member.status();
        let wanted = status.wait_for(|status| status.nodes.keys().eq(&ids));
        within("nodes", wanted).await.unwrap();
    }

    /// Waits until there is a coordinator, and it is as wanted.
    pub(crate) async fn follows(&self, wanted: impl Fn(&NodeId) -> bool) -> NodeId {
        let mut status = self.member.status();
        let found = status.wait_for(|status| status.coordinator.as_ref().is_some_and(&wanted));
        let found = within("coordinator", found).await.unwrap().clone();
        found.coordinator.unwrap()
    }

    pub(crate) fn finds_silent(&self, nodes: &[&NodeId]) {
        let nodes = nodes.iter().map(|&id| id.clone()).collect();
        self.silent.send_replace(nodes);
    }

    /// How many shards each node has, as far as this one knows.
    pub(crate) fn counts(&self) -> BTreeMap<NodeId, usize> {
        let mut counts = BTreeMap::new();
        for owner in self.table.owners().into_values() {
            *counts.entry(owner.node).or_default() += 1;
        }
        counts
    }
}

/// Waits for something to happen, and says when and what it was.
pub(crate) async fn next(
    events: &mut broadcast::Receiver<Change>,
    what: &str,
    wanted: impl Fn(&What) -> bool,
) -> Change {
    within(what, async {
        loop {
            let change = events.recv().await.unwrap();
            if wanted(&change.what) {
                return change;
            }
        }
    })
    .await
}

pub(crate) async fn within<T>(what: &str, wait: impl Future<Output = T>) -> T {
    match timeout(PATIENCE, wait).await {
        Ok(done) => done,
        Err(_) => panic!("in vain: {what}"),
    }
}

/// Runs etcd's own client, as an operator would.
pub(crate) fn etcdctl(etcd: &Etcd, args: &[&str]) -> String {
    let output = Command::new("etcdctl")
        .env("ETCDCTL_API", "3")
        .arg(format!("--endpoints={}", etcd.endpoints()[0]))
        .args(args)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "etcdctl {args:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// The newest epoch of each shard.
pub(crate) fn epochs(owners: BTreeMap<String, Owner>) -> BTreeMap<String, Epoch> {
    let epochs = owners.into_iter();
    epochs.map(|(shard, owner)| (shard, owner.epoch)).collect()
}
