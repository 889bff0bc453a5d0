//! What hands do away from the shelves: two people's meet, or one goes down to the floor.
//!
//! - H1 Hands meet when they are within [`MEET_M`] of one another, both stretched out from their bodies.
//!   Whose parties are one need not be told apart.
//! - H2 A hand is at the floor when it is below [`FLOOR_M`].
//! - H3 Hands over a shelf or just before it belong to the shelf.
//! - H4 One glance may be wrong: a contact is one that at least [`HITS`] rounds show, with no more than
//!   [`GAP`] between them, and that their mean shows sharply. It is told once, when it is over.
//!
//! Memory is bounded by the contacts of the last [`GAP`] rounds; a round looks at pairs of people within
//! two arms' length.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    evidence::{Contact, PartyId, TrackId},
    geometry::{Vec2, Vec3},
    layout::{Layout, Plate},
    time::Round,
};

/// H1: how near, in metres, in one round and in the mean: the error of two wrists.
const MEET_M: [f64; 2] = [0.2, 0.11];
/// H1: how far from the body's axis a stretched hand is at least, in metres, in one round and in the
/// mean. One that hangs down is 0.25 m from it.
const STRETCHED_M: [f64; 2] = [0.28, 0.34];
/// Two arms' length, in metres.
const APART_M: f64 = 1.5;
/// H2: how high, in metres.
const FLOOR_M: f64 = 0.35;
/// H3: how far beside a plate, in metres.
const BESIDE_M: f64 = 0.1;
/// H4.
const HITS: u32 = 3;
/// H4, in rounds.
const GAP: i64 = 4;

/// How one track was seen in a round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Posture {
    /// The track.
    pub track: TrackId,
    /// Its party.
    pub party: PartyId,
    /// Where its body is.
    pub body: Vec2,
    /// Its wrists, those that were seen.
    pub wrists: [Option<Vec3>; 2],
}

impl Posture {
    fn hands(&self) -> impl Iterator<Item = Vec3> {
        self.wrists.into_iter().flatten()
    }
}

/// Contacts lately.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Hands {
    lately: BTreeMap<Contact, Lately>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Lately {
    last: Round,
    hits: u32,
    sum: Glimpse,
}

/// One round's look at a contact, or the sum of several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Glimpse {
    place: Vec2,
    /// From one wrist to the other.
    between: Vec3,
    /// How far the hands are stretched out.
    arms: [f64; 2],
}

impl Glimpse {
    fn plus(self, other: Self) -> Self {
        Self {
            place: self.place + other.place,
            between: self.between + other.between,
            arms: [self.arms[0] + other.arms[0], self.arms[1] + other.arms[1]],
        }
    }

    /// Whether the hands are so near and stretched so far, when this is the sum of so many looks.
    fn meets(&self, looks: f64, near_m: f64, stretched_m: f64) -> bool {
        self.between.norm() <= near_m * looks
            && self.arms.iter().all(|arm| *arm >= stretched_m * looks)
    }
}

impl Lately {
    /// H4.
    fn is_sure(&self, contact: Contact) -> bool {
        let sharp = match contact {
            Contact::Met(..) => self
                .sum
                .meets(f64::from(self.hits), MEET_M[1], STRETCHED_M[1]),
            Contact::Floor(_) => true,
        };
        self.hits >= HITS && sharp
    }
}

impl Hands {
    /// The contacts that are over since a round, with their places. `seen` is ascending by track.
    pub fn round(
        &mut self,
        round: Round,
        seen: &[Posture],
        layout: &Layout,
    ) -> Vec<(Contact, Vec2)> {
        let mut now: BTreeMap<Contact, Glimpse> = BTreeMap::new();
        for (at, one) in seen.iter().enumerate() {
            for hand in one.hands().filter(|hand| hand.z < FLOOR_M) {
                let glimpse = Glimpse {
                    place: hand.floor(),
                    ..Glimpse::default()
                };
                now.insert(Contact::Floor(one.track), glimpse);
            }
            for other in seen[at + 1..].iter().filter(|o| o.party != one.party) {
                if let Some(glimpse) = meeting(one, other) {
                    now.insert(Contact::Met(one.track, other.track), glimpse);
                }
            }
        }
        now.retain(|_, glimpse| {
            !layout
                .plates
                .iter()
                .any(|plate| is_at(plate, glimpse.place))
        });
        for (contact, glimpse) in now {
            let fresh = Lately {
                last: round,
                hits: 0,
                sum: Glimpse::default(),
            };
            let lately = self.lately.entry(contact).or_insert(fresh);
            lately.last = round;
            lately.hits += 1;
            lately.sum = lately.sum.plus(glimpse);
        }
        let mut told = Vec::new();
        self.lately.retain(|&contact, lately| {
            let goes_on = round.0 - lately.last.0 <= GAP;
            if !goes_on && lately.is_sure(contact) {
                let place = lately.sum.place * f64::from(lately.hits).recip();
                told.push((contact, place));
            }
            goes_on
        });
        told
    }
}

