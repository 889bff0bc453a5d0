//! What all actors of a shop share: the plan, the keys, the ways to the ledger and to one another.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    hash::Hasher as _,
    sync::{Arc, PoisonError, RwLock, atomic::AtomicU64},
    time::SystemTime,
};

use amble_cluster::{Key, Router};
use amble_engine::{
    attribution::{Costs, Part},
    layout::{ProductIx, ZoneIx},
    price::{Currency, Money, PriceBook},
    time::{Round, Time},
};
use amble_ledger::Ledger;
use amble_proto::{
    plan::StorePlan,
    v1::{DeviceKind, recording_entry::Entry},
};
use dashmap::DashMap;
use fnv::FnvHasher;
use ractor::ActorRef;
use tokio::sync::{broadcast, mpsc};

use crate::{
    device::{DeviceId, Link, Reply},
    durable::Durable,
    hooks::Hooks,
    inspect::{EventLog, Usage},
    keys::{BucketIx, Keys},
    load::Meter,
    message::{Message, ToBook, ToBucket, ToNode, ToZone},
    nearer::Nearer,
    network::{AsNode, Placing},
    options::{Documents, OpenError, Options, Plan},
    pass::Verifier,
    plan, replies,
    settings::Settings,
    shopper::CartView,
    stats::Stats,
    telemetry,
    tracked::Tracked,
};

/// How many changes of carts a slow watcher of the whole store may be behind before it misses some.
const EVENTS_KEPT: usize = 8_192;

/// How many reviews may be opened and answered before a slow watcher misses some.
const REVIEWS_KEPT: usize = 256;

/// Something that whoever watches the whole store hears of.
#[derive(Clone, Debug)]
pub enum StoreEvent {
    /// A cart changed.
    Cart(Arc<CartView>),
    /// A receipt was written: its JSON.
    Receipt(Arc<str>),
}

/// What all actors of a shop share.
pub struct Shop {
    /// The store.
    pub plan: Plan,
    /// The keys of its actors.
    pub keys: Keys,
    /// The way to them.
    pub router: Router<Message>,
    /// Where what must survive goes.
    pub ledger: Arc<dyn Ledger>,
    /// Who may open visits.
    pub verifier: Verifier,
    /// How it waits.
    pub settings: Settings,
    /// What its bookkeeper does not go by.
    pub(crate) without: BTreeSet<Part>,
    /// Of every price.
    pub currency: Currency,
    /// Whether its devices run in event time.
    pub event_time: bool,
    /// Whether silent devices are passed over.
    pub live: bool,
    /// How it is doing.
    pub stats: Stats,
    /// Interference, for tests.
    pub hooks: Hooks,
    /// Makes and reads receipts and corrections.
    pub documents: Documents,
    /// What mistakes and reviews cost.
    pub costs: Costs,
    /// Where else it runs.
    pub(crate) placing: Option<Placing>,
    /// The devices that streams of this node carry: an actor that starts anew, wherever, hears of them.
    pub(crate) links: DashMap<Key, Link>,
    /// Which edges belong to other nodes.
    pub(crate) nearer: Nearer,
    /// What is to be said at other nodes.
    pub(crate) replies: replies::Queue,
    /// The shards that begin, wherever: who follows a cart of theirs asks them again.
    pub(crate) begun: broadcast::Sender<Key>,
    /// Numbers for streams.
    pub(crate) streams: AtomicU64,
    /// How far its cuts are durable.
    pub durable: Durable,
    /// What its shards cost, by their names.
    pub(crate) meters: BTreeMap<String, Meter>,
    prices: RwLock<Arc<PriceBook>>,
    neighbours: Vec<Vec<ZoneIx>>,
    recorder: Option<mpsc::UnboundedSender<Entry>>,
    tracked: Option<mpsc::UnboundedSender<Tracked>>,
    events: broadcast::Sender<StoreEvent>,
    /// Visits of which a review was opened or answered.
    reviewed: broadcast::Sender<Arc<str>>,
    /// What happened to it, for whoever looks after it.
    pub log: EventLog,
    /// What this process has used until now.
    pub(crate) usage: fn() -> Usage,
    /// Since when it is open.
    pub(crate) opened: SystemTime,
}

