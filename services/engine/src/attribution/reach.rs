//! Who could reach a place, over the whole time of its unrest.
//!
//! The figure is a log-likelihood ratio: how much better the path and the hands fit somebody who
//! reached in than somebody who happened to be near. The nearest approach within the interval counts,
//! since the hand is there at one moment of it only.

use crate::{
    evidence::{PathPoint, TrackEvidence, TrackId},
    geometry::{Vec2, Vec3},
    layout::Plate,
    time::Time,
};

use super::{Part, Settings, weight::log_sum_exp};

/// Where something moved, and when.
pub(super) struct Target {
    /// Centre of the box into which the hand went, on the board.
    pub(super) centre: Vec3,
    /// Unit vector towards the people.
    pub(super) outward: Vec2,
    /// Half of the box's width along the shelf.
    pub(super) half_width: f64,
    /// Half of its depth.
    pub(super) half_depth: f64,
    /// First unrest.
    pub(super) start: Time,
    /// Last rest.
    pub(super) end: Time,
}

/// A body moves little in this time: its path may begin or end that far from the unrest.
const BODY_SLACK_US: i64 = 300_000;
/// Paths come once a round, so a hand's visit may fall between two points.
const HAND_SLACK_US: i64 = 150_000;
/// How sharply arms at rest and arms that reach differ: errors of wrist and body, and their sizes.
const REST_SPREAD_M: f64 = 0.03;
/// Space above the board in which a hand grasps.
const BOX_HEIGHT_M: f64 = 0.25;
/// People stand this far from the shelf's edge when they reach in.
const ARMS_LENGTH_M: (f64, f64) = (0.1, 0.65);
/// Points in a row are no farther apart: older ones are a second apart, and a hand may be anywhere between.
const RUN_S: f64 = 0.25;
/// A hand that is not seen in the box for so long has left it: longer than from one second's moment to
/// the next one's.
const GAP_S: f64 = 2.0;
/// Slow hands take so long.
const LONG_S: f64 = 5.0;
/// Somebody may take after all what they held for long.
const LEAST_STAY: f64 = -4.0;
/// Nothing says more than this against anybody: clocks, swaps of identity, throws.
const LEAST: f64 = -12.0;

impl Target {
    /// The place on some plates of a shelf at which the weight moved most.
    pub(super) fn of<'a>(
        plates: impl Iterator<Item = (&'a Plate, f64)>,
        start: Time,
        end: Time,
    ) -> Option<Self> {
        let mut target: Option<Self> = None;
        let (mut sum, mut all) = (Vec3::default(), 0.0);
        for (plate, moved_g) in plates {
            let share = moved_g.abs().max(0.1);
            sum.x += plate.centre.x * share;
            sum.y += plate.centre.y * share;
            sum.z += plate.centre.z * share;
            all += share;
            target = Some(Self {
                centre: Vec3::new(sum.x / all, sum.y / all, sum.z / all),
                outward: plate.outward,
                half_width: plate.width * 0.5,
                half_depth: plate.depth * 0.5,
                start,
                end,
            });
        }
        target
    }

    /// Distance of a point from the box above the place; 0 inside.
    fn distance(&self, point: Vec3) -> f64 {
        let from = point.floor() - self.centre.floor();
        let along = (from.cross(self.outward).abs() - self.half_width).max(0.0);
        let out = from.dot(self.outward);
        let deep = (-self.half_depth - out).max(out - self.half_depth).max(0.0);
        let up = point.z - self.centre.z;
        let high = (-up).max(up - BOX_HEIGHT_M).max(0.0);
        (along * along + deep * deep + high * high).sqrt()
    }
}

/// How a party's people reached a place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arms {
    /// The track that reached best, the first of equals.
    pub track: TrackId,
    /// For each hand of each track, in order: log-likelihood ratio that it was this hand.
    pub hands: Vec<f64>,
}

