//! To zones: from their devices, from the buckets, and from their neighbours.

use std::{sync::Arc, time::Instant};

use amble_cluster::NodeId;
use amble_engine::{
    evidence::{PartyId, TrackEvidence, TrackId, WeightChange},
    layout::{CameraIx, GateIx, ShelfIx, ZoneIx},
    time::{Round, Time},
    tracking::{Direction, Prediction},
};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::{Description, Lifted, Peer, Seen};
use crate::{keys::BucketIx, pass::Bill};

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
    /// From one of its shelves, at once and outside of all rounds: for phones.
    Lifted(Lifted),
    /// From one of its gates.
    Scan(Box<Scan>, DeviceSave),
    /// All its devices have told all of a round; when the last one did.
    Whole(Round, Instant),
    /// Its ledger writes up to this round are durable.
    Written(Round),
    /// Look for devices that are silent.
    Tick,
    /// A peer starts anew: send again what it was sent since a round.
    Again(Peer, Round),
    /// More of the shop is durable, or decided: its devices' credit in event time may move.
    Stored,
    /// A node is gone, and the streams that it had.
    NodeGone(NodeId),
    /// How it sees itself now, for whoever looks into the shop.
    Describe(oneshot::Sender<Description>),
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
    /// How it is paid, and where its receipt goes.
    pub bill: Bill,
}

/// What a zone's cameras tell a neighbour: unclaimed detections on its floor.
#[derive(Debug, Serialize, Deserialize)]
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

impl Outlook {
    /// A track's, among those of a zone: they are in the order of their tracks.
    #[must_use]
    pub fn of(track: TrackId, sorted: &[Self]) -> Option<&Self> {
        let place = sorted.binary_search_by_key(&track, |outlook| outlook.prediction.track);
        place.ok().map(|place| &sorted[place])
    }
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
