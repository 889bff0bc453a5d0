//! A party's tracks, round by round.
//!
//! 1. In each round the inputs come in the order of (capture time, camera, sequence), whatever the
//!    order of their arrival (T2).
//! 2. A guest that is claimed in round k keeps its track through round k + `LAG`, in which the last
//!    detections that its predictions were used for come in; then the track moves.
//! 3. A party has left when it came whole and all of its tracks have left. After [`COMING`] it is not waited
//!    for whoever did not come: a visit into which nobody was ever seen to come ends as well.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use amble_engine::{
    evidence::{PartyId, TrackEvidence, TrackId},
    geometry::Vec2,
    layout::{Layout, ShelfIx},
    time::Round,
    tracking::{Direction, Track},
};

use super::held::Held;
use crate::{
    keys::{Keys, is_guest},
    message::{Ask, Crossing, Outlook, ShopperInput, ShopperRound},
    round::{LAG, is_cut},
    settings::Settings,
};

/// A guest that was seen less often than this may be a mistake of the cameras, in rounds.
const BRIEF: u32 = 20;
/// A brief guest that is unseen for so long is forgotten, in seconds.
const BRIEF_UNSEEN_S: f64 = 2.0;
/// A guest that is unseen for so long has left, in seconds.
const GUEST_UNSEEN_S: f64 = 20.0;
/// A visit's track that is unseen for so long has left unseen, in seconds: longer than anyone hides
/// behind a gondola.
const VISIT_UNSEEN_S: f64 = 90.0;
/// A party that has not come whole is waited for at the entry for so long, in rounds.
const COMING: i64 = 300;
/// Tracks that have left bear witness for so long, in rounds: a change that they made may come to rest
/// when they are out.
const WITNESS: i64 = 200;

/// The tracks of one party.
#[derive(Debug)]
pub(super) struct Party {
    pub(super) party: PartyId,
    pub(super) visit: Option<String>,
    pub(super) size: u32,
    pub(super) tracks: BTreeMap<TrackId, Held>,
    /// Tracks that were ever its own.
    pub(super) came: u32,
    /// Claimed, but still on their way from another bucket.
    pub(super) expected: u32,
    pub(super) opened: Round,
    pub(super) departing: Option<(Round, PartyId)>,
    /// Shelves that tracks which have left had come near in their last minute.
    pub(super) reached: BTreeSet<ShelfIx>,
    pub(super) left: bool,
    /// Tracks that have left, and when: witnesses still.
    pub(super) witnesses: Vec<(Round, Track)>,
    /// What it wants to spend at most, in minor units.
    pub(super) budget: Option<i64>,
}

impl Party {
    /// One round.
    pub(super) fn round(
        &mut self,
        input: &ShopperInput,
        layout: &Layout,
        keys: &Keys,
        settings: &Settings,
    ) -> ShopperRound {
        let round = input.round;
        self.expected += input.expected;
        self.take(input);
        let crossings = self.advance(round, layout, settings.suspect_radius_m);
        if let Some(claim) = input.claim {
            self.departing = Some((round.plus(LAG), claim.into));
        }
        let answers = self.answers(input);
        let mut answer = ShopperRound {
            party: self.party,
            round,
            outlooks: self.outlooks(round, keys),
            crossings,
            answers,
            departure: None,
            left: None,
            gone: false,
            people: 0,
            cut: None,
        };
        if let Some((until, into)) = self.departing
            && round >= until
        {
            let tracks = std::mem::take(&mut self.tracks);
            answer.departure = tracks
                .into_values()
                .next()
                .map(|held| (into, Arc::new(held.track)));
            answer.gone = true;
        } else if self.has_left(round) {
            self.left = true;
            tracing::debug!(
                party = self.party.0,
                visit = self.visit,
                round = round.0,
                came = self.came,
                size = self.size,
                "left"
            );
            answer.left = Some(self.reached.iter().copied().collect());
            answer.gone = is_guest(self.party);
        }
        answer.people = u32::try_from(self.tracks.len()).unwrap_or(u32::MAX);
        answer.cut = (input.cut && !answer.gone).then(|| self.cut());
        answer
    }

    fn take(&mut self, input: &ShopperInput) {
        for track in &input.arrivals {
            self.expected = self.expected.saturating_sub(1);
            self.came += 1;
            tracing::debug!(
                party = self.party.0,
                round = input.round.0,
                track = track.id().0,
                "joined"
            );
            let held = Held {
                track: Track::clone(track),
                rounds: BRIEF,
                places: VecDeque::new(),
            };
            self.tracks.insert(track.id(), held);
        }
        for birth in &input.births {
            let goes_on = birth.continues.and_then(|lost| self.tracks.remove(&lost));
            if goes_on.is_none() {
                self.came += 1;
            }
            let (rounds, places) =
                goes_on.map_or_else(Default::default, |old| (old.rounds, old.places));
            let held = Held {
                track: Track::born(&birth.newborn),
                rounds,
                places,
            };
            self.tracks.insert(birth.newborn.track, held);
        }
        // A claim outweighs it: the visit would lose somebody.
        if input.claim.is_none() && self.departing.is_none() {
            for track in &input.given_up {
                self.tracks.remove(track);
            }
        }
        for (track, seen) in &input.seen {
            if let Some(held) = self.tracks.get_mut(track) {
                held.track.observe(seen.detection(), seen.frame.time);
            }
        }
    }

