//! Nodes, and what they say to each other.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use amble_cluster::{Answer, Back, Epoch, Key, NodeId, Owner, Peers, Router, Table, Wire};
use amble_trust::call::Mutual;
use bytes::Bytes;
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::timeout,
};

/// Longer than anything takes; a test that waits so long has failed.
pub const LONG: Duration = Duration::from_secs(30);

/// What nodes say to each other here.
pub enum Message {
    Count(u64),
    Double(u64, oneshot::Sender<u64>),
    /// It can't be read by whoever gets it.
    Garbage,
    /// So many bytes.
    Large(usize),
}

impl Wire for Message {
    fn into_wire(self) -> (Bytes, Option<Answer>) {
        let form = |tag: u8, number: u64| {
            let mut bytes = vec![tag];
            bytes.extend(number.to_be_bytes());
            Bytes::from(bytes)
        };
        match self {
            Self::Count(n) => (form(0, n), None),
            Self::Double(n, to) => {
                let answer: Answer = Box::new(move |bytes: Bytes| {
                    if let Ok(bytes) = bytes.as_ref().try_into() {
                        let _ = to.send(u64::from_be_bytes(bytes));
                    }
                });
                (form(1, n), Some(answer))
            }
            Self::Garbage => (Bytes::from_static(b"?"), None),
            Self::Large(bytes) => (Bytes::from(vec![2; bytes.max(9)]), None),
        }
    }

    fn from_wire(bytes: Bytes, back: Option<Back>) -> Option<Self> {
        let (tag, number) = bytes.split_first()?;
        if *tag == 2 {
            return Some(Self::Large(bytes.len()));
        }
        let number = u64::from_be_bytes(number.try_into().ok()?);
        match (tag, back) {
            (0, None) => Some(Self::Count(number)),
            (1, Some(back)) => {
                let (to, answer) = oneshot::channel::<u64>();
                tokio::spawn(async move {
                    if let Ok(answer) = answer.await {
                        back(Bytes::copy_from_slice(&answer.to_be_bytes()));
                    }
                });
                Some(Self::Double(number, to))
            }
            _ => None,
        }
    }
}

/// A node that serves its peers at `address`.
pub struct Node {
    pub id: NodeId,
    pub router: Router<Message>,
    pub peers: Peers,
    pub table: Arc<Table>,
    pub address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Node {
    pub async fn start(name: &str) -> Self {
        Self::start_at(name, "127.0.0.1:0".parse().unwrap()).await
    }

    pub async fn start_at(name: &str, address: SocketAddr) -> Self {
        Self::open(name, address, None).await
    }

    /// It asks for a certificate.
    pub async fn trusting(name: &str, trust: Option<Mutual>) -> Self {
        Self::open(name, "127.0.0.1:0".parse().unwrap(), trust).await
    }

    async fn open(name: &str, address: SocketAddr, trust: Option<Mutual>) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (id, table) = (NodeId::new(name), Arc::new(Table::default()));
        let (router, peers) = Router::in_cluster(id.clone(), table.clone(), trust);
        let serve = peers.serve(listener, std::future::pending());
        let serving = tokio::spawn(async move { serve.await.unwrap() });
        Self {
            id,
            router,
            peers,
            table,
            address,
            serving,
        }
    }

    /// Its entry in the table of nodes.
    pub fn entry(&self) -> (NodeId, String) {
        (self.id.clone(), self.address.to_string())
    }

    /// What it takes for the key comes out here; questions are answered with the double, unless it
    /// is told to keep them.
    pub fn owns(&self, key: &Key) -> mpsc::UnboundedReceiver<Message> {
        let (taken, messages) = mpsc::unbounded_channel();
        self.router.local().enter(key.clone(), move |message| {
            match message {
                Message::Double(n, answer) => drop(answer.send(2 * n)),
                other => drop(taken.send(other)),
            }
            Ok(())
        });
        messages
    }

    /// It takes questions for the key and answers none. They are kept there.
    pub fn keeps_silent_about(&self, key: &Key) -> Arc<Mutex<Vec<Message>>> {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let keep = kept.clone();
        self.router.local().enter(key.clone(), move |message| {
            keep.lock().unwrap().push(message);
            Ok(())
        });
        kept
    }

    /// It believes that this node owns the shard.
    pub fn believes(&self, shard: &Key, owner: &Self, epoch: u64) {
        let owner = Owner {
            node: owner.id.clone(),
            epoch: Epoch(epoch),
        };
        self.table.learn(shard.as_str(), owner);
    }

    /// As if its process were killed: its port and all its streams are closed.
    pub async fn kill(self) -> NodeId {
        self.serving.abort();
        let _ = self.serving.await;
        self.id
    }
}

/// Tells all of these nodes of each other.
pub fn introduce(nodes: &[&Node]) {
    let entries: BTreeMap<_, _> = nodes.iter().map(|node| node.entry()).collect();
    for node in nodes {
        node.table.set_nodes(entries.clone());
    }
}

/// Waits for a message.
pub async fn next<T>(messages: &mut mpsc::UnboundedReceiver<T>) -> T {
    timeout(LONG, messages.recv()).await.unwrap().unwrap()
}

/// Waits until something is so.
pub async fn until(what: &str, mut so: impl FnMut() -> bool) {
    let wait = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    assert!(timeout(LONG, wait).await.is_ok(), "{what}");
}
