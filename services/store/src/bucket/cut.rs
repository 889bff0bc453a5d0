//! What is stored of a bucket once a second (rule L4).

use std::{collections::BTreeMap, sync::Arc};

use amble_engine::{
    evidence::{PartyId, TrackId},
    layout::ZoneIx,
    time::{Round, Time},
    tracking::Track,
};
use serde::{Deserialize, Serialize};

use crate::{
    keys::BucketIx,
    message::{BucketRound, Scan},
    shopper::PartyCut,
};

/// A track that goes to a party of another bucket.
pub type Departure = (BucketIx, PartyId, Arc<Track>);

/// A bucket at the end of a round.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct BucketCut {
    /// Its parties, with when each began.
    pub parties: Vec<(PartyCut, Time)>,
    /// Visits that were opened, by name, and the scan that opened each.
    pub opened: BTreeMap<String, Scan>,
    /// Which zones hear of which track.
    pub subscriptions: BTreeMap<TrackId, Vec<ZoneIx>>,
    /// What the zones were told in the last rounds, without answers: they use it with a lag.
    pub told: Vec<(ZoneIx, BucketRound)>,
    /// Tracks that left in this very round.
    pub transfers: Vec<Departure>,
    /// Parties whose visit is over, and since when: they stay a while to answer their phones.
    pub over: BTreeMap<PartyId, Round>,
}
