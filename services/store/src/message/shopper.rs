//! To a party's shopper, and its answer.

use std::sync::Arc;

use amble_engine::{
    evidence::{PartyId, TrackEvidence, TrackId},
    layout::ShelfIx,
    time::Round,
    tracking::Track,
};
use tokio::sync::oneshot;

use super::{Ask, Birth, Claim, Crossing, Description, Lifted, Outlook, Seen, Verdict};
use crate::shopper::PartyCut;

/// To a party's shopper.
#[derive(Debug)]
pub enum ToShopper {
    /// What concerns it in a round.
    Round(Box<ShopperInput>),
    /// The bookkeeper has news.
    Verdict(Verdict),
    /// Something was lifted near it.
    Lifted(Lifted),
    /// A budget in minor units, or none.
    Budget(Option<i64>, oneshot::Sender<()>),
    /// How it sees itself now, for whoever looks into the shop.
    Describe(oneshot::Sender<Description>),
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
