//! What is judged: where and when.
//!
//! 1. A frame is a round; frame 1 is the first round of the day. A place counts in the frame at whose
//!    end it was.
//! 2. Only the floor is judged. Who stands outside before a gate, and whoever is tracked there, is in
//!    nobody's way.

use amble_engine::{
    geometry::{Polygon, Vec2},
    time::{ROUND_US, Time},
};
use amble_simulator::PathPoint;
use amble_tracks::{Place, Sequence};

/// A floor, and when its frames begin.
#[derive(Clone, Debug)]
pub struct Ground {
    floor: Polygon,
    begin: Time,
}

impl Ground {
    /// Of a day that begins at `begin`.
    #[must_use]
    pub const fn new(floor: Polygon, begin: Time) -> Self {
        Self { floor, begin }
    }

    /// The frame at whose end, or last before it, a time is; `None` before the day's first.
    #[must_use]
    pub fn frame(&self, time: Time) -> Option<u32> {
        let rounds = (time.0 - self.begin.0).div_euclid(ROUND_US);
        u32::try_from(rounds).ok().filter(|&frame| frame > 0)
    }

    /// Whether a place is judged.
    #[must_use]
    pub fn judges(&self, place: Vec2) -> bool {
        self.floor.contains(place)
    }

    /// Where people were.
    #[must_use]
    pub fn truth(&self, paths: &[PathPoint]) -> Sequence {
        let mut truth = Sequence::default();
        for point in paths {
            let place = Vec2::new(point.x.into(), point.y.into());
            if let Some(frame) = self.frame(Time(point.time_us))
                && self.judges(place)
            {
                truth.push(
                    frame,
                    Place {
                        id: i64::from(point.person) + 1,
                        x: place.x,
                        y: place.y,
                    },
                );
            }
        }
        truth
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_the_floor_counts_in_the_frame_that_ends_then() {
        let corners = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)];
        let floor = Polygon::new(corners.map(|(x, y)| Vec2::new(x, y)).to_vec());
        let ground = Ground::new(floor, Time(700_000));
        let point = |time_us, x| PathPoint {
            time_us,
            visit: "v".into(),
            person: 3,
            x,
            y: 1.0,
        };
        let truth = ground.truth(&[
            point(700_000, 1.0),
            point(800_000, 2.0),
            point(900_000, -1.0),
        ]);
        let frames: Vec<u32> = truth.frames().map(|(frame, _)| frame).collect();
        assert_eq!(frames, [1]);
        assert_eq!((truth.at(1)[0].id, truth.at(1)[0].x), (4, 2.0));
    }
}
