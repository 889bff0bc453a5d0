//! A node's place in the cluster: membership, election, the shard map, all by way of etcd (rules C1,
//! C3, C5).
//!
//! Under `amble/STORE/` stand `nodes/ID` and `coordinator`, bound to their node's lease, `shards/KEY`,
//! `wishes/KEY` and `plan`. One task per node keeps the lease, watches all of it into the [`Table`],
//! stands for election whenever there is no coordinator, and does the coordinator's work while
//! elected.
//!
//! 1. A shard belongs to whom the map says, whether that node's lease lives or not. A node that lost
//!    its lease takes a new one and is the same node.
//! 2. Nothing ends when etcd is away: it is asked again and again, at each endpoint in turn, and what
//!    was to be said is said when it is back. Until then nothing moves, and [`Status`] says so.
//! 3. A node that its peers find silent is put out at once, without waiting for its lease to expire.
//! 4. Who was put out and does not hear its peers either, does not come back until it does, and puts
//!    nobody out: two nodes that are cut off from each other would do so by turns.

mod duties;
mod hear;
mod history;
mod info;
mod keys;
mod run;
mod session;
mod telemetry;
mod tell;
mod view;
mod writes;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
};

use futures_util::future::BoxFuture;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use crate::{Epoch, NodeId, ShardSpec, Table};
use history::History;
pub use history::{Change, What};
pub use info::NodeInfo;
use run::{Order, Run};
pub use session::EtcdError;
pub use telemetry::describe_metrics;

/// With what a node joins.
#[derive(Clone, Debug)]
pub struct Joining {
    /// Where etcd is reached, one URL a member.
    pub endpoints: Vec<String>,
    /// A folder with what etcd's certificates are checked against (`ca.crt`) and what this node shows it
    /// (`tls.crt`, `tls.key`), for endpoints with TLS. It is read for each connection.
    pub tls: Option<PathBuf>,
    /// The store; each has a cluster of its own.
    pub store: String,
    /// This node.
    pub node: NodeInfo,
    /// The shards that there are, the same at every node.
    pub shards: Vec<ShardSpec>,
    /// The nodes that a majority of their living peers do not hear.
    pub silent: watch::Receiver<BTreeSet<NodeId>>,
    /// The nodes that this one does not hear, whatever the others say.
    pub unheard: watch::Receiver<BTreeSet<NodeId>>,
    /// The nodes that have seen this one leave.
    pub parted: watch::Receiver<BTreeSet<NodeId>>,
}

/// A node could not join.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// There is nowhere to ask.
    #[error("no endpoint of etcd is given")]
    NoEndpoint,
    /// None of the endpoints did what it was asked.
    #[error("etcd, at last at {endpoint}, let nobody join: {source}")]
    Etcd {
        /// The endpoint that was asked last.
        endpoint: String,
        /// What came of it.
        source: EtcdError,
    },
}

/// An operator's wish can't be noted.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum WishError {
    /// There is no such shard.
    #[error("there is no shard {0}")]
    NoSuchShard(String),
    /// There is no such node.
    #[error("there is no node {0}")]
    NoSuchNode(NodeId),
    /// Nothing moves while etcd is away.
    #[error("etcd is away, so nothing can be moved")]
    Away,
}

/// How things stand, as seen from here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// etcd can't be reached: nothing moves.
    pub etcd_away: bool,
    /// This node's key stands in etcd.
    pub joined: bool,
    /// The coordinator works by another plan than this node.
    pub plan_differs: bool,
    /// The node that places shards.
    pub coordinator: Option<NodeId>,
    /// The nodes that live.
    pub nodes: BTreeMap<NodeId, NodeInfo>,
    /// Those that most of their peers do not hear.
    pub silent: BTreeSet<NodeId>,
}

impl Status {
    /// Where etcd answers, it says so. Where it does not, the peers say so, which may have it still; a node
    /// that hears none of them is out too. While etcd is away for all, nobody is seen to leave.
    fn is_put_out(
        &self,
        me: &NodeId,
        unheard: &BTreeSet<NodeId>,
        parted: &BTreeSet<NodeId>,
    ) -> bool {
        if !self.etcd_away {
            return !self.joined;
        }
        let others = || self.nodes.keys().filter(|node| *node != me);
        others().next().is_some()
            && others().all(|node| unheard.contains(node) || parted.contains(node))
    }
}

/// This node's membership. Dropped without [`leave`](Self::leave), it is as if the node had died.
#[derive(Debug)]
pub struct Member {
    orders: mpsc::UnboundedSender<Order>,
    me: NodeId,
    status: watch::Receiver<Status>,
    unheard: watch::Receiver<BTreeSet<NodeId>>,
    parted: watch::Receiver<BTreeSet<NodeId>>,
    history: Arc<History>,
}

