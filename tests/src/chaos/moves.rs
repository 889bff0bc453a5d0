//! What each planned move cost, by itself: a drain is several of them.
//!
//! 1. A move's cost is the longest wait in vain that any device had in the stretch until the next move,
//!    be it because of the move or not. Waits of less than 40 ms are not told; they are 0 here.
//! 2. On a machine that is busy devices wait also when nothing moves. So as many stretches of the same length
//!    stand beside it in which nothing moved: those just before a drain began, in a shop that was well.

use std::fmt;

use amble_proto::v1::{Event, EventKind, PlacementReason};

use super::{Gap, outages::spread};

/// How long after the map says so a move may cost something: until the next one.
const STRETCH_US: i64 = 200_000;

/// What is wanted of a planned move, in milliseconds.
const WANTED_MS: i64 = 100;

/// What the moves of a shop cost.
#[derive(Clone, Debug, Default)]
pub struct Moves {
    moved: Vec<i64>,
    still: Vec<i64>,
}

impl Moves {
    /// Of what happened to the shards, of the devices' waits, and of stretches of the wall clock in
    /// which nothing moved, each from when to when.
    #[must_use]
    pub fn of(history: &[Event], waits: &[Gap], still: &[(i64, i64)]) -> Self {
        let planned = history.iter().filter(|event| is_planned(event));
        let moved = planned.filter_map(|event| event.at.as_ref().map(wall_us));
        let cost = |from_us: i64| {
            let to_us = from_us + STRETCH_US;
            let within = |gap: &&Gap| gap.began_us < to_us && gap.ended_us > from_us;
            let waits = waits.iter().filter(within).map(Gap::lasted_ms);
            waits.max().unwrap_or_default()
        };
        let still = still.iter().flat_map(|&(from_us, to_us)| {
            let step = usize::try_from(STRETCH_US).unwrap_or(usize::MAX);
            (from_us..to_us - STRETCH_US).step_by(step)
        });
        Self {
            moved: moved.map(cost).collect(),
            still: still.map(cost).collect(),
        }
    }
}

fn is_planned(event: &Event) -> bool {
    event.kind() == EventKind::Placed
        && matches!(
            event.reason(),
            PlacementReason::Drain | PlacementReason::Balance | PlacementReason::Operator
        )
}

fn wall_us(at: &prost_types::Timestamp) -> i64 {
    at.seconds * 1_000_000 + i64::from(at.nanos) / 1_000
}

impl fmt::Display for Moves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<26}{:>6} |{:>7}{:>8}{:>8} | under {WANTED_MS} ms",
            "longest wait, ms", "count", "p50", "p99", "max"
        )?;
        for (what, waits) in [
            ("moves of one shard", &self.moved),
            ("nothing moved", &self.still),
        ] {
            let [p50, p99, max] = spread(waits.iter().copied());
            let under = waits.iter().filter(|&&ms| ms < WANTED_MS).count();
            writeln!(
                f,
                "{what:<26}{:>6} |{p50:>7}{p99:>8}{max:>8} | {under}",
                waits.len()
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_move_costs_the_longest_wait_until_the_next() {
        let at = |ms: i64, reason: PlacementReason| Event {
            at: Some(prost_types::Timestamp {
                seconds: 0,
                nanos: i32::try_from(ms * 1_000_000).unwrap(),
            }),
            kind: EventKind::Placed.into(),
            reason: reason.into(),
            ..Event::default()
        };
        let wait = |began_ms: i64, ended_ms: i64| Gap {
            began_us: began_ms * 1_000,
            ended_us: ended_ms * 1_000,
            of: String::new(),
        };
        let history = [
            at(100, PlacementReason::Drain),
            at(300, PlacementReason::Balance),
            at(700, PlacementReason::NodeGone),
        ];
        let waits = [wait(120, 170), wait(150, 230), wait(720, 1_900)];
        let moves = Moves::of(&history, &waits, &[(0, 201_000)]);
        assert_eq!(moves.moved, [80, 0]);
        assert_eq!(moves.still, [80]);
    }
}
