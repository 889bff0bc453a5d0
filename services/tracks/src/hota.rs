//! HOTA: finding and naming in equal parts (J. Luiten and others, "HOTA: A Higher Order Metric for
//! Evaluating Multi-Object Tracking", *International Journal of Computer Vision*, 2021).
//!
//! Properties:
//!
//! - H1 Every figure is the mean over 19 thresholds of similarity, 0.05 to 0.95.
//! - H2 In each frame people and tracks are paired so that the sum of (how well the two fit over the
//!   whole sequence × similarity) is greatest; a pair below the threshold is none.
//! - H3 At each threshold: DetA = TP / (TP + FN + FP); AssA is the mean over all TP of the share of
//!   frames in which its person and its track were a pair, of those that have either of them;
//!   HOTA = √(DetA × AssA).
//! - H4 Sequences add up: TP, FN and FP as counts, association by TP.

use std::collections::BTreeMap;

use crate::{Place, Sequence, pairing};

/// How many thresholds there are (H1).
const THRESHOLDS: usize = 19;

/// Similarities that differ by less are the same: thresholds are multiples of 0.05 that a float
/// cannot hold.
const ROUNDING: f64 = f64::EPSILON;

/// Similarity of two places: 1 at the same spot, falling evenly with the distance to 0 at twice
/// `within_m`, so that it is a half at `within_m`. The benchmark's own tools do so for points, with
/// 0 at 2 m.
#[must_use]
pub fn similarity(distance_m: f64, within_m: f64) -> f64 {
    (1.0 - distance_m / (2.0 * within_m)).max(0.0)
}

/// Counts at one threshold.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct At {
    /// Pairs.
    found: f64,
    /// Sum over the pairs of their association.
    association: f64,
    /// Sum over the pairs of their similarity.
    similarity: f64,
}

/// Counts over all frames.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hota {
    truth: u64,
    tracked: u64,
    at: [At; THRESHOLDS],
}

impl Hota {
    /// Compares.
    #[must_use]
    pub fn of(truth: &Sequence, tracks: &Sequence, within_m: f64) -> Self {
        let similarity = |a: &Place, b: &Place| similarity(a.distance(b), within_m);
        let fit = Fit::of(truth, tracks, similarity);
        let mut counts = Self {
            truth: truth.places(),
            tracked: tracks.places(),
            at: <[At; THRESHOLDS]>::default(),
        };
        let mut paired: [BTreeMap<(i64, i64), u32>; THRESHOLDS] = <[_; THRESHOLDS]>::default();
        for (people, tracks) in truth.together(tracks) {
            let alike = |p: usize, t: usize| similarity(&people[p], &tracks[t]);
            let pairs = pairing::pairs((people.len(), tracks.len()), |p, t| {
                (fit.get(people[p].id, tracks[t].id) * alike(p, t) * pairing::STEPS) as i64
            });
            for (person, track) in pairs {
                let alike = alike(person, track);
                let names = (people[person].id, tracks[track].id);
                for (threshold, (at, paired)) in counts.at.iter_mut().zip(&mut paired).enumerate() {
                    if alike >= 0.05 * (threshold + 1) as f64 - ROUNDING {
                        at.found += 1.0;
                        at.similarity += alike;
                        *paired.entry(names).or_default() += 1;
                    }
                }
            }
        }
        for (at, paired) in counts.at.iter_mut().zip(&paired) {
            let of_pair = |(&(person, track), &frames): (&(i64, i64), &u32)| {
                let frames = f64::from(frames);
                frames * frames / (fit.either(person, track) - frames)
            };
            at.association = paired.iter().map(of_pair).sum();
        }
        counts
    }

    /// HOTA.
    #[must_use]
    pub fn hota(&self) -> f64 {
        self.mean(|at| (self.detection(at) * association(at)).sqrt())
    }

    /// How well people are found.
    #[must_use]
    pub fn deta(&self) -> f64 {
        self.mean(|at| self.detection(at))
    }

    /// How well they are named.
    #[must_use]
    pub fn assa(&self) -> f64 {
        self.mean(association)
    }

    /// How near the tracks are to those whom they found.
    #[must_use]
    pub fn loca(&self) -> f64 {
        // With nothing found, nothing is off: so the benchmark's own tools have it.
        self.mean(|at| {
            if at.found > 0.0 {
                at.similarity / at.found
            } else {
                1.0
            }
        })
    }

    fn mean(&self, figure: impl Fn(&At) -> f64) -> f64 {
        self.at.iter().map(figure).sum::<f64>() / THRESHOLDS as f64
    }

    fn detection(&self, at: &At) -> f64 {
        // TP + FN + FP.
        let all = (self.truth + self.tracked) as f64 - at.found;
        at.found / all.max(1.0)
    }
}

fn association(at: &At) -> f64 {
    at.association / at.found.max(1.0)
}

