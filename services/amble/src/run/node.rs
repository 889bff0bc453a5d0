//! A served shop's place among several nodes.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use amble_cluster::{
    NodeId, Table,
    etcd::{JoinError, Joining, Member, NodeInfo},
};
use amble_proto::plan::StorePlan;
use amble_store::{AsNode, Network, Streams};
use amble_trust::call::Mutual;
use tokio::net::TcpListener;

use crate::{
    assembly::there::there,
    config::ClusterConfig,
    failure::{Explain as _, Failure},
};

/// This process as a node.
pub(super) struct Node {
    id: NodeId,
    table: Arc<Table>,
    member: Arc<Member>,
    streams: Streams,
}

/// How long a node that ends waits for its shards to be placed elsewhere: five go in a second, and half of a
/// large shop may be here.
const DRAIN_WITHIN: Duration = Duration::from_secs(20);

/// How long a node that ends rests after its edges have gone, and again after its shards have: what edges did
/// not get acked here, they send again elsewhere, and who takes a shard over has rounds to replay. Nobody
/// should wait for two of these at once, nor for a node that leaves in the middle of one.
const SETTLE: Duration = Duration::from_millis(200);

impl Node {
    /// Joins the nodes of a store; nothing is placed here before the shop opens. If etcd is not there yet, it is
    /// waited for, so long.
    ///
    /// # Errors
    /// When the peers' port is taken, or etcd can't be reached.
    pub(super) async fn join(
        config: &ClusterConfig,
        plan: &StorePlan,
        trust: Option<Mutual>,
        wait: Duration,
    ) -> Result<(Self, AsNode), Failure> {
        let listener = TcpListener::bind(config.listen)
            .await
            .explain(|| format!("cannot listen for peers on {}", config.listen))?;
        let address = match config.address.as_str() {
            "" => listener.local_addr()?.to_string(),
            address => address.to_owned(),
        };
        let id = NodeId::of_run(&name(config)?, run_number());
        tracing::info!(node = %id, address, "joining");
        let table = Arc::new(Table::default());
        let network = Network::new(id.clone(), Arc::clone(&table), trust);
        let joining = Joining {
            endpoints: config.etcd.clone(),
            tls: Some(config.etcd_tls.clone()).filter(|folder| !folder.as_os_str().is_empty()),
            store: plan.store.clone(),
            node: NodeInfo::new(id.clone(), address, env!("CARGO_PKG_VERSION")),
            shards: amble_store::shard_specs(plan),
            silent: network.silent(),
            unheard: network.unheard(),
            parted: network.parted(),
        };
        let away = |error: &JoinError| matches!(error, JoinError::Etcd { .. });
        let join = async || Member::join(joining.clone(), Arc::clone(&table)).await;
        let member = Arc::new(there("etcd", wait, away, join).await?);
        let (opened, streams) = network.open(listener, Arc::clone(&member));
        let node = Self {
            id,
            table,
            member,
            streams,
        };
        Ok((node, opened))
    }

    /// What the others call it.
    pub(super) const fn id(&self) -> &NodeId {
        &self.id
    }

    /// Its shards go elsewhere, if there is anybody to take them. Its edges have gone just before.
    pub(super) async fn drain(&self) {
        let nodes = self.table.nodes();
        if nodes.borrow().len() <= 1 {
            return;
        }
        tokio::time::sleep(SETTLE).await;
        self.member.set_draining(true);
        let mut changes = self.table.changes();
        let owners = &self.table;
        let gone = async {
            while nodes.borrow().len() > 1
                && owners.owners().values().any(|owner| owner.node == self.id)
                && changes.changed().await.is_ok()
            {}
        };
        if tokio::time::timeout(DRAIN_WITHIN, gone).await.is_err() {
            tracing::warn!("leaving with shards that nobody has taken yet");
        }
        tokio::time::sleep(SETTLE).await;
    }

    /// Leaves, once the shop has stopped.
    pub(super) async fn leave(self) {
        self.member.leave().await;
        self.streams.stop().await;
    }
}

/// What this node is called.
///
/// # Errors
/// When neither the settings nor the machine say so.
pub(super) fn name(config: &ClusterConfig) -> Result<String, Failure> {
    if !config.node.is_empty() {
        return Ok(config.node.clone());
    }
    sysinfo::System::host_name()
        .ok_or_else(|| Failure::usage("this machine has no name; give the node one with --node"))
}

/// Two runs of one node differ in when they began.
fn run_number() -> u64 {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or_default()
}
