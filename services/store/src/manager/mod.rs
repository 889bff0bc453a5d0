//! Who starts the shards of a shop, and starts one anew when it fails.
//!
//! A shard that fails takes its actors with it. It is started again as after a node's death: the next
//! epoch is claimed, its state read, its peers asked for the rounds since, its devices for the frames.
//! A process that is alone has all shards; a node among others has those that are [`placed`] at it.

mod placed;
mod start;

use std::{collections::BTreeMap, pin::Pin, sync::Arc, time::Duration};

use amble_cluster::{Epoch, NodeId};
use amble_engine::{
    layout::ZoneIx,
    time::{Round, Time},
};
use placed::Tenures;
use ractor::{Actor, ActorCell, ActorId, ActorProcessingErr, ActorRef, SupervisionEvent};

use crate::{
    inspect::What,
    keys::BucketIx,
    options::{OpenError, Options},
    recover::TooYoung,
    shop::Shop,
    telemetry,
    writer::Writer,
};

/// How long a failing shard rests before it is started once more.
const REST: Duration = Duration::from_millis(100);

/// A shop that runs.
#[derive(Debug)]
pub struct Running {
    /// What its actors share.
    pub shop: Arc<Shop>,
    manager: ActorRef<Restart>,
}

impl Running {
    /// Waits until the shop has stopped by itself: when it is alone and another owner has claimed it.
    pub async fn ended(&self) {
        let _ = self.manager.wait(None).await;
    }

    /// Stops the shop. What was acked is in the ledger; the rest, the devices keep.
    pub async fn stop(self) {
        let _ = self.manager.stop_and_wait(None, None).await;
    }
}

/// A shop that is being opened.
pub type Opening = Pin<Box<dyn Future<Output = Result<Running, OpenError>> + Send>>;

/// Opens a shop: where the ledger left it, or for the first time. Boxed, so that its actors are compiled
/// here, and not anew with everyone who opens a shop.
///
/// # Errors
/// When the plan is not usable, the ledger can't be read, or an actor does not start.
#[must_use]
pub fn open(options: Options) -> Opening {
    Box::pin(async move {
        let begin = options.begin;
        let (shop, replies) = Shop::new(options)?;
        let shop = Arc::new(shop);
        shop.listen();
        shop.say_away(replies);
        shop.keep_log();
        shop.report_load();
        shop.give_way();
        let prices = shop.ledger.price_changes(i64::MIN).await?;
        for change in prices {
            if let Some(product) = shop.plan.names.find_product(&change.product) {
                shop.set_price(product, change.price_minor, Time(change.valid_from_us));
            }
        }
        let (manager, _) = Actor::spawn(None, Manager, (Arc::clone(&shop), begin)).await?;
        Ok(Running { shop, manager })
    })
}

/// What the manager is told.
#[derive(Debug)]
enum Restart {
    /// A shard is to be started anew.
    Shard(Shard),
    /// The ledger takes nothing more from a shard's owner of this epoch: it knows this newer one, or has
    /// refused what was written.
    Fenced(Shard, Epoch, Option<Epoch>),
    /// The shard map has changed, or the list of nodes.
    Map,
    /// Shards that the ledger could not be asked for.
    TakeOver(Vec<(Shard, Epoch)>),
}

/// A shard of the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shard {
    Zone(ZoneIx),
    Bucket(BucketIx),
    Book,
}

struct Manager;

struct State {
    shop: Arc<Shop>,
    actors: BTreeMap<ActorId, Shard>,
    cells: BTreeMap<Shard, ActorCell>,
    tenures: Tenures,
    /// The last rounds with which shards may begin that were too young for a peer.
    begin_by: BTreeMap<Shard, Round>,
    /// The epoch in which each shard was begun here last.
    begun: BTreeMap<Shard, Epoch>,
}

impl Actor for Manager {
    type Msg = Restart;
    type State = State;
    type Arguments = (Arc<Shop>, Time);

    async fn pre_start(
        &self,
        myself: ActorRef<Restart>,
        (shop, begin): (Arc<Shop>, Time),
    ) -> Result<State, ActorProcessingErr> {
        let placing = shop.placing.as_ref();
        let me = placing.map_or_else(|| NodeId::new("alone"), |placing| placing.me.clone());
        let mut state = State {
            shop,
            actors: BTreeMap::new(),
            cells: BTreeMap::new(),
            tenures: Tenures::new(me, begin),
            begin_by: BTreeMap::new(),
            begun: BTreeMap::new(),
        };
        if state.shop.placing.is_some() {
            state.follow_the_map(&myself);
        } else {
            state.start_all(&myself, begin).await?;
        }
        Ok(state)
    }

