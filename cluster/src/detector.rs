//! Who is silent (rule C3): this node's own opinion, and what the majority says.

mod hearing;
mod verdict;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};

use self::hearing::Hearing;
use crate::{NodeId, beat::HEARTBEAT, telemetry};

/// What a node knows of who is silent. Everybody who hears a peer says so here.
#[derive(Debug)]
pub(crate) struct Detector {
    hearing: Mutex<Hearing>,
    mine: watch::Sender<BTreeSet<NodeId>>,
    silent: watch::Sender<BTreeSet<NodeId>>,
    parted: watch::Sender<BTreeSet<NodeId>>,
}

impl Detector {
    /// The detector of this node, which knows no peer yet.
    pub(crate) fn new(me: NodeId) -> Self {
        Self {
            hearing: Mutex::new(Hearing::new(me, Instant::now())),
            mine: watch::Sender::default(),
            silent: watch::Sender::default(),
            parted: watch::Sender::default(),
        }
    }

    /// The nodes that this one finds silent.
    pub(crate) fn mine(&self) -> watch::Receiver<BTreeSet<NodeId>> {
        self.mine.subscribe()
    }

    /// The nodes that a majority finds silent.
    pub(crate) fn silent(&self) -> watch::Receiver<BTreeSet<NodeId>> {
        self.silent.subscribe()
    }

    /// The nodes that have seen this one leave, as they said when they were called last.
    pub(crate) fn parted(&self) -> watch::Receiver<BTreeSet<NodeId>> {
        self.parted.subscribe()
    }

    /// A peer that was called says whether it has seen this node leave.
    pub(crate) fn answers(&self, peer: &NodeId, parted: bool) {
        self.heard(peer);
        self.parted.send_if_modified(|known| {
            if parted {
                known.insert(peer.clone())
            } else {
                known.remove(peer)
            }
        });
    }

    /// These nodes are the members now.
    pub(crate) fn members(&self, members: &BTreeSet<NodeId>) {
        self.parted.send_if_modified(|known| {
            let before = known.len();
            known.retain(|peer| members.contains(peer));
            known.len() != before
        });
        self.note(|hearing, now| hearing.members(members, now));
    }

    /// Something came from a peer.
    pub(crate) fn heard(&self, peer: &NodeId) {
        self.note(|hearing, now| hearing.heard(peer, now));
    }

    /// A peer finds these silent.
    pub(crate) fn says(&self, peer: &NodeId, silent: BTreeSet<NodeId>) {
        self.note(|hearing, _| hearing.says(peer, silent));
    }

    /// The peer's process is gone: its computer says that nobody listens at its address, or another
    /// node does.
    pub(crate) fn gone(&self, peer: &NodeId) {
        self.note(|hearing, _| hearing.gone(peer));
    }

    fn tick(&self) {
        self.note(|hearing, now| {
            hearing.tick(now);
            true
        });
    }

    /// Notes something, and makes known what follows if it may have changed.
    fn note(&self, fact: impl FnOnce(&mut Hearing, Instant) -> bool) {
        let mut hearing = self.hearing.lock().unwrap_or_else(PoisonError::into_inner);
        if !fact(&mut hearing, Instant::now()) {
            return;
        }
        // Made known under the lock: an older opinion must not come after a newer one.
        publish(&self.mine, hearing.silent());
        publish(&self.silent, hearing.verdict());
        telemetry::silent(self.mine.borrow().len());
    }
}

fn publish(to: &watch::Sender<BTreeSet<NodeId>>, nodes: BTreeSet<NodeId>) {
    to.send_if_modified(|known| {
        let news = *known != nodes;
        *known = nodes;
        news
    });
}

/// Watches the clocks of all peers, for ever.
pub(crate) async fn watch(detector: Arc<Detector>) {
    let mut every = interval(HEARTBEAT);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        detector.tick();
    }
}
