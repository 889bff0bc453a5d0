//! What the actors of a shop say to one another.
//!
//! Between shards only [`ZoneRound`], [`Border`], [`BucketRound`], [`Transfers`], [`ZoneReport`],
//! [`BucketReport`] and [`Verdict`]s travel; all else stays within a shard. Each of these names its
//! round, and is its sender's watermark for that round.

use std::{sync::Arc, time::Instant};

use amble_engine::{
    attribution::Decision,
    evidence::{Interaction, PartyId, TrackEvidence, TrackId, WeightChange},
    geometry::Vec2,
    layout::{CameraIx, GateIx, ProductIx, ShelfIx, ZoneIx},
    time::{Round, Time},
    tracking::{Detection, Direction, Newborn, Prediction, Track},
};
use amble_proto::v1::DeviceFrames;
use serde::{Deserialize, Serialize};
use tokio::sync::{oneshot, watch};

use crate::{
    device::Link,
    keys::BucketIx,
    pass::PassError,
    shopper::{CartView, PartyCut},
};

/// Whatever an actor of a shop may be sent.
#[derive(Debug)]
pub enum Message {
    /// To a camera, shelf or gate.
    Device(ToDevice),
    /// To a zone.
    Zone(ToZone),
    /// To a bucket.
    Bucket(ToBucket),
    /// To a party's shopper.
    Shopper(ToShopper),
    /// To the bookkeeper.
    Book(ToBook),
    /// What is left of a message whose receiver has ended.
    Lost,
}

/// To a camera, shelf or gate.
#[derive(Debug)]
pub enum ToDevice {
    /// A stream carries this device from now on; the answer says where to go on.
    Attach(Link, oneshot::Sender<Standing>),
    /// The stream with this number is gone.
    Detach(u64),
    /// What the device sent, through the stream with this number.
    Frames(Box<Input>),
    /// The stream with this number sends again from where the actor wanted it, from now on.
    Rewound(u64),
    /// The zone goes on without this device up to here.
    PassOver(Time),
    /// What its zone expects to be seen in a round (cameras only).
    View(Round, Arc<Vec<Prediction>>),
    /// What was folded up to this sequence is in the ledger.
    Durable(u64),
    /// The zone has begun this round: credit may move.
    Begun(Round),
    /// More of the shop is durable: credit in event time may move.
    Stored,
    /// A phone that stands in for the gate's reader has this pass (gates only); the answer is the
    /// visit.
    Phone(String, oneshot::Sender<Result<String, PassError>>),
    /// The pass of this scan had opened a visit before (gates only).
    Used(Scan),
    /// The actor was started anew while this stream carries the device.
    Resume(Link),
}

/// Frames on their way to their device.
#[derive(Debug)]
pub struct Input {
    /// Which stream they came by.
    pub stream: u64,
    /// The frames.
    pub frames: DeviceFrames,
    /// The device has sent all that it captured before this time.
    pub complete_until: Option<Time>,
    /// When they came in.
    pub arrived: Instant,
}

/// Where a device stands, for a stream that begins.
#[derive(Clone, Copy, Debug, Default)]
pub struct Standing {
    /// The last sequence taken.
    pub taken: u64,
    /// Capture time of the last frame taken.
    pub taken_until: Option<Time>,
    /// The last sequence acked.
    pub acked: u64,
    /// Event time up to which frames may be sent.
    pub credit_until: Time,
}

/// One camera frame, decoded once and shared by all who are told of it.
#[derive(Debug)]
pub struct Frame {
    /// The camera.
    pub camera: CameraIx,
    /// When it was captured.
    pub time: Time,
    /// Its sequence.
    pub sequence: u64,
    /// The people in it.
    pub detections: Vec<Detection>,
}

/// A detection, by its place in a frame.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The frame.
    pub frame: Arc<Frame>,
    /// Which of its detections.
    pub at: usize,
}

impl Seen {
    /// The detection itself.
    #[must_use]
    pub fn detection(&self) -> &Detection {
        &self.frame.detections[self.at]
    }

    /// What orders the inputs of a round (rule T2).
    #[must_use]
    pub fn order(&self) -> (Time, CameraIx, u64, usize) {
        (
            self.frame.time,
            self.frame.camera,
            self.frame.sequence,
            self.at,
        )
    }
}