/// Log-likelihood ratio that one of a party's tracks, of which there is at least one, reached the target;
/// and how.
pub(super) fn reach(
    tracks: &[&TrackEvidence],
    target: &Target,
    settings: &Settings,
) -> (f64, Arms) {
    let mut arms = Arms::default();
    let mut each: Vec<f64> = Vec::with_capacity(tracks.len());
    for track in tracks {
        let body = body(&track.path, target, settings);
        let hands = hands(&track.path, target, settings);
        let best = hands.into_iter().flatten().reduce(f64::max);
        let reach = best.map_or(body, |fit| grasp(fit, body, settings));
        if each.iter().all(|other| reach.max(LEAST) > *other) {
            arms.track = track.track;
        }
        each.push(reach.max(LEAST));
        let ratio = |fit: Option<f64>| fit.map_or(LEAST, |fit| grasp(fit, body, settings));
        arms.hands.extend(hands.map(ratio));
    }
    (log_sum_exp(each.iter().copied()), arms)
}

/// Log-likelihood ratio that a party reached two places at once, each with a hand of its own.
pub(super) fn with_two_hands(one: &Arms, other: &Arms) -> f64 {
    let mut best = f64::NEG_INFINITY;
    for (a, x) in one.hands.iter().enumerate() {
        for (b, y) in other.hands.iter().enumerate() {
            if a != b {
                best = best.max(x + y);
            }
        }
    }
    best
}

fn within<'a>(
    path: &'a [PathPoint],
    target: &Target,
    slack: i64,
    settings: &Settings,
) -> impl Iterator<Item = &'a PathPoint> + use<'a> {
    let start = if settings.uses(Part::Interval) {
        target.start
    } else {
        target.end
    };
    let (from, to) = (start.plus_us(-slack), target.end.plus_us(slack));
    path.iter().filter(move |p| p.time >= from && p.time <= to)
}

/// The best fit of where the body stands: in front of the place, give or take, and at arm's length
/// from the shelf's edge. Normal beyond that, with the spread of where people stand and of the track.
fn body(path: &[PathPoint], target: &Target, settings: &Settings) -> f64 {
    if !settings.uses(Part::Bodies) {
        return 0.0;
    }
    let fit = |p: &PathPoint| {
        let from = p.position - target.centre.floor();
        let beside = from.cross(target.outward);
        let before = from.dot(target.outward) - target.half_depth;
        let (near, far) = ARMS_LENGTH_M;
        let off = (near - before).max(before - far).max(0.0);
        let stand = settings.stand_m * settings.stand_m;
        let variance = stand + p.sigma * p.sigma;
        -0.5 * (beside * beside + off * off) / variance + (stand / variance).ln()
    };
    within(path, target, BODY_SLACK_US, settings)
        .map(fit)
        .fold(LEAST, f64::max)
}

/// A hand that fits so well. Wherever its body stood, it was there; where the body stood counts only
/// for the other hand, if that was never seen.
fn grasp(fit: f64, body: f64, settings: &Settings) -> f64 {
    let peak = (2.0 / std::f64::consts::PI).sqrt() / settings.hand_m;
    let taking = peak * fit.exp() / settings.idle_hand;
    ((1.0 - settings.hidden_hand) * taking + settings.hidden_hand * body.exp()).ln()
}

/// How well the best moment of each hand fits a grasp, as a log of at most 0: how near it came, its
/// position averaged over up to three points in a row, and whether the arm was stretched. `None` when
/// it was not seen.
fn hands(path: &[PathPoint], target: &Target, settings: &Settings) -> [Option<f64>; 2] {
    if !settings.uses(Part::Hands) {
        return [None; 2];
    }
    [0, 1].map(|hand| {
        let (mut run, mut last): ([Option<Vec3>; 3], Option<Time>) = ([None; 3], None);
        let (mut nearest, mut stay): (Option<f64>, Stay) = (None, Stay::default());
        for point in within(path, target, HAND_SLACK_US, settings) {
            // A gap ends the run; the first points of one stand alone.
            let follows = last.is_some_and(|last| point.time.since(last) < RUN_S);
            last = Some(point.time);
            if !follows || point.wrists[hand].is_none() {
                run = [None; 3];
            }
            run.rotate_left(1);
            run[2] = point.wrists[hand];
            if let Some(wrist) = mean(&run) {
                let distance = target.distance(wrist);
                let z = distance / settings.hand_m;
                let arm = wrist.floor().distance(point.position);
                let fit = -0.5 * z * z + stretched(arm, settings);
                nearest = Some(nearest.map_or(fit, |most| most.max(fit)));
                if distance < settings.hand_m {
                    stay.note(point.time);
                }
            }
        }
        nearest.map(|fit| fit + stay.fit(settings))
    })
}