    /// Ends the round for every track; those that went out, or were lost for good, are let go.
    fn advance(&mut self, round: Round, layout: &Layout, radius: f64) -> Vec<Crossing> {
        let mut crossings = Vec::new();
        let party = self.party;
        let reached = &mut self.reached;
        let guest = is_guest(party);
        let mut out: Vec<TrackId> = Vec::new();
        for (&track, held) in &mut self.tracks {
            held.track.end_round(round);
            if is_cut(round) {
                held.note_place();
            }
            let unseen = held.track.unseen_s();
            if unseen <= 0.0 {
                held.rounds = held.rounds.saturating_add(1);
            }
            let mut gone = false;
            if let Some((gate, direction)) = held.track.crossing(&layout.gates) {
                crossings.push(Crossing {
                    gate,
                    track,
                    party,
                    direction,
                });
                gone = direction == Direction::Outward;
            }
            let patience = match guest {
                true if held.rounds < BRIEF => BRIEF_UNSEEN_S,
                true => GUEST_UNSEEN_S,
                false => VISIT_UNSEEN_S,
            };
            if gone || unseen >= patience {
                reached.extend(held.shelves_near(layout, radius));
                out.push(track);
            }
        }
        let left = out.iter().filter_map(|track| self.tracks.remove(track));
        self.witnesses.extend(left.map(|held| (round, held.track)));
        self.witnesses
            .retain(|(since, _)| round.0 - since.0 < WITNESS);
        crossings
    }

    fn outlooks(&self, round: Round, keys: &Keys) -> Vec<Outlook> {
        // Predictions that are made after the claim are used when the track has moved.
        let owner = match self.departing {
            Some((until, into)) if round > until.plus(-LAG) => into,
            _ => self.party,
        };
        let label = self.label();
        let outlook = |held: &Held| {
            let mut prediction = held.track.prediction();
            prediction.guest = is_guest(label);
            Outlook {
                prediction,
                party: label,
                bucket: keys.bucket_of(owner),
            }
        };
        self.tracks.values().map(outlook).collect()
    }

    /// Whose its tracks are from now on.
    fn label(&self) -> PartyId {
        self.departing.map_or(self.party, |(_, into)| into)
    }

    fn answers(&self, input: &ShopperInput) -> Vec<((ShelfIx, u64), TrackEvidence)> {
        let mut answers = Vec::new();
        for ask in input.asks.iter().flat_map(|asks| asks.iter()) {
            let here = self.tracks.values().map(|held| &held.track);
            let witnesses = self.witnesses.iter().map(|(_, track)| track);
            for track in here.chain(witnesses).filter(|t| near(t.position(), ask)) {
                let (path, sightings) = track.evidence(ask.from, ask.to);
                if path.iter().any(|point| within(point.position, ask)) {
                    let evidence = TrackEvidence {
                        track: track.id(),
                        party: self.label(),
                        path,
                        sightings,
                    };
                    answers.push(((ask.shelf, ask.sequence), evidence));
                }
            }
        }
        answers
    }

    fn has_left(&self, round: Round) -> bool {
        let whole = self.came >= self.size && self.expected == 0;
        let waited = round.0 - self.opened.0 > COMING;
        !self.left && self.tracks.is_empty() && (whole || waited)
    }
}

fn within(position: Vec2, ask: &Ask) -> bool {
    position.distance(ask.place) <= ask.radius
}

/// Whether a track that is here now can have been within reach while the change went on: nobody
/// walks more than 3 m/s.
fn near(position: Vec2, ask: &Ask) -> bool {
    position.distance(ask.place) <= ask.radius + 3.0 * ask.to.since(ask.from)
}

#[cfg(test)]
mod tests {
    use amble_engine::tracking::Newborn;

    use super::*;
    use crate::shopper::PartyCut;

    const OPENED: Round = Round(100);

    /// A visit of two into which one came, who has left again; one more was claimed and never arrived.
    fn visit(came: bool) -> Party {
        let cut = PartyCut::new(PartyId(7), Some("visit".to_owned()), 2, OPENED);
        let mut party = Party::restore(cut);
        party.came = u32::from(came);
        party.expected = u32::from(came);
        party
    }

    #[test]
    fn nobody_who_never_came_is_waited_for_without_end() {
        for came in [false, true] {
            let party = visit(came);
            assert!(!party.has_left(OPENED.plus(COMING)));
            assert!(party.has_left(OPENED.plus(COMING + 1)));
        }
    }

    #[test]
    fn nobody_has_left_who_is_here() {
        let mut party = visit(true);
        let track = Track::born(&Newborn {
            track: TrackId(1),
            time: OPENED.end(),
            position: Vec2::new(0.0, 0.0),
            velocity: Vec2::new(0.0, 0.0),
            sigma: 0.1,
            at_gate: None,
        });
        let held = Held {
            track,
            rounds: BRIEF,
            places: VecDeque::new(),
        };
        party.tracks.insert(TrackId(1), held);
        assert!(!party.has_left(OPENED.plus(10 * COMING)));
    }
}
