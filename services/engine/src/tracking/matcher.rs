//! Which detections of one frame belong to which tracks.
//!
//! Properties:
//!
//! - M1 A track gets at most one detection of a frame, a detection at most one track.
//! - M2 Of all such matchings the most likely one is chosen, against clutter and misses.
//! - M3 No detection goes to a track that it is more than [`GATE_SIGMAS`] away from.
//! - M4 The answer does not depend on the order of tracks and detections; ties go by
//!   (track, position).
//! - M5 Predictions come late. What this camera matched after a prediction was made refines it, so
//!   people who pass close by each other keep their names. Nothing older than [`MATCHES_KEPT_US`] counts.
//! - M6 A stranger whom no track knows yet has first call on their own detections, so nobody hidden beside
//!   them takes these, and goes with them; once they have a track, what was seen of them refines it.
//!
//! Cost of a pair, less that of "missed and clutter": −ln[p N(d; S) / ((1 − p) λ)] with the
//! probability p of being detected, innovation d with covariance S = track + detection, and the
//! density λ of clutter and newcomers in 1/m² (S. Blackman, R. Popoli, *Design and Analysis of
//! Modern Tracking Systems*, 1999, §6.6).

use super::{
    appearance::{dot, inverse_norm},
    assignment::Assignment,
    detection::Detection,
    filter::Filter,
    prediction::Prediction,
    strangers::{Sight, Stranger, strangers},
};
use crate::{evidence::TrackId, geometry::Vec2, layout::Sensors, time::Time};

/// Largest distance of a pair in standard deviations.
const GATE_SIGMAS: f64 = 4.0;

/// How many people no track knows yet are expected in a view.
const NEWCOMERS: f64 = 0.05;

/// Probability that somebody whom a camera missed is missed in its next frame too: misses come in
/// bursts of a few frames. Without it clutter would catch whoever is hidden for a moment.
const MISSED_AGAIN: f64 = 0.75;

/// Time after which somebody who should be in view is probably elsewhere, in seconds. Without it
/// clutter would keep the track of a person who has gone alive.
const GONE_S: f64 = 2.0;

/// Weight of the appearance in nats for a whole cosine, and the cosine that says nothing.
const APPEARANCE_NATS: f64 = 5.0;
const APPEARANCE_NEUTRAL: f64 = 0.6;

/// Who was seen more lately than this is where they are expected, in seconds.
const JUST_SEEN_S: f64 = 0.3;

/// How long matches are remembered, in microseconds: somewhat longer than predictions take.
pub const MATCHES_KEPT_US: i64 = 600_000;

/// What this camera saw.
#[derive(Clone, Copy, Debug)]
struct Match {
    /// `None`: no track explains it.
    track: Option<TrackId>,
    time: Time,
    position: Vec2,
    sigma: f64,
}

/// Matches one camera's frames, which it gets in order.
#[derive(Clone, Debug)]
pub struct Matcher {
    /// Probability that a person in view is detected.
    recall: f64,
    /// Clutter for each person in view.
    clutter_per_person: f64,
    area_m2: f64,
    /// What was seen lately, oldest first, and when the last frame was.
    memory: Vec<Match>,
    last_frame: Time,
    // Scratch: indices in the order of M4, and what the assignment needs.
    tracks: Vec<usize>,
    detections: Vec<usize>,
    /// Inverse lengths of the appearance vectors.
    appearances: Vec<Option<f32>>,
    costs: Vec<f64>,
    assignment: Assignment,
}

/// What a frame told of whom.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matching {
    /// Tracks with the index of their detection, ascending by track.
    pub pairs: Vec<(TrackId, usize)>,
    /// Indices of the detections that no track explains, ascending.
    pub unclaimed: Vec<usize>,
}

impl Matcher {
    /// For a camera with these figures and this much floor in view.
    #[must_use]
    pub fn new(sensors: Sensors, view_area_m2: f64) -> Self {
        let precision = sensors.precision.clamp(0.05, 0.999);
        Self {
            recall: sensors.recall.clamp(0.5, 0.999),
            clutter_per_person: (1.0 - precision) / precision,
            area_m2: view_area_m2.max(1.0),
            memory: Vec::new(),
            last_frame: Time::default(),
            tracks: Vec::new(),
            detections: Vec::new(),
            appearances: Vec::new(),
            costs: Vec::new(),
            assignment: Assignment::default(),
        }
    }

