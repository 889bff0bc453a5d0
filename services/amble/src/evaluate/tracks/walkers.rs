//! A shop that is nothing but a floor for people who walk along given paths.
//!
//! 1. The floor is the smallest rectangle that holds all paths, and [`MARGIN_M`] more on each side.
//! 2. One camera sees all of it: whom it misses, nobody sees.
//! 3. Every edge is a gate for both ways, so people may be born and leave all round.
//! 4. The tracker knows what its camera is worth; it has no looks to go by.

use amble_proto::plan::{Camera, FORMAT, Gate, GateKind, Point2, Sensors, StorePlan, Zone};

/// How far beyond the paths the floor goes, in metres.
const MARGIN_M: f64 = 0.5;

/// How long a gate may be, in metres.
const GATE_M: f64 = 25.0;

/// How far outside the readers stand, in metres; nobody scans there.
const READER_M: f64 = 0.5;

const ZONE: &str = "floor";

/// A rectangle, in metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Floor {
    /// Its lower left corner.
    pub low: Point2,
    /// Its upper right corner.
    pub high: Point2,
}

/// The shop of these walkers, who are between the corners of `paths`.
#[must_use]
pub fn plan(paths: Floor, sensors: Sensors) -> StorePlan {
    let low = paths.low.map(|at| at - MARGIN_M);
    let high = paths.high.map(|at| at + MARGIN_M);
    let floor = vec![low, [high[0], low[1]], high, [low[0], high[1]]];
    StorePlan {
        format: FORMAT.to_owned(),
        store: "walkers".to_owned(),
        name: "Walkers".to_owned(),
        currency: "EUR".to_owned(),
        prices_include_tax: true,
        taxes: Vec::new(),
        zones: vec![Zone {
            id: ZONE.to_owned(),
            outline: floor.clone(),
        }],
        gates: gates(&floor),
        cameras: vec![Camera {
            id: "cam-1".to_owned(),
            zone: ZONE.to_owned(),
            position: [
                f64::midpoint(low[0], high[0]),
                f64::midpoint(low[1], high[1]),
                4.0,
            ],
            view: floor.clone(),
            fps: 10.0,
        }],
        gondolas: Vec::new(),
        products: Vec::new(),
        planogram: Vec::new(),
        floor,
        sensors,
    }
}

/// Each edge in as many pieces as it takes; the corners run counter-clockwise.
fn gates(corners: &[Point2]) -> Vec<Gate> {
    let mut gates = Vec::new();
    let ends = corners.iter().zip(corners.iter().cycle().skip(1));
    for (&from, &to) in ends {
        let along = [to[0] - from[0], to[1] - from[1]];
        let length = along[0].hypot(along[1]);
        let pieces = (length / GATE_M).ceil().max(1.0);
        let inward = [-along[1] / length, along[0] / length];
        let at = |share: f64, depth: f64| {
            [0, 1].map(|axis| from[axis] + along[axis] * share + inward[axis] * depth)
        };
        for piece in 0..pieces as u32 {
            let [begin, middle, end] =
                [0.0, 0.5, 1.0].map(|part| (f64::from(piece) + part) / pieces);
            gates.push(Gate {
                id: format!("edge-{}", gates.len() + 1),
                kind: GateKind::Both,
                zone: ZONE.to_owned(),
                line: [at(begin, 0.0), at(end, 0.0)],
                inside: at(middle, MARGIN_M),
                reader: Some(at(middle, -READER_M)),
            });
        }
    }
    gates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_is_sound_however_large_the_floor() {
        for size in [2.0, 14.0, 90.0] {
            let paths = Floor {
                low: [-3.0, 1.0],
                high: [size - 3.0, 1.0 + 0.5 * size],
            };
            let text = serde_json::to_string(&plan(paths, Sensors::default())).unwrap();
            let checked = amble_store::plan::check(&text);
            assert!(checked.is_ok(), "{size} m: {:?}", checked.unwrap_err());
        }
    }
}