/// For how long a hand was in the box at a stretch, the longest time.
#[derive(Default)]
struct Stay {
    since: Option<(Time, Time)>,
    longest_s: f64,
}

impl Stay {
    fn note(&mut self, now: Time) {
        let goes_on = self.since.filter(|(_, last)| now.since(*last) < GAP_S);
        let began = goes_on.map_or(now, |(began, _)| began);
        self.since = Some((began, now));
        self.longest_s = self.longest_s.max(now.since(began));
    }

    /// Log chance that a hand which moves goods stays for so long: the longer, the more likely it only
    /// leans or holds.
    fn fit(&self, settings: &Settings) -> f64 {
        (-(self.longest_s - LONG_S).max(0.0) / settings.stays_s).max(LEAST_STAY)
    }
}

/// Log chance that an arm which reaches is as short as this, in metres: at rest a wrist hangs beside
/// its body, and who stands close to a shelf has it in front of the goods all the time.
fn stretched(arm: f64, settings: &Settings) -> f64 {
    -(-(arm - settings.rest_m) / REST_SPREAD_M).exp().ln_1p()
}

fn mean(points: &[Option<Vec3>]) -> Option<Vec3> {
    let (mut sum, mut count) = (Vec3::default(), 0.0);
    for &point in points.iter().flatten() {
        sum = sum + point;
        count += 1.0;
    }
    (count > 0.0).then(|| sum * (1.0 / count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::PartyId;

    fn target() -> Target {
        Target {
            centre: Vec3::new(0.0, 0.0, 1.0),
            outward: Vec2::new(0.0, -1.0),
            half_width: 0.05,
            half_depth: 0.2,
            start: Time(0),
            end: Time(1_000_000),
        }
    }

    fn track(at: Vec2, wrist: impl Fn(i64) -> Option<Vec3>) -> TrackEvidence {
        let point = |i: i64| PathPoint {
            time: Time(i * 100_000),
            position: at,
            sigma: 0.05,
            wrists: [wrist(i), None],
            seen: true,
        };
        TrackEvidence {
            track: TrackId(1),
            party: PartyId(1),
            path: (0..10).map(point).collect(),
            sightings: Vec::new(),
        }
    }

    #[test]
    fn a_hand_in_the_box_at_any_moment_outweighs_a_nearer_body() {
        let settings = Settings::default();
        let far = track(Vec2::new(0.5, -0.7), |i| {
            (i == 4).then_some(Vec3::new(0.02, -0.1, 1.1))
        });
        let near = track(Vec2::new(0.0, -0.5), |_| Some(Vec3::new(0.1, -0.6, 1.1)));
        let [far, near] = [&far, &near].map(|t| reach(&[t], &target(), &settings).0);
        assert!(far - near > 4.0, "{far} {near}");
    }

    #[test]
    fn without_hands_the_nearer_body_is_likelier_and_a_distant_one_nearly_excluded() {
        let settings = Settings::default();
        let [near, far, away] = [0.7, 1.2, 3.0].map(|y| {
            let track = track(Vec2::new(0.0, -y), |_| None);
            reach(&[&track], &target(), &settings).0
        });
        assert!(near > far && far > away + 4.0, "{near} {far} {away}");
    }
}