    /// Matches the detections of the frame taken at `time` to the tracks that may be in view.
    #[must_use]
    pub fn match_frame(
        &mut self,
        time: Time,
        predictions: &[Prediction],
        detections: &[Detection],
    ) -> Matching {
        self.forget(time);
        self.sort(predictions, detections);
        self.price(time, predictions, detections);
        let columns = self.assignment.solve(detections.len(), &self.costs);
        let mut matching = Matching::default();
        let mut claimed = vec![false; detections.len()];
        for (&track, column) in self.tracks.iter().zip(columns) {
            if let Some(column) = *column {
                let detection = self.detections[column];
                claimed[detection] = true;
                let track = predictions[track].track;
                matching.pairs.push((track, detection));
            }
        }
        matching.unclaimed = (0..detections.len()).filter(|&i| !claimed[i]).collect();
        self.remember(time, &matching.pairs, detections);
        matching
    }

    /// Takes over how the frame of `time` was matched before, instead of matching it: what follows
    /// then finds the same memory (M5).
    pub fn was_matched(
        &mut self,
        time: Time,
        pairs: &[(TrackId, usize)],
        detections: &[Detection],
    ) {
        self.forget(time);
        self.remember(time, pairs, detections);
    }

    fn remember(&mut self, time: Time, pairs: &[(TrackId, usize)], detections: &[Detection]) {
        let mut tracks = vec![None; detections.len()];
        for &(track, at) in pairs {
            if let Some(explains) = tracks.get_mut(at) {
                *explains = Some(track);
            }
        }
        let seen = |(detection, track): (&Detection, Option<TrackId>)| Match {
            track,
            time,
            position: detection.position,
            sigma: detection.sigma,
        };
        self.memory.extend(detections.iter().zip(tracks).map(seen));
        self.last_frame = time;
    }

    fn forget(&mut self, time: Time) {
        let oldest = time.plus_us(-MATCHES_KEPT_US);
        self.memory.retain(|m| oldest <= m.time && m.time < time);
    }

    /// Fixes the order in which ties are broken (M4).
    fn sort(&mut self, predictions: &[Prediction], detections: &[Detection]) {
        self.tracks.clear();
        self.tracks.extend(0..predictions.len());
        self.tracks.sort_by_key(|&i| predictions[i].track);
        self.detections.clear();
        self.detections.extend(0..detections.len());
        self.detections.sort_by(|&a, &b| {
            let (a, b) = (detections[a].position, detections[b].position);
            a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y))
        });
    }

    fn price(&mut self, time: Time, predictions: &[Prediction], detections: &[Detection]) {
        self.appearances.clear();
        let lengths = detections.iter().map(|d| inverse_norm(&d.appearance));
        self.appearances.extend(lengths);
        let people = predictions.len().max(1) as f64;
        let density = (people * self.clutter_per_person + NEWCOMERS) / self.area_m2;
        self.costs.clear();
        let mut strangers = self.strangers();
        for &track in &self.tracks {
            let prediction = &predictions[track];
            let own = self.taken_over(prediction, &mut strangers);
            let (state, unseen_s) = refined(prediction, &self.memory, own.as_ref(), time);
            let found = self.found(prediction.track) * (-unseen_s / GONE_S).exp();
            let otherwise = density * (1.0 - found) / found;
            for &index in &self.detections {
                let detection = &detections[index];
                let cost = pair_cost(&state, detection, otherwise).map_or(f64::INFINITY, |cost| {
                    let seen = (&*detection.appearance, self.appearances[index]);
                    cost - appearance_gain(prediction, seen)
                });
                self.costs.push(cost);
            }
        }
        // A stranger's own detections are the stranger's.
        for stranger in &strangers {
            let found = stranger.found(self.last_frame, MISSED_AGAIN);
            let (state, otherwise) = (stranger.at(time), density * (1.0 - found) / found);
            let cost = |&index: &usize| {
                pair_cost(&state, &detections[index], otherwise).unwrap_or(f64::INFINITY)
            };
            self.costs.extend(self.detections.iter().map(cost));
        }
    }

    fn strangers(&self) -> Vec<Stranger> {
        let sights: Vec<Sight> = self
            .memory
            .iter()
            .map(|m| Sight {
                time: m.time,
                position: m.position,
                sigma: m.sigma,
                explained: m.track.is_some(),
            })
            .collect();
        strangers(&sights)
    }

    /// The stranger who has this track now: it is known here for the first time, where they are.
    fn taken_over(
        &self,
        prediction: &Prediction,
        strangers: &mut Vec<Stranger>,
    ) -> Option<Stranger> {
        let known = self
            .memory
            .iter()
            .any(|m| m.track == Some(prediction.track));
        if known || prediction.unseen_s > JUST_SEEN_S {
            return None;
        }
        let near = strangers.iter().enumerate().filter_map(|(n, stranger)| {
            let (here, there) = (prediction.at(self.last_frame), stranger.at(self.last_frame));
            let off = here.position - there.position;
            let square = off.dot(off) / (here.variance() + there.variance());
            (square <= GATE_SIGMAS * GATE_SIGMAS).then_some((square, n))
        });
        let nearest = near.min_by(|a, b| a.0.total_cmp(&b.0));
        nearest.map(|(_, n)| strangers.remove(n))
    }

    /// Probability that the camera finds a track that is in view, by whether it did so in the last
    /// frame; over all frames this comes to the recall.
    fn found(&self, track: TrackId) -> f64 {
        let just_found = |m: &Match| m.track == Some(track) && m.time == self.last_frame;
        if self.memory.iter().rev().any(just_found) {
            1.0 - (1.0 - self.recall) * (1.0 - MISSED_AGAIN) / self.recall
        } else {
            1.0 - MISSED_AGAIN
        }
    }
}

