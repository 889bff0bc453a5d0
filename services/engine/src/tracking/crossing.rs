//! Who goes in and out at the gates.
//!
//! Properties:
//!
//! - C1 A crossing is told when somebody who was at least [`DEPTH_M`] on one side of a gate's line
//!   is at least as far on the other, at the gate and not round its end. Dithering on the line tells
//!   nothing.
//! - C2 Each crossing is told once.
//! - C3 Who was last seen close to an exit, heading out, and stays out of sight has left by it.
//! - C4 Who comes to be tracked at an entry comes in by it as soon as they are inside.

use serde::{Deserialize, Serialize};

use crate::{
    geometry::Vec2,
    layout::{Gate, GateIx},
};

/// How far from the line somebody must be to count as on one side, in metres.
const DEPTH_M: f64 = 0.15;

/// How far from the gate's segment a crossing can first be noticed, in metres: the depth and one
/// round's fast walk.
const REACH_M: f64 = 0.6;

/// Distance from a gate beyond which its side is forgotten, in metres.
const FORGET_M: f64 = 2.0;

/// How long a position out of sight is good enough to tell a crossing, in seconds.
const TRUSTED_S: f64 = 1.0;

/// C3: how long out of sight, how close to the line (m), and how fast towards it (m/s).
const LEFT_AFTER_S: f64 = 1.5;
const LEFT_WITHIN_M: f64 = 1.0;
const LEFT_SPEED: f64 = 0.3;

/// Which way somebody crossed a gate's line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Direction {
    /// Into the shop.
    Inward,
    /// Out of it.
    Outward,
}

/// The side of a near gate that somebody was last on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Side {
    gate: GateIx,
    inside: bool,
    /// Believed without having been seen (C3, C4): the next change is told wherever it is noticed.
    presumed: bool,
}

/// The sides of the gates near one track.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Sides(Vec<Side>);

/// Where a track is and was.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whereabouts {
    /// Estimated position now.
    pub(super) position: Vec2,
    /// For how long no camera has seen it, in seconds.
    pub(super) unseen_s: f64,
    /// Position and velocity when a camera last saw it.
    pub(super) seen: (Vec2, Vec2),
}

impl Sides {
    /// Of somebody whose track begins at a gate (C4).
    pub(super) fn born(at_gate: Option<GateIx>) -> Self {
        let outside = |gate| Side {
            gate,
            inside: false,
            presumed: true,
        };
        Self(at_gate.map(outside).into_iter().collect())
    }

    /// The crossing since the last call; of several, that of the nearest gate.
    pub(super) fn crossing(
        &mut self,
        now: &Whereabouts,
        gates: &[Gate],
    ) -> Option<(GateIx, Direction)> {
        let mut nearest: Option<(f64, GateIx, Direction)> = None;
        for (index, gate) in (0..).map(GateIx).zip(gates) {
            let told = if now.unseen_s <= TRUSTED_S {
                self.walked_over(index, gate, now.position)
            } else {
                self.vanished_into(index, gate, now)
            };
            if let Some((distance, direction)) = told
                && nearest.is_none_or(|(least, ..)| distance < least)
            {
                nearest = Some((distance, index, direction));
            }
        }
        nearest.map(|(_, gate, direction)| (gate, direction))
    }

    /// C1, C2.
    fn walked_over(
        &mut self,
        index: GateIx,
        gate: &Gate,
        position: Vec2,
    ) -> Option<(f64, Direction)> {
        let distance = gate.line.distance(position);
        if distance > FORGET_M {
            self.0.retain(|side| side.gate != index);
            return None;
        }
        let depth = gate.line.side(position);
        if depth.abs() < DEPTH_M {
            return None;
        }
        let inside = depth > 0.0;
        let before = self.set(index, inside, false)?;
        let crossed = before.inside != inside && (before.presumed || distance <= REACH_M);
        let direction = if inside {
            Direction::Inward
        } else {
            Direction::Outward
        };
        crossed.then_some((distance, direction))
    }

