//! How well what was seen of somebody fits a hand at a place.

use amble_engine::{
    evidence::{PathPoint, TrackEvidence},
    geometry::{Vec2, Vec3},
    layout::Plate,
    time::Time,
};

/// How far a wrist is from the middle of what its hand grasps, in metres: along the shelf, and its
/// height over the board.
const GRASP_M: f64 = 0.05;
const OVER_M: f64 = 0.12;
/// How far people stand to the side of what they take (standard deviation), in metres.
const STAND_M: f64 = 0.35;
/// How early and late a hand may have been there, in microseconds.
const SLACK_US: i64 = 150_000;
/// Nothing says more than this against anybody.
const LEAST: f64 = -14.0;
/// Log-likelihood ratio of a hand where it should be, beside one that happens to be there.
const PROVES: f64 = 4.0;

/// Log-likelihood ratio that one of these tracks had a hand at the plates, beside having none there.
pub(super) fn reach(
    tracks: &[&TrackEvidence],
    plates: &[&Plate],
    times: (Time, Time),
    wrist_sigma_m: f64,
) -> f64 {
    let each = tracks
        .iter()
        .map(|track| of_path(&track.path, plates, times, wrist_sigma_m));
    each.fold(LEAST, f64::max)
}

fn of_path(path: &[PathPoint], plates: &[&Plate], (start, end): (Time, Time), sigma: f64) -> f64 {
    let (from, to) = (start.plus_us(-SLACK_US), end.plus_us(SLACK_US));
    let within = || path.iter().filter(move |p| p.time >= from && p.time <= to);
    let variance = sigma * sigma + GRASP_M * GRASP_M;
    let wrists = within().flat_map(|point| point.wrists.into_iter().flatten());
    let nearest = wrists.map(|wrist| distance(wrist, plates));
    match nearest.reduce(f64::min) {
        Some(near) => (PROVES - 0.5 * near * near / variance).max(LEAST),
        None => {
            let fit = |point: &PathPoint| {
                let fits = plates.iter().map(|plate| {
                    let beside = (point.position - plate.centre.floor()).cross(plate.outward);
                    -0.5 * beside * beside / (STAND_M * STAND_M)
                });
                fits.fold(LEAST, f64::max)
            };
            within().map(fit).fold(LEAST, f64::max)
        }
    }
}

/// How far a wrist is from the nearest of some plates' boxes.
fn distance(wrist: Vec3, plates: &[&Plate]) -> f64 {
    let each = plates.iter().map(|plate| {
        let from: Vec2 = wrist.floor() - plate.centre.floor();
        let along = (from.cross(plate.outward).abs() - plate.width * 0.5).max(0.0);
        let out = (from.dot(plate.outward).abs() - plate.depth * 0.5).max(0.0);
        let up = ((wrist.z - plate.centre.z - OVER_M).abs() - OVER_M).max(0.0);
        (along * along + out * out + up * up).sqrt()
    });
    each.fold(f64::INFINITY, f64::min)
}

/// Log odds that the first of two whose hands met was there first, as who gives is.
pub(super) fn first_there(a: &[PathPoint], b: &[PathPoint]) -> f64 {
    let place = b.iter().filter_map(|other| {
        let one = a.iter().find(|one| one.time == other.time)?;
        let pairs = one.wrists.iter().flatten().flat_map(|x| {
            let others = other.wrists.iter().flatten();
            others.map(move |y| (x.distance(*y), (*x + *y) * 0.5))
        });
        pairs.min_by(|x, y| x.0.total_cmp(&y.0))
    });
    let Some((_, place)) = place.min_by(|x, y| x.0.total_cmp(&y.0)) else {
        return 0.0;
    };
    // For how many rounds each hand is seen there.
    let rounds = |path: &[PathPoint]| {
        let there = path.iter().filter(|point| {
            let mut wrists = point.wrists.iter().flatten();
            wrists.any(|wrist| wrist.distance(place) < 0.2)
        });
        there.count() as f64
    };
    (rounds(a) - rounds(b)).clamp(-4.0, 4.0)
}