/// To a zone.
#[derive(Debug)]
pub enum ToZone {
    /// From each bucket, each round.
    Bucket(Arc<BucketRound>),
    /// From each neighbouring zone, each round.
    Border(Arc<Border>),
    /// From one of its cameras.
    Camera(CameraRound),
    /// From one of its shelves.
    Shelf(ShelfNews),
    /// From one of its gates.
    Scan(Scan, DeviceSave),
    /// All its devices have told all of a round; when the last one did.
    Whole(Round, Instant),
    /// Its ledger writes up to this round are durable.
    Written(Round),
    /// Look for devices that are silent.
    Tick,
    /// A peer starts anew: send again what it was sent since a round.
    Again(Peer, Round),
}

/// Who asks to be sent things again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// A zone.
    Zone(ZoneIx),
    /// A bucket.
    Bucket(BucketIx),
    /// The bookkeeper.
    Book,
}

/// What a camera made of a round.
#[derive(Debug)]
pub struct CameraRound {
    /// The camera, which looked at least once.
    pub camera: CameraIx,
    /// The round.
    pub round: Round,
    /// Which track is which detection.
    pub matched: Vec<(TrackId, Seen)>,
    /// What no track explains.
    pub unclaimed: Vec<Seen>,
}

/// What a device's fold came to, to be stored.
#[derive(Clone, Debug)]
pub struct DeviceSave {
    /// The round in which it takes effect.
    pub round: Round,
    /// The sequence that the stored state has.
    pub continues_from: u64,
    /// The last sequence folded.
    pub sequence: u64,
    /// Its capture time.
    pub captured: Time,
    /// The state.
    pub state: Vec<u8>,
}

/// What a shelf has to tell.
#[derive(Debug)]
pub struct ShelfNews {
    /// The shelf.
    pub shelf: ShelfIx,
    /// Changes that closed, with the sequence of the frame that closed them, and its arrival.
    pub changes: Vec<(u64, WeightChange, Instant)>,
    /// The fold's state, when it is to be stored.
    pub save: Option<DeviceSave>,
    /// Since when something moves on it that has not come to rest.
    pub unrest: Option<Time>,
    /// In which round this takes effect.
    pub round: Round,
}

/// A pass that was scanned at a gate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Scan {
    /// In which round it takes effect.
    pub round: Round,
    /// When.
    pub time: Time,
    /// The gate.
    pub gate: GateIx,
    /// The gate's event.
    pub sequence: u64,
    /// The visit that the pass is for.
    pub visit: String,
    /// How many people it is for.
    pub party_size: u32,
}

/// What a zone's cameras tell a neighbour: unclaimed detections on its floor.
#[derive(Debug)]
pub struct Border {
    /// Who saw them.
    pub from: ZoneIx,
    /// When.
    pub round: Round,
    /// Cameras that looked.
    pub looked: Vec<CameraIx>,
    /// What nobody claimed.
    pub unclaimed: Vec<Seen>,
}

/// From a zone to one bucket.
#[derive(Debug)]
pub struct ZoneRound {
    /// The zone.
    pub zone: ZoneIx,
    /// The round.
    pub round: Round,
    /// What the cameras saw of the bucket's tracks.
    pub seen: Vec<(TrackId, Seen)>,
    /// New tracks of the bucket's parties; a guest begins with its first.
    pub births: Vec<Birth>,
    /// Tracks of the bucket's guests that belong to a visit now.
    pub claims: Vec<Claim>,
    /// Tracks of the bucket's guests that are somebody else's already.
    pub given_up: Vec<TrackId>,
    /// Passes that were scanned, of visits that live in the bucket.
    pub scans: Vec<Scan>,
    /// Weight changes that need evidence.
    pub asks: Arc<Vec<Ask>>,
    /// When the last message arrived that the round needed.
    pub complete: Instant,
}

/// A new track.
#[derive(Clone, Debug)]
pub struct Birth {
    /// Whose it is.
    pub party: PartyId,
    /// Where it begins.
    pub newborn: Newborn,
    /// The lost track of that party that it goes on from.
    pub continues: Option<TrackId>,
}

/// A guest's track belongs to a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Claim {
    /// The track.
    pub track: TrackId,
    /// The guest that it was.
    pub guest: PartyId,
    /// The visit.
    pub into: PartyId,
}

