//! IDF1: for how much of the time somebody bears the one name that suits them best (E. Ristani and
//! others, "Performance Measures and a Data Set for Multi-Target, Multi-Camera Tracking", 2016).
//!
//! Over the whole sequence each person gets at most one track and each track at most one person, so
//! that as many frames as possible agree; a frame agrees when both are in it and near enough.

use std::collections::BTreeMap;

use crate::{Sequence, pairing};

/// Counts over all frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Places of the truth.
    pub truth: u64,
    /// Places that were tracked.
    pub tracked: u64,
    /// Places at which a person has the track that is theirs (IDTP).
    pub right: u64,
}

impl Identity {
    /// Compares.
    #[must_use]
    pub fn of(truth: &Sequence, tracks: &Sequence, within_m: f64) -> Self {
        let mut together = BTreeMap::<(i64, i64), i64>::new();
        for (people, tracks) in truth.together(tracks) {
            for person in people {
                for track in tracks.iter().filter(|t| t.distance(person) <= within_m) {
                    *together.entry((person.id, track.id)).or_default() += 1;
                }
            }
        }
        Self {
            truth: truth.places(),
            tracked: tracks.places(),
            right: best(&together),
        }
    }

    /// Share of the tracked places that are right.
    #[must_use]
    pub fn idp(&self) -> f64 {
        self.right as f64 / self.tracked.max(1) as f64
    }

    /// Share of the truth's places that are right.
    #[must_use]
    pub fn idr(&self) -> f64 {
        self.right as f64 / self.truth.max(1) as f64
    }

    /// The harmonic mean of both.
    #[must_use]
    pub fn idf1(&self) -> f64 {
        2.0 * self.right as f64 / (self.truth + self.tracked).max(1) as f64
    }
}

impl std::ops::AddAssign for Identity {
    fn add_assign(&mut self, other: Self) {
        self.truth += other.truth;
        self.tracked += other.tracked;
        self.right += other.right;
    }
}

/// The greatest sum of frames over all one-to-one choices. People and tracks that never met are not
/// compared: a day falls apart into small groups.
fn best(together: &BTreeMap<(i64, i64), i64>) -> u64 {
    let groups = groups(together.keys());
    let sum = groups.iter().map(|(people, tracks)| {
        let frames = |person: usize, track: usize| {
            let pair = (people[person], tracks[track]);
            together.get(&pair).copied().unwrap_or_default()
        };
        let pairs = pairing::pairs((people.len(), tracks.len()), frames);
        let sum: i64 = pairs.into_iter().map(|(p, t)| frames(p, t)).sum();
        sum.unsigned_abs()
    });
    sum.sum()
}

/// People and tracks, ascending, who met directly or through others.
fn groups<'a>(met: impl Iterator<Item = &'a (i64, i64)>) -> Vec<(Vec<i64>, Vec<i64>)> {
    let mut tracks_of = BTreeMap::<i64, Vec<i64>>::new();
    let mut people_of = BTreeMap::<i64, Vec<i64>>::new();
    for &(person, track) in met {
        tracks_of.entry(person).or_default().push(track);
        people_of.entry(track).or_default().push(person);
    }
    let mut groups = Vec::new();
    while let Some((person, met)) = tracks_of.pop_first() {
        let (mut people, mut tracks) = (vec![person], Vec::new());
        let mut open = met;
        while let Some(track) = open.pop() {
            let Some(met) = people_of.remove(&track) else {
                continue;
            };
            tracks.push(track);
            for person in met {
                if let Some(further) = tracks_of.remove(&person) {
                    people.push(person);
                    open.extend(further);
                }
            }
        }
        people.sort_unstable();
        tracks.sort_unstable();
        groups.push((people, tracks));
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequence::testing::line;

    #[test]
    fn a_person_with_two_names_is_right_for_the_longer_one() {
        let here: &[(i64, f64)] = &[(1, 0.0)];
        let truth = line(&[here; 5]);
        let [seven, eight]: [&[(i64, f64)]; 2] = [&[(7, 0.1)], &[(8, 0.1)]];
        let tracks = line(&[seven, seven, eight, eight, eight, eight]);
        let counts = Identity::of(&truth, &tracks, 0.5);
        assert_eq!(counts.right, 3);
        assert!((counts.idp() - 0.5).abs() < 1e-12 && (counts.idr() - 0.6).abs() < 1e-12);
        assert!((counts.idf1() - 6.0 / 11.0).abs() < 1e-12);
    }

    #[test]
    fn a_choice_that_is_best_for_all_may_be_second_best_for_one() {
        let together = [((1, 7), 10), ((1, 8), 9), ((2, 7), 8), ((3, 9), 4)];
        assert_eq!(best(&together.into_iter().collect()), 9 + 8 + 4);
    }
}
