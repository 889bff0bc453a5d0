//! Who starts the shards of a shop, and starts one anew when it fails.
//!
//! A shard that fails takes its actors with it. It is started again as after a node's death: the next
//! epoch is claimed, its state read, its peers asked for the rounds since, its devices for the frames.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use amble_engine::{
    layout::ZoneIx,
    time::{Round, Time},
};
use amble_ledger::{Append, Entry, LedgerError};
use ractor::{Actor, ActorId, ActorProcessingErr, ActorRef, SupervisionEvent};

use crate::{
    book::{self, Bookkeeper},
    bucket::{self, Bucket, BucketCut},
    codec,
    keys::BucketIx,
    message::{Message, Peer, ToBook, ToBucket, ToZone},
    options::{OpenError, Options},
    recover::{self, Claimed},
    round::LAG,
    shop::Shop,
    telemetry,
    writer::Writer,
    zone::{self, Zone, ZoneCut},
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
    /// Waits until the shop has stopped by itself: when another owner has claimed it.
    pub async fn ended(&self) {
        let _ = self.manager.wait(None).await;
    }

    /// Stops the shop. What was acked is in the ledger; the rest, the devices keep.
    pub async fn stop(self) {
        let _ = self.manager.stop_and_wait(None, None).await;
    }
}

/// Opens a shop: where the ledger left it, or for the first time.
///
/// # Errors
/// When the plan is not usable, the ledger can't be read, or an actor does not start.
pub async fn open(options: Options) -> Result<Running, OpenError> {
    let begin = options.begin;
    let shop = Arc::new(Shop::new(options)?);
    let prices = shop.ledger.price_changes(i64::MIN).await?;
    for change in prices {
        if let Some(product) = shop.plan.names.find_product(&change.product) {
            shop.set_price(product, change.price_minor, Time(change.valid_from_us));
        }
    }
    let (manager, _) = Actor::spawn(None, Manager, (Arc::clone(&shop), begin)).await?;
    Ok(Running { shop, manager })
}

