//! All peers of a node: the links to them, and the sessions that they have begun.
//!
//! 1. There is a link to each node of the table but this one, at the latest when a message is for it.
//! 2. Who left the table is cut off: its link, its session and its streams end, and it is not let in
//!    again unless the table names it again.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use amble_proto::cluster::v1::Standing;
use amble_trust::call::Mutual;
use bytes::Bytes;
use dashmap::{DashMap, mapref::entry::Entry};
use tokio::runtime::Handle;

use super::{
    end::{End, Shared},
    item,
    link::Link,
    lock,
    outbox::Question,
    settings::LARGEST,
};
use crate::{
    Answer, Epoch, Key, NodeId, Owner, TellError,
    telemetry::{self, Loss},
};

/// The peers of a node.
pub(crate) struct Nodes {
    shared: Arc<Shared>,
    links: DashMap<NodeId, Arc<Link>>,
    sessions: DashMap<NodeId, Arc<End>>,
    members: Mutex<Members>,
    closed: AtomicBool,
    runtime: Handle,
}

/// Who is in the table, and who was.
#[derive(Default)]
struct Members {
    now: BTreeSet<NodeId>,
    departed: BTreeSet<NodeId>,
}

impl Nodes {
    /// Peers whose streams run in this runtime.
    pub(super) fn new(shared: Arc<Shared>, runtime: Handle) -> Self {
        Self {
            shared,
            links: DashMap::new(),
            sessions: DashMap::new(),
            members: Mutex::default(),
            closed: AtomicBool::new(false),
            runtime,
        }
    }

    /// What is asked of peers.
    pub(super) fn trust(&self) -> Option<&Mutual> {
        self.shared.trust.as_ref()
    }

    /// This node.
    pub(crate) fn me(&self) -> &NodeId {
        &self.shared.me
    }

    /// Sends a message to the node that owns the key. Its form in bytes is asked for if there is a
    /// way to that node. `nobody` is set when the key turns out not to live there.
    ///
    /// # Errors
    /// When nobody or this node owns the key, as far as is known; when the message is too large.
    pub(crate) fn tell(
        &self,
        key: &Key,
        message: impl FnOnce() -> (Bytes, Option<Answer>),
        nobody: Option<Arc<AtomicBool>>,
    ) -> Result<(), TellError> {
        let owner = self.shared.table.node(key.shard());
        let Some(link) = owner.and_then(|node| self.link(&node)) else {
            return Err(TellError::NoOwner(key.clone()));
        };
        let (payload, answer) = message();
        if payload.len() > LARGEST {
            telemetry::dropped(Loss::TooLarge, 1);
            return Err(TellError::TooLarge {
                key: key.clone(),
                bytes: payload.len(),
            });
        }
        let question = answer.map(|answer| Question::new(answer, nobody));
        link.send(item::message(key, payload, question.is_some()), question);
        Ok(())
    }

    /// This node owns a shard now: it knows, and all peers hear it before what it sends next.
    pub(crate) fn announce(&self, shard: &str, epoch: Epoch) {
        let owner = Owner {
            node: self.shared.me.clone(),
            epoch,
        };
        self.shared.table.learn(shard, owner);
        let nodes = self.shared.table.nodes().borrow().clone();
        for link in nodes.keys().filter_map(|node| self.link(node)) {
            link.send(item::announcement(shard, epoch), None);
        }
    }

    /// The link to a node; `None` to this one and to those that the table does not name.
    fn link(&self, node: &NodeId) -> Option<Arc<Link>> {
        if let Some(link) = self.links.get(node) {
            return Some(link.clone());
        }
        let nodes = self.shared.table.nodes();
        // Held while the link is made: whoever takes the node out then sees the link.
        let nodes = nodes.borrow();
        let peer = nodes.contains_key(node) && *node != self.shared.me;
        if !peer || self.closed.load(Ordering::Acquire) {
            return None;
        }
        let link = self.links.entry(node.clone()).or_insert_with(|| {
            let shared = self.shared.clone();
            Arc::new(Link::new(shared, node.clone(), &self.runtime))
        });
        Some(link.clone())
    }

    /// The end of a session that a peer begins, or goes on with.
    ///
    /// # Errors
    /// What it is told when it may not.
    pub(super) fn session(
        &self,
        peer: &NodeId,
        session: u64,
        resumed: bool,
    ) -> Result<Arc<End>, Standing> {
        // Held until it is in: whoever cuts the node off then sees it.
        let members = lock(&self.members);
        if members.departed.contains(peer) || self.closed.load(Ordering::Acquire) {
            return Err(Standing::Departed);
        }
        let new = || Arc::new(End::new(self.shared.clone(), peer.clone(), session));
        match self.sessions.entry(peer.clone()) {
            // One that is not resumed is another, whatever its number: a peer that took this node for
            // gone, and has it back, counts from the beginning.
            Entry::Occupied(known)
                if known.get().out.session() == session
                    && (resumed || known.get().inbox.received() == 0) =>
            {
                Ok(known.get().clone())
            }
            _ if resumed => Err(Standing::UnknownSession),
            Entry::Occupied(mut known) => {
                let before = known.insert(new());
                telemetry::given_up(peer, Loss::Session, before.out.close());
                Ok(known.get().clone())
            }
            Entry::Vacant(place) => Ok(place.insert(new()).clone()),
        }
    }

    /// These are the members now.
    pub(super) fn set_members(&self, nodes: &BTreeMap<NodeId, String>) {
        let now: BTreeSet<NodeId> = nodes.keys().cloned().collect();
        self.shared.detector.members(&now);
        let mut members = lock(&self.members);
        let left: Vec<NodeId> = members.now.difference(&now).cloned().collect();
        members.departed.extend(left.iter().cloned());
        members.departed.retain(|node| !now.contains(node));
        members.now = now;
        for node in &left {
            self.end_session(node);
            self.links.remove(node);
        }
        drop(members);
        for node in nodes.keys() {
            self.link(node);
        }
    }

    fn end_session(&self, peer: &NodeId) {
        if let Some((_, end)) = self.sessions.remove(peer) {
            telemetry::given_up(peer, Loss::Left, end.out.close());
        }
    }

    /// Cuts everybody off, for good.
    pub(super) fn close(&self) {
        let members = lock(&self.members);
        self.closed.store(true, Ordering::Release);
        self.links.clear();
        let peers: Vec<NodeId> = self.sessions.iter().map(|end| end.key().clone()).collect();
        for peer in &peers {
            self.end_session(peer);
        }
        drop(members);
    }
}
