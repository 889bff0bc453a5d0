//! What a node tells the rest of its process: the table, the history, the status, the metrics.

use std::collections::BTreeMap;

use super::{Change, Status, history::What, run::Run, telemetry};
use crate::NodeId;

impl Run {
    /// Tells the rest of the process what is new.
    pub(super) fn publish(&mut self, news: Vec<Change>) {
        let nodes = self.view.nodes.iter();
        let addresses = nodes.map(|(id, node)| (id.clone(), node.info.address.clone()));
        self.table.set_nodes(addresses.collect());
        for change in news {
            if let What::Placed { shard, owner, .. } = &change.what {
                self.table.learn(shard, owner.clone());
            }
            if let What::Left { node } = &change.what {
                telemetry::shards(node, 0);
            }
            self.history.note(change);
        }
        let mut held: BTreeMap<&NodeId, usize> = self.view.nodes.keys().map(|id| (id, 0)).collect();
        for entry in self.view.owners.values() {
            if let Some(count) = held.get_mut(&entry.owner.node) {
                *count += 1;
            }
        }
        telemetry::nodes(held.len());
        for (node, count) in held {
            telemetry::shards(node, count);
        }
        let differs = self
            .view
            .plan
            .as_ref()
            .is_some_and(|plan| *plan != self.plan);
        if differs && !self.status.borrow().plan_differs {
            self.history.note(What::PlanDiffers.now());
        }
        self.update(|status, run| {
            status.plan_differs = differs;
            status.coordinator = run.view.coordinator.as_ref().map(|it| it.node.clone());
            let nodes = run.view.nodes.iter();
            status.nodes = nodes
                .map(|(id, node)| (id.clone(), node.info.clone()))
                .collect();
            status.joined = status.nodes.contains_key(&run.me.id);
        });
    }

    pub(super) fn update(&self, change: impl FnOnce(&mut Status, &Self)) {
        self.status.send_if_modified(|status| {
            let before = status.clone();
            change(status, self);
            *status != before
        });
    }

    pub(super) fn set_away(&mut self, away: bool) {
        telemetry::etcd_up(!away);
        let was = self.status.borrow().etcd_away;
        if was != away {
            let what = if away { What::EtcdAway } else { What::EtcdBack };
            self.history.note(what.now());
            self.update(|status, _| status.etcd_away = away);
        }
    }
}
