//! One step of a walker among others.
//!
//! 1. Two bodies keep [`KEEP_M`]; only who has been stuck for seconds squeezes past.
//! 2. Nobody steps where a body can't stand (`Floor`), except at gates.
//! 3. A step is chosen among a few directions: forward as far as possible, away from where others
//!    will be in half a second.

use crate::{floor::Floor, geometry::V2, shop::Shop};

/// Distance that two bodies keep, in metres.
pub(crate) const KEEP_M: f64 = 0.40;
/// Length of a step in time, in seconds.
pub(crate) const STEP_S: f64 = 0.1;
/// Directions that are tried, in radians; the right side first.
const TURNS: [f64; 9] = [0.0, -0.4, 0.4, -0.8, 0.8, -1.3, 1.3, -1.9, 1.9];

/// Somebody else.
#[derive(Clone, Copy)]
pub(crate) struct Other {
    pub(crate) position: V2,
    pub(crate) velocity: V2,
}

/// Who walks.
pub(crate) struct Walker {
    pub(crate) position: V2,
    /// The next corner.
    pub(crate) corner: V2,
    pub(crate) speed: f64,
    /// For how many steps it has come no further.
    pub(crate) stuck: u32,
    /// Walks outside the walkable floor.
    pub(crate) free: bool,
}

/// The velocity of the next step, in metres a second; zero when there is none.
pub(crate) fn step(walker: &Walker, others: &[Other], shop: &Shop, floor: &Floor) -> V2 {
    let keep = match walker.stuck {
        0..40 => KEEP_M,
        40..60 => 0.36,
        60..90 => 0.2,
        _ => 0.0,
    };
    let ahead = walker.corner - walker.position;
    let speed = walker.speed.min(ahead.norm() / STEP_S);
    let straight = ahead.unit() * speed;
    let mut best: Option<(f64, V2)> = None;
    for turn in TURNS {
        let velocity = if turn == 0.0 {
            straight
        } else {
            let (sin, cos) = turn.sin_cos();
            straight.turned(sin, cos) * 0.8
        };
        let next = walker.position + velocity * STEP_S;
        let blocked = others.iter().any(|other| {
            let then = next.distance(other.position);
            then < keep && then < walker.position.distance(other.position)
        });
        let possible = if walker.free {
            floor.passable_at_gate(shop, next)
        } else {
            floor.walkable(shop, next)
        };
        if blocked || !possible {
            continue;
        }
        let soon = walker.position + velocity * 0.5;
        let crowd: f64 = others
            .iter()
            .map(|other| (0.65 - soon.distance(other.position + other.velocity * 0.5)).max(0.0))
            .sum();
        let score = turn.cos() - 2.0 * crowd;
        if best.is_none_or(|(most, _)| score > most + 1e-9) {
            best = Some((score, velocity));
        }
        if turn == 0.0 && crowd <= 0.0 {
            break;
        }
    }
    best.map_or(V2::default(), |(_, velocity)| velocity)
}
