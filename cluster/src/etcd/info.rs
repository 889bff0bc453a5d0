//! What stands in etcd, in JSON.

use std::{collections::BTreeMap, time::SystemTime};

use serde::{Deserialize, Serialize};

use crate::{Epoch, NodeId, Owner, coordinator::Reason};

/// What a node says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeInfo {
    /// Its id.
    pub id: NodeId,
    /// Where its peers reach it.
    pub address: String,
    /// Of its program.
    pub version: String,
    /// When it began, by its own clock: milliseconds since 1970.
    #[serde(default)]
    pub began_ms: u64,
    /// It shall lose its shards.
    #[serde(default)]
    pub draining: bool,
    /// What its shards cost, in microseconds of CPU a second.
    #[serde(default)]
    pub load: BTreeMap<String, u64>,
    /// Shards of which the ledger knows this epoch: a map that is behind has to place them above it.
    #[serde(default)]
    pub raise: BTreeMap<String, Epoch>,
}

impl NodeInfo {
    /// What a node says that has just started.
    #[must_use]
    pub fn new(id: NodeId, address: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            id,
            address: address.into(),
            version: version.into(),
            began_ms: now_ms(),
            draining: false,
            load: BTreeMap::new(),
            raise: BTreeMap::new(),
        }
    }
}

/// A shard's entry in the map.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Placed {
    #[serde(flatten)]
    pub(super) owner: Owner,
    pub(super) reason: Reason,
    /// When, by the coordinator's clock: milliseconds since 1970.
    #[serde(default)]
    pub(super) at_ms: u64,
}

/// The wall clock: milliseconds since 1970.
pub(super) fn now_ms() -> u64 {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or_default()
}