    async fn handle(
        &self,
        myself: ActorRef<Restart>,
        message: Restart,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        if let Restart::Fenced(shard, held, newer) = message {
            state.note_fence(shard, held, newer);
        }
        match message {
            Restart::Map => state.look_at_the_map(&myself).await,
            Restart::TakeOver(claims) => state.take_over(&myself, claims).await,
            Restart::Fenced(shard, held, newer) if state.shop.placing.is_some() => {
                // An owner that was replaced since then is not the one that serves now.
                if state.tenures.phase(shard).1 == held {
                    state.end(shard).await;
                    match newer {
                        Some(newer) => state.refused(shard, held, newer),
                        None => state.failed(shard, held),
                    }
                }
            }
            // A writer of an actor that failed may still have been at work when its successor claimed.
            Restart::Fenced(shard, held, _) if state.begun.get(&shard) != Some(&held) => {}
            Restart::Fenced(shard, ..) => {
                tracing::error!(
                    ?shard,
                    "another owner has claimed a shard; the shop stops here"
                );
                myself.stop(Some("fenced".to_owned()));
            }
            Restart::Shard(shard) => {
                if let Err(error) = state.restart(&myself, shard).await {
                    tracing::error!(?shard, %error, "a shard could not be started anew; trying again");
                    myself.send_after(REST, move || Restart::Shard(shard));
                }
            }
        }
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<Restart>,
        event: SupervisionEvent,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        if let SupervisionEvent::ActorFailed(actor, error) = event
            && let Some(shard) = state.actors.remove(&actor.get_id())
        {
            tracing::error!(?shard, %error, "a shard failed and is started anew");
            telemetry::restarted("shard");
            if let Some(&TooYoung { begin_by }) = error.downcast_ref() {
                let known = state.begin_by.entry(shard).or_insert(begin_by);
                *known = begin_by.min(*known);
            }
            state.note_failure(shard, error.to_string());
            if state.shop.placing.is_some() {
                state.cells.remove(&shard);
                let (_, epoch) = state.tenures.phase(shard);
                state.failed(shard, epoch);
            } else {
                myself.send_after(REST, move || Restart::Shard(shard));
            }
        }
        Ok(())
    }
}

impl State {
    fn name(&self, shard: Shard) -> String {
        let keys = &self.shop.keys;
        match shard {
            Shard::Zone(zone) => keys.zone(zone).as_str().to_owned(),
            Shard::Bucket(bucket) => keys.bucket(bucket).as_str().to_owned(),
            Shard::Book => keys.book().as_str().to_owned(),
        }
    }

    /// The ledger refused a shard's owner: it knows a newer one, or can't take what was written.
    fn note_fence(&self, shard: Shard, held: Epoch, newer: Option<Epoch>) {
        match newer {
            Some(newer) => self.shop.happened(What::Fenced {
                shard: self.name(shard),
                epoch: held.0,
                newer: newer.0,
            }),
            None => self.note_failure(shard, "the ledger refused what it wrote".to_owned()),
        }
    }

    fn note_failure(&self, shard: Shard, error: String) {
        self.shop.happened(What::Failed {
            shard: self.name(shard),
            error,
        });
    }

    /// The round after the last one with which a shard may begin: peers need it from there on. The
    /// bookkeeper may be behind what a zone has stored: what it was not told it needs once more.
    fn begin_by(&self, shard: Shard) -> Option<Round> {
        let asked = self.begin_by.get(&shard).copied();
        let undecided = match shard {
            Shard::Zone(_) => self.shop.stats.decided_until().map(Time::round),
            _ => None,
        };
        asked.into_iter().chain(undecided).min()
    }

    fn writer(&self, myself: &ActorRef<Restart>, shard: Shard, epoch: u64) -> Writer {
        let name = self.name(shard);
        let myself = myself.clone();
        Writer::start(Arc::clone(&self.shop), &name, epoch, move |newer| {
            let _ = myself.cast(Restart::Fenced(shard, Epoch(epoch), newer.map(Epoch)));
        })
    }

    /// Every shard of the shop.
    fn all_shards(&self) -> impl Iterator<Item = Shard> + use<> {
        let buckets = self.shop.buckets().map(Shard::Bucket);
        let zones = self.shop.zones().map(Shard::Zone);
        buckets.chain(zones).chain([Shard::Book])
    }

    /// Ends what serves a shard here, with all its actors.
    async fn end(&mut self, shard: Shard) {
        if let Some(cell) = self.cells.remove(&shard) {
            self.actors.remove(&cell.get_id());
            // What it has not written, its successor works out again.
            let _ = cell.stop_and_wait(None, None).await;
        }
        self.shop.router.local().leave_shard(&self.name(shard));
    }
}
