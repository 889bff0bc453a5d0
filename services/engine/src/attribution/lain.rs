//! What was put down lately, plate by plate: so that what is lifted later can be known again.
//!
//! Only what weighs on plates as a whole is kept: runs of neighbouring plates that all rose in one
//! change. At most [`MOST`] are kept for a shelf; the oldest goes first.

use serde::{Deserialize, Serialize};

use crate::layout::ShelfIx;

use super::scene::{Reading, Scene};

/// How many are kept for a shelf.
const MOST: usize = 16;

/// Some plates that rose together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Lain {
    shelf: ShelfIx,
    readings: Vec<Reading>,
}

/// What was put down on a shelf, the newest first.
pub(super) fn lain(all: &[Lain], shelf: ShelfIx) -> Vec<Vec<Reading>> {
    let here = all.iter().rev().filter(|lain| lain.shelf == shelf);
    here.map(|lain| lain.readings.clone()).collect()
}

/// Remembers what a change put down.
pub(super) fn put_down(all: &mut Vec<Lain>, scene: &Scene) {
    for span in &scene.spans {
        let readings = &scene.readings[span.first..span.end];
        if readings.iter().any(|reading| reading.delta_g <= 0.0) {
            continue;
        }
        all.push(Lain {
            shelf: scene.shelf,
            readings: readings.to_vec(),
        });
        let ours = || all.iter().filter(|lain| lain.shelf == scene.shelf);
        if ours().count() > MOST
            && let Some(oldest) = all.iter().position(|lain| lain.shelf == scene.shelf)
        {
            all.remove(oldest);
        }
    }
}
