//! The bucket's actor.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Instant,
};

use amble_cluster::Key;
use amble_engine::{
    evidence::{PartyId, TrackId},
    layout::ZoneIx,
    time::{Round, Time},
};
use ractor::{Actor, ActorProcessingErr, ActorRef, SupervisionEvent};
use tokio::sync::watch;

use super::cut::{BucketCut, Departure};
use crate::{
    keys::BucketIx,
    load::Meter,
    message::{
        BucketReport, BucketRound, Message, News, Peer, Scan, ShopperRound, ToBook, ToBucket,
        ToShopper, ToZone, Transfers, VisitEvent, ZoneRound,
    },
    recover::TooYoung,
    round::{Gather, LAG, LOOK, Outbox, Patience},
    shop::Shop,
    shopper::{self, CartView, PartyCut, Shopper, Stage},
    telemetry::{self, Shown},
    writer::Writer,
};

/// The actor of one bucket.
#[derive(Debug)]
pub struct Bucket;

/// What it starts with.
#[derive(Debug)]
pub struct Arguments {
    /// The shop.
    pub shop: Arc<Shop>,
    /// Which bucket.
    pub bucket: BucketIx,
    /// The first round that it takes.
    pub first: Round,
    /// Its state before that round.
    pub cut: BucketCut,
    /// Its hand at the ledger.
    pub writer: Writer,
}

/// A party and its actor.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) actor: ActorRef<ToShopper>,
    pub(super) opened: Time,
    /// Tracks that it has, as of its last answer.
    pub(super) people: u32,
    /// Its state at the last cut.
    pub(super) cut: PartyCut,
    /// Its cart.
    pub(super) watched: watch::Receiver<Arc<CartView>>,
}

/// A round that its shoppers are working on.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) round: Round,
    pub(super) waiting: BTreeSet<PartyId>,
    pub(super) answers: Vec<ShopperRound>,
    pub(super) admitted: Vec<Scan>,
    pub(super) refused: Vec<Scan>,
    pub(super) events: Vec<VisitEvent>,
}

/// What it keeps.
#[derive(Debug)]
pub struct State {
    pub(super) shop: Arc<Shop>,
    /// The first round that it took.
    first: Round,
    patience: Patience,
    pub(super) bucket: BucketIx,
    pub(super) myself: ActorRef<ToBucket>,
    meter: Meter,
    pub(super) writer: Writer,
    pub(super) until: Shown,
    pub(super) carts: Shown,
    pub(super) zones: Gather<Arc<ZoneRound>>,
    pub(super) transfers: Gather<Arc<Transfers>>,
    pub(super) members: BTreeMap<PartyId, Member>,
    /// Whose each track is.
    pub(super) owners: BTreeMap<TrackId, PartyId>,
    pub(super) opened: BTreeMap<String, Scan>,
    pub(super) over: BTreeMap<PartyId, Round>,
    pub(super) subscriptions: BTreeMap<TrackId, Vec<ZoneIx>>,
    pub(super) running: Option<Running>,
    pub(super) to_zones: Vec<Outbox<Arc<BucketRound>>>,
    pub(super) to_buckets: Vec<Outbox<Arc<Transfers>>>,
    pub(super) to_book: Outbox<Arc<BucketReport>>,
}

impl Actor for Bucket {
    type Msg = ToBucket;
    type State = State;
    type Arguments = Arguments;

    async fn pre_start(
        &self,
        myself: ActorRef<ToBucket>,
        arguments: Arguments,
    ) -> Result<State, ActorProcessingErr> {
        let Arguments {
            shop,
            bucket,
            first,
            cut,
            writer,
        } = arguments;
        let (zones, buckets) = (shop.keys.zone_count(), shop.keys.bucket_count());
        let mut state = State {
            meter: shop.meter(shop.keys.bucket(bucket)),
            until: telemetry::shard_until(shop.keys.bucket(bucket)),
            carts: telemetry::carts(shop.keys.bucket(bucket)),
            first,
            patience: Patience::new(first),
            bucket,
            myself,
            writer,
            zones: Gather::new(zones, first),
            transfers: Gather::new(buckets, first.plus(-1)),
            members: BTreeMap::new(),
            owners: BTreeMap::new(),
            opened: cut.opened,
            over: cut.over,
            subscriptions: cut.subscriptions,
            running: None,
            to_zones: vec![Outbox::default(); zones],
            to_buckets: vec![Outbox::default(); buckets],
            to_book: Outbox::default(),
            shop,
        };
        if state.shop.placing.is_some() {
            state.myself.send_interval(LOOK, || ToBucket::Tick);
        }
        for (party, opened) in cut.parties {
            state.hire(party, opened).await?;
        }
        state.tell_again(first, &cut.told, &cut.transfers);
        Ok(state)
    }

    async fn handle(
        &self,
        _: ActorRef<ToBucket>,
        message: ToBucket,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        let began = Instant::now();
        match message {
            ToBucket::Zone(round) => state.zones.put(round.zone.at(), round.round, round),
            ToBucket::Transfers(t) => state.transfers.put(t.from.at(), t.round, t),
            ToBucket::Shopper(answer) => state.answered(*answer),
            ToBucket::Verdict(verdict) => {
                if let Some(member) = state.members.get(&verdict.party) {
                    if matches!(verdict.news, News::Settled(_)) {
                        state.over.insert(verdict.party, verdict.as_of.round());
                    }
                    let _ = member.actor.cast(ToShopper::Verdict(verdict));
                }
            }
            ToBucket::Lifted(party, lifted) => {
                if let Some(member) = state.members.get(&party) {
                    let _ = member.actor.cast(ToShopper::Lifted(lifted));
                }
            }
            ToBucket::Again(peer, from) => state.send_again(peer, from)?,
            ToBucket::Tick => state.ask_the_missing(),
            ToBucket::Follow(party, to, answer) => {
                let _ = answer.send(state.show(party, to));
            }
            ToBucket::Describe(answer) => {
                let _ = answer.send(state.describe());
            }
            ToBucket::Visits(answer) => {
                let visits = state.members.values().map(|m| m.watched.borrow().clone());
                let _ = answer.send(visits.filter(|view| !view.visit.is_empty()).collect());
            }
        }
        while state.finish() || state.dispatch().await? {}
        state.meter.spent(began);
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        _: ActorRef<ToBucket>,
        event: SupervisionEvent,
        _: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        match event {
            // A shopper's state is the bucket's: both start anew together, as after a node's death.
            SupervisionEvent::ActorFailed(_, error) => Err(error),
            _ => Ok(()),
        }
    }
}

