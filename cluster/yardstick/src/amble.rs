//! `tell` and `ask` of `amble-cluster`.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use amble_cluster::{Answer, Back, Key, NodeId, Peers, Router, Table, Wire};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use tokio::{net::TcpListener, sync::oneshot};

use crate::{Contender, Fallible};

const LONG: Duration = Duration::from_secs(60);

enum Message {
    Take(Bytes),
    Count(Reply),
}

/// Where an answer goes: on the node that asks, or on the one that is asked.
enum Reply {
    Here(oneshot::Sender<u64>),
    There(Back),
}

impl Wire for Message {
    fn into_wire(self) -> (Bytes, Option<Answer>) {
        match self {
            Self::Take(bytes) => (bytes, None),
            Self::Count(reply) => {
                let answer: Answer = Box::new(move |bytes: Bytes| {
                    if let (Ok(bytes), Reply::Here(to)) = (bytes.as_ref().try_into(), reply) {
                        let _ = to.send(u64::from_be_bytes(bytes));
                    }
                });
                (Bytes::new(), Some(answer))
            }
        }
    }

    fn from_wire(bytes: Bytes, back: Option<Back>) -> Option<Self> {
        Some(match back {
            Some(back) => Self::Count(Reply::There(back)),
            None => Self::Take(bytes),
        })
    }
}

/// A node, for as long as it is kept.
pub struct Node {
    router: Router<Message>,
    _peers: Peers,
}

fn node(name: &str, listener: TcpListener, other: &str, address: String) -> Fallible<Node> {
    let table = Arc::new(Table::default());
    let here = listener.local_addr()?.to_string();
    table.set_nodes(BTreeMap::from([
        (NodeId::new(name), here),
        (NodeId::new(other), address),
    ]));
    let (router, peers) = Router::in_cluster(NodeId::new(name), table, None);
    tokio::spawn(peers.serve(listener, std::future::pending()));
    Ok(Node {
        router,
        _peers: peers,
    })
}

/// Takes messages in the other process.
pub async fn take(listener: TcpListener, here: String) -> Fallible<Node> {
    let there = node("there", listener, "here", here)?;
    let count = AtomicU64::new(0);
    let key = there.router.here("taker");
    there.router.local().enter(key, move |message| {
        match message {
            Message::Take(bytes) => {
                std::hint::black_box(bytes);
                count.fetch_add(1, Ordering::Relaxed);
            }
            Message::Count(Reply::There(back)) => {
                let count = count.load(Ordering::Relaxed);
                back(Bytes::copy_from_slice(&count.to_be_bytes()));
            }
            Message::Count(Reply::Here(to)) => drop(to),
        }
        Ok(())
    });
    Ok(there)
}

pub struct Sender {
    node: Node,
    taker: Key,
}

impl Sender {
    pub async fn new(listener: TcpListener, there: SocketAddr) -> Fallible<Self> {
        let node = node("here", listener, "there", there.to_string())?;
        let mut sender = Self {
            node,
            taker: NodeId::new("there").own_key("taker"),
        };
        while sender.count().await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(sender)
    }
}

impl Contender for Sender {
    fn name(&self) -> &'static str {
        "amble"
    }

    fn send(&mut self, messages: u64, bytes: usize) -> BoxFuture<'_, Fallible<()>> {
        Box::pin(async move {
            for _ in 0..messages {
                let message = Message::Take(Bytes::from(vec![7; bytes]));
                self.node.router.tell(&self.taker, message)?;
            }
            Ok(())
        })
    }

    fn count(&mut self) -> BoxFuture<'static, Fallible<u64>> {
        // Asked now, not when somebody waits: what is sent next comes after it.
        let (to, answer) = oneshot::channel();
        let told = self
            .node
            .router
            .tell(&self.taker, Message::Count(Reply::Here(to)));
        Box::pin(async move {
            told?;
            Ok(tokio::time::timeout(LONG, answer).await??)
        })
    }
}