/// Who could have caused this weight change?
#[derive(Clone, Debug)]
pub struct Ask {
    /// The shelf.
    pub shelf: ShelfIx,
    /// The frame that closed the change.
    pub sequence: u64,
    /// From when.
    pub from: Time,
    /// Until when.
    pub to: Time,
    /// The middle of the front of the plates that moved.
    pub place: Vec2,
    /// How far from it one may stand and still be asked, in metres.
    pub radius: f64,
}

/// From a bucket to one zone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BucketRound {
    /// The bucket.
    pub bucket: BucketIx,
    /// The round.
    pub round: Round,
    /// Where its tracks near the zone will be.
    pub outlooks: Vec<Outlook>,
    /// Tracks that went through one of the zone's gates.
    pub crossings: Vec<Crossing>,
    /// Answers to the zone's questions of this round.
    pub answers: Vec<((ShelfIx, u64), TrackEvidence)>,
    /// Scans of this round that opened a visit.
    pub admitted: Vec<Scan>,
    /// Scans of this round that did not.
    pub refused: Vec<Scan>,
}

/// Where a track will be, and whose it will be then.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outlook {
    /// Where.
    pub prediction: Prediction,
    /// The party.
    pub party: PartyId,
    /// The bucket that is told what is seen of it.
    pub bucket: BucketIx,
}

impl BucketRound {
    /// A round in which the bucket has nothing to say.
    #[must_use]
    pub fn empty(bucket: BucketIx, round: Round) -> Self {
        Self {
            bucket,
            round,
            outlooks: Vec::new(),
            crossings: Vec::new(),
            answers: Vec::new(),
            admitted: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// The same without answers: those are used at once, the rest `LAG` rounds later.
    #[must_use]
    pub fn without_answers(&self) -> Self {
        Self {
            answers: Vec::new(),
            ..self.clone()
        }
    }
}

/// A track went through a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Crossing {
    /// The gate.
    pub gate: GateIx,
    /// The track.
    pub track: TrackId,
    /// Its party.
    pub party: PartyId,
    /// Which way.
    pub direction: Direction,
}

/// From a bucket to another: tracks that live there from the next round on.
#[derive(Debug)]
pub struct Transfers {
    /// Who sends them.
    pub from: BucketIx,
    /// The last round in which the sender had them.
    pub round: Round,
    /// The tracks, with the party that takes them.
    pub tracks: Vec<(PartyId, Arc<Track>)>,
}

/// From a zone to the bookkeeper.
#[derive(Debug)]
pub struct ZoneReport {
    /// The zone.
    pub zone: ZoneIx,
    /// The round.
    pub round: Round,
    /// Interactions that took effect in it, by (closing time, shelf, sequence), with the arrival of
    /// the frame that closed them.
    pub interactions: Vec<(Arc<Interaction>, Instant)>,
    /// Shelves on which something moves, and since when.
    pub unrest: Vec<(ShelfIx, Time)>,
    /// When the last message arrived that the round needed.
    pub complete: Instant,
}

/// From a bucket to the bookkeeper.
#[derive(Debug)]
pub struct BucketReport {
    /// The bucket.
    pub bucket: BucketIx,
    /// The round.
    pub round: Round,
    /// What happened to its parties, in order.
    pub events: Vec<VisitEvent>,
}

/// What happened to a party.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum VisitEvent {
    /// A pass opened a visit.
    Opened {
        /// The visit.
        party: PartyId,
        /// Its name.
        visit: String,
        /// How many people the pass is for.
        party_size: u32,
        /// When.
        at: Time,
    },
    /// A guest appeared.
    Appeared {
        /// The guest.
        party: PartyId,
        /// When.
        at: Time,
    },
    /// A guest's track was claimed by a visit.
    Joined {
        /// The guest.
        guest: PartyId,
        /// The visit.
        into: PartyId,
        /// When.
        at: Time,
    },
    /// The last track of the party has left.
    Left {
        /// The party.
        party: PartyId,
        /// When.
        at: Time,
        /// Where its tracks were near lately: the shelves that it could have reached.
        reached: Vec<ShelfIx>,
    },
}

impl VisitEvent {
    /// The party's name in the ledger: the visit's when it is one, else its number.
    #[must_use]
    pub fn party_name(&self) -> String {
        match self {
            Self::Opened { visit, .. } => visit.clone(),
            Self::Appeared { party, .. } | Self::Left { party, .. } => party_name(*party),
            Self::Joined { guest, .. } => party_name(*guest),
        }
    }

