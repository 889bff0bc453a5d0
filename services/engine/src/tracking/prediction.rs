//! Where a track is expected: what a shopper tells cameras, shelves and the zone.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::filter::Filter;
use crate::{
    evidence::TrackId,
    geometry::{Polygon, Vec2},
    time::Time,
};

/// How far somebody may walk before the prediction reaches a camera, in metres.
const ON_THE_WAY_M: f64 = 0.5;

/// Where one track is expected, as of the end of a round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// The track.
    pub track: TrackId,
    /// The end of the round that it was made in.
    pub time: Time,
    pub(super) state: Filter,
    /// Unit vector of what the person looked like in the last ten seconds.
    #[serde(skip)]
    pub appearance: Option<Arc<[f32]>>,
    /// For how long no camera had seen the track, in seconds.
    pub unseen_s: f64,
    /// Whether no visit has claimed the track.
    pub guest: bool,
}

impl Prediction {
    /// Expected position at `time`, in metres, with its covariance in m²: xx, xy, yy.
    #[must_use]
    pub fn position_at(&self, time: Time) -> (Vec2, [f64; 3]) {
        let state = self.at(time);
        (state.position, [state.variance(), 0.0, state.variance()])
    }

    /// Whether a camera with this view should look out for the track.
    #[must_use]
    pub fn may_be_in(&self, view: &Polygon) -> bool {
        let reach = 3.0 * self.state.variance().sqrt() + ON_THE_WAY_M;
        let (low, high) = view.bounds();
        let p = self.state.position;
        let near_the_box = p.x >= low.x - reach
            && p.x <= high.x + reach
            && p.y >= low.y - reach
            && p.y <= high.y + reach;
        near_the_box && view.distance(p) <= reach
    }

    /// The whole state at `time`.
    pub(super) fn at(&self, time: Time) -> Filter {
        self.state.after(time.since(self.time), self.unseen_s)
    }
}
