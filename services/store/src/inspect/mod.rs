//! Looking into a shop that runs: its nodes, its actors, and what happened to it.
//!
//! 1. An actor is reached by its key and describes itself ([`Shop::describe`]): what is shown is what it
//!    really is, not a copy kept for show.
//! 2. Which actors live on a node, only that node knows: it is asked by the key that is bound to it.
//! 3. Whoever looks changes nothing, and keeps nobody waiting: every question has a deadline.

mod events;
mod node;
mod words;

use std::time::{Duration, SystemTime};

use amble_cluster::{AskError, Key, NodeId, Owner, etcd::Member};
use amble_engine::time::Time;
use amble_proto::v1::{Actor, ActorDescription, ActorKind, ShardKind};
use serde::{Deserialize, Serialize};

pub use events::EventLog;
pub(crate) use events::What;
pub(crate) use words::wait;
pub use words::{duration, stamp};

use crate::{
    keys::{BucketIx, visit_party},
    message::{Inspect, Message},
    network::NODE,
    shop::Shop,
};

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

impl Shop {
    /// This node's place among others, when it is not alone.
    #[must_use]
    pub fn member(&self) -> Option<&Member> {
        self.placing.as_ref().map(|placing| &*placing.member)
    }

    /// The nodes that can be asked: this one, and those that the table names.
    #[must_use]
    pub fn node_ids(&self) -> Vec<NodeId> {
        let me = self.router.me();
        let Some(placing) = &self.placing else {
            return vec![me.clone()];
        };
        let mut ids: Vec<_> = placing.table.nodes().borrow().keys().cloned().collect();
        if !ids.contains(me) {
            ids.push(me.clone());
        }
        ids
    }

    /// Where a shard is placed. `None`: nowhere, or there is no map.
    #[must_use]
    pub fn placed(&self, shard: &Key) -> Option<Owner> {
        self.placing.as_ref()?.table.owner(shard.as_str())
    }

    /// Every shard: zones in the plan's order, buckets, the bookkeeper.
    #[must_use]
    pub fn declared(&self) -> Vec<Declared> {
        let declared = crate::network::shard_specs(&self.plan.plan).into_iter();
        let shard = |spec: amble_cluster::ShardSpec| Declared {
            kind: match self.actor_kind(&spec.key) {
                Some(ActorKind::Zone) => ShardKind::Zone,
                Some(ActorKind::Bucket) => ShardKind::Bucket,
                _ => ShardKind::Bookkeeper,
            },
            key: spec.key,
            load: spec.load,
        };
        declared.map(shard).collect()
    }

    /// The key of this text, with or without the store's id in front. `None`: it is in none of the
    /// shop's shards.
    #[must_use]
    pub fn actor_key(&self, text: &str) -> Option<Key> {
        let store = &self.plan.plan.store;
        let own = text.strip_prefix(store.as_str());
        let own = own.and_then(|rest| rest.strip_prefix('/')).unwrap_or(text);
        let whole = format!("{store}/{own}");
        let in_shard = |shard: &Key| {
            let rest = whole.strip_prefix(shard.as_str())?;
            match rest.strip_prefix('/') {
                Some(part) => Some(shard.child(part)),
                None => rest.is_empty().then(|| shard.clone()),
            }
        };
        let shards = self.shard_keys();
        let found = shards.filter_map(|shard| in_shard(shard).map(|key| (shard, key)));
        // Of two zones of which one's name begins with the other's.
        let longest = found.max_by_key(|(shard, _)| shard.as_str().len());
        longest.map(|(_, key)| key)
    }

    /// What lives under a key. `None`: no actor.
    #[must_use]
    pub fn actor_kind(&self, key: &Key) -> Option<ActorKind> {
        let own = key.shard().strip_prefix(self.plan.plan.store.as_str())?;
        let part = key.as_str().strip_prefix(key.shard())?;
        let word = |text: &str| text.split('/').nth(1).unwrap_or_default().to_owned();
        match (word(own).as_str(), word(part).as_str()) {
            ("zone", "") => Some(ActorKind::Zone),
            ("zone", "camera") => Some(ActorKind::Camera),
            ("zone", "shelf") => Some(ActorKind::Shelf),
            ("zone", "gate") => Some(ActorKind::Gate),
            ("bucket", "") => Some(ActorKind::Bucket),
            ("bucket", "shopper") => Some(ActorKind::Shopper),
            (crate::plan::BOOKKEEPER, "") => Some(ActorKind::Bookkeeper),
            _ => None,
        }
    }

