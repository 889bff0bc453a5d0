//! The shards of a shop.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use amble_cluster::NodeId;
use amble_proto::{
    Timestamp,
    v1::{EventKind, ListShardsResponse, Shard, ShardState},
};
use amble_store::{Declared, ShardLook, ShardSaid, duration, stamp};

use super::{Inspection, Looks};

impl Inspection {
    pub(super) async fn list_shards(&self, node: Option<&NodeId>) -> ListShardsResponse {
        let looks = self.look().await;
        let status = self.status();
        let placed = self.placements();
        let declared = self.shop.declared();
        let shards = declared.iter().map(|shard| {
            let shown = self.show(shard, &looks);
            let owner = NodeId::new(&shown.node_id);
            let load = status.nodes.get(&owner);
            let load = load.and_then(|info| info.load.get(shard.key.as_str()));
            Shard {
                placed_at: placed.get(&(shown.shard_key.clone(), shown.epoch)).copied(),
                measured_load_us: load.copied(),
                ..shown
            }
        });
        let wanted = |shard: &Shard| node.is_none_or(|node| shard.node_id == node.as_str());
        ListShardsResponse {
            shards: shards.filter(wanted).collect(),
            unanswered: looks.unanswered(),
            etcd_away: status.etcd_away,
        }
    }

    /// When each shard was placed, by key and epoch, as far as is remembered.
    fn placements(&self) -> BTreeMap<(String, u64), Timestamp> {
        let events = self.shop.log.last();
        let placed = events.iter().filter(|e| e.kind() == EventKind::Placed);
        let placed = placed.filter_map(|e| Some(((e.shard_key.clone(), e.epoch), e.at?)));
        placed.collect()
    }

    fn show(&self, declared: &Declared, looks: &Looks) -> Shard {
        let owner = self.shop.placed(&declared.key);
        let (node, epoch) = match &owner {
            Some(owner) => (Some(&owner.node), owner.epoch.0),
            // Alone, everything is here.
            None if self.shop.member().is_none() => (Some(self.shop.router.me()), 0),
            None => (None, 0),
        };
        let look = node.and_then(|node| looks.of.get(node));
        let served = look.and_then(|look| {
            let mut shards = look.shards.iter();
            // What is left of an older epoch serves nobody any more.
            let current = |s: &&ShardLook| s.said.is_none_or(|said| said.epoch >= epoch);
            shards.find(|s| s.key == declared.key.as_str() && current(s))
        });
        let state = match node {
            Some(_) if served.is_some() => ShardState::Served,
            Some(_) if look.is_some() => ShardState::Starting,
            Some(node) if looks.unanswered.contains(node) => ShardState::Unknown,
            _ => ShardState::Homeless,
        };
        let shown = Shard {
            shard_key: declared.key.to_string(),
            kind: declared.kind.into(),
            node_id: node.map_or_else(String::new, ToString::to_string),
            epoch,
            state: state.into(),
            declared_load_us: declared.load,
            actors: served.map_or(0, |served| served.actors),
            ..Shard::default()
        };
        match served.and_then(|served| served.said) {
            Some(said) => self.with_what_it_says(shown, said),
            None => shown,
        }
    }

    fn with_what_it_says(&self, shown: Shard, said: ShardSaid) -> Shard {
        let done = u64::try_from(said.done_until.0).unwrap_or_default();
        let done = UNIX_EPOCH + Duration::from_micros(done);
        let lag = SystemTime::now().duration_since(done).unwrap_or_default();
        Shard {
            epoch: said.epoch,
            served_since: Some(stamp(said.since)),
            done_until: Some(stamp(said.done_until)),
            lag: (!self.shop.event_time).then(|| duration(lag)),
            unwritten: said.unwritten,
            ..shown
        }
    }
}
