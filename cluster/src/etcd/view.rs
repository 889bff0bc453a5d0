//! What is known of etcd, kept up to date key by key.
//!
//! 1. It is what stood there at one revision: a load brings it there, each watched change moves it on.
//! 2. The newest owner of a shard is remembered even when its key has vanished, or tells of an older or
//!    another one: etcd was begun anew, or comes from a copy.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, UNIX_EPOCH},
};

use etcd_client::KeyValue;
use serde::de::DeserializeOwned;

use super::{
    history::{Change, What},
    info::{NodeInfo, Placed},
    keys::Name,
};
use crate::{
    Epoch, NodeId, Owner,
    coordinator::{Candidate, World},
};

#[derive(Default)]
pub(super) struct View {
    /// The revision whose state this is.
    pub(super) revision: i64,
    pub(super) nodes: BTreeMap<NodeId, Present>,
    pub(super) owners: BTreeMap<String, Entry>,
    pub(super) coordinator: Option<Elected>,
    pub(super) wishes: BTreeMap<String, NodeId>,
    pub(super) plan: Option<String>,
    newest: BTreeMap<String, Owner>,
}

/// A node that lives.
pub(super) struct Present {
    pub(super) info: NodeInfo,
    pub(super) lease: i64,
    /// When it was first seen, since this node's clock began.
    pub(super) came: Duration,
}

/// A shard's key.
pub(super) struct Entry {
    pub(super) owner: Owner,
    /// The revision that wrote it.
    pub(super) written: i64,
}

/// The coordinator's key.
pub(super) struct Elected {
    pub(super) node: NodeId,
    /// The revision that created it: no other election has it.
    pub(super) created: i64,
}

impl View {
    /// A key has this value now. `None`: nobody outside is interested in that.
    pub(super) fn put(&mut self, name: &Name, kv: &KeyValue, now: Duration) -> Option<Change> {
        match name {
            Name::Node(id) => {
                let info: NodeInfo = read(kv)?;
                let known = self.nodes.get(id);
                // The same node under a new lease has come again.
                let before = known.filter(|known| known.lease == kv.lease());
                let came = before.map_or(now, |known| known.came);
                let news = known.is_none();
                let lease = kv.lease();
                let present = Present { info, lease, came };
                self.nodes.insert(id.clone(), present);
                news.then(|| What::Joined { node: id.clone() }.now())
            }
            Name::Shard(shard) => {
                let Placed {
                    owner,
                    reason,
                    at_ms,
                } = read(kv)?;
                let newest = self.newest.entry(shard.clone());
                let newest = newest.or_insert_with(|| owner.clone());
                if owner.epoch > newest.epoch {
                    *newest = owner.clone();
                }
                let entry = Entry {
                    owner: owner.clone(),
                    written: kv.mod_revision(),
                };
                let before = self.owners.insert(shard.clone(), entry).map(|e| e.owner);
                (before.as_ref() != Some(&owner)).then(|| Change {
                    at: UNIX_EPOCH + Duration::from_millis(at_ms),
                    what: What::Placed {
                        shard: shard.clone(),
                        owner,
                        before,
                        reason,
                    },
                })
            }
            Name::Coordinator => {
                let node: NodeId = read(kv)?;
                let created = kv.create_revision();
                let known = self.coordinator.as_ref();
                let news = known.is_none_or(|known| known.created != created);
                self.coordinator = Some(Elected {
                    node: node.clone(),
                    created,
                });
                news.then(|| What::Elected { node }.now())
            }
            Name::Wish(shard) => {
                self.wishes.insert(shard.clone(), read(kv)?);
                None
            }
            Name::Plan => {
                self.plan = Some(read(kv)?);
                None
            }
        }
    }

    /// A key is gone.
    pub(super) fn delete(&mut self, name: &Name) -> Option<Change> {
        match name {
            Name::Node(id) => {
                let node = self.nodes.remove(id)?.info.id;
                return Some(What::Left { node }.now());
            }
            Name::Shard(shard) => drop(self.owners.remove(shard)),
            Name::Coordinator => self.coordinator = None,
            Name::Wish(shard) => drop(self.wishes.remove(shard)),
            Name::Plan => self.plan = None,
        }
        None
    }

    /// The shards whose key forgets an owner that this node has seen, with an epoch above that.
    pub(super) fn forgotten(&self) -> impl Iterator<Item = (&str, Epoch)> {
        let owners = self.owners.iter();
        owners.filter_map(|(shard, entry)| {
            let newest = self.newest.get(shard)?;
            let forgets = entry.owner != *newest && entry.owner.epoch <= newest.epoch;
            forgets.then(|| (shard.as_str(), Epoch(newest.epoch.0 + 1)))
        })
    }

    /// Every key that it holds something of.
    pub(super) fn names(&self) -> BTreeSet<Name> {
        let nodes = self.nodes.keys().cloned().map(Name::Node);
        let shards = self.owners.keys().cloned().map(Name::Shard);
        let wishes = self.wishes.keys().cloned().map(Name::Wish);
        let coordinator = self.coordinator.iter().map(|_| Name::Coordinator);
        let plan = self.plan.iter().map(|_| Name::Plan);
        let names = nodes.chain(shards).chain(wishes);
        names.chain(coordinator).chain(plan).collect()
    }

    /// What the coordinator judges by: a silent node counts as gone.
    pub(super) fn world(&self, silent: &BTreeSet<NodeId>) -> World {
        let live = self.nodes.iter().filter(|(id, _)| !silent.contains(*id));
        let nodes = live.map(|(id, node)| {
            let candidate = Candidate {
                draining: node.info.draining,
                came: node.came,
                load: node.info.load.clone(),
                raise: node.info.raise.clone(),
            };
            (id.clone(), candidate)
        });
        let owners = self.owners.iter();
        World {
            nodes: nodes.collect(),
            owners: owners
                .map(|(shard, entry)| (shard.clone(), entry.owner.clone()))
                .collect(),
            newest: self
                .newest
                .iter()
                .map(|(shard, owner)| (shard.clone(), owner.epoch))
                .collect(),
            wishes: self.wishes.clone(),
        }
    }
}

/// The value of a key; what is no such value is left aside, and said.
fn read<T: DeserializeOwned>(kv: &KeyValue) -> Option<T> {
    let value = serde_json::from_slice(kv.value());
    value
        .inspect_err(|error| {
            let key = String::from_utf8_lossy(kv.key());
            tracing::warn!(%key, %error, "a key in etcd can't be read");
        })
        .ok()
}
