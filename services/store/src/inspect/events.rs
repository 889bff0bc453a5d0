//! What happens to a shop, for whoever looks after it: the last events, and a stream of them.
//!
//! 1. What happens at one node is told to all: any of them can be watched. What all hear from etcd,
//!    each notes for itself.
//! 2. Nobody waits for a reader: one that is too slow misses some, and is told how many.
//! 3. What is dropped is told once a second at most, summed up.

mod told;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, PoisonError, Weak},
    time::{Duration, SystemTime},
};

use amble_cluster::{
    Key,
    etcd::{Change, What as ClusterWhat},
};
use amble_engine::time::Round;
use amble_proto::v1::{Event, EventKind};
use tokio::sync::broadcast::{self, error::RecvError};

use crate::{
    message::{Happened, Inspect, Message},
    shop::Shop,
};

/// Events that are remembered, and how many a slow reader may be behind before it misses some.
const KEEP: usize = 4_096;

/// How often it is looked whether something was dropped.
const LOOK: Duration = Duration::from_secs(1);

/// The last events, oldest first, and a stream of them.
#[derive(Debug)]
pub struct EventLog {
    last: Mutex<VecDeque<Arc<Event>>>,
    stream: broadcast::Sender<Arc<Event>>,
}

impl Default for EventLog {
    fn default() -> Self {
        Self {
            last: Mutex::default(),
            stream: broadcast::Sender::new(KEEP),
        }
    }
}

impl EventLog {
    pub(crate) fn note(&self, event: Event) {
        let event = Arc::new(event);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() == KEEP {
            last.pop_front();
        }
        last.push_back(Arc::clone(&event));
        // Sent under the lock, so that all see one order. Nobody need be watching.
        let _ = self.stream.send(event);
    }

    /// The last events, in the order in which they were heard of.
    #[must_use]
    pub fn last(&self) -> Vec<Arc<Event>> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.iter().cloned().collect()
    }

    /// Events as they come.
    #[must_use]
    pub fn stream(&self) -> broadcast::Receiver<Arc<Event>> {
        self.stream.subscribe()
    }
}

/// Something that happened at this node.
#[derive(Clone, Debug)]
pub(crate) enum What {
    /// A shard begins here.
    Began {
        shard: String,
        epoch: u64,
        round: Round,
    },
    /// The ledger refused a shard's owner; it knows this newer epoch.
    Fenced {
        shard: String,
        epoch: u64,
        newer: u64,
    },
    /// A shard failed.
    Failed { shard: String, error: String },
    /// A device's actor failed.
    DeviceFailed(Key, String),
    /// A silent device is not waited for.
    PassedOver(Key),
    /// It is back.
    Back(Key),
    /// This node put another one out.
    Revoked(String),
    /// A shelf is not, or is again, as the plan says.
    Shelf {
        began: bool,
        shelf: Option<Key>,
        /// The mismatch's name.
        mismatch: String,
        text: String,
    },
    /// Somebody who belongs to no visit holds goods, or has left with them.
    Guest {
        shopper: Key,
        units: u32,
        left: bool,
    },
    /// So many were dropped, for a reason.
    Dropped(String, u64),
}

impl Shop {
    /// Something happened here: all nodes hear of it.
    pub(crate) fn happened(&self, what: What) {
        let event = Event {
            at: Some(SystemTime::now().into()),
            noticed_by: self.router.me().to_string(),
            ..told::local(what, self.router.me())
        };
        self.tell_other_nodes(|| {
            Message::Inspect(Inspect::Happened(Box::new(Happened(event.clone()))))
        });
        self.log.note(event);
    }

    /// From now on it is noted what happens to the cluster, and what is dropped.
    pub(crate) fn keep_log(self: &Arc<Self>) {
        tokio::spawn(note_drops(Arc::downgrade(self)));
        let Some(member) = self.member() else {
            return;
        };
        // Heard first, then read: what is in both counts once.
        let changes = member.events();
        let before = member.history();
        for change in &before {
            self.log.note(self.noticed(change));
        }
        tokio::spawn(follow(Arc::downgrade(self), changes, before));
    }

    fn noticed(&self, change: &Change) -> Event {
        Event {
            at: Some(change.at.into()),
            noticed_by: self.router.me().to_string(),
            ..told::cluster(&change.what)
        }
    }
}

async fn follow(shop: Weak<Shop>, mut changes: broadcast::Receiver<Change>, before: Vec<Change>) {
    loop {
        let change = match changes.recv().await {
            Ok(change) if before.contains(&change) => continue,
            Ok(change) => change,
            Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return,
        };
        let Some(shop) = shop.upgrade() else { return };
        match change.what {
            // Only this node knows that it was its doing.
            ClusterWhat::Revoked { node } => shop.happened(What::Revoked(node.to_string())),
            _ => shop.log.note(shop.noticed(&change)),
        }
    }
}

async fn note_drops(shop: Weak<Shop>) {
    let mut known = BTreeMap::new();
    // Only so that the first look finds what was there before the shop.
    known.extend(amble_cluster::losses());
    loop {
        tokio::time::sleep(LOOK).await;
        let Some(shop) = shop.upgrade() else { return };
        for (reason, count) in amble_cluster::losses().chain(shop.stats.losses()) {
            let before = known.insert(reason, count).unwrap_or_default();
            if count > before {
                shop.happened(What::Dropped(reason.to_owned(), count - before));
            }
        }
    }
}

/// An event of a kind, in words.
fn event(kind: EventKind, text: String) -> Event {
    Event {
        kind: kind.into(),
        text,
        ..Event::default()
    }
}
