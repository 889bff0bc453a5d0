//! What a node owes the cluster, given what it knows. Each duty is done as soon as there is reason to,
//! and doing one twice changes nothing: all of them are gone through whenever anything was heard.

use std::collections::BTreeSet;

use tokio::{sync::oneshot, time::Instant};

use super::{
    WishError,
    history::What,
    run::Run,
    session::{EtcdError, Session, bounded},
    telemetry, writes,
};
use crate::{NodeId, beat::HEARTBEAT};

impl Run {
    /// Everything that is to be done now. Whether the node has left.
    pub(super) async fn duties(&mut self, session: &mut Session) -> Result<bool, EtcdError> {
        if self.leave(session).await? {
            return Ok(true);
        }
        self.say(session).await?;
        self.coordinate(session).await?;
        self.put_out(session).await?;
        self.campaign(session).await?;
        Ok(false)
    }

    /// Has a lease, and says what it says of itself, if that is news.
    pub(super) async fn say(&mut self, session: &mut Session) -> Result<(), EtcdError> {
        for (shard, above) in self.view.forgotten() {
            let raise = self.me.raise.entry(shard.to_owned()).or_default();
            if *raise < above {
                *raise = above;
                self.unsaid = true;
            }
        }
        let owners = &self.view.owners;
        self.me.raise.retain(|shard, above| {
            let placed = owners.get(shard).map(|entry| entry.owner.epoch);
            placed.is_none_or(|epoch| epoch < *above)
        });
        let lease = match self.lease {
            Some(lease) => lease,
            None if Instant::now() < self.back => {
                self.wake_at(self.back);
                return Ok(());
            }
            None if !self.may_be_here() => return Ok(()),
            None => {
                // A new one always exists; should it not, the next attempt gets another.
                let Some(lease) = session.keep(None).await? else {
                    return Ok(());
                };
                self.unsaid = true;
                *self.lease.insert(lease)
            }
        };
        if self.unsaid {
            self.said = writes::node(&session.client, &self.keys, &self.me, lease).await?;
            self.unsaid = false;
        }
        Ok(())
    }

    /// Whether it hears anybody, or is alone. Who joins for the first time has heard nobody yet.
    fn may_be_here(&self) -> bool {
        // By its own ears: what the majority finds, it may not have heard either.
        let unheard = self.unheard.borrow();
        let mut others = self.view.nodes.keys().filter(|id| **id != self.me.id);
        self.said == 0
            || self.view.nodes.keys().all(|id| *id == self.me.id)
            || others.any(|id| !unheard.contains(id))
    }

    /// Places shards, while it is the coordinator and sees what it wrote itself.
    async fn coordinate(&mut self, session: &mut Session) -> Result<(), EtcdError> {
        let elected = self.view.coordinator.as_ref();
        let Some(elected) = elected.filter(|it| it.node == self.me.id) else {
            self.coordinator = None;
            return Ok(());
        };
        if self.view.revision < self.written {
            return Ok(());
        }
        let (client, keys, created) = (&session.client, &self.keys, elected.created);
        if self.view.plan.as_ref() != Some(&self.plan)
            && let Some(revision) = writes::plan(client, keys, created, &self.plan).await?
        {
            self.written = revision;
            return Ok(());
        }
        let known = self.coordinator.take().filter(|(of, _)| *of == created);
        let state = known.map(|(_, state)| state).unwrap_or_default();
        let world = self.view.world(&self.silent_now());
        let (state, orders) = state.step(self.now(), &self.shards, &world);
        self.coordinator = Some((created, state));
        let wrote = writes::places(
            client,
            keys,
            &self.view,
            created,
            &orders.placings,
            &orders.granted,
        )
        .await?;
        if let Some(revision) = wrote {
            self.written = revision;
            for placing in &orders.placings {
                telemetry::placed(placing.reason);
            }
        }
        if let Some(again) = orders.again {
            // Not faster than news can come.
            let wait = again.saturating_sub(self.now());
            self.wake_at(Instant::now() + wait.max(HEARTBEAT / 10));
        }
        Ok(())
    }

    /// Puts out whom nobody hears.
    async fn put_out(&mut self, session: &Session) -> Result<(), EtcdError> {
        let Some(mine) = self.lease else {
            return Ok(());
        };
        let silent = self.silent_now();
        let nodes = self.view.nodes.iter();
        let out: Vec<(NodeId, i64)> = nodes
            .filter(|(id, _)| silent.contains(*id) && !self.spared.contains(*id))
            .map(|(id, node)| (id.clone(), node.lease))
            .collect();
        for (node, lease) in out {
            let me = (&self.me.id, mine);
            let theirs = (&node, lease);
            if writes::put_out(&session.client, &self.keys, me, theirs).await? {
                telemetry::revoked();
                self.history.note(What::Revoked { node }.now());
            }
        }
        Ok(())
    }

    /// Stands for election when there is no coordinator. Who drains leaves that to others.
    async fn campaign(&mut self, session: &Session) -> Result<(), EtcdError> {
        let Some(lease) = self.lease.filter(|_| self.view.coordinator.is_none()) else {
            return Ok(());
        };
        if self.me.draining && self.has_others() {
            return Ok(());
        }
        writes::campaign(&session.client, &self.keys, &self.me.id, lease).await
    }

    /// Whether nodes live that take shards, this one aside.
    fn has_others(&self) -> bool {
        let silent = self.silent_now();
        let mut nodes = self.view.nodes.iter();
        nodes.any(|(id, node)| *id != self.me.id && !node.info.draining && !silent.contains(id))
    }

    /// Leaves, if that is wanted and nothing holds it. Whether it has left.
    async fn leave(&mut self, session: &mut Session) -> Result<bool, EtcdError> {
        let Some(until) = self.leaving.as_ref().map(|leaving| leaving.until) else {
            return Ok(false);
        };
        self.wake_at(until);
        let declared: BTreeSet<_> = self.shards.iter().map(|spec| spec.key.as_str()).collect();
        let mut held = self.view.owners.iter();
        let holds = held.any(|(shard, entry)| {
            entry.owner.node == self.me.id && declared.contains(shard.as_str())
        });
        if holds && self.has_others() && Instant::now() < until {
            return Ok(false);
        }
        if self.lease.is_some() {
            // That it drains: so nobody takes it for lost.
            self.say(session).await?;
        }
        if let Some(lease) = self.lease.take() {
            session.forget_lease();
            bounded(session.client.lease_client().revoke(lease)).await?;
        }
        Ok(true)
    }

    /// Notes an operator's wish.
    pub(super) async fn wish(
        &self,
        session: &Session,
        shard: String,
        node: NodeId,
        reply: oneshot::Sender<Result<(), WishError>>,
    ) -> Result<(), EtcdError> {
        let declared = self.shards.iter().any(|spec| spec.key.as_str() == shard);
        let noted = if declared {
            match writes::wish(&session.client, &self.keys, &shard, &node).await {
                Ok(true) => Ok(()),
                Ok(false) => Err(WishError::NoSuchNode(node)),
                Err(error) => {
                    // Whoever wished may be gone.
                    let _ = reply.send(Err(WishError::Away));
                    return Err(error);
                }
            }
        } else {
            Err(WishError::NoSuchShard(shard))
        };
        let _ = reply.send(noted);
        Ok(())
    }

    fn wake_at(&mut self, at: Instant) {
        self.again = Some(self.again.map_or(at, |known| known.min(at)));
    }
}
