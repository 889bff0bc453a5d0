//! What passes between the rooms: a weight change, what a tracked person was seen to do meanwhile,
//! and both together as an interaction.

use serde::{Deserialize, Serialize};

use crate::{
    geometry::{Vec2, Vec3},
    layout::{PlateIx, ProductIx, ShelfIx},
    time::Time,
};

/// A tracked person. Given once at birth, never used again.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct TrackId(pub u64);

/// Who shops together and gets one receipt: a visit, or a guest that no visit has claimed yet.
/// The caller maps it to the visit's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PartyId(pub u64);

/// Where a track was at one instant, after fusing what all cameras said of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PathPoint {
    /// When.
    pub time: Time,
    /// Estimated position.
    pub position: Vec2,
    /// Standard deviation of the position on each axis, in metres.
    pub sigma: f64,
    /// Left and right wrist, when a camera saw them; the mean over cameras.
    pub wrists: [Option<Vec3>; 2],
    /// Whether any camera saw this track at this instant.
    pub seen: bool,
}

/// An item that a camera saw in somebody's hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sighting {
    /// When.
    pub time: Time,
    /// Where the hand was, when the wrist was seen.
    pub hand: Option<Vec3>,
    /// Candidates with their probabilities, best first; they sum to at most 1.
    pub candidates: Vec<(ProductIx, f64)>,
}

/// What one track was seen to do around a weight change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrackEvidence {
    /// The track.
    pub track: TrackId,
    /// The party that it belonged to when the change closed.
    pub party: PartyId,
    /// Its path from a little before the change began to the answer, at most one point each round.
    pub path: Vec<PathPoint>,
    /// Item sightings in that time.
    pub sightings: Vec<Sighting>,
}

/// A settled step of one plate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlateChange {
    /// The plate.
    pub plate: PlateIx,
    /// Weight after minus weight before, in grams: negative when something was taken.
    pub delta_g: f64,
    /// Standard deviation of `delta_g` from the plate's noise alone, in grams.
    pub sigma_g: f64,
    /// When the plate began to move.
    pub start: Time,
    /// When it had come to rest.
    pub end: Time,
}

/// A settled step on one shelf: plates whose unrest overlaps in time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeightChange {
    /// When the first plate began to move.
    pub start: Time,
    /// When the last plate had come to rest: about when the hand left.
    pub end: Time,
    /// Capture time of the sample with which the change was known to be settled.
    pub closed: Time,
    /// The plates that changed, ascending; at least one, but none of a contact.
    pub plates: Vec<PlateChange>,
    /// The shelf's plates that said nothing new meanwhile, not even noise, ascending: what changed on
    /// them is not known.
    pub silent: Vec<PlateIx>,
}

/// What hands did away from the shelves: goods may have gone where no plate tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Contact {
    /// Hands of two tracks met; the lower track first.
    Met(TrackId, TrackId),
    /// A hand went down to the floor.
    Floor(TrackId),
}

/// A weight change and who could have caused it; or a contact, during which no plate changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interaction {
    /// The shelf; of a contact the nearest one of its zone.
    pub shelf: ShelfIx,
    /// Sequence of the device frame that closed the change; with the shelf it names the interaction.
    /// Contacts are counted beyond all frames.
    pub sequence: u64,
    /// The change; of a contact only its times, without plates.
    pub change: WeightChange,
    /// What hands did away from the shelves, when it is that.
    pub contact: Option<Contact>,
    /// Every track that was near, ascending by track.
    pub evidence: Vec<TrackEvidence>,
}