impl std::ops::AddAssign for Hota {
    fn add_assign(&mut self, other: Self) {
        self.truth += other.truth;
        self.tracked += other.tracked;
        for (at, other) in self.at.iter_mut().zip(other.at) {
            at.found += other.found;
            at.association += other.association;
            at.similarity += other.similarity;
        }
    }
}

/// How well each person and each track fit over the whole sequence: of the frames that have either
/// of them, the share in which they fit, weighed by how clearly they do.
struct Fit {
    people: BTreeMap<i64, f64>,
    tracks: BTreeMap<i64, f64>,
    both: BTreeMap<(i64, i64), f64>,
}

impl Fit {
    fn of(truth: &Sequence, tracks: &Sequence, similarity: impl Fn(&Place, &Place) -> f64) -> Self {
        let mut fit = Self {
            people: frames(truth),
            tracks: frames(tracks),
            both: BTreeMap::new(),
        };
        for (people, tracks) in truth.together(tracks) {
            let of_people = people
                .iter()
                .map(|p| tracks.iter().map(|t| similarity(p, t)).sum());
            let of_people: Vec<f64> = of_people.collect();
            for track in tracks {
                let of_track: f64 = people.iter().map(|p| similarity(p, track)).sum();
                for (person, of_person) in people.iter().zip(&of_people) {
                    let alike = similarity(person, track);
                    if alike > 0.0 {
                        let all = of_person + of_track - alike;
                        *fit.both.entry((person.id, track.id)).or_default() += alike / all;
                    }
                }
            }
        }
        fit
    }

    fn get(&self, person: i64, track: i64) -> f64 {
        let both = self.both.get(&(person, track)).copied().unwrap_or_default();
        both / (self.either(person, track) - both)
    }

    /// In how many frames the person was, and in how many the track.
    fn either(&self, person: i64, track: i64) -> f64 {
        let frames = |of: &BTreeMap<i64, f64>, id| of.get(&id).copied().unwrap_or_default();
        frames(&self.people, person) + frames(&self.tracks, track)
    }
}

/// In how many frames each is.
fn frames(sequence: &Sequence) -> BTreeMap<i64, f64> {
    let mut frames = BTreeMap::<i64, f64>::new();
    for place in sequence.frames().flat_map(|(_, places)| places) {
        *frames.entry(place.id).or_default() += 1.0;
    }
    frames
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequence::testing::line;

    const HERE: &[(i64, f64)] = &[(1, 0.0)];

    #[test]
    fn h3_two_names_of_half_a_life_each() {
        // By hand: all are found, so DetA = 1; each of the four pairs was one in 2 of 4 frames.
        let truth = line(&[HERE; 4]);
        let [seven, eight]: [&[(i64, f64)]; 2] = [&[(7, 0.0)], &[(8, 0.0)]];
        let counts = Hota::of(&truth, &line(&[seven, seven, eight, eight]), 0.5);
        assert!((counts.deta() - 1.0).abs() < 1e-12);
        assert!((counts.assa() - 0.5).abs() < 1e-12);
        assert!((counts.hota() - 0.5_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn h1_a_track_beside_its_person_counts_up_to_its_similarity() {
        // 0.3 m of 1 m off: similarity 0.7, so 14 of 19 thresholds find everything, 5 nothing.
        let truth = line(&[HERE; 3]);
        let beside: &[(i64, f64)] = &[(7, 0.3)];
        let counts = Hota::of(&truth, &line(&[beside; 3]), 0.5);
        for figure in [counts.hota(), counts.deta(), counts.assa()] {
            assert!((figure - 14.0 / 19.0).abs() < 1e-12, "{figure}");
        }
        assert!((counts.loca() - (14.0 * 0.7 + 5.0) / 19.0).abs() < 1e-12);
    }

    #[test]
    fn h3_misses_and_false_positives_lower_detection_alone() {
        // Found in 2 of 4 frames, and twice nobody: DetA = 2 / 6; the pair was one in 2 of 6.
        let truth = line(&[HERE; 4]);
        let tracks = line(&[&[(7, 0.0)], &[(7, 0.0)], &[(7, 5.0)], &[(7, 5.0)]]);
        let counts = Hota::of(&truth, &tracks, 0.5);
        assert!((counts.deta() - 1.0 / 3.0).abs() < 1e-12);
        assert!((counts.assa() - 1.0 / 3.0).abs() < 1e-12);
        assert!((counts.hota() - 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn h2_who_fits_over_the_whole_sequence_is_preferred_to_who_is_nearer_once() {
        let truth = line(&[HERE; 9]);
        let own: &[(i64, f64)] = &[(7, 0.1)];
        let mut frames = [own; 9];
        frames[4] = &[(7, 0.2), (8, 0.0)];
        let counts = Hota::of(&truth, &line(&frames), 0.5);
        // At the loosest threshold all nine pairs are those of track 7.
        assert!((association(&counts.at[0]) - 1.0).abs() < 1e-12);
    }
}
