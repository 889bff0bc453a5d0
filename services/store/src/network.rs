//! A shop among several nodes: what each node tells the others, and what it needs of them.
//!
//! 1. A shard that begins, wherever, is announced to all nodes before it says anything else. Then each
//!    node tells it which of its devices it carries, and the shard's peers send again what it asks for.
//! 2. Prices, what is decided and what is durable are known at every node: doors, carts and credit rest
//!    on them. What is lost on the way comes again with the next.

use std::{
    collections::BTreeSet,
    sync::{Arc, Weak},
};

use amble_cluster::{Key, NodeId, Peers, Router, ShardSpec, Table, etcd::Member};
use amble_proto::plan::StorePlan;
use amble_trust::call::Mutual;
use tokio::{
    net::TcpListener,
    sync::{oneshot, watch},
    task::JoinHandle,
};

use crate::{
    message::{Message, ToDevice, ToNode, ToZone},
    plan,
    shop::Shop,
};

/// The name of what a node hears as a node.
pub(crate) const NODE: &str = "shop";

/// What a shop needs to be one of several nodes.
#[derive(Debug)]
pub struct Placing {
    /// This node.
    pub me: NodeId,
    /// Which node has which shard.
    pub table: Arc<Table>,
    /// Its membership: the way to the coordinator.
    pub member: Arc<Member>,
}

/// The way to the other nodes, before the shop opens. Streams to them end when it is dropped, or its
/// server is.
#[derive(Debug)]
pub struct Network {
    me: NodeId,
    table: Arc<Table>,
    router: Router<Message>,
    peers: Peers,
}

/// With what a shop opens as one of several nodes.
#[derive(Debug)]
pub struct AsNode {
    pub(crate) router: Router<Message>,
    pub(crate) placing: Placing,
}

/// The streams to and from the other nodes.
#[derive(Debug)]
pub struct Streams {
    _peers: Peers,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<()>,
}

impl Streams {
    /// Ends them, in order.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        self.served.abort();
        let _ = (&mut self.served).await;
    }
}

impl Network {
    /// This node among those of the table. Without `trust`, whoever reaches its port is one of them.
    #[must_use]
    pub fn new(me: NodeId, table: Arc<Table>, trust: Option<Mutual>) -> Self {
        let (router, peers) = Router::in_cluster(me.clone(), Arc::clone(&table), trust);
        Self {
            me,
            table,
            router,
            peers,
        }
    }

    /// The nodes that a majority of the others finds silent.
    #[must_use]
    pub fn silent(&self) -> watch::Receiver<BTreeSet<NodeId>> {
        self.peers.silent()
    }

    /// The nodes that this one does not hear, whatever the others say.
    #[must_use]
    pub fn unheard(&self) -> watch::Receiver<BTreeSet<NodeId>> {
        self.peers.unheard()
    }

    /// The nodes that have seen this one leave: they hear it, and go on without it.
    #[must_use]
    pub fn parted(&self) -> watch::Receiver<BTreeSet<NodeId>> {
        self.peers.parted()
    }

    /// What a shop opens with to be this node, and the streams, which are served on this port.
    #[must_use]
    pub fn open(self, listener: TcpListener, member: Arc<Member>) -> (AsNode, Streams) {
        let (stop, stopped) = oneshot::channel();
        let served = self.peers.serve(listener, async move {
            let _ = stopped.await;
        });
        let streams = Streams {
            _peers: self.peers,
            stop: Some(stop),
            served: tokio::spawn(async move {
                if let Err(error) = served.await {
                    tracing::error!(%error, "the port for peers failed");
                }
            }),
        };
        let placing = Placing {
            me: self.me,
            table: self.table,
            member,
        };
        let node = AsNode {
            router: self.router,
            placing,
        };
        (node, streams)
    }
}

/// A store's shards, as they are declared to the coordinator.
#[must_use]
pub fn shard_specs(plan: &StorePlan) -> Vec<ShardSpec> {
    let key = |name: &String| Key::shard_named(&format!("{}/{name}", plan.store));
    let shards = plan::shards(plan).into_iter();
    shards
        .map(|shard| ShardSpec {
            key: key(&shard.key),
            load: shard.load,
            affinities: shard.affinities.iter().map(key).collect(),
        })
        .collect()
}

impl Shop {
    /// From now on this process hears what nodes are told.
    pub(crate) fn listen(self: &Arc<Self>) {
        let shop: Weak<Self> = Arc::downgrade(self);
        let key = self.router.here(NODE);
        self.router
            .local()
            .enter(key, move |message| match message {
                Message::Node(message) => {
                    if let Some(shop) = shop.upgrade() {
                        shop.hear(message);
                    }
                    Ok(())
                }
                Message::Replies(replies) => {
                    if let Some(shop) = shop.upgrade() {
                        shop.say_here(replies);
                    }
                    Ok(())
                }
                Message::Inspect(message) => {
                    if let Some(shop) = shop.upgrade() {
                        shop.looked_into(message);
                    }
                    Ok(())
                }
                other => Err(other),
            });
    }

    /// Tells every node, this one too.
    pub(crate) fn tell_nodes(&self, message: &ToNode) {
        self.tell_other_nodes(|| Message::Node(message.clone()));
        self.hear(message.clone());
    }

    /// Tells every node but this one.
    pub(crate) fn tell_other_nodes(&self, message: impl Fn() -> Message) {
        if let Some(placing) = &self.placing {
            let nodes = placing.table.nodes();
            for node in nodes.borrow().keys().filter(|node| **node != placing.me) {
                // A node that can't be reached is going, or will hear the next.
                let _ = self.router.tell(&node.own_key(NODE), message());
            }
        }
    }

    fn hear(&self, message: ToNode) {
        match message {
            ToNode::Begun(key) => {
                let own = |device: &Key| device == &key || device.shard() == key.as_str();
                let links = self.links.iter().filter(|link| own(link.key()));
                let links: Vec<_> = links
                    .map(|l| (l.key().clone(), l.value().clone()))
                    .collect();
                for (device, link) in links {
                    self.tell(&device, Message::Device(ToDevice::Resume(link)));
                }
                // Nobody may follow anything here.
                let _ = self.begun.send(key);
            }
            ToNode::Stands(shard, round) => {
                if self.durable.stands(&shard, round) {
                    self.tell_own_zones(&|| ToZone::Stored);
                }
            }
            ToNode::Decided(round) => {
                self.stats.decided(round);
                self.tell_own_zones(&|| ToZone::Stored);
            }
            ToNode::Price(product, minor, from) => self.set_price(product, minor, from),
            ToNode::Reviewed(visit) => self.publish_reviewed(visit.into()),
        }
    }

    /// Tells the zones that live here.
    pub(crate) fn tell_own_zones(&self, message: &dyn Fn() -> ToZone) {
        for zone in self.zones() {
            // The others have a node of their own that hears the same.
            let _ = self
                .router
                .local()
                .deliver(self.keys.zone(zone), Message::Zone(message()));
        }
    }
}
