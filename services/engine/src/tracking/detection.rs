//! What a camera reports.

use serde::{Deserialize, Serialize};

use crate::{
    geometry::{Vec2, Vec3},
    layout::ProductIx,
};

/// One person in one frame, as a camera saw them; sometimes nobody (clutter).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    /// Where they stand, in metres.
    pub position: Vec2,
    /// Standard deviation of `position` on each axis, in metres.
    pub sigma: f64,
    /// The detector's own confidence, 0 to 1. Detectors differ in what they mean by it, so tracking
    /// decides without it.
    pub confidence: f64,
    /// The head.
    pub head: Option<Vec3>,
    /// Left and right wrist.
    pub wrists: [Option<Vec3>; 2],
    /// What the person looks like, as a direction; empty when the camera does not tell.
    pub appearance: Vec<f32>,
    /// Something in a hand.
    pub item: Option<Item>,
}

/// Something that a camera saw in somebody's hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// The hand, when the camera could tell: 0 left, 1 right.
    pub hand: Option<usize>,
    /// Candidates with their probabilities, best first.
    pub candidates: Vec<(ProductIx, f64)>,
}
