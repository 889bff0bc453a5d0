//! What the unit tests of this room share.

use super::{Detection, Newborn, Track};
use crate::{
    evidence::TrackId,
    geometry::{Polygon, Segment, Vec2, Vec3},
    layout::{Camera, Gate, Layout, Sensors, ZoneIx},
    time::{Round, Time},
};

/// A gate along the x axis with the shop at y > 0 and a reader outside, for both ways.
pub(super) fn entry() -> Gate {
    Gate {
        zone: ZoneIx(0),
        line: Segment {
            from: Vec2::new(-1.0, 0.0),
            to: Vec2::new(1.0, 0.0),
        },
        entry: true,
        exit: true,
        reader: Some(Vec2::new(0.5, -0.6)),
    }
}

/// A floor with that gate and so many cameras that see all of it.
pub(super) fn hall(cameras: u32) -> Layout {
    let corners = [(-9.0, -9.0), (9.0, -9.0), (9.0, 9.0), (-9.0, 9.0)];
    let all = Polygon::new(corners.map(|(x, y)| Vec2::new(x, y)).to_vec());
    let camera = |_| Camera {
        zone: ZoneIx(0),
        position: Vec3::new(0.0, 0.0, 3.0),
        view: all.clone(),
    };
    Layout {
        gates: vec![entry()],
        cameras: (0..cameras).map(camera).collect(),
        ..Layout::empty(all.clone(), Sensors::default())
    }
}

/// A plain detection.
pub(super) fn seen(x: f64, y: f64) -> Detection {
    Detection {
        position: Vec2::new(x, y),
        sigma: 0.09,
        confidence: 0.9,
        head: None,
        wrists: [None; 2],
        appearance: Vec::new(),
        item: None,
    }
}

/// Somebody just born.
pub(super) fn newborn(track: u64, time: Time, x: f64, y: f64) -> Newborn {
    Newborn {
        track: TrackId(track),
        time,
        position: Vec2::new(x, y),
        velocity: Vec2::default(),
        sigma: 0.05,
        at_gate: None,
    }
}

/// A track that has stood at a place for a second, up to the end of round 9.
pub(super) fn standing(track: u64, x: f64, y: f64) -> Track {
    let mut standing = Track::born(&newborn(track, Time(0), x, y));
    for round in (0..10).map(Round) {
        standing.observe(&seen(x, y), round.start());
        standing.end_round(round);
    }
    standing
}
