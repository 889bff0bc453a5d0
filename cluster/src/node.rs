//! Nodes, and who owns what.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{Epoch, Key};

/// One run of a process: its configured name and a number that no other run of it has. A node that
/// starts again is another node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NodeId(Arc<str>);

impl NodeId {
    /// An id of this text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The id of a run of the node of this name.
    #[must_use]
    pub fn of_run(name: &str, run: u64) -> Self {
        Self(format!("{name}-{run:x}").into())
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name that [`of_run`](Self::of_run) was given; the whole text, when it is of another form.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit_once('-').map_or(&self.0, |(name, _)| name)
    }

    /// The key of something that is bound to this node and moves nowhere: `node/ID/part`.
    #[must_use]
    pub fn own_key(&self, part: impl fmt::Display) -> Key {
        Key::shard_named(&format!("{NODE_PREFIX}{self}")).child(part)
    }

    /// The node to which a shard's name is bound, when it is bound to one.
    #[must_use]
    pub fn bound(shard: &str) -> Option<Self> {
        shard.strip_prefix(NODE_PREFIX).map(Self::new)
    }
}

/// Shards of this name are bound to a node.
const NODE_PREFIX: &str = "node/";

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a shard is placed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Owner {
    /// The node.
    pub node: NodeId,
    /// How often the shard has been placed.
    pub epoch: Epoch,
}

/// A shard as it is declared to the coordinator (rule C2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardSpec {
    /// Its key.
    pub key: Key,
    /// How much work it is; only the ratios matter.
    pub load: u64,
    /// Shards that it should be near.
    pub affinities: Vec<Key>,
}
