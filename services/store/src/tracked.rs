//! Where everybody is thought to be, for whoever measures how well people are tracked.

use amble_engine::{
    evidence::{PartyId, TrackId},
    geometry::Vec2,
    time::Round,
};

/// Something that a bucket says of the tracks that it has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tracked {
    /// Where a track is at the end of a round.
    At {
        /// The round.
        round: Round,
        /// The track.
        track: TrackId,
        /// Whose it is.
        party: PartyId,
        /// Expected position in metres.
        position: Vec2,
        /// For how long no camera has seen it, in seconds.
        unseen_s: f64,
    },
    /// A track that begins is the person of one that was lost.
    GoesOn {
        /// The track that begins.
        track: TrackId,
        /// The one that was lost, and ends.
        lost: TrackId,
    },
}
