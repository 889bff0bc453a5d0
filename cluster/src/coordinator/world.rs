//! What the coordinator judges by, and what it orders.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{Epoch, NodeId, Owner};

/// What stands in etcd, as far as the coordinator needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct World {
    /// Nodes that live.
    pub nodes: BTreeMap<NodeId, Candidate>,
    /// Shard → owner, living or not.
    pub owners: BTreeMap<String, Owner>,
    /// The newest epoch that was ever seen of a shard, whatever stands in etcd now.
    pub newest: BTreeMap<String, Epoch>,
    /// Shard → where an operator wants it.
    pub wishes: BTreeMap<String, NodeId>,
}

/// A node that can hold shards.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Candidate {
    /// It shall lose its shards.
    pub draining: bool,
    /// When it was first seen, on the coordinator's clock.
    pub came: Duration,
    /// Its shards' measured load, in microseconds of CPU a second.
    pub load: BTreeMap<String, u64>,
    /// Shards of which the ledger knows this epoch.
    pub raise: BTreeMap<String, Epoch>,
}

/// Why a shard was placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It was nowhere.
    First,
    /// Its node is gone.
    Gone,
    /// The ledger knew a newer epoch.
    Raised,
    /// An operator wished it.
    Wish,
    /// Its node drains.
    Drain,
    /// For balance.
    Balance,
}

impl Reason {
    /// All there are.
    pub const ALL: [Self; 6] = [
        Self::First,
        Self::Gone,
        Self::Raised,
        Self::Wish,
        Self::Drain,
        Self::Balance,
    ];

    /// Its name in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Gone => "gone",
            Self::Raised => "raised",
            Self::Wish => "wish",
            Self::Drain => "drain",
            Self::Balance => "balance",
        }
    }
}

/// A shard gets an owner.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Placing {
    /// The shard.
    pub shard: String,
    /// Its owner from now on.
    pub owner: Owner,
    /// Why.
    pub reason: Reason,
}

impl World {
    /// Whether a shard's owner lives.
    #[must_use]
    pub fn is_owned(&self, shard: &str) -> bool {
        self.live_owner(shard).is_some()
    }

    /// Whether a shard is placed at a node.
    pub(super) fn is_at(&self, shard: &str, node: &NodeId) -> bool {
        let owner = self.owners.get(shard);
        owner.is_some_and(|owner| owner.node == *node)
    }

    pub(super) fn live_owner(&self, shard: &str) -> Option<&Owner> {
        let owner = self.owners.get(shard)?;
        self.nodes.contains_key(&owner.node).then_some(owner)
    }

    /// The newest epoch of a shard that anybody has told of.
    fn newest(&self, shard: &str) -> Epoch {
        let raised = self.nodes.values().filter_map(|node| node.raise.get(shard));
        let seen = self.newest.get(shard).into_iter();
        let placed = self.owners.get(shard).map(|owner| owner.epoch);
        let known = raised.chain(seen).copied().chain(placed);
        known.max().unwrap_or_default()
    }

    /// Whether the ledger knows a newer epoch than the map. (The same one was claimed by the very owner
    /// that the map has.)
    pub(super) fn is_behind(&self, shard: &str) -> bool {
        let placed = self.owners.get(shard).map(|owner| owner.epoch);
        let mut raised = self.nodes.values().filter_map(|node| node.raise.get(shard));
        raised.any(|&above| placed.is_some_and(|epoch| epoch < above))
    }

    /// The order to place a shard, at an epoch above all that were ever told of.
    #[must_use]
    pub fn placing(&self, shard: &str, node: NodeId, reason: Reason) -> Placing {
        let epoch = Epoch(self.newest(shard).0 + 1);
        Placing {
            shard: shard.to_owned(),
            owner: Owner { node, epoch },
            reason,
        }
    }
}
