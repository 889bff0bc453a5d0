//! What is asked of a shop's nodes and actors by whoever looks.

use std::time::Duration;

use amble_cluster::{AskError, Key, NodeId, Owner, etcd::Member};
use amble_proto::v1::{Actor, ActorDescription, ActorKind, ShardKind, actor_description::State};

use super::{ActorFilter, Declared, NodeLook};
use crate::{
    message::{Inspect, Message},
    network::{NODE, shard_specs},
    shop::Shop,
};

impl Shop {
    /// This node's place among others, when it is not alone.
    #[must_use]
    pub fn member(&self) -> Option<&Member> {
        self.placing.as_ref().map(|placing| &*placing.member)
    }

    /// Whether the other nodes go on without this one: its edges are better off elsewhere.
    #[must_use]
    pub fn is_put_out(&self) -> bool {
        self.member().is_some_and(Member::is_put_out)
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
        let declared = shard_specs(&self.plan.plan).into_iter();
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
        Ok(keys.map(actor).collect())
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
}

/// The zones that hear of a shopper's tracks.
fn subscribed(bucket: &ActorDescription, shopper: &Key) -> Vec<String> {
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