/// The hands of the two that meet, the nearest.
fn meeting(one: &Posture, other: &Posture) -> Option<Glimpse> {
    if one.body.distance(other.body) > APART_M {
        return None;
    }
    let pairs = one.hands().flat_map(|a| other.hands().map(move |b| (a, b)));
    let glimpse = |(a, b): (Vec3, Vec3)| Glimpse {
        place: (a.floor() + b.floor()) * 0.5,
        between: b - a,
        arms: [a.floor().distance(one.body), b.floor().distance(other.body)],
    };
    let meeting = pairs
        .map(glimpse)
        .filter(|glimpse| glimpse.meets(1.0, MEET_M[0], STRETCHED_M[0]));
    meeting.min_by(|a, b| a.between.norm().total_cmp(&b.between.norm()))
}

/// H3.
fn is_at(plate: &Plate, place: Vec2) -> bool {
    let from = place - plate.centre.floor();
    from.cross(plate.outward).abs() <= plate.width * 0.5 + BESIDE_M
        && from.dot(plate.outward).abs() <= plate.depth * 0.5 + BESIDE_M
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Sensors;

    fn layout() -> Layout {
        let sensors = Sensors {
            position_sigma_m: 0.09,
            wrist_sigma_m: 0.05,
            recall: 0.95,
            precision: 0.94,
            plate_noise_g: 0.7,
        };
        let mut layout = Layout::empty(crate::geometry::Polygon::new(Vec::new()), sensors);
        layout.plates.push(Plate {
            shelf: crate::layout::ShelfIx(0),
            centre: Vec3::new(0.0, 2.0, 0.2),
            outward: Vec2::new(0.0, -1.0),
            width: 0.1,
            depth: 0.4,
        });
        layout
    }

    fn posture(id: u64, body: Vec2, hand: Vec3) -> Posture {
        Posture {
            track: TrackId(id),
            party: PartyId(id),
            body,
            wrists: [None, Some(hand)],
        }
    }

    /// How often a contact is told, when nobody is seen after these rounds.
    fn told(rounds: &[Vec<Posture>]) -> usize {
        let mut hands = Hands::default();
        let after = vec![Vec::new(); 10];
        let each = (0..).zip(rounds.iter().chain(&after));
        each.map(|(n, seen)| hands.round(Round(n), seen, &layout()).len())
            .sum()
    }

    #[test]
    fn stretched_hands_that_meet_are_told_once_and_one_glance_is_not_enough() {
        let (a, b) = (Vec2::new(0.0, 0.0), Vec2::new(0.8, 0.0));
        let both = vec![
            posture(1, a, Vec3::new(0.38, 0.02, 1.1)),
            posture(2, b, Vec3::new(0.42, -0.03, 1.15)),
        ];
        assert_eq!(told(std::slice::from_ref(&both)), 0);
        assert_eq!(told(&vec![both; 5]), 1);
    }

    #[test]
    fn hands_that_hang_side_by_side_do_not_meet() {
        let (a, b) = (Vec2::new(0.0, 0.0), Vec2::new(0.45, 0.0));
        let both = vec![
            posture(1, a, Vec3::new(0.22, 0.12, 0.95)),
            posture(2, b, Vec3::new(0.23, 0.12, 1.0)),
        ];
        assert_eq!(told(&vec![both; 5]), 0);
    }

    #[test]
    fn a_hand_at_the_floor_counts_but_not_at_the_lowest_board() {
        let down = |y| vec![posture(1, Vec2::new(0.0, y - 0.3), Vec3::new(0.0, y, 0.2))];
        assert_eq!(told(&vec![down(0.5); 5]), 1);
        assert_eq!(told(&vec![down(1.8); 5]), 0);
    }
}
