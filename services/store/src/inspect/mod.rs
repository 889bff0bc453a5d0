//! Looking into a shop that runs: its nodes, its actors, and what happened to it.
//!
//! 1. An actor is reached by its key and describes itself ([`Shop::describe`]): what is shown is what it
//!    really is, not a copy kept for show.
//! 2. Which actors live on a node, only that node knows: it is asked by the key that is bound to it.
//! 3. Whoever looks changes nothing, and keeps nobody waiting: every question has a deadline.

mod ask;
mod events;
mod names;
mod node;
mod words;

use std::time::SystemTime;

use amble_cluster::Key;
use amble_engine::time::Time;
use amble_proto::v1::ShardKind;
use serde::{Deserialize, Serialize};

pub use events::EventLog;
pub(crate) use events::What;
pub(crate) use words::{count, time_of, wait};
pub use words::{duration, stamp};

/// What a process has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// User and system time since the process began, in microseconds.
    pub cpu_us: i64,
    /// Memory that it holds now, in bytes.
    pub memory_bytes: u64,
}

/// How a node is, as it says itself.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct NodeLook {
    /// What its process has used.
    pub usage: Usage,
    /// Since when its shop is open, by its own clock. `None`: it did not say.
    pub opened: Option<SystemTime>,
    /// Actors that live in it.
    pub actors: u32,
    /// Devices whose streams it carries.
    pub connected_devices: u32,
    /// It can't reach etcd.
    pub etcd_away: bool,
    /// A shard of it waits for the ledger.
    pub ledger_away: bool,
    /// Up to when everything is decided, as far as it knows.
    pub decided_until: Option<Time>,
    /// The shards that it serves.
    pub shards: Vec<ShardLook>,
}

/// A shard that is served.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ShardLook {
    /// Its key.
    pub key: String,
    /// The actors in it, itself included.
    pub actors: u32,
    /// What its own actor says of itself, in so far as it is of use in a list. `None`: it did not say
    /// in time.
    pub said: Option<ShardSaid>,
}

/// What a shard's actor says of itself.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ShardSaid {
    /// The epoch in which it was claimed.
    pub epoch: u64,
    /// Since when it is served here: microseconds of the wall clock.
    pub since: Time,
    /// Event time up to which it has taken everything.
    pub done_until: Time,
    /// Its writes that wait for the ledger.
    pub unwritten: u32,
}

/// Which actors are wanted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ActorFilter {
    /// Their key contains this, or is that of the visit of this name.
    pub part: String,
    /// They are of this kind; a number of [`ActorKind`].
    pub kind: Option<i32>,
    /// Their key comes after this one.
    pub after: String,
    /// At most so many.
    pub limit: usize,
}

/// A shard of the shop, as the plan declares it.
#[derive(Clone, Debug)]
pub struct Declared {
    /// Its key.
    pub key: Key,
    /// What it is of.
    pub kind: ShardKind,
    /// What it costs, in microseconds of CPU a second.
    pub load: u64,
}
