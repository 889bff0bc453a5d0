//! The zone's actor: takes messages, and takes every step that has become possible.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use amble_engine::{
    evidence::PartyId,
    layout::{CameraIx, ShelfIx, ZoneIx},
    time::{Round, Time},
};
use ractor::{Actor, ActorProcessingErr, ActorRef, SupervisionEvent};

use super::{
    people::{People, ZoneCut},
    record::Records,
    silent::Silence,
};
use crate::{
    device::Muster,
    load::Meter,
    message::{
        Border, BucketRound, CameraRound, DeviceSave, Outlook, Peer, Scan, ShelfNews, ToBook,
        ToBucket, ToDevice, ToZone, ZoneReport, ZoneRound,
    },
    recover::{Recorded, TooYoung},
    round::{Gather, LAG, Outbox, Patience},
    shop::Shop,
    staff::Devices,
    telemetry::{self, Shown},
    writer::Writer,
};

/// The actor of one zone.
#[derive(Debug)]
pub struct Zone;

/// How often it looks for silent devices: a part of the shortest wait for one.
const TICK: Duration = Duration::from_millis(50);

/// What it starts with.
#[derive(Debug)]
pub struct Arguments {
    /// The shop.
    pub shop: Arc<Shop>,
    /// Which zone.
    pub zone: ZoneIx,
    /// The first round that it takes.
    pub first: Round,
    /// Its state before that round.
    pub cut: ZoneCut,
    /// Its hand at the ledger.
    pub writer: Writer,
    /// What the ledger knows of its devices.
    pub devices: Vec<amble_ledger::DeviceState>,
    /// What the ledger holds of its shelves since that round.
    pub recorded: Recorded,
}

/// What the devices told of a round that is not closed yet.
#[derive(Debug, Default)]
pub(super) struct Sensed {
    pub(super) cameras: Vec<CameraRound>,
    pub(super) news: Vec<ShelfNews>,
    pub(super) scans: Vec<(Scan, DeviceSave)>,
    /// When the last device had told all.
    pub(super) whole: Option<Instant>,
}

/// What it keeps.
#[derive(Debug)]
pub struct State {
    pub(super) shop: Arc<Shop>,
    pub(super) zone: ZoneIx,
    pub(super) myself: ActorRef<ToZone>,
    meter: Meter,
    pub(super) neighbours: Vec<ZoneIx>,
    pub(super) cameras: Vec<CameraIx>,
    pub(super) muster: Arc<Muster>,
    pub(super) devices: Devices,
    pub(super) writer: Writer,
    pub(super) until: Shown,

    /// The buckets' rounds, from `LAG` before the first.
    pub(super) buckets: Gather<Arc<BucketRound>>,
    /// Taken from `buckets`, not looked at yet.
    pub(super) outlooks: VecDeque<(Round, Vec<Outlook>)>,
    /// Those that the cameras were shown, by the round in which they look.
    pub(super) shown: BTreeMap<Round, Vec<Outlook>>,
    pub(super) borders: Gather<Arc<Border>>,
    pub(super) sensed: BTreeMap<Round, Sensed>,

    /// The next round of each step.
    pub(super) look: Round,
    pub(super) border: Round,
    pub(super) close: Round,
    pub(super) first: Round,

    pub(super) people: People,
    pub(super) records: Records,
    pub(super) silence: Silence,
    patience: Patience,
    pub(super) unrest: BTreeMap<ShelfIx, Time>,
    /// Who was told what is lifted from a shelf.
    pub(super) told: BTreeMap<ShelfIx, Vec<PartyId>>,

    pub(super) to_buckets: Vec<Outbox<Arc<ZoneRound>>>,
    pub(super) to_zones: BTreeMap<ZoneIx, Outbox<Arc<Border>>>,
    pub(super) to_book: Outbox<Arc<ZoneReport>>,
}

impl Actor for Zone {
    type Msg = ToZone;
    type State = State;
    type Arguments = Arguments;

    async fn pre_start(
        &self,
        myself: ActorRef<ToZone>,
        arguments: Arguments,
    ) -> Result<State, ActorProcessingErr> {
        let Arguments {
            shop,
            zone,
            first,
            cut,
            writer,
            devices,
            recorded,
        } = arguments;
        let buckets = shop.keys.bucket_count();
        let neighbours = shop.neighbours(zone).to_vec();
        let staff = Devices::hire(&shop, zone, first, &myself, &devices, writer.clone()).await?;
        if shop.live {
            myself.send_interval(TICK, || ToZone::Tick);
        }
        Ok(State {
            meter: shop.meter(shop.keys.zone(zone)),
            until: telemetry::shard_until(shop.keys.zone(zone)),
            neighbours: neighbours.clone(),
            cameras: staff.cameras(),
            muster: Arc::clone(&staff.muster),
            devices: staff,
            writer,
            buckets: Gather::new(buckets, first.plus(-LAG)),
            outlooks: VecDeque::new(),
            shown: BTreeMap::new(),
            borders: Gather::new(neighbours.len(), first),
            sensed: BTreeMap::new(),
            look: first,
            border: first,
            close: first,
            first,
            people: People::new(cut),
            records: Records::new(recorded),
            silence: Silence::default(),
            patience: Patience::new(first),
            unrest: BTreeMap::new(),
            told: BTreeMap::new(),
            to_buckets: vec![Outbox::default(); buckets],
            to_zones: neighbours.iter().map(|&n| (n, Outbox::default())).collect(),
            to_book: Outbox::default(),
            shop,
            zone,
            myself,
        })
    }