impl Member {
    /// Joins: the node has its lease and its key, and the table holds the map, when this returns. Boxed, so
    /// that what speaks with etcd is compiled here only.
    ///
    /// # Errors
    /// When no endpoint answers as it should.
    pub fn join(
        joining: Joining,
        table: Arc<Table>,
    ) -> BoxFuture<'static, Result<Self, JoinError>> {
        Box::pin(async move {
            let (orders, waiting) = mpsc::unbounded_channel();
            let history = Arc::new(History::default());
            let (me, unheard) = (joining.node.id.clone(), joining.unheard.clone());
            let parted = joining.parted.clone();
            let (sender, status) = watch::channel(Status::default());
            let begin = Run::begin(joining, table, Arc::clone(&history), sender, waiting);
            let (run, session) = begin.await?;
            tokio::spawn(run.run(session));
            Ok(Self {
                orders,
                me,
                status,
                unheard,
                parted,
                history,
            })
        })
    }

    /// How things stand, now and as they change.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    /// Whether etcd can't be reached.
    #[must_use]
    pub fn etcd_is_away(&self) -> bool {
        self.status.borrow().etcd_away
    }

    /// Whether the other nodes go on without this one, as far as it can tell.
    #[must_use]
    pub fn is_put_out(&self) -> bool {
        let (unheard, parted) = (self.unheard.borrow(), self.parted.borrow());
        self.status.borrow().is_put_out(&self.me, &unheard, &parted)
    }

    /// The node that places shards, if there is one.
    #[must_use]
    pub fn coordinator(&self) -> Option<NodeId> {
        self.status.borrow().coordinator.clone()
    }

    /// The last changes that were seen here, oldest first.
    #[must_use]
    pub fn history(&self) -> Vec<Change> {
        self.history.last()
    }

    /// Changes as they come; who listens too slowly misses some, and is told.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<Change> {
        self.history.stream()
    }

    /// This node shall lose its shards, or take some again.
    pub fn set_draining(&self, draining: bool) {
        self.order(Order::Draining(draining));
    }

    /// What this node's shards cost, in microseconds of CPU a second.
    pub fn report_load(&self, load: BTreeMap<String, u64>) {
        self.order(Order::Load(load));
    }

    /// The ledger knows this epoch of a shard. If the map is behind, the shard is placed again, above it.
    pub fn raise(&self, shard: &str, above: Epoch) {
        self.order(Order::Raise(shard.to_owned(), above));
    }

    /// Wants a shard at a node. It moves soon after.
    ///
    /// # Errors
    /// When there is no such shard or node, or when etcd is away.
    pub async fn wish(&self, shard: &str, node: &NodeId) -> Result<(), WishError> {
        let (reply, answer) = oneshot::channel();
        self.order(Order::Wish(shard.to_owned(), node.clone(), reply));
        answer.await.unwrap_or(Err(WishError::Away))
    }

    /// Drains this node, waits until its shards are placed elsewhere, or nobody is there to take them,
    /// or [`LEAVE_WITHIN`](crate::beat::LEAVE_WITHIN) has passed, and takes its key away.
    pub async fn leave(&self) {
        let (reply, answer) = oneshot::channel();
        self.order(Order::Leave(reply));
        // It also ends when the task has.
        let _ = answer.await;
    }

    fn order(&self, order: Order) {
        // The task lives as long as this does.
        let _ = self.orders.send(order);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_out_of_touch_with_etcd_and_no_peer_goes_on_with_is_put_out() {
        let [me, a, b] = ["me", "a", "b"].map(NodeId::new);
        let info = |id: &NodeId| NodeInfo::new(id.clone(), "127.0.0.1:1", "1");
        let nodes = |ids: &[&NodeId]| ids.iter().map(|id| ((*id).clone(), info(id))).collect();
        let status = |etcd_away, joined| Status {
            etcd_away,
            joined,
            nodes: nodes(&[&me, &a, &b]),
            ..Status::default()
        };
        let some = |ids: &[&NodeId]| ids.iter().map(|id| (*id).clone()).collect();
        let is_out = |status: Status, unheard: &[&NodeId], parted: &[&NodeId]| {
            status.is_put_out(&me, &some(unheard), &some(parted))
        };
        assert!(!is_out(status(false, true), &[&a, &b], &[]));
        assert!(is_out(status(false, false), &[], &[]));
        assert!(!is_out(status(true, true), &[&a], &[]));
        assert!(is_out(status(true, true), &[&a, &b], &[]));
        assert!(is_out(status(true, true), &[&a], &[&b]));
        let alone = Status {
            nodes: nodes(&[&me]),
            ..status(true, true)
        };
        assert!(!is_out(alone, &[], &[]));
    }
}
