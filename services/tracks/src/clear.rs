//! CLEAR-MOT: what goes wrong, frame by frame (K. Bernardin, R. Stiefelhagen, "Evaluating Multiple
//! Object Tracking Performance", *EURASIP Journal on Image and Video Processing*, 2008).
//!
//! Properties:
//!
//! - C1 Whoever was found by a track last keeps it, as long as both are in the frame and near enough.
//! - C2 The others are paired so that as many as possible have somebody, and those are as near as
//!   possible.
//! - C3 A person found by another track than last time, however long ago that was, is an identity
//!   switch.
//! - C4 A fragmentation is a time of not being found between two of being found.

use std::collections::BTreeMap;

use crate::{Place, Sequence, pairing};

/// Counts over all frames.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Clear {
    /// Places of the truth.
    pub truth: u64,
    /// Places that were tracked.
    pub tracked: u64,
    /// Places of the truth that a track found, switches included.
    pub found: u64,
    /// Places found by another track than last time.
    pub switches: u64,
    /// Times that somebody was lost and found again, by whatever track.
    pub fragmentations: u64,
    /// Sum of the distances of what was found, in metres.
    pub distance_m: f64,
}

impl Clear {
    /// Compares.
    #[must_use]
    pub fn of(truth: &Sequence, tracks: &Sequence, within_m: f64) -> Self {
        let mut counts = Self::default();
        let mut last = BTreeMap::<i64, Last>::new();
        for (people, tracks) in truth.together(tracks) {
            counts.truth += people.len() as u64;
            counts.tracked += tracks.len() as u64;
            let pairs = frame(people, tracks, within_m, &last);
            for (person, track) in people.iter().zip(pairs) {
                counts.note(person, track, &mut last);
            }
        }
        counts
    }

    /// Places of the truth that nobody tracked.
    #[must_use]
    pub const fn misses(&self) -> u64 {
        self.truth - self.found
    }

    /// Tracked places with nobody there.
    #[must_use]
    pub const fn false_positives(&self) -> u64 {
        self.tracked - self.found
    }

    /// 1 less misses, false positives and switches for each place of the truth; can be negative.
    #[must_use]
    pub fn mota(&self) -> f64 {
        let wrong = self.misses() + self.false_positives() + self.switches;
        1.0 - wrong as f64 / self.truth.max(1) as f64
    }

    /// Mean distance of what was found, in metres.
    #[must_use]
    pub fn motp_m(&self) -> f64 {
        self.distance_m / self.found.max(1) as f64
    }

    fn note(&mut self, person: &Place, track: Option<&Place>, last: &mut BTreeMap<i64, Last>) {
        let Some(track) = track else {
            if let Some(last) = last.get_mut(&person.id) {
                last.lost = true;
            }
            return;
        };
        self.found += 1;
        self.distance_m += person.distance(track);
        let now = Last {
            track: track.id,
            lost: false,
        };
        if let Some(before) = last.insert(person.id, now) {
            self.switches += u64::from(before.track != track.id);
            self.fragmentations += u64::from(before.lost);
        }
    }
}

impl std::ops::AddAssign for Clear {
    fn add_assign(&mut self, other: Self) {
        self.truth += other.truth;
        self.tracked += other.tracked;
        self.found += other.found;
        self.switches += other.switches;
        self.fragmentations += other.fragmentations;
        self.distance_m += other.distance_m;
    }
}

/// By whom a person was found last, and whether they were missed since.
#[derive(Clone, Copy, Debug)]
struct Last {
    track: i64,
    lost: bool,
}

/// The track of each person in a frame.
fn frame<'a>(
    people: &[Place],
    tracks: &'a [Place],
    within_m: f64,
    last: &BTreeMap<i64, Last>,
) -> Vec<Option<&'a Place>> {
    let mut taken = vec![false; tracks.len()];
    let mut track_of = vec![None; people.len()];
    // C1.
    for (person, track_of) in people.iter().zip(&mut track_of) {
        let known = last.get(&person.id).map(|last| last.track);
        let kept = tracks
            .iter()
            .position(|track| Some(track.id) == known && person.distance(track) <= within_m);
        if let Some(kept) = kept.filter(|&kept| !taken[kept]) {
            taken[kept] = true;
            *track_of = Some(&tracks[kept]);
        }
    }
    // C2: a pair is worth more than all distances together.
    let waiting: Vec<usize> = (0..people.len())
        .filter(|&at| track_of[at].is_none())
        .collect();
    let free: Vec<usize> = (0..tracks.len()).filter(|&at| !taken[at]).collect();
    let step = within_m / 1e9;
    let pair_gain =
        1_000_000_001 * (i64::try_from(waiting.len().min(free.len())).unwrap_or_default() + 1);
    let pairs = pairing::pairs((waiting.len(), free.len()), |person, track| {
        let distance = people[waiting[person]].distance(&tracks[free[track]]);
        if distance <= within_m {
            pair_gain - (distance / step) as i64
        } else {
            0
        }
    });
    for (person, track) in pairs {
        track_of[waiting[person]] = Some(&tracks[free[track]]);
    }
    track_of
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequence::testing::line;

    #[test]
    fn c1_who_was_found_keeps_the_track_although_another_is_nearer() {
        let truth = line(&[&[(1, 0.0)], &[(1, 0.0)]]);
        let tracks = line(&[&[(7, 0.1)], &[(7, 0.4), (8, 0.0)]]);
        let counts = Clear::of(&truth, &tracks, 0.5);
        assert_eq!((counts.switches, counts.false_positives()), (0, 1));
        assert!((counts.motp_m() - 0.25).abs() < 1e-9);
    }

    #[test]
    fn c2_as_many_as_possible_have_somebody() {
        // The nearest pair alone would leave the other person without a track.
        let truth = line(&[&[(1, 0.0), (2, 0.4)]]);
        let tracks = line(&[&[(7, 0.35), (8, 0.8)]]);
        let counts = Clear::of(&truth, &tracks, 0.5);
        assert_eq!((counts.found, counts.misses()), (2, 0));
    }

    #[test]
    fn c3_c4_a_switch_counts_however_long_ago_and_a_gap_between_finds_is_a_fragmentation() {
        let here: &[(i64, f64)] = &[(1, 0.0)];
        let truth = line(&[here; 6]);
        let tracks = line(&[&[], &[(7, 0.0)], &[], &[], &[(8, 0.0)], &[]]);
        let counts = Clear::of(&truth, &tracks, 0.5);
        assert_eq!((counts.switches, counts.fragmentations), (1, 1));
        assert_eq!((counts.misses(), counts.false_positives()), (4, 0));
        assert!((counts.mota() - (1.0 - 5.0 / 6.0)).abs() < 1e-12);
    }

    #[test]
    fn two_who_swap_names_are_two_switches() {
        let truth = line(&[&[(1, 0.0), (2, 3.0)], &[(1, 0.0), (2, 3.0)]]);
        let tracks = line(&[&[(7, 0.0), (8, 3.0)], &[(8, 0.0), (7, 3.0)]]);
        assert_eq!(Clear::of(&truth, &tracks, 0.5).switches, 2);
    }
}