    /// An actor by name, as one that lives at this node.
    pub(crate) fn by_name(&self, key: &Key) -> Actor {
        Actor {
            actor_key: key.to_string(),
            kind: self.actor_kind(key).unwrap_or_default().into(),
            node_id: self.router.me().to_string(),
            shard_key: key.shard().to_owned(),
        }
    }

    pub(crate) fn shard_keys(&self) -> impl Iterator<Item = &Key> {
        let zones = self.zones().map(|zone| self.keys.zone(zone));
        let buckets = self.buckets().map(|bucket| self.keys.bucket(bucket));
        zones.chain(buckets).chain([self.keys.book()])
    }

    /// How a node is.
    ///
    /// # Errors
    /// When it does not answer in time.
    pub async fn look_at(&self, node: &NodeId, within: Duration) -> Result<NodeLook, AskError> {
        let question = |answer| Message::Inspect(Inspect::Look(answer));
        self.router.ask(&node.own_key(NODE), within, question).await
    }

    /// Actors that live at a node, by key.
    ///
    /// # Errors
    /// When it does not answer in time.
    pub async fn find_at(
        &self,
        node: &NodeId,
        filter: ActorFilter,
        within: Duration,
    ) -> Result<Vec<Actor>, AskError> {
        let question = |answer| Message::Inspect(Inspect::Find(filter, answer));
        let keys = self.router.ask(&node.own_key(NODE), within, question).await;
        let keys = keys?.into_iter().filter_map(|key| self.actor_key(&key));
        let actor = |key: Key| Actor {
            node_id: node.to_string(),
            ..self.by_name(&key)
        };
        Ok(keys.map(|key| actor(key)).collect())
    }

    /// A node shall lose its shards (`true`), or take some again.
    ///
    /// # Errors
    /// When it does not answer in time.
    pub async fn drain(
        &self,
        node: &NodeId,
        draining: bool,
        within: Duration,
    ) -> Result<(), AskError> {
        let question = |answer| Message::Inspect(Inspect::Drain(draining, answer));
        self.router.ask(&node.own_key(NODE), within, question).await
    }

    /// An actor, as it sees itself now.
    ///
    /// # Errors
    /// When it does not live anywhere now, or does not answer in time.
    pub async fn describe(
        &self,
        key: &Key,
        within: Duration,
    ) -> Result<ActorDescription, AskError> {
        let mut said = self.router.ask(key, within, Message::Describe).await?.0;
        if self.actor_kind(key) == Some(ActorKind::Shopper) {
            // Which zones hear of a track, its bucket knows.
            let bucket = Key::shard_named(key.shard());
            let bucket = self.router.ask(&bucket, within, Message::Describe).await?.0;
            said.epoch = bucket.epoch;
            said.hears.extend(subscribed(&bucket, key));
        }
        Ok(said)
    }

    /// The shopper of the visit of this name.
    pub(crate) fn shopper_of_visit(&self, visit: &str) -> Key {
        self.keys.shopper(visit_party(visit))
    }

    pub(crate) fn bucket_key(&self, bucket: usize) -> Option<String> {
        let bucket = BucketIx(u32::try_from(bucket).ok()?);
        Some(self.keys.bucket(bucket).to_string())
    }
}

/// The zones that hear of a shopper's tracks.
fn subscribed(bucket: &ActorDescription, shopper: &Key) -> Vec<String> {
    use amble_proto::v1::actor_description::State;
    let Some(State::Bucket(state)) = &bucket.state else {
        return Vec::new();
    };
    let own = state.subscriptions.iter();
    let own = own.filter(|one| one.shopper_key == shopper.as_str());
    let mut zones: Vec<_> = own.flat_map(|one| one.zone_keys.clone()).collect();
    zones.sort();
    zones.dedup();
    zones
}
