//! The nodes of a shop.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use amble_cluster::{NodeId, etcd::NodeInfo};
use amble_proto::v1::{Event, EventKind, ListNodesResponse, Node, NodeReport, NodeState};
use amble_store::{Declared, NodeLook, duration, stamp};

use super::Inspection;

/// How long a node that was put out is listed: longer than one looks for it.
const REMEMBERED: Duration = Duration::from_secs(600);

impl Inspection {
    pub(super) async fn list_nodes(&self) -> ListNodesResponse {
        let status = self.status();
        let looks = self.look().await;
        let declared = self.shop.declared();
        let me = self.shop.router.me();
        let mut nodes = BTreeMap::new();
        for (id, info) in &status.nodes {
            let state = match info {
                _ if status.silent.contains(id) => NodeState::Silent,
                info if info.draining => NodeState::Draining,
                _ => NodeState::Live,
            };
            let since = UNIX_EPOCH + Duration::from_millis(info.began_ms);
            let node = Node {
                address: info.address.clone(),
                version: info.version.clone(),
                since: Some(since.into()),
                state: state.into(),
                coordinator: status.coordinator.as_ref() == Some(id),
                measured_load_us: measured(info),
                ..named(id)
            };
            nodes.insert(id.clone(), node);
        }
        if self.shop.member().is_none() {
            let node = Node {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                state: NodeState::Live.into(),
                ..named(me)
            };
            nodes.insert(me.clone(), node);
        }
        for id in put_out(&self.shop.log.last(), SystemTime::now()) {
            nodes.entry(id.clone()).or_insert_with(|| Node {
                state: NodeState::PutOut.into(),
                ..named(&id)
            });
        }
        for (id, node) in &mut nodes {
            (node.shards, node.declared_load_us) = self.holds(id, &declared);
            if let Some(look) = looks.of.get(id) {
                node.since = node.since.or(look.opened.map(Into::into));
                node.report = Some(report(look));
            }
        }
        ListNodesResponse {
            nodes: nodes.into_values().collect(),
            answered_by: me.to_string(),
            unanswered: looks.unanswered(),
            etcd_away: status.etcd_away,
        }
    }

    /// How many shards are placed at a node, and what they cost by the plan.
    pub(super) fn holds(&self, node: &NodeId, declared: &[Declared]) -> (u32, u64) {
        let alone = self.shop.member().is_none();
        let at = |shard: &&Declared| {
            let owner = self.shop.placed(&shard.key);
            alone || owner.is_some_and(|owner| owner.node == *node)
        };
        let held = declared.iter().filter(at);
        held.fold((0, 0), |(count, load), shard| {
            (count + 1, load + shard.load)
        })
    }
}

fn named(id: &NodeId) -> Node {
    Node {
        node_id: id.to_string(),
        name: id.name().to_owned(),
        ..Node::default()
    }
}

fn measured(info: &NodeInfo) -> Option<u64> {
    (!info.load.is_empty()).then(|| info.load.values().sum())
}

fn report(look: &NodeLook) -> NodeReport {
    let cpu = u64::try_from(look.usage.cpu_us).unwrap_or_default();
    NodeReport {
        cpu: Some(duration(Duration::from_micros(cpu))),
        memory_bytes: look.usage.memory_bytes,
        actors: look.actors,
        connected_devices: look.connected_devices,
        etcd_away: look.etcd_away,
        ledger_away: look.ledger_away,
        decided_until: look.decided_until.map(stamp),
    }
}

/// The nodes that were silent and are out, lately. One that left without having been silent went in
/// order, and is nobody's business any more.
fn put_out(events: &[Arc<Event>], now: SystemTime) -> BTreeSet<NodeId> {
    let mut silent = BTreeSet::new();
    let mut out = BTreeSet::new();
    let recent = |event: &Event| {
        let at = event.at.and_then(|at| SystemTime::try_from(at).ok());
        at.is_some_and(|at| now.duration_since(at).unwrap_or_default() < REMEMBERED)
    };
    for event in events {
        let node = NodeId::new(&event.node_id);
        match event.kind() {
            EventKind::NodeJoined => {
                silent.remove(&node);
                out.remove(&node);
            }
            EventKind::NodeSilent => {
                silent.insert(node);
            }
            EventKind::NodeLeft if silent.contains(&node) && recent(event) => {
                out.insert(node);
            }
            EventKind::NodePutOut if recent(event) => {
                out.insert(node);
            }
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(kinds: &[(EventKind, &str)]) -> Vec<Arc<Event>> {
        let event = |&(kind, node): &(EventKind, &str)| {
            Arc::new(Event {
                at: Some(SystemTime::now().into()),
                kind: kind.into(),
                node_id: node.to_owned(),
                ..Event::default()
            })
        };
        kinds.iter().map(event).collect()
    }

    #[test]
    fn who_was_silent_and_left_is_out_until_it_joins_again() {
        use EventKind::{NodeJoined, NodeLeft, NodeSilent};
        let now = SystemTime::now();
        let killed = [(NodeJoined, "a-1"), (NodeSilent, "a-1"), (NodeLeft, "a-1")];
        let out = put_out(&events(&killed), now);
        assert!(out.contains(&NodeId::new("a-1")));
        let ended = [(NodeJoined, "a-1"), (NodeLeft, "a-1")];
        assert!(put_out(&events(&ended), now).is_empty());
        let back = [&killed[..], &killed[..1]].concat();
        assert!(put_out(&events(&back), now).is_empty());
        assert!(put_out(&events(&killed), now + REMEMBERED * 2).is_empty());
    }
}