    /// The order in which the events of one round count, whoever reported them first.
    #[must_use]
    pub fn order(&self) -> (u8, PartyId) {
        match self {
            Self::Opened { party, .. } => (0, *party),
            Self::Appeared { party, .. } => (1, *party),
            Self::Joined { guest, .. } => (2, *guest),
            Self::Left { party, .. } => (3, *party),
        }
    }
}

fn party_name(party: PartyId) -> String {
    format!("{:016x}", party.0)
}

/// To a bucket.
#[derive(Debug)]
pub enum ToBucket {
    /// From each zone, each round.
    Zone(Arc<ZoneRound>),
    /// From each bucket, each round.
    Transfers(Arc<Transfers>),
    /// From one of its shoppers.
    Shopper(Box<ShopperRound>),
    /// The bookkeeper has decided something for one of its parties.
    Verdict(Verdict),
    /// A peer starts anew.
    Again(Peer, Round),
    /// Somebody wants to follow a party's cart.
    Watch(
        PartyId,
        oneshot::Sender<Option<watch::Receiver<Arc<CartView>>>>,
    ),
    /// Somebody wants to see its visits.
    Visits(oneshot::Sender<Vec<Arc<CartView>>>),
}

/// What the bookkeeper tells a party's shopper.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The party.
    pub party: PartyId,
    /// What it is.
    pub news: News,
    /// Event time up to which everything is decided.
    pub as_of: Time,
    /// When the last message arrived that this needed, and when the weight was known to be settled.
    pub needed: Option<(Instant, Instant)>,
}

/// News for a cart.
#[derive(Clone, Debug)]
pub enum News {
    /// Decisions, new or revised.
    Decided(Vec<Decision>),
    /// The party has left.
    Left,
    /// The receipt is written.
    Settled(Arc<str>),
}

/// To a party's shopper.
#[derive(Debug)]
pub enum ToShopper {
    /// What concerns it in a round.
    Round(Box<ShopperInput>),
    /// The bookkeeper has news.
    Verdict(Verdict),
    /// A budget in minor units, or none.
    Budget(Option<i64>, oneshot::Sender<()>),
}

/// What concerns a party in a round.
#[derive(Debug, Default)]
pub struct ShopperInput {
    /// The round.
    pub round: Round,
    /// What was seen of its tracks, in order.
    pub seen: Vec<(TrackId, Seen)>,
    /// New tracks.
    pub births: Vec<Birth>,
    /// Tracks that come from another bucket.
    pub arrivals: Vec<Arc<Track>>,
    /// Tracks that are somebody else's already (guests only).
    pub given_up: Vec<TrackId>,
    /// Its own track goes to this visit (guests only).
    pub claim: Option<Claim>,
    /// How many tracks were claimed for it in this round, and come from another bucket.
    pub expected: u32,
    /// Questions.
    pub asks: Vec<Arc<Vec<Ask>>>,
    /// Whether the round's state is to be stored.
    pub cut: bool,
}

/// What a party's shopper made of a round.
#[derive(Debug)]
pub struct ShopperRound {
    /// The party.
    pub party: PartyId,
    /// The round.
    pub round: Round,
    /// Where its tracks will be.
    pub outlooks: Vec<Outlook>,
    /// Gates that its tracks went through.
    pub crossings: Vec<Crossing>,
    /// Answers.
    pub answers: Vec<((ShelfIx, u64), TrackEvidence)>,
    /// A track that goes to another bucket now.
    pub departure: Option<(PartyId, Arc<Track>)>,
    /// Its last track has left: what it could have reached.
    pub left: Option<Vec<ShelfIx>>,
    /// Nothing is left of it: a guest that was claimed or has left.
    pub gone: bool,
    /// How many tracks it has.
    pub people: u32,
    /// Its state, when the round is a cut.
    pub cut: Option<PartyCut>,
}

/// To the bookkeeper.
#[derive(Debug)]
pub enum ToBook {
    /// From each zone, each round.
    Zone(Arc<ZoneReport>),
    /// From each bucket, each round.
    Bucket(Arc<BucketReport>),
    /// The receipt of a party is in the ledger.
    Receipted(PartyId, Arc<str>),
    /// A product has a new price from an event time on; the answer is the time from which it holds.
    Price(ProductIx, i64, Time, oneshot::Sender<Time>),
    /// Answer when all that was decided so far is in the ledger.
    Flush(oneshot::Sender<()>),
    /// A bucket starts anew: its shoppers want to know what was decided for them.
    Again(BucketIx),
}
