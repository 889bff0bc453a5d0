//! What a node takes in: changes in etcd, its peers' silence, orders of its own process.

use std::collections::BTreeSet;

use etcd_client::{EventType, WatchResponse};
use tokio::{sync::mpsc::error::TryRecvError, time::Instant};

use super::{
    WishError,
    history::{Change, What},
    keys::Name,
    run::{Leaving, Order, Run},
    session::Session,
};
use crate::{
    NodeId,
    beat::{LEAVE_WITHIN, SETTLE},
};

impl Run {
    /// Takes a watched change over.
    pub(super) fn take(&mut self, response: &WatchResponse, session: &mut Session) {
        let now = self.now();
        let mut news = Vec::new();
        for event in response.events() {
            let Some(kv) = event.kv() else { continue };
            self.view.revision = self.view.revision.max(kv.mod_revision());
            let Some(name) = self.keys.name(kv.key()) else {
                continue;
            };
            match event.event_type() {
                EventType::Put => news.extend(self.view.put(&name, kv, now)),
                EventType::Delete => {
                    news.extend(self.deleted(&name, kv.mod_revision(), session));
                }
            }
        }
        if !response.events().is_empty() {
            self.publish(news);
        }
    }

    /// A key is gone since a revision: what is to be noted. If it is this node's own, and was not put
    /// again since, its lease was revoked. A node that never said that it leaves fell silent first,
    /// whoever found that out.
    pub(super) fn deleted(
        &mut self,
        name: &Name,
        revision: i64,
        session: &mut Session,
    ) -> impl Iterator<Item = Change> + use<> {
        let silent = match name {
            Name::Node(id) => self.fell_silent(id),
            _ => None,
        };
        let mine = matches!(name, Name::Node(id) if *id == self.me.id);
        if mine && revision > self.said && self.lease.is_some() {
            self.lose_lease(session);
        }
        silent.into_iter().chain(self.view.delete(name))
    }

    /// A node that is gone without having said that it would go, and whose silence was not noted yet.
    fn fell_silent(&self, node: &NodeId) -> Option<Change> {
        let present = self.view.nodes.get(node)?;
        let noted = present.info.draining || self.status.borrow().silent.contains(node);
        (!noted).then(|| What::Silent { node: node.clone() }.now())
    }

    pub(super) fn lose_lease(&mut self, session: &mut Session) {
        tracing::warn!(node = %self.me.id, "this node's lease is lost");
        session.forget_lease();
        self.lease = None;
        self.unsaid = true;
        self.back = Instant::now() + SETTLE;
        self.spared = self.silent_now();
    }

    pub(super) fn hear_silence(&mut self) {
        let silent = self.silent_now();
        for node in silent.iter().filter(|id| self.view.nodes.contains_key(*id)) {
            self.history.note(What::Silent { node: node.clone() }.now());
        }
        self.spared.retain(|node| silent.contains(node));
        self.update(|status, _| status.silent = silent);
    }

    /// The silent nodes; this one hears itself.
    pub(super) fn silent_now(&self) -> BTreeSet<NodeId> {
        let mut silent = self.silent.borrow().clone();
        silent.remove(&self.me.id);
        silent
    }

    /// What needs no etcd to be done.
    pub(super) fn obey(&mut self, order: Order) {
        match order {
            Order::Draining(draining) => self.me.draining = draining,
            Order::Load(load) => self.me.load = load,
            Order::Raise(shard, above) => {
                let raise = self.me.raise.entry(shard).or_default();
                *raise = above.max(*raise);
            }
            Order::Leave(reply) => {
                self.me.draining = true;
                let until = Instant::now() + LEAVE_WITHIN;
                self.leaving = Some(Leaving { until, reply });
            }
            Order::Wish(_, _, reply) => {
                // Whoever wished may be gone.
                let _ = reply.send(Err(WishError::Away));
            }
        }
        self.unsaid = true;
    }

    /// What can be done of the orders meanwhile. Whether to go on.
    pub(super) fn orders_while_away(&mut self) -> bool {
        loop {
            match self.orders.try_recv() {
                Ok(order) => self.obey(order),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
        let leaving = self.leaving.as_ref();
        leaving.is_none_or(|leaving| Instant::now() < leaving.until)
    }
}
