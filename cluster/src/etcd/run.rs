//! The task of a node: session after session, and what it hears in them.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::Hasher,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use fnv::FnvHasher;
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, MissedTickBehavior, interval, sleep, sleep_until},
};

use super::{
    JoinError, Joining, Status, WishError,
    history::History,
    info::NodeInfo,
    keys::Keys,
    session::{Begin, EtcdError, Heard, Session},
    view::View,
};
use crate::{
    Epoch, NodeId, ShardSpec, Table,
    beat::{ETCD_REST, RENEW_EVERY},
    coordinator::Coordinator,
};

/// What the rest of the process wants.
pub(super) enum Order {
    Draining(bool),
    Load(BTreeMap<String, u64>),
    Raise(String, Epoch),
    Wish(String, NodeId, oneshot::Sender<Result<(), WishError>>),
    Leave(oneshot::Sender<()>),
}

pub(super) struct Run {
    pub(super) keys: Keys,
    endpoints: Vec<String>,
    tls: Option<PathBuf>,
    /// The endpoint whose turn it is.
    turn: usize,
    pub(super) shards: Vec<ShardSpec>,
    /// Their hash.
    pub(super) plan: String,
    pub(super) table: Arc<Table>,
    pub(super) history: Arc<History>,
    pub(super) status: watch::Sender<Status>,
    pub(super) orders: mpsc::UnboundedReceiver<Order>,
    pub(super) silent: watch::Receiver<BTreeSet<NodeId>>,
    pub(super) unheard: watch::Receiver<BTreeSet<NodeId>>,

    pub(super) me: NodeInfo,
    /// What this node says of itself has changed since it was said.
    pub(super) unsaid: bool,
    /// The revision at which it was said last.
    pub(super) said: i64,
    pub(super) lease: Option<i64>,
    /// When a lease that was lost may be had again.
    pub(super) back: Instant,
    /// Silent nodes that this one does not put out: it was put out itself, and has not heard them since.
    pub(super) spared: BTreeSet<NodeId>,
    pub(super) leaving: Option<Leaving>,

    pub(super) view: View,
    /// The election in which this node won, and what it remembers since.
    pub(super) coordinator: Option<(i64, Coordinator)>,
    /// The revision of the last map that it wrote: until the view is there, it waits.
    pub(super) written: i64,
    /// When there is something to do, whatever is heard.
    pub(super) again: Option<Instant>,
    began: Instant,
}

pub(super) struct Leaving {
    pub(super) until: Instant,
    pub(super) reply: oneshot::Sender<()>,
}

/// How a session ended.
pub(super) enum End {
    /// The node has left, or nobody holds its membership any more.
    Left,
    Broken(EtcdError),
}

impl From<EtcdError> for End {
    fn from(error: EtcdError) -> Self {
        Self::Broken(error)
    }
}

impl Run {
    /// Joins at the first endpoint that lets it.
    pub(super) async fn begin(
        joining: Joining,
        table: Arc<Table>,
        history: Arc<History>,
        status: watch::Sender<Status>,
        orders: mpsc::UnboundedReceiver<Order>,
    ) -> Result<(Self, Session), JoinError> {
        let mut hasher = FnvHasher::default();
        hasher.write(&serde_json::to_vec(&joining.shards).unwrap_or_default());
        let now = Instant::now();
        let mut run = Self {
            keys: Keys::of(&joining.store),
            endpoints: joining.endpoints,
            tls: joining.tls,
            turn: 0,
            shards: joining.shards,
            plan: format!("{:016x}", hasher.finish()),
            table,
            history,
            status,
            orders,
            silent: joining.silent,
            unheard: joining.unheard,
            me: joining.node,
            unsaid: true,
            said: 0,
            lease: None,
            back: now,
            spared: BTreeSet::new(),
            leaving: None,
            view: View::default(),
            coordinator: None,
            written: 0,
            again: None,
            began: now,
        };
        let mut failed = Err(JoinError::NoEndpoint);
        for _ in 0..run.endpoints.len() {
            let endpoint = run.endpoint();
            let joined = async {
                let mut session = run.open().await?;
                run.say(&mut session).await?;
                Ok(session)
            };
            match joined.await {
                Ok(session) => return Ok((run, session)),
                Err(source) => failed = Err(JoinError::Etcd { endpoint, source }),
            }
            run.turn += 1;
        }
        failed
    }

