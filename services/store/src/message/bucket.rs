//! To buckets of visits: from the zones, from each other, and from the bookkeeper.

use std::{sync::Arc, time::Instant};

use amble_cluster::Key;
use amble_engine::{
    attribution::Decision,
    evidence::{PartyId, TrackId},
    geometry::Vec2,
    layout::{ShelfIx, ZoneIx},
    time::{Round, Time},
    tracking::{Newborn, Track},
};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::{Description, Lifted, Peer, Scan, Seen, ShopperRound};
use crate::{grab::Name, keys::BucketIx, shopper::CartView};

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
    /// Something was lifted near one of its parties.
    Lifted(PartyId, Lifted),
    /// A peer starts anew.
    Again(Peer, Round),
    /// Somebody wants to follow a party's cart: each state of it goes to this key, until nobody is
    /// there. The answer is the cart now, if there is one.
    Follow(PartyId, Key, oneshot::Sender<Option<Arc<CartView>>>),
    /// Look whether somebody has kept it waiting.
    Tick,
    /// Somebody wants to see its visits.
    Visits(oneshot::Sender<Vec<Arc<CartView>>>),
    /// How it sees itself now, for whoever looks into the shop.
    Describe(oneshot::Sender<Description>),
}

/// From a zone to one bucket.
#[derive(Debug, Serialize, Deserialize)]
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
    /// When the last message arrived that the round needed; on another node, when this one did.
    #[serde(skip, default = "Instant::now")]
    pub complete: Instant,
}

/// A new track.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
#[derive(Clone, Debug, Serialize, Deserialize)]
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

/// From a bucket to another: tracks that live there from the next round on.
#[derive(Debug, Serialize, Deserialize)]
pub struct Transfers {
    /// Who sends them.
    pub from: BucketIx,
    /// The last round in which the sender had them.
    pub round: Round,
    /// The tracks, with the party that takes them.
    #[serde(with = "super::transit::tracks")]
    pub tracks: Vec<(PartyId, Arc<Track>)>,
}

/// What the bookkeeper tells a party's shopper.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Verdict {
    /// The party.
    pub party: PartyId,
    /// What it is.
    pub news: News,
    /// Event time up to which everything is decided.
    pub as_of: Time,
    /// When the last message arrived that this needed, and when the weight was known to be settled.
    #[serde(with = "super::transit::moments")]
    pub needed: Option<(Instant, Instant)>,
    /// The interactions that the news are of, when somebody traces grabs.
    pub grabs: Vec<Name>,
}

/// News for a cart.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum News {
    /// Decisions, new or revised.
    Decided(Vec<Decision>),
    /// The party has left.
    Left,
    /// The receipt is written.
    Settled(Arc<str>),
}
