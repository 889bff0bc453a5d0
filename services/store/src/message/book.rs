//! To the bookkeeper: what happened, from the zones and the buckets.

use std::{sync::Arc, time::Instant};

use amble_engine::{
    evidence::{Interaction, PartyId},
    layout::{ProductIx, ShelfIx, ZoneIx},
    time::{Round, Time},
};
use amble_proto::v1::{ListMismatchesResponse, ListPlacesResponse};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::{Description, Worded};
use crate::{
    book::ShelfQuery,
    keys::BucketIx,
    pass::Bill,
    review::{Answer, Dispute, ReviewError, Reviewed},
};

/// To the bookkeeper.
#[derive(Debug)]
pub enum ToBook {
    /// From each zone, each round.
    Zone(Arc<ZoneReport>),
    /// From each bucket, each round.
    Bucket(Arc<BucketReport>),
    /// The receipt of a party is in the ledger; since when it was settled.
    Receipted(PartyId, Arc<str>, Instant),
    /// A product has a new price from an event time on; the answer is the time from which it holds.
    Price(ProductIx, i64, Time, oneshot::Sender<Time>),
    /// A shopper says that a line is not theirs.
    Dispute(Dispute, oneshot::Sender<Result<Reviewed, ReviewError>>),
    /// Somebody says what is right.
    Answer(Answer, oneshot::Sender<Result<Reviewed, ReviewError>>),
    /// Answer when all that was decided so far is in the ledger.
    Flush(oneshot::Sender<()>),
    /// Look whether somebody has kept it waiting.
    Tick,
    /// What stands where.
    Places(ShelfQuery, oneshot::Sender<Worded<ListPlacesResponse>>),
    /// Where that is not what the plan says.
    Mismatches(ShelfQuery, oneshot::Sender<Worded<ListMismatchesResponse>>),
    /// A bucket starts anew: its shoppers want to know what was decided for them.
    Again(BucketIx),
    /// How it sees itself now, for whoever looks into the shop.
    Describe(oneshot::Sender<Description>),
}

/// From a zone to the bookkeeper.
#[derive(Debug, Serialize, Deserialize)]
pub struct ZoneReport {
    /// The zone.
    pub zone: ZoneIx,
    /// The round.
    pub round: Round,
    /// Interactions that took effect in it, by (closing time, shelf, sequence), with the arrival of
    /// the frame that closed them; on another node, of this message.
    #[serde(with = "super::transit::arrivals")]
    pub interactions: Vec<(Arc<Interaction>, Instant)>,
    /// Shelves on which something moves, and since when.
    pub unrest: Vec<(ShelfIx, Time)>,
    /// When the last message arrived that the round needed; on another node, when this one did.
    #[serde(skip, default = "Instant::now")]
    pub complete: Instant,
}

/// From a bucket to the bookkeeper.
#[derive(Debug, Serialize, Deserialize)]
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
        /// How it is paid, and where its receipt goes.
        bill: Bill,
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