    /// Until the node leaves, or nobody holds its membership any more.
    pub(super) async fn run(mut self, session: Session) {
        let mut next = Some(session);
        let mut failures = 0;
        loop {
            let ended = match next.take() {
                Some(session) => {
                    failures = 0;
                    self.set_away(false);
                    self.serve(session).await
                }
                None => match self.open().await {
                    Ok(session) => {
                        next = Some(session);
                        continue;
                    }
                    Err(error) => End::Broken(error),
                },
            };
            let End::Broken(error) = ended else {
                break;
            };
            let endpoint = self.endpoint();
            // That it is away is said once; each endpoint is asked several times a second then.
            if self.status.borrow().etcd_away {
                tracing::debug!(%endpoint, %error, "etcd failed again");
            } else {
                tracing::warn!(%endpoint, %error, "etcd failed");
            }
            if matches!(error, EtcdError::Compacted) {
                self.view.revision = 0;
                continue;
            }
            self.turn += 1;
            failures += 1;
            if failures >= self.endpoints.len() {
                self.set_away(true);
                sleep(ETCD_REST).await;
            }
            if !self.orders_while_away() {
                break;
            }
        }
        if let Some(leaving) = self.leaving {
            // It may not wait any more.
            let _ = leaving.reply.send(());
        }
    }

    fn endpoint(&self) -> String {
        let turn = self.turn % self.endpoints.len().max(1);
        self.endpoints.get(turn).cloned().unwrap_or_default()
    }

    /// Goes on where the last session ended, if etcd still has this node's lease. If not, it may be another
    /// one, begun anew, whose revisions mean something else: then all is read.
    async fn open(&mut self) -> Result<Session, EtcdError> {
        let endpoint = self.endpoint();
        let known = self.lease.map_or(0, |_| self.view.revision);
        let (mut session, begin) =
            Session::open(&endpoint, self.tls.as_deref(), self.keys.prefix(), known).await?;
        if let Begin::Read(all, revision) = begin {
            let now = self.now();
            let mut gone = self.view.names();
            let mut news = Vec::new();
            for kv in &all {
                if let Some(name) = self.keys.name(kv.key()) {
                    gone.remove(&name);
                    news.extend(self.view.put(&name, kv, now));
                }
            }
            for name in gone {
                news.extend(self.deleted(&name, revision, &mut session));
            }
            self.view.revision = revision;
            self.publish(news);
        }
        if self.lease.is_some() && session.keep(self.lease).await?.is_none() {
            self.lose_lease(&mut session);
            return Box::pin(self.open()).await;
        }
        Ok(session)
    }

    async fn serve(&mut self, mut session: Session) -> End {
        let mut beat = interval(RENEW_EVERY);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut heard_of_silence, mut hears) = (true, true);
        loop {
            self.again = None;
            match self.duties(&mut session).await {
                Ok(false) => {}
                Ok(true) => return End::Left,
                Err(error) => return error.into(),
            }
            let again = self.again;
            let wake = async move {
                match again {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                heard = session.hear() => match heard {
                    Ok(Heard::Watch(news)) => self.take(&news, &mut session),
                    Ok(Heard::Renewed) => {}
                    Ok(Heard::LeaseLost) => self.lose_lease(&mut session),
                    Err(error) => return error.into(),
                },
                _ = beat.tick() => if let Err(error) = session.beat().await {
                    return error.into();
                },
                changed = self.silent.changed(), if heard_of_silence => {
                    heard_of_silence = changed.is_ok();
                    self.hear_silence();
                }
                changed = self.unheard.changed(), if hears => hears = changed.is_ok(),
                order = self.orders.recv() => match order {
                    Some(Order::Wish(shard, node, reply)) => {
                        if let Err(error) = self.wish(&session, shard, node, reply).await {
                            return error.into();
                        }
                    }
                    Some(order) => self.obey(order),
                    None => return End::Left,
                },
                () = wake => {}
            }
        }
    }

    pub(super) fn now(&self) -> Duration {
        self.began.elapsed()
    }
}