/// What the manager is told.
#[derive(Debug)]
enum Restart {
    /// A shard is to be started anew.
    Shard(Shard),
    /// Somebody else has claimed a shard: this shop is no longer the one that writes.
    Fenced(Shard),
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
        let mut state = State {
            shop,
            actors: BTreeMap::new(),
        };
        state.start_all(&myself, begin).await?;
        Ok(state)
    }

    async fn handle(
        &self,
        myself: ActorRef<Restart>,
        message: Restart,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        let shard = match message {
            Restart::Shard(shard) => shard,
            Restart::Fenced(shard) => {
                tracing::error!(
                    ?shard,
                    "another owner has claimed a shard; the shop stops here"
                );
                myself.stop(Some("fenced".to_owned()));
                return Ok(());
            }
        };
        if let Err(error) = state.restart(&myself, shard).await {
            tracing::error!(?shard, %error, "a shard could not be started anew; trying again");
            myself.send_after(REST, move || Restart::Shard(shard));
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
            myself.send_after(REST, move || Restart::Shard(shard));
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

    fn writer(&self, myself: &ActorRef<Restart>, shard: Shard, epoch: u64) -> Writer {
        let name = self.name(shard);
        let myself = myself.clone();
        Writer::start(Arc::clone(&self.shop), &name, epoch, move || {
            let _ = myself.cast(Restart::Fenced(shard));
        })
    }

    /// Rule 2 of [`recover`].
    async fn start_all(
        &mut self,
        myself: &ActorRef<Restart>,
        begin: Time,
    ) -> Result<(), ActorProcessingErr> {
        let shop = Arc::clone(&self.shop);
        let shards: Vec<Shard> = shop
            .buckets()
            .map(Shard::Bucket)
            .chain(shop.zones().map(Shard::Zone))
            .collect();
        let mut claimed = BTreeMap::new();
        for &shard in &shards {
            claimed.insert(
                shard,
                recover::claim(&shop.ledger, &self.name(shard)).await?,
            );
        }
        let at = match recover::common_cut(claimed.values().map(|c| c.cuts.as_slice())) {
            Some(round) => round,
            None => {
                self.store_beginning(&mut claimed, begin.round().plus(-1))
                    .await?
            }
        };
        tracing::info!(
            store = shop.plan.plan.store,
            round = at.0 + 1,
            "the shop opens"
        );
        shop.stats.decided(at);
        for (&shard, claimed) in &claimed {
            let newest = claimed.cuts.iter().map(|cut| Round(cut.round)).max();
            shop.durable.begin(&self.name(shard), newest.unwrap_or(at));
        }
        for (shard, claimed) in claimed {
            self.start(myself, shard, at, claimed).await?;
        }
        let book = recover::claim(&shop.ledger, &self.name(Shard::Book)).await?;
        self.start(myself, Shard::Book, at, book).await?;
        for &shard in &shards {
            self.ask_peers(shard, at.next());
        }
        self.ask_peers(Shard::Book, at.next());
        Ok(())
    }

    /// Rule 4 of [`recover`].
    async fn store_beginning(
        &self,
        claimed: &mut BTreeMap<Shard, Claimed>,
        at: Round,
    ) -> Result<Round, LedgerError> {
        for (&shard, claimed) in claimed {
            let body = match shard {
                Shard::Zone(zone) => codec::encode(&ZoneCut::empty(zone)),
                _ => codec::encode(&BucketCut::default()),
            };
            let entries = vec![Entry::Cut {
                round: at.0,
                body: body.clone(),
            }];
            let append = Append {
                shard: self.name(shard),
                epoch: claimed.epoch,
                entries,
            };
            self.shop.ledger.append(append).await?;
            claimed.cuts = vec![amble_ledger::Cut { round: at.0, body }];
        }
        Ok(at)
    }

    /// Rule 3 of [`recover`].
    async fn restart(
        &mut self,
        myself: &ActorRef<Restart>,
        shard: Shard,
    ) -> Result<(), ActorProcessingErr> {
        let claimed = recover::claim(&self.shop.ledger, &self.name(shard)).await?;
        let at = match shard {
            // Its own cuts are far apart; it reads what the ledger has, and that is whole up to here.
            Shard::Book => self.shop.durable.common(),
            _ => recover::common_cut([claimed.cuts.as_slice()].into_iter()),
        };
        let at = at.unwrap_or(Round(0));
        self.start(myself, shard, at, claimed).await?;
        self.ask_peers(shard, at.next());
        Ok(())
    }

    async fn start(
        &mut self,
        myself: &ActorRef<Restart>,
        shard: Shard,
        at: Round,
        claimed: Claimed,
    ) -> Result<(), ActorProcessingErr> {
        let first = at.next();
        let shop = Arc::clone(&self.shop);
        let writer = self.writer(myself, shard, claimed.epoch);
        let supervisor = myself.get_cell();
        let actor = match shard {
            Shard::Zone(zone) => {
                let cut = recover::state_at(&claimed.cuts, at);
                let cut = cut.unwrap_or_else(|| ZoneCut::empty(zone));
                let devices = shop.ledger.device_states(&self.name(shard)).await?;
                let arguments = zone::Arguments {
                    shop,
                    zone,
                    first,
                    cut,
                    writer,
                    devices,
                };
                let (actor, _) = Actor::spawn_linked(None, Zone, arguments, supervisor).await?;
                let key = self.shop.keys.zone(zone).clone();
                self.shop.enter(key, &actor, |message| match message {
                    Message::Zone(message) => Ok(message),
                    other => Err(other),
                });
                actor.get_id()
            }
            Shard::Bucket(bucket) => {
                let cut = recover::state_at(&claimed.cuts, at).unwrap_or_default();
                let arguments = bucket::Arguments {
                    shop,
                    bucket,
                    first,
                    cut,
                    writer,
                };
                let (actor, _) = Actor::spawn_linked(None, Bucket, arguments, supervisor).await?;
                let key = self.shop.keys.bucket(bucket).clone();
                self.shop.enter(key, &actor, |message| match message {
                    Message::Bucket(message) => Ok(message),
                    other => Err(other),
                });
                actor.get_id()
            }
            Shard::Book => {
                let (cut, past) = recover::book_since(&shop, &claimed.cuts, at).await?;
                let arguments = book::Arguments {
                    shop,
                    first,
                    cut,
                    past,
                    writer,
                };
                let (actor, _) =
                    Actor::spawn_linked(None, Bookkeeper, arguments, supervisor).await?;
                let key = self.shop.keys.book().clone();
                self.shop.enter(key, &actor, |message| match message {
                    Message::Book(message) => Ok(message),
                    other => Err(other),
                });
                actor.get_id()
            }
        };
        self.actors.insert(actor, shard);
        Ok(())
    }

    /// Asks everyone who sends to a shard for what they sent since its first round.
    fn ask_peers(&self, shard: Shard, first: Round) {
        let shop = &self.shop;
        let (peer, from) = match shard {
            Shard::Zone(zone) => (Peer::Zone(zone), first.plus(-LAG)),
            Shard::Bucket(bucket) => (Peer::Bucket(bucket), first.plus(-1)),
            Shard::Book => (Peer::Book, first),
        };
        for zone in shop.zones() {
            shop.tell_zone(zone, ToZone::Again(peer, from));
        }
        for bucket in shop.buckets() {
            shop.tell_bucket(bucket, ToBucket::Again(peer, from));
        }
        if let Shard::Bucket(bucket) = shard {
            shop.tell_book(ToBook::Again(bucket));
        }
    }
}
