//! Who was where, frame by frame.

use std::collections::BTreeMap;

/// Somebody in a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Who, unique in the frame; −1 for a detection, which is nobody yet.
    pub id: i64,
    /// Metres along the floor's x axis.
    pub x: f64,
    /// Metres along the floor's y axis.
    pub y: f64,
}

impl Place {
    /// Metres between two places.
    #[must_use]
    pub fn distance(&self, other: &Self) -> f64 {
        (self.x - other.x).hypot(self.y - other.y)
    }
}

/// The frames in which there is anybody, by number from 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sequence {
    frames: BTreeMap<u32, Vec<Place>>,
}

impl Sequence {
    /// Adds somebody to a frame.
    pub fn push(&mut self, frame: u32, place: Place) {
        self.frames.entry(frame).or_default().push(place);
    }

    /// The frames in order; those that are empty are left out.
    pub fn frames(&self) -> impl Iterator<Item = (u32, &[Place])> {
        let frames = self.frames.iter();
        frames.map(|(&frame, places)| (frame, places.as_slice()))
    }

    /// Who is in a frame.
    #[must_use]
    pub fn at(&self, frame: u32) -> &[Place] {
        self.frames.get(&frame).map_or(&[], Vec::as_slice)
    }

    /// How many places there are in all frames together.
    #[must_use]
    pub fn places(&self) -> u64 {
        self.frames.values().map(|places| places.len() as u64).sum()
    }

    /// Each frame in which either has anybody: what the first has and what the second has.
    pub(crate) fn together<'a>(
        &'a self,
        other: &'a Self,
    ) -> impl Iterator<Item = (&'a [Place], &'a [Place])> {
        let mut frames: Vec<u32> = self.frames.keys().copied().collect();
        frames.extend(other.frames.keys());
        frames.sort_unstable();
        frames.dedup();
        let pair = |frame| (self.at(frame), other.at(frame));
        frames.into_iter().map(pair)
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// People on a line: in each frame who (id, x).
    pub(crate) fn line(frames: &[&[(i64, f64)]]) -> Sequence {
        let mut sequence = Sequence::default();
        for (frame, places) in (1..).zip(frames) {
            for &(id, x) in *places {
                sequence.push(frame, Place { id, x, y: 0.0 });
            }
        }
        sequence
    }
}
