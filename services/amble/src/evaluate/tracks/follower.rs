//! From what buckets say of their tracks to who was where.
//!
//! 1. A track that goes on from a lost one is the same person under the same id.
//! 2. Ids are numbered from 1 in the order of births.
//! 3. Somebody is where their track is while a camera has seen them in the last [`SEEN_S`]; from then
//!    on nobody claims to know, until they are seen again.
//! 4. What shards say again, because they began anew, counts once.

use std::collections::{BTreeMap, btree_map::Entry};

use amble_engine::evidence::TrackId;
use amble_store::Tracked;
use amble_tracks::{Place, Sequence};

use super::Ground;

/// How long somebody out of sight is taken to walk on as before, in seconds: as tracks do.
const SEEN_S: f64 = 1.0;

/// Collects who was where.
#[derive(Debug)]
pub struct Follower {
    ground: Ground,
    /// The first track of each one's person.
    first: BTreeMap<TrackId, TrackId>,
    places: BTreeMap<(u32, TrackId), Place>,
}

impl Follower {
    /// Of a day on this ground.
    #[must_use]
    pub const fn new(ground: Ground) -> Self {
        Self {
            ground,
            first: BTreeMap::new(),
            places: BTreeMap::new(),
        }
    }

    /// Takes in what a bucket says.
    pub fn hear(&mut self, said: Tracked) {
        match said {
            Tracked::GoesOn { track, lost } => {
                let first = self.first.get(&lost).copied().unwrap_or(lost);
                self.first.insert(track, first);
            }
            Tracked::At {
                round,
                track,
                position,
                unseen_s,
                ..
            } => {
                let frame = self.ground.frame(round.end());
                if let Some(frame) = frame.filter(|_| unseen_s <= SEEN_S)
                    && self.ground.judges(position)
                {
                    let place = Place {
                        id: 0,
                        x: position.x,
                        y: position.y,
                    };
                    self.places.insert((frame, track), place);
                }
            }
        }
    }

    /// Who was where.
    #[must_use]
    pub fn tracks(self) -> Sequence {
        let mut ids = BTreeMap::<TrackId, i64>::new();
        let mut tracks = Sequence::default();
        for ((frame, track), place) in self.places {
            let first = self.first.get(&track).copied().unwrap_or(track);
            let next = i64::try_from(ids.len()).unwrap_or(i64::MAX - 1) + 1;
            let id = match ids.entry(first) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(new) => *new.insert(next),
            };
            tracks.push(frame, Place { id, ..place });
        }
        tracks
    }
}

#[cfg(test)]
mod tests {
    use amble_engine::{
        evidence::PartyId,
        geometry::{Polygon, Vec2},
        time::{Round, Time},
    };

    use super::*;

    fn at(round: i64, track: u64, unseen_s: f64) -> Tracked {
        Tracked::At {
            round: Round(round),
            track: TrackId(track),
            party: PartyId(1),
            position: Vec2::new(1.0, 1.0),
            unseen_s,
        }
    }

    #[test]
    fn who_was_lost_and_found_is_one_person_and_not_there_in_between() {
        let corners = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)];
        let floor = Polygon::new(corners.map(|(x, y)| Vec2::new(x, y)).to_vec());
        let mut follower = Follower::new(Ground::new(floor, Time(0)));
        let lost = TrackId(9);
        for said in [
            at(0, 9, 0.0),
            at(0, 9, 0.0),
            at(1, 9, 1.5),
            Tracked::GoesOn {
                track: TrackId(12),
                lost,
            },
            at(2, 12, 0.0),
            at(2, 10, 0.0),
        ] {
            follower.hear(said);
        }
        let tracks = follower.tracks();
        let ids = |frame| -> Vec<i64> { tracks.at(frame).iter().map(|p| p.id).collect() };
        assert_eq!([ids(1), ids(2), ids(3)], [vec![1], vec![], vec![2, 1]]);
    }
}