/// Where a track is at `time` and for how long nobody had seen it (M5); `before` is who it was until it
/// had a name.
fn refined(
    prediction: &Prediction,
    memory: &[Match],
    before: Option<&Stranger>,
    time: Time,
) -> (Filter, f64) {
    let (mut state, mut at, mut unseen_s) =
        (prediction.state, prediction.time, prediction.unseen_s);
    let own = memory.iter().filter(|m| m.track == Some(prediction.track));
    let own = own.map(|m| (m.time, m.position, m.sigma));
    let before = before.map_or(&[][..], Stranger::sights).iter();
    let before = before.map(|sight| (sight.time, sight.position, sight.sigma));
    for (found, position, sigma) in before.chain(own).filter(|m| m.0 > prediction.time) {
        state = state.after(found.since(at), unseen_s);
        state.correct(position, sigma);
        (at, unseen_s) = (found, 0.0);
    }
    (state.after(time.since(at), unseen_s), unseen_s)
}

/// −ln of the pair's likelihood against `otherwise`; `None` outside the gate.
fn pair_cost(state: &Filter, detection: &Detection, otherwise: f64) -> Option<f64> {
    let innovation = detection.position - state.position;
    let variance = state.variance() + detection.sigma * detection.sigma;
    let square = innovation.dot(innovation) / variance;
    (square <= GATE_SIGMAS * GATE_SIGMAS)
        .then(|| 0.5 * square + (std::f64::consts::TAU * variance * otherwise).ln())
}

