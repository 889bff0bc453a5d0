//! How people were tracked: positions that the shop believed against those that were.
//!
//! The measures themselves are `amble-tracks`'; here a shop's events become sequences of frames.

mod detections;
mod follower;
mod ground;
pub mod mot_file;
mod text;
mod walkers;

use amble_tracks::{Sequence, Tally};

pub use detections::detections;
pub use follower::Follower;
pub use ground::Ground;
pub use text::figures_table;
pub use walkers::{Floor, plan};

/// Two places farther apart than this are two people, in metres. People walk side by side at this
/// distance; the field's benchmark on floor plans takes the same.
pub const WITHIN_M: f64 = 0.5;

/// A frame is a round.
pub const FRAMES_PER_S: f64 = 10.0;

/// Compares as everywhere in `evaluate`.
#[must_use]
pub fn tally(truth: &Sequence, tracks: &Sequence) -> Tally {
    Tally::of(truth, tracks, WITHIN_M, FRAMES_PER_S)
}
