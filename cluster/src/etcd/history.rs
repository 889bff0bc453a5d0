//! What happened in the cluster, as seen from here: the last changes, and a stream of them.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use serde::Serialize;
use tokio::sync::broadcast;

use crate::{NodeId, Owner, coordinator::Reason};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// A node joined.
    Joined {
        /// Which.
        node: NodeId,
    },
    /// A node left, or its lease ended.
    Left {
        /// Which.
        node: NodeId,
    },
    /// Its peers, or etcd, don't hear a node any more.
    Silent {
        /// Which.
        node: NodeId,
    },
    /// This node revoked a silent one's lease.
    Revoked {
        /// Whose.
        node: NodeId,
    },
    /// A shard has another owner, or the same at a newer epoch.
    Placed {
        /// The shard.
        shard: String,
        /// Its owner from now on.
        owner: Owner,
        /// Its owner before.
        before: Option<Owner>,
        /// Why.
        reason: Reason,
    },
    /// A node became the coordinator.
    Elected {
        /// Which.
        node: NodeId,
    },
    /// The coordinator is another plan's: its shards are not the ones that this node knows.
    PlanDiffers,
    /// etcd can't be reached. Nothing moves until it is back; everything else goes on.
    EtcdAway,
    /// etcd answers again.
    EtcdBack,
}

impl What {
    /// It happened now.
    pub(super) fn now(self) -> Change {
        Change {
            at: SystemTime::now(),
            what: self,
        }
    }
}

/// When something happened, and what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// A placing: when it was written, by the coordinator's clock. All else: when it was seen here.
    pub at: SystemTime,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// Changes that are remembered.
const KEEP: usize = 1024;

#[derive(Debug)]
pub(super) struct History {
    last: Mutex<VecDeque<Change>>,
    stream: broadcast::Sender<Change>,
}

impl Default for History {
    fn default() -> Self {
        Self {
            last: Mutex::default(),
            stream: broadcast::Sender::new(KEEP),
        }
    }
}

impl History {
    pub(super) fn note(&self, change: Change) {
        tracing::info!(what = ?change.what, "cluster");
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() == KEEP {
            last.pop_front();
        }
        last.push_back(change.clone());
        // Sent under the lock, so that all see one order. Nobody may be listening.
        let _ = self.stream.send(change);
    }

    /// The last changes, oldest first.
    pub(super) fn last(&self) -> Vec<Change> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.iter().cloned().collect()
    }

    pub(super) fn stream(&self) -> broadcast::Receiver<Change> {
        self.stream.subscribe()
    }
}