/// What looking alike adds to a pair; nothing when either has no looks.
fn appearance_gain(prediction: &Prediction, (seen, scale): (&[f32], Option<f32>)) -> f64 {
    match (prediction.appearance.as_deref(), scale) {
        (Some(known), Some(scale)) if known.len() == seen.len() => {
            let cosine = f64::from(dot(known, seen) * scale);
            APPEARANCE_NATS * (cosine - APPEARANCE_NEUTRAL)
        }
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tracking::{
        Track,
        testing::{newborn, seen, standing},
    };

    fn matcher() -> Matcher {
        Matcher::new(Sensors::default(), 30.0)
    }

    const NOW: Time = Time(1_250_000);

    proptest! {
        #[test]
        fn m1_m3_m4_one_to_one_near_and_in_any_order(
            places in prop::collection::vec((0.0..2.0f64, 0.0..2.0f64), 0..5),
            found in prop::collection::vec((0.0..2.0f64, 0.0..2.0f64), 0..6),
        ) {
            let mut tracks: Vec<Prediction> = (1..)
                .zip(places)
                .map(|(id, (x, y))| standing(id, x, y).prediction())
                .collect();
            let mut detections: Vec<Detection> = found.into_iter().map(|(x, y)| seen(x, y)).collect();
            let matching = matcher().match_frame(NOW, &tracks, &detections);
            prop_assert!(matching.pairs.is_sorted_by(|a, b| a.0 < b.0));
            let mut all: Vec<usize> = matching.pairs.iter().map(|pair| pair.1).collect();
            all.extend(&matching.unclaimed);
            all.sort_unstable();
            prop_assert_eq!(all, (0..detections.len()).collect::<Vec<_>>());
            for (track, detection) in &matching.pairs {
                let track = tracks.iter().find(|p| p.track == *track).unwrap();
                let distance = track.at(NOW).position.distance(detections[*detection].position);
                prop_assert!(distance < 1.2, "{distance}");
            }
            tracks.reverse();
            detections.reverse();
            let mut turned = matcher().match_frame(NOW, &tracks, &detections);
            let last = detections.len().wrapping_sub(1);
            turned.pairs.iter_mut().for_each(|pair| pair.1 = last - pair.1);
            prop_assert_eq!(matching.pairs, turned.pairs);
        }
    }

    #[test]
    fn m2_the_most_likely_of_all_not_the_nearest_first() {
        // The first detection is nearest to track 2, which alone explains the second.
        let tracks = [standing(1, 0.0, 0.0), standing(2, 0.5, 0.0)].map(|t| t.prediction());
        let detections = [seen(0.3, 0.0), seen(0.8, 0.0)];
        let matching = matcher().match_frame(NOW, &tracks, &detections);
        assert_eq!(matching.pairs, [(TrackId(1), 0), (TrackId(2), 1)]);
    }

    #[test]
    fn m5_own_matches_refine_a_late_prediction() {
        // Somebody sets off at 1.2 m/s; one prediction for six frames.
        let track = [standing(1, 0.0, 0.0).prediction()];
        let mut matcher = matcher();
        for frame in 1..=6 {
            let time = Time(1_000_000 + frame * 100_000);
            let walked = seen(0.12 * frame as f64, 0.0);
            let matching = matcher.match_frame(time, &track, &[walked]);
            assert_eq!(matching.unclaimed, [0; 0], "frame {frame}");
        }
    }

    #[test]
    fn m6_who_is_hidden_does_not_go_with_a_newcomer_beside_them() {
        let track = [standing(1, 0.0, 0.0).prediction()];
        let mut matcher = matcher();
        let mut found = Vec::new();
        for frame in 1..=4 {
            let time = Time(1_000_000 + frame * 100_000);
            let newcomer = seen(0.45, 0.1 * frame as f64 - 0.3);
            let own = (frame <= 2).then(|| seen(0.0, 0.0));
            let both: Vec<Detection> = std::iter::once(newcomer).chain(own).collect();
            found.push(matcher.match_frame(time, &track, &both).pairs.len());
        }
        assert_eq!(found, [1, 1, 0, 0]);
    }

    #[test]
    fn m6_who_was_a_stranger_until_now_has_their_own_track_at_once() {
        let walked = |time: Time| seen(1.4e-6 * (time.0 - 1_000_000) as f64, 0.0);
        let mut matcher = matcher();
        for frame in 0..10 {
            let time = Time(500_000 + frame * 100_000);
            let stranger = matcher.match_frame(time, &[], &[walked(time)]);
            assert_eq!(stranger.unclaimed, [0]);
        }
        // Born at 1.1 s, known here half a second later.
        let at = walked(Time(1_100_000)).position;
        let mut born = newborn(1, Time(1_100_000), at.x, at.y);
        born.velocity = Vec2::new(1.2, 0.0);
        let track = [Track::born(&born).prediction()];
        for frame in 0..4 {
            let time = Time(1_500_000 + frame * 100_000);
            let matching = matcher.match_frame(time, &track, &[walked(time)]);
            assert_eq!(matching.unclaimed, [0; 0], "frame {frame}");
        }
    }

    #[test]
    fn m5_what_was_matched_before_is_remembered_like_what_is_matched_now() {
        let track = [standing(1, 0.0, 0.0).prediction()];
        let walked = |frame: i64| seen(0.12 * frame as f64, 0.0);
        let time = |frame: i64| Time(1_000_000 + frame * 100_000);
        let (mut first, mut again) = (matcher(), matcher());
        for frame in 1..=5 {
            let matching = first.match_frame(time(frame), &track, &[walked(frame)]);
            again.was_matched(time(frame), &matching.pairs, &[walked(frame)]);
        }
        assert!(!first.memory.is_empty());
        assert_eq!(format!("{:?}", first.memory), format!("{:?}", again.memory));
        assert_eq!(first.last_frame, again.last_frame);
    }
}
