//! Which detections a camera matched to whom lately, so that a replay matches them alike.
//!
//! A shop that starts anew replays seconds that were decided before, and has no appearance to go by:
//! that is never stored (rule S2). Where two people stand close, it might tell them apart otherwise
//! than before. So what was matched is stored, as numbers that say nothing of anybody, and a frame
//! that was matched before is matched alike.
//!
//! 1. A frame is known again by its sequence and its capture time; one that is not, is new.
//! 2. Frames in which nobody was matched are known as such.
//! 3. What is older than a replay reaches is forgotten.

use std::collections::{BTreeMap, VecDeque};

use amble_engine::{
    evidence::TrackId,
    time::{ROUND_US, Time},
};
use serde::{Deserialize, Serialize};

use crate::round::{CUT_EVERY, REPLAY};

/// How far back it reaches, in microseconds: a replay begins at most one cut before [`REPLAY`].
const KEPT_US: i64 = (REPLAY + 2 * CUT_EVERY) * ROUND_US;

/// Which detection was whose.
type Pairs = Vec<(TrackId, usize)>;

/// The same, by the place of the track in a list.
type Placed = Vec<(u16, u16)>;

/// The last frames of one camera.
#[derive(Clone, Debug, Default)]
pub struct Lately {
    frames: VecDeque<(u64, Time, Pairs)>,
}

/// The same, as it is stored: each track is named once.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Stored {
    tracks: Vec<TrackId>,
    /// Sequence, capture time in µs, and pairs of a place in `tracks` and a detection.
    frames: Vec<(u64, i64, Placed)>,
}

impl Lately {
    /// What is stored, to be looked up by sequence.
    pub fn restore(stored: Stored) -> BTreeMap<u64, (Time, Pairs)> {
        let Stored { tracks, frames } = stored;
        let named = |pairs: Placed| {
            let pairs = pairs.into_iter();
            pairs
                .filter_map(|(track, at)| Some((*tracks.get(usize::from(track))?, usize::from(at))))
                .collect()
        };
        frames
            .into_iter()
            .map(|(sequence, time, pairs)| (sequence, (Time(time), named(pairs))))
            .collect()
    }

    /// Keeps what was made of a frame.
    pub fn keep(&mut self, sequence: u64, time: Time, pairs: &[(TrackId, usize)]) {
        self.frames.push_back((sequence, time, pairs.to_vec()));
        let oldest = time.plus_us(-KEPT_US);
        while self.frames.front().is_some_and(|(_, t, _)| *t < oldest) {
            self.frames.pop_front();
        }
    }

    /// Sequence and capture time of the last frame, if anybody was matched in any: else there is
    /// nothing that a replay could match otherwise.
    pub fn newest(&self) -> Option<(u64, Time)> {
        let mut frames = self.frames.iter();
        let anybody = frames.any(|(_, _, pairs)| !pairs.is_empty());
        let newest = self
            .frames
            .back()
            .map(|&(sequence, time, _)| (sequence, time));
        newest.filter(|_| anybody)
    }

    /// What is to be stored.
    pub fn stored(&self) -> Stored {
        let mut places = BTreeMap::<TrackId, u16>::new();
        let mut stored = Stored::default();
        for (sequence, time, pairs) in &self.frames {
            let mut placed = Vec::with_capacity(pairs.len());
            for &(track, at) in pairs {
                let next = u16::try_from(stored.tracks.len()).unwrap_or(u16::MAX);
                let place = *places.entry(track).or_insert_with(|| {
                    stored.tracks.push(track);
                    next
                });
                placed.push((place, u16::try_from(at).unwrap_or(u16::MAX)));
            }
            stored.frames.push((*sequence, time.0, placed));
        }
        stored
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_comes_back_as_far_as_a_replay_reaches() {
        let mut lately = Lately::default();
        let time = |sequence: u64| Time(i64::try_from(sequence).unwrap() * ROUND_US);
        for sequence in 1..=200 {
            let pairs = match sequence % 3 {
                0 => vec![],
                n => vec![(TrackId(9), 1), (TrackId(70 + sequence), n as usize)],
            };
            lately.keep(sequence, time(sequence), &pairs);
        }
        assert_eq!(lately.newest(), Some((200, time(200))));
        let again = Lately::restore(lately.stored());
        assert_eq!(again.len(), 91);
        assert_eq!(again[&198], (time(198), vec![]));
        let pairs = vec![(TrackId(9), 1), (TrackId(270), 2)];
        assert_eq!(again[&200], (time(200), pairs));
    }
}
