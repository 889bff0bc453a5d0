//! The routing table: which node owns a shard, and where nodes are.
//!
//! 1. An older epoch never replaces a newer one, whoever tells it: the map in etcd, a shard's new
//!    owner, or a node that was asked in vain.
//! 2. Whoever follows the table sees each change, or several at once.

use std::collections::BTreeMap;

use dashmap::{DashMap, mapref::entry::Entry};
use tokio::sync::watch;

use crate::{NodeId, Owner};

/// The routing table of one node.
#[derive(Debug)]
pub struct Table {
    owners: DashMap<String, Owner>,
    /// Nodes that have joined, with the address that their peers use.
    nodes: watch::Sender<BTreeMap<NodeId, String>>,
    changes: watch::Sender<u64>,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            owners: DashMap::new(),
            nodes: watch::Sender::new(BTreeMap::new()),
            changes: watch::Sender::new(0),
        }
    }
}

impl Table {
    /// Notes the owner of a shard, unless a newer one is known. Whether that was news.
    pub fn learn(&self, shard: &str, owner: Owner) -> bool {
        let news = match self.owners.entry(shard.to_owned()) {
            Entry::Occupied(mut known) => {
                let newer = owner.epoch > known.get().epoch;
                if newer {
                    known.insert(owner);
                }
                newer
            }
            Entry::Vacant(place) => {
                place.insert(owner);
                true
            }
        };
        if news {
            self.changes.send_modify(|count| *count += 1);
        }
        news
    }

    /// Who owns a shard, as far as is known.
    #[must_use]
    pub fn owner(&self, shard: &str) -> Option<Owner> {
        self.owners.get(shard).map(|owner| owner.clone())
    }

    /// The node that owns a shard, or to which its name is bound.
    #[must_use]
    pub fn node(&self, shard: &str) -> Option<NodeId> {
        NodeId::bound(shard).or_else(|| self.owners.get(shard).map(|owner| owner.node.clone()))
    }

    /// All shards that are placed, by name.
    #[must_use]
    pub fn owners(&self) -> BTreeMap<String, Owner> {
        let owners = self.owners.iter();
        owners
            .map(|entry| (entry.key().clone(), entry.value().clone()))
            .collect()
    }

    /// Counts up whenever an owner changes.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// The nodes that have joined, with their addresses, now and as they change.
    #[must_use]
    pub fn nodes(&self) -> watch::Receiver<BTreeMap<NodeId, String>> {
        self.nodes.subscribe()
    }

    /// Notes which nodes have joined.
    pub fn set_nodes(&self, nodes: BTreeMap<NodeId, String>) {
        self.nodes.send_if_modified(|known| {
            let news = *known != nodes;
            *known = nodes;
            news
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Epoch;

    fn owner(node: &str, epoch: u64) -> Owner {
        Owner {
            node: NodeId::new(node),
            epoch: Epoch(epoch),
        }
    }

    #[test]
    fn an_older_epoch_never_replaces_a_newer_one() {
        let table = Table::default();
        assert!(table.learn("s", owner("a", 2)));
        assert!(!table.learn("s", owner("b", 1)));
        assert!(!table.learn("s", owner("b", 2)));
        assert_eq!(table.node("s"), Some(NodeId::new("a")));
        assert!(table.learn("s", owner("b", 3)));
        assert_eq!(table.node("s"), Some(NodeId::new("b")));
        assert_eq!(table.node("node/c"), Some(NodeId::new("c")));
    }
}
