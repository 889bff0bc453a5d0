//! A node's part in the cluster, for as long as it is kept.

use std::{collections::BTreeSet, fmt, future::Future, sync::Arc, time::Instant};

use amble_proto::cluster::v1::peer_service_server::{PeerService, PeerServiceServer};
use amble_trust::{
    accept::{Callers, Terms, connections},
    call::Mutual,
};
use tokio::{net::TcpListener, runtime::Handle, sync::watch, task::JoinSet};

use super::{
    end::Shared,
    nodes::Nodes,
    server,
    service::Door,
    settings::{CONNECTIONS, LARGEST_FRAME},
};
use crate::{
    NodeId, Table,
    detector::{self, Detector},
    directory::Inlet,
};

/// A node's streams to and from its peers, and what it thinks of them. When this is dropped, the node
/// is alone.
pub struct Peers {
    nodes: Arc<Nodes>,
    detector: Arc<Detector>,
    tasks: JoinSet<()>,
}

impl Peers {
    /// Begins to call all nodes of the table but `me`, in the runtime of the caller.
    pub(crate) fn new(
        me: NodeId,
        table: Arc<Table>,
        inlet: Arc<dyn Inlet>,
        trust: Option<Mutual>,
    ) -> Self {
        let detector = Arc::new(Detector::new(me.clone()));
        let mut members = table.nodes();
        let shared = Shared {
            me,
            table,
            detector: detector.clone(),
            inlet,
            began: Instant::now(),
            trust,
        };
        let nodes = Arc::new(Nodes::new(Arc::new(shared), Handle::current()));
        let mut tasks = JoinSet::new();
        tasks.spawn(detector::watch(detector.clone()));
        let follower = nodes.clone();
        tasks.spawn(async move {
            loop {
                let now = members.borrow_and_update().clone();
                follower.set_members(&now);
                if members.changed().await.is_err() {
                    return;
                }
            }
        });
        Self {
            nodes,
            detector,
            tasks,
        }
    }

    pub(crate) fn nodes(&self) -> Arc<Nodes> {
        self.nodes.clone()
    }

    /// The nodes that a majority of the others finds silent (rule C3), now and as that changes.
    #[must_use]
    pub fn silent(&self) -> watch::Receiver<BTreeSet<NodeId>> {
        self.detector.silent()
    }

    /// The nodes that this one finds silent, whatever the others say.
    #[must_use]
    pub fn unheard(&self) -> watch::Receiver<BTreeSet<NodeId>> {
        self.detector.mine()
    }

    /// The nodes that have seen this one leave: they hear it, and go on without it.
    #[must_use]
    pub fn parted(&self) -> watch::Receiver<BTreeSet<NodeId>> {
        self.detector.parted()
    }

    /// The service that peers call, for a server like [`server`]'s.
    #[must_use]
    pub fn service(&self) -> PeerServiceServer<impl PeerService> {
        let door = Door::new(self.nodes.clone());
        PeerServiceServer::new(door).max_decoding_message_size(LARGEST_FRAME)
    }

    /// Serves peers on this port, until it fails or `stop` comes.
    ///
    /// # Errors
    /// When the port fails.
    pub fn serve(
        &self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> impl Future<Output = Result<(), tonic::transport::Error>> + Send + 'static {
        let terms = Terms {
            door: "peers",
            keeper: self.nodes.trust().map(|trust| trust.keeper.clone()),
            callers: Callers::Certified,
            limits: CONNECTIONS,
        };
        server()
            .add_service(self.service())
            .serve_with_incoming_shutdown(connections(listener, terms), stop)
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        self.tasks.abort_all();
        self.nodes.close();
    }
}

impl fmt::Debug for Peers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peers")
            .field("me", self.nodes.me())
            .finish_non_exhaustive()
    }
}
