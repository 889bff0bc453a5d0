//! What is stored of a party once a second (rule L4).

use std::collections::{BTreeSet, VecDeque};

use amble_engine::{
    evidence::{PartyId, TrackId},
    layout::ShelfIx,
    time::Round,
    tracking::{Track, TrackSnapshot},
};
use serde::{Deserialize, Serialize};

use super::{
    held::{Held, Place},
    party::Party,
};

/// What is stored of a party.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PartyCut {
    /// The party.
    pub party: PartyId,
    /// The visit's name; a guest has none.
    pub visit: Option<String>,
    /// How many people the pass was for.
    pub size: u32,
    tracks: Vec<(TrackSnapshot, u32, VecDeque<Place>)>,
    came: u32,
    expected: u32,
    opened: Round,
    departing: Option<(Round, PartyId)>,
    reached: BTreeSet<ShelfIx>,
    left: bool,
    witnesses: Vec<(Round, TrackSnapshot)>,
    /// What the party wants to spend at most, in minor units.
    pub budget: Option<i64>,
}

impl PartyCut {
    /// A party that has just appeared.
    #[must_use]
    pub fn new(party: PartyId, visit: Option<String>, size: u32, opened: Round) -> Self {
        Self {
            party,
            visit,
            size,
            tracks: Vec::new(),
            came: 0,
            expected: 0,
            opened,
            departing: None,
            reached: BTreeSet::new(),
            left: false,
            witnesses: Vec::new(),
            budget: None,
        }
    }

    /// Its tracks.
    pub fn tracks(&self) -> impl Iterator<Item = TrackId> + '_ {
        self.tracks.iter().map(|(snapshot, ..)| snapshot.id())
    }

    /// How many they are.
    #[must_use]
    pub fn people(&self) -> u32 {
        u32::try_from(self.tracks.len()).unwrap_or(u32::MAX)
    }
}

impl Party {
    pub(super) fn restore(cut: PartyCut) -> Self {
        let tracks = cut.tracks.into_iter().map(|(snapshot, rounds, places)| {
            let track = Track::restore(&snapshot);
            (
                track.id(),
                Held {
                    track,
                    rounds,
                    places,
                },
            )
        });
        Self {
            tracks: tracks.collect(),
            party: cut.party,
            visit: cut.visit,
            size: cut.size,
            came: cut.came,
            expected: cut.expected,
            opened: cut.opened,
            departing: cut.departing,
            reached: cut.reached,
            left: cut.left,
            witnesses: cut
                .witnesses
                .iter()
                .map(|(since, snapshot)| (*since, Track::restore(snapshot)))
                .collect(),
            budget: cut.budget,
        }
    }

    pub(super) fn cut(&self) -> PartyCut {
        PartyCut {
            party: self.party,
            visit: self.visit.clone(),
            size: self.size,
            tracks: self
                .tracks
                .values()
                .map(|h| (h.track.snapshot(), h.rounds, h.places.clone()))
                .collect(),
            came: self.came,
            expected: self.expected,
            opened: self.opened,
            departing: self.departing,
            reached: self.reached.clone(),
            left: self.left,
            witnesses: self
                .witnesses
                .iter()
                .map(|(since, track)| (*since, track.snapshot()))
                .collect(),
            budget: self.budget,
        }
    }
}