    async fn handle(
        &self,
        _: ActorRef<ToZone>,
        message: ToZone,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        let began = Instant::now();
        match message {
            ToZone::Bucket(round) => {
                state.buckets.put(round.bucket.at(), round.round, round);
            }
            ToZone::Border(border) => {
                let place = state.neighbours.iter().position(|&n| n == border.from);
                if let Some(place) = place {
                    state.borders.put(place, border.round, border);
                }
            }
            ToZone::Camera(round) => state.sensed(round.round).cameras.push(round),
            ToZone::Shelf(news) => state.sensed(news.round).news.push(news),
            ToZone::Lifted(lifted) => state.lifted(lifted),
            ToZone::Scan(scan, save) => state.sensed(scan.round).scans.push((*scan, save)),
            ToZone::Whole(round, at) => state.sensed(round).whole = Some(at),
            ToZone::Written(round) => state.written(round),
            ToZone::Tick => {
                state.pass_over_the_silent();
                state.ask_the_missing();
            }
            ToZone::Again(peer, from) => state.send_again(peer, from)?,
            ToZone::Stored => state.devices.tell_all(&|| ToDevice::Stored),
            ToZone::Describe(answer) => {
                let _ = answer.send(state.describe());
            }
            ToZone::NodeGone(node) => state.devices.tell_all(&|| ToDevice::NodeGone(node.clone())),
        }
        while state.step() {}
        state.meter.spent(began);
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<ToZone>,
        event: SupervisionEvent,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        if let SupervisionEvent::ActorFailed(actor, error) = event {
            let shop = Arc::clone(&state.shop);
            let id = actor.get_id();
            let camera = state
                .devices
                .replace(&shop, id, &error.to_string(), &myself)
                .await?;
            if let Some(camera) = camera {
                state.show_again(camera);
            }
        }
        Ok(())
    }
}

impl State {
    /// What was sensed in a round; what belongs to one that is closed counts for the first open one.
    fn sensed(&mut self, round: Round) -> &mut Sensed {
        self.sensed.entry(round.max(self.close)).or_default()
    }

    /// Takes one step, if any is possible.
    fn step(&mut self) -> bool {
        self.take_buckets() || self.look() || self.border() || self.close()
    }

    /// Asks those again whose rounds are missing for too long; on several nodes, where they can be lost.
    fn ask_the_missing(&mut self) {
        if self.shop.placing.is_none() || !self.patience.is_over(self.close) {
            return;
        }
        let myself = Peer::Zone(self.zone);
        let from = self.buckets.next();
        for bucket in self.buckets.missing_of(self.shop.buckets()) {
            self.shop.tell_bucket(bucket, ToBucket::Again(myself, from));
        }
        let from = self.borders.next().plus(-LAG);
        for &zone in self.borders.missing_of(self.neighbours.iter()) {
            self.shop.tell_zone(zone, ToZone::Again(myself, from));
        }
    }

    fn send_again(&mut self, peer: Peer, from: Round) -> Result<(), ActorProcessingErr> {
        let begin_by = match peer {
            // The round before comes from other buckets only.
            Peer::Bucket(_) => from.next(),
            // What lies before are its buckets' rounds.
            Peer::Zone(_) => from.plus(LAG),
            Peer::Book => from,
        };
        let past = match peer {
            Peer::Bucket(bucket) => self.to_buckets[bucket.at()].is_past(begin_by),
            Peer::Zone(zone) => self
                .to_zones
                .get(&zone)
                .is_some_and(|o| o.is_past(begin_by)),
            Peer::Book => self.to_book.is_past(begin_by),
        };
        if begin_by < self.first || past {
            return Err(TooYoung { begin_by }.into());
        }
        match peer {
            Peer::Bucket(bucket) => {
                for round in self.to_buckets[bucket.at()].since(begin_by) {
                    self.shop.tell_bucket(bucket, ToBucket::Zone(round));
                }
            }
            Peer::Zone(zone) => {
                if let Some(outbox) = self.to_zones.get(&zone) {
                    for border in outbox.since(begin_by) {
                        self.shop.tell_zone(zone, ToZone::Border(border));
                    }
                }
            }
            Peer::Book => {
                for report in self.to_book.since(begin_by) {
                    self.shop.tell_book(ToBook::Zone(report));
                }
            }
        }
        Ok(())
    }
}