impl fmt::Debug for Shop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shop")
            .field("store", &self.plan.plan.store)
            .finish_non_exhaustive()
    }
}

impl Shop {
    /// A shop that nobody works in yet, and what its actors are to say at other nodes.
    ///
    /// # Errors
    /// When the plan's money makes no sense.
    pub(crate) fn new(
        options: Options,
    ) -> Result<(Self, mpsc::UnboundedReceiver<(Link, Reply)>), OpenError> {
        let Options {
            plan,
            ledger,
            verifier,
            settings,
            without,
            event_time,
            live,
            documents,
            costs,
            recorder,
            tracked,
            hooks,
            begin: _,
            node,
            usage,
        } = options;
        let prices = plan.prices()?;
        let (router, placing) = match node {
            Some(AsNode { router, placing }) => (router, Some(placing)),
            None => (Router::alone(), None),
        };
        let keys = Keys::new(&plan.plan);
        let (replies, queue) = mpsc::unbounded_channel();
        let shop = Self {
            replies,
            nearer: Nearer::default(),
            meters: meters(&keys),
            keys,
            streams: AtomicU64::new(first_stream(&router)),
            router,
            placing,
            currency: prices.currency(),
            prices: RwLock::new(Arc::new(prices)),
            neighbours: neighbours(&plan.plan),
            stats: Stats::default(),
            links: DashMap::new(),
            begun: broadcast::Sender::new(EVENTS_KEPT),
            durable: Durable::default(),
            events: broadcast::Sender::new(EVENTS_KEPT),
            reviewed: broadcast::Sender::new(REVIEWS_KEPT),
            log: EventLog::default(),
            usage,
            opened: SystemTime::now(),
            plan,
            ledger,
            verifier,
            settings,
            without,
            event_time,
            live,
            hooks,
            documents,
            costs,
            recorder,
            tracked,
        };
        Ok((shop, queue))
    }

    /// What counts the time of a shard's actors.
    pub(crate) fn meter(&self, key: &Key) -> Meter {
        self.meters.get(key.shard()).cloned().unwrap_or_default()
    }

    /// Sends to an actor. One that is starting anew asks for what it missed.
    pub fn tell(&self, key: &Key, message: Message) {
        if self.router.tell(key, message).is_err() {
            telemetry::undelivered();
            self.stats.undelivered();
        }
    }

    /// From now on a key's messages go to this actor, which takes those of its kind.
    pub(crate) fn enter<M>(&self, key: Key, actor: &ActorRef<M>)
    where
        M: ractor::Message + TryFrom<Message, Error = Message>,
    {
        let actor = actor.clone();
        self.router.local().enter(key, move |message| {
            let own = M::try_from(message)?;
            actor.cast(own).map_err(|_| Message::Lost)
        });
    }

    pub(crate) fn tell_zone(&self, zone: ZoneIx, message: ToZone) {
        if let ToZone::Bucket(round) = &message {
            let bucket = self.keys.bucket(round.bucket);
            self.hooks.before_word(bucket.as_str(), round.round);
        }
        self.tell(self.keys.zone(zone), Message::Zone(message));
    }

    pub(crate) fn tell_bucket(&self, bucket: BucketIx, message: ToBucket) {
        if let ToBucket::Zone(round) = &message {
            let zone = self.keys.zone(round.zone);
            self.hooks.before_word(zone.as_str(), round.round);
        }
        self.tell(self.keys.bucket(bucket), Message::Bucket(message));
    }

    pub(crate) fn tell_book(&self, message: ToBook) {
        self.tell(self.keys.book(), Message::Book(message));
    }

    /// A shard's cut is durable: edges in event time may send further.
    pub(crate) fn cut_stands(&self, shard: &str, round: Round) {
        self.tell_nodes(&ToNode::Stands(shard.to_owned(), round));
    }

    /// The zones.
    pub fn zones(&self) -> impl Iterator<Item = ZoneIx> + use<> {
        (0..u32::try_from(self.keys.zone_count()).unwrap_or(u32::MAX)).map(ZoneIx)
    }