    /// C3.
    fn vanished_into(
        &mut self,
        index: GateIx,
        gate: &Gate,
        now: &Whereabouts,
    ) -> Option<(f64, Direction)> {
        let (position, velocity) = now.seen;
        let distance = gate.line.distance(position);
        if !gate.exit || now.unseen_s < LEFT_AFTER_S || distance > LEFT_WITHIN_M {
            return None;
        }
        let was_inside = self
            .get(index)
            .map_or_else(|| gate.line.side(position) > 0.0, |side| side.inside);
        let ahead = gate.line.side(position) - gate.line.side(position + velocity);
        if !was_inside || ahead < LEFT_SPEED {
            return None;
        }
        self.set(index, false, true);
        Some((distance, Direction::Outward))
    }

    fn get(&self, gate: GateIx) -> Option<Side> {
        self.0.iter().copied().find(|side| side.gate == gate)
    }

    /// Notes a side and returns the one before.
    fn set(&mut self, gate: GateIx, inside: bool, presumed: bool) -> Option<Side> {
        let new = Side {
            gate,
            inside,
            presumed,
        };
        if let Some(side) = self.0.iter_mut().find(|side| side.gate == gate) {
            return Some(std::mem::replace(side, new));
        }
        self.0.push(new);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tracking::testing::entry;

    /// What is told of somebody seen at these places, one after another.
    fn told(sides: &mut Sides, places: &[(f64, f64)]) -> Vec<Direction> {
        let tell = |&(x, y): &(f64, f64)| {
            let position = Vec2::new(x, y);
            let now = Whereabouts {
                position,
                unseen_s: 0.05,
                seen: (position, Vec2::default()),
            };
            Some(sides.crossing(&now, &[entry()])?.1)
        };
        places.iter().filter_map(tell).collect()
    }

    #[test]
    fn c1_c2_dithering_tells_nothing_and_crossing_is_told_once() {
        let mut sides = Sides::default();
        let dither = [
            (0.0, -0.5),
            (0.0, -0.1),
            (0.0, 0.14),
            (0.0, -0.14),
            (0.0, 0.1),
        ];
        assert_eq!(told(&mut sides, &dither), []);
        let through = [(0.0, 0.16), (0.0, 0.1), (0.0, 0.5), (0.0, -0.1), (0.0, 0.3)];
        assert_eq!(told(&mut sides, &through), [Direction::Inward]);
        assert_eq!(told(&mut sides, &[(0.0, -0.2)]), [Direction::Outward]);
    }

    #[test]
    fn c1_round_the_end_is_not_through() {
        let round_the_end = [(0.5, -0.5), (1.8, -0.3), (1.8, 0.3), (0.5, 0.5)];
        assert_eq!(told(&mut Sides::default(), &round_the_end), []);
    }

    #[test]
    fn c3_who_vanishes_towards_an_exit_has_left_once_and_may_come_back() {
        let mut sides = Sides::default();
        told(&mut sides, &[(0.0, 0.8)]);
        let mut vanished = |vy: f64, unseen_s: f64| {
            let now = Whereabouts {
                position: Vec2::new(0.0, 0.2),
                unseen_s,
                seen: (Vec2::new(0.0, 0.8), Vec2::new(0.0, vy)),
            };
            sides.crossing(&now, &[entry()])
        };
        assert_eq!(vanished(0.0, 9.0), None, "who stands has not left");
        assert_eq!(vanished(-0.8, 1.4), None, "too soon");
        assert_eq!(vanished(-0.8, 1.5), Some((GateIx(0), Direction::Outward)));
        assert_eq!(vanished(-0.8, 1.6), None, "told before");
        assert_eq!(told(&mut sides, &[(0.0, 0.9)]), [Direction::Inward]);
    }

    #[test]
    fn c4_who_is_found_at_an_entry_came_in() {
        let mut sides = Sides::born(Some(GateIx(0)));
        assert_eq!(
            told(&mut sides, &[(0.0, 0.9), (0.0, 1.2)]),
            [Direction::Inward]
        );
    }
}