impl State {
    /// Starts the actor of a party.
    pub(super) async fn hire(
        &mut self,
        cut: PartyCut,
        opened: Time,
    ) -> Result<(), ActorProcessingErr> {
        let party = cut.party;
        for track in cut.tracks() {
            self.owners.insert(track, party);
        }
        let people = cut.people();
        let first = CartView::empty(&cut, opened, self.shop.currency);
        let (view, watched) = watch::channel(Arc::new(first));
        let arguments = shopper::Arguments {
            shop: Arc::clone(&self.shop),
            bucket: self.myself.clone(),
            cut: cut.clone(),
            view,
        };
        let cell = self.myself.get_cell();
        let (actor, _) = Actor::spawn_linked(None, Shopper, arguments, cell).await?;
        let key = self.shop.keys.shopper(party);
        self.shop.enter(key, &actor);
        self.members.insert(
            party,
            Member {
                actor,
                opened,
                people,
                cut,
                watched,
            },
        );
        Ok(())
    }

    /// Lets a party's actor go.
    pub(super) fn dismiss(&mut self, party: PartyId) {
        if let Some(member) = self.members.remove(&party) {
            self.shop
                .router
                .local()
                .leave(&self.shop.keys.shopper(party));
            member.actor.stop(None);
        }
    }

    /// What peers need of the rounds before the first: from the cut, or nothing.
    fn tell_again(
        &mut self,
        first: Round,
        told: &[(ZoneIx, BucketRound)],
        transfers: &[Departure],
    ) {
        for back in (1..=LAG).rev() {
            let round = first.plus(-back);
            for zone in self.shop.zones() {
                let found = told.iter().find(|(z, r)| *z == zone && r.round == round);
                let message = found.map_or_else(
                    || BucketRound::empty(self.bucket, round),
                    |(_, message)| message.clone(),
                );
                self.tell_zone(zone, message);
            }
        }
        self.hand_over(first.plus(-1), transfers);
    }

    pub(super) fn tell_zone(&mut self, zone: ZoneIx, message: BucketRound) {
        let message = Arc::new(message);
        self.to_zones[zone.at()].keep(message.round, Arc::clone(&message));
        self.shop.tell_zone(zone, ToZone::Bucket(message));
    }

    pub(super) fn tell_bucket(&mut self, bucket: BucketIx, message: Transfers) {
        let message = Arc::new(message);
        self.to_buckets[bucket.at()].keep(message.round, Arc::clone(&message));
        self.shop.tell_bucket(bucket, ToBucket::Transfers(message));
    }

    /// Sends a party's cart to a key from now on, until the party or the key is gone.
    fn show(&self, party: PartyId, to: Key) -> Option<Arc<CartView>> {
        let mut watched = self.members.get(&party)?.watched.clone();
        let now = watched.borrow_and_update().clone();
        let shop = Arc::clone(&self.shop);
        tokio::spawn(async move {
            while watched.changed().await.is_ok() {
                let view = watched.borrow_and_update().clone();
                let last = view.stage == Stage::Settled;
                if shop.router.tell(&to, Message::Cart(view)).is_err() || last {
                    return;
                }
            }
        });
        Some(now)
    }

    /// Asks those again whose rounds are missing for too long; on several nodes, where they can be lost.
    fn ask_the_missing(&mut self) {
        if !self.patience.is_over(self.zones.next()) {
            return;
        }
        let myself = Peer::Bucket(self.bucket);
        let from = self.zones.next().plus(-1);
        for zone in self.zones.missing_of(self.shop.zones()) {
            self.shop.tell_zone(zone, ToZone::Again(myself, from));
        }
        let from = self.transfers.next();
        for bucket in self.transfers.missing_of(self.shop.buckets()) {
            self.shop.tell_bucket(bucket, ToBucket::Again(myself, from));
        }
    }

    fn send_again(&self, peer: Peer, from: Round) -> Result<(), ActorProcessingErr> {
        let (begin_by, past) = match peer {
            Peer::Zone(zone) => (from.plus(LAG), self.to_zones[zone.at()].is_past(from)),
            Peer::Bucket(bucket) => (from.next(), self.to_buckets[bucket.at()].is_past(from)),
            Peer::Book => (from, self.to_book.is_past(from)),
        };
        if begin_by < self.first || past {
            return Err(TooYoung { begin_by }.into());
        }
        match peer {
            Peer::Zone(zone) => {
                for message in self.to_zones[zone.at()].since(from) {
                    self.shop.tell_zone(zone, ToZone::Bucket(message));
                }
            }
            Peer::Bucket(bucket) => {
                for message in self.to_buckets[bucket.at()].since(from) {
                    self.shop.tell_bucket(bucket, ToBucket::Transfers(message));
                }
            }
            Peer::Book => {
                for report in self.to_book.since(from) {
                    self.shop.tell_book(ToBook::Bucket(report));
                }
            }
        }
        Ok(())
    }
}