    /// The buckets.
    pub fn buckets(&self) -> impl Iterator<Item = BucketIx> + use<> {
        (0..u32::try_from(self.keys.bucket_count()).unwrap_or(u32::MAX)).map(BucketIx)
    }

    /// Zones of which one's cameras see the other's floor.
    #[must_use]
    pub fn neighbours(&self, zone: ZoneIx) -> &[ZoneIx] {
        &self.neighbours[zone.at()]
    }

    /// The prices as they are now known, for every event time.
    #[must_use]
    pub fn prices(&self) -> Arc<PriceBook> {
        let prices = self.prices.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&prices)
    }

    /// From an event time on, a product has another price.
    pub(crate) fn set_price(&self, product: ProductIx, minor: i64, from: Time) {
        let mut prices = self.prices.write().unwrap_or_else(PoisonError::into_inner);
        let price = Money::new(minor, self.currency);
        if let Err(error) = Arc::make_mut(&mut prices).change(product, price, from) {
            tracing::error!(product = self.plan.names.product(product), %error, "no such price");
        }
    }

    /// A device of the plan. `None`: the plan has none of this name.
    #[must_use]
    pub fn device_id(&self, kind: DeviceKind, id: &str) -> Option<DeviceId> {
        Some(DeviceId {
            kind,
            id: id.to_owned(),
            key: self.keys.device(kind, id)?,
        })
    }

    /// Keeps an input for the recording, if there is one.
    pub(crate) fn record(&self, entry: impl FnOnce() -> Entry) {
        if let Some(recorder) = &self.recorder {
            // A recorder that has stopped has said why.
            let _ = recorder.send(entry());
        }
    }

    /// Tells whoever measures tracking, if anybody does.
    pub(crate) fn tell_tracked(&self, said: impl IntoIterator<Item = Tracked>) {
        if let Some(tracked) = &self.tracked {
            for said in said {
                // Who has heard enough may go.
                let _ = tracked.send(said);
            }
        }
    }

    pub(crate) fn publish(&self, event: StoreEvent) {
        // Nobody need be watching.
        let _ = self.events.send(event);
    }

    pub(crate) fn publish_reviewed(&self, visit: Arc<str>) {
        // Nobody need be watching.
        let _ = self.reviewed.send(visit);
    }

    /// The visits of which a review is opened or answered, as that happens at any node.
    #[must_use]
    pub fn watch_reviews(&self) -> broadcast::Receiver<Arc<str>> {
        self.reviewed.subscribe()
    }

    /// Carts and receipts as they come.
    #[must_use]
    pub fn watch(&self) -> broadcast::Receiver<StoreEvent> {
        self.events.subscribe()
    }
}

fn meters(keys: &Keys) -> BTreeMap<String, Meter> {
    let shards = keys.shards().map(|key| key.as_str().to_owned());
    shards.map(|shard| (shard, Meter::default())).collect()
}

/// Streams of different nodes have different numbers: each node begins at a place of its own.
fn first_stream(router: &Router<Message>) -> u64 {
    let mut hasher = FnvHasher::default();
    hasher.write(router.here("").as_str().as_bytes());
    hasher.finish() & !u64::from(u32::MAX)
}

/// For each zone, those whose cameras see its floor, or whose floor its cameras see.
fn neighbours(plan: &StorePlan) -> Vec<Vec<ZoneIx>> {
    let keys: Vec<String> = plan
        .zones
        .iter()
        .map(|zone| plan::zone_key(&zone.id))
        .collect();
    let shards = plan::shards(plan);
    let sees = |a: usize, b: usize| {
        shards
            .iter()
            .any(|s| s.key == keys[a] && s.affinities.contains(&keys[b]))
    };
    (0..keys.len())
        .map(|a| {
            (0..keys.len())
                .filter(|&b| a != b && (sees(a, b) || sees(b, a)))
                .filter_map(|b| u32::try_from(b).ok().map(ZoneIx))
                .collect()
        })
        .collect()
}
