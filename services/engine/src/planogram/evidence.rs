//! Which weights that moved tell what product stands at a place of the plan.
//!
//! 1. Only what moved on the plates of one place and on no other's: a hand between two places tells of neither.
//! 2. What was lifted tells, and what was put down by nobody who is known to have held it. Who puts back tells
//!    what they held, and not what stands there.
//! 3. What stands in a wrong place, and is known to, tells nothing of the place around it.

use serde::{Deserialize, Serialize};

use super::plan::{Plan, name};
use crate::{
    attribution::{Known, Piece, StackKey},
    evidence::PlateChange,
    layout::{Placement, PlateIx},
};

/// One plate's step, kept until it is certain what it was.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Reading {
    plate: PlateIx,
    delta_g: f64,
    sigma_g: f64,
}

/// What left or came to one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Weighed {
    /// How much, in grams; above 0.
    pub(super) grams: f64,
    /// Its variance, in g².
    pub(super) variance: f64,
}

/// Error of a settled change beyond the plates' noise, in grams: drift, scale factor, touch.
const ERROR_G: f64 = 1.0;
/// Less than so many grams on all plates together is a jolt.
const LEAST_G: f64 = 8.0;

impl Reading {
    pub(super) const fn of(change: &PlateChange) -> Self {
        Self {
            plate: change.plate,
            delta_g: change.delta_g,
            sigma_g: change.sigma_g,
        }
    }
}

/// What an interaction tells, by place of the plan, ascending.
pub(super) fn evidence(
    plan: &Plan,
    known: &Known,
    readings: &[Reading],
) -> Vec<(StackKey, Weighed)> {
    let tells = |place: &Placement| {
        let key = name(place)?;
        let shared = |plate: PlateIx| {
            let mut others = plan
                .places(known.shelf)
                .filter(|p| !std::ptr::eq(*p, place));
            others.any(|p| p.plates.contains(&plate))
        };
        let own = |reading: &&Reading| place.plates.contains(&reading.plate);
        let own: Vec<&Reading> = readings.iter().filter(own).collect();
        let weighed = weighed(&own)?;
        let alone = own.iter().all(|r| !shared(r.plate)) && alone(&own, readings);
        let lifted = own.iter().all(|r| r.delta_g < 0.0);
        (alone && tells(plan, known, lifted, key)).then_some((key, weighed))
    };
    let mut told: Vec<(StackKey, Weighed)> = plan.places(known.shelf).filter_map(tells).collect();
    told.sort_by_key(|t| t.0);
    told
}

/// Rule 1: that no plate beside them moved too.
fn alone(own: &[&Reading], all: &[Reading]) -> bool {
    let beside = |other: &Reading| {
        let of_it = own.iter().any(|r| r.plate == other.plate);
        !of_it && own.iter().any(|r| r.plate.0.abs_diff(other.plate.0) <= 1)
    };
    !all.iter().any(beside)
}

/// The sum, when all plates moved in one sense and by more than a jolt.
fn weighed(own: &[&Reading]) -> Option<Weighed> {
    let sum: f64 = own.iter().map(|r| r.delta_g).sum();
    let one_sense = own.iter().all(|r| r.delta_g * sum > 0.0);
    let of = |r: &&Reading| r.sigma_g * r.sigma_g + ERROR_G * ERROR_G;
    let variance = own.iter().map(of).sum();
    (one_sense && sum.abs() >= LEAST_G).then_some(Weighed {
        grams: sum.abs(),
        variance,
    })
}

/// Rules 2 and 3.
fn tells(plan: &Plan, known: &Known, lifted: bool, place: StackKey) -> bool {
    let over = |key: StackKey| key.first <= place.last && place.first <= key.last;
    let stray =
        |p: &Piece| p.key.is_place() && over(p.key) && plan.place(known.shelf, p.key).is_none();
    let put_back = |p: &Piece| p.quantity < 0 && p.party.is_some();
    !known.pieces.iter().any(stray) && (lifted || !known.pieces.iter().any(put_back))
}
