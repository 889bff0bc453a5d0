//! What a node answers for itself.

use std::{sync::Arc, time::Duration};

use amble_cluster::Key;
use amble_proto::v1::ActorDescription;
use tokio::{
    sync::oneshot,
    time::{Instant, timeout_at},
};

use super::{ActorFilter, NodeLook, ShardLook, ShardSaid, count, time_of};
use crate::{
    message::{Description, Inspect, Message},
    shop::Shop,
};

/// How long a shard's own actor may take to say how it is. One that is busy for longer is listed
/// without.
const SAYS_WITHIN: Duration = Duration::from_millis(300);

impl Shop {
    /// Somebody looks into this node.
    pub(crate) fn looked_into(self: &Arc<Self>, question: Inspect) {
        match question {
            Inspect::Find(filter, answer) => {
                let _ = answer.send(self.find(&filter));
            }
            Inspect::Drain(draining, answer) => {
                if let Some(member) = self.member() {
                    member.set_draining(draining);
                    let _ = answer.send(());
                }
            }
            Inspect::Happened(event) => self.log.note(event.0),
            Inspect::Look(answer) => {
                let shop = Arc::clone(self);
                tokio::spawn(async move {
                    let _ = answer.send(shop.look().await);
                });
            }
        }
    }

    fn find(&self, filter: &ActorFilter) -> Vec<String> {
        let visit = self.shopper_of_visit(&filter.part);
        let wanted = |key: &Key| {
            let kind = self.actor_kind(key).map(i32::from);
            kind.is_some()
                && (filter.kind.is_none() || filter.kind == kind)
                && key.as_str() > filter.after.as_str()
                && (key.as_str().contains(&filter.part) || *key == visit)
        };
        let mut keys = self.router.local().keys();
        keys.retain(wanted);
        keys.sort();
        keys.truncate(filter.limit);
        keys.iter().map(ToString::to_string).collect()
    }

    async fn look(&self) -> NodeLook {
        let mut keys = self.router.local().keys();
        keys.retain(|key| self.actor_kind(key).is_some());
        let until = Instant::now() + SAYS_WITHIN;
        // All are asked before any is waited for.
        let shards = self.shard_keys().filter(|key| keys.contains(key));
        let asked: Vec<_> = shards.map(|shard| (shard, self.ask_here(shard))).collect();
        let mut shards = Vec::with_capacity(asked.len());
        for (shard, answer) in asked {
            let said = timeout_at(until, answer).await.ok().and_then(Result::ok);
            let actors = keys.iter().filter(|key| key.shard() == shard.as_str());
            shards.push(ShardLook {
                key: shard.to_string(),
                actors: count(actors.count()),
                said: said.map(|said| short(&said.0)),
            });
        }
        NodeLook {
            usage: (self.usage)(),
            opened: Some(self.opened),
            actors: count(keys.len()),
            connected_devices: count(self.links.len()),
            etcd_away: self.member().is_some_and(|member| member.etcd_is_away()),
            ledger_away: self.stats.ledger_is_away(),
            decided_until: self.stats.decided_until(),
            shards,
        }
    }

    fn ask_here(&self, key: &Key) -> oneshot::Receiver<Description> {
        let (answer, wait) = oneshot::channel();
        // One that has just ended drops the question, and with it the wait.
        let _ = self.router.local().deliver(key, Message::Describe(answer));
        wait
    }
}

fn short(said: &ActorDescription) -> ShardSaid {
    ShardSaid {
        epoch: said.epoch,
        since: said.since.as_ref().map(time_of).unwrap_or_default(),
        done_until: said.done_until.as_ref().map(time_of).unwrap_or_default(),
        unwritten: said.unwritten,
    }
}
