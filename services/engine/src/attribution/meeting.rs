//! What the paths of two whose hands met say: whether anything was handed over, and by whom.

use crate::{evidence::PathPoint, geometry::Vec3, time::Time};

use super::Settings;

/// Who walks farther than the other by so much has come, in metres.
const CAME_M: f64 = 0.4;
/// A hand so near to where the hands met is there, in metres.
const THERE_M: f64 = 0.18;
/// However early a hand was there, or however long, it proves no more than this.
const MOST_ODDS: f64 = 4.0;
/// In so many rounds hands that hand something over are seen where they met.
const USUAL_ROUNDS: f64 = 4.0;
/// Who moves no more than this stands, in metres and metres a second.
const STOOD_M: f64 = 0.1;
const STOOD_M_S: f64 = 0.3;

/// Log odds that their meeting adds to its being a hand-over: by how long their hands met, and whether
/// both stood. `None` when their hands were never seen together.
pub(super) fn handed_over(a: &[PathPoint], b: &[PathPoint], settings: &Settings) -> Option<f64> {
    let place = met_at(a, b)?;
    let rounds = rounds_at(a, b, place) - USUAL_ROUNDS;
    let longer = (settings.longer * rounds).clamp(-MOST_ODDS, MOST_ODDS);
    let stand = stood(a, place) && stood(b, place);
    Some(longer + if stand { 0.0 } else { settings.passing })
}

/// Log odds that it is the first who gives.
pub(super) fn first_gives(a: &[PathPoint], b: &[PathPoint], settings: &Settings) -> f64 {
    came(a, b, settings) + offered(a, b, settings)
}

/// In how many rounds hands of both were seen where they met.
fn rounds_at(a: &[PathPoint], b: &[PathPoint], place: Vec3) -> f64 {
    let both = a.iter().filter(|one| {
        let other = b.iter().find(|other| other.time == one.time);
        is_at(one, place) && other.is_some_and(|other| is_at(other, place))
    });
    both.count() as f64
}

/// Whether somebody stood while their hand was at a place.
fn stood(path: &[PathPoint], place: Vec3) -> bool {
    let mut there = path.iter().filter(|point| is_at(point, place));
    let ends = there
        .next()
        .map(|first| (first, there.next_back().unwrap_or(first)));
    ends.is_some_and(|(first, last)| {
        let seconds = last.time.since(first.time).max(0.1);
        first.position.distance(last.position) <= STOOD_M + STOOD_M_S * seconds
    })
}

fn is_at(point: &PathPoint, place: Vec3) -> bool {
    let mut wrists = point.wrists.iter().flatten();
    wrists.any(|wrist| wrist.distance(place) < THERE_M)
}

/// Log odds that the first gives, by who walked to whom.
fn came(a: &[PathPoint], b: &[PathPoint], settings: &Settings) -> f64 {
    let farther = walked(a) - walked(b);
    let odds = (settings.comes / (1.0 - settings.comes)).ln();
    odds * (farther / CAME_M).clamp(-1.0, 1.0)
}

/// How far a path goes, in metres, as the crow flies.
fn walked(path: &[PathPoint]) -> f64 {
    let ends = path.first().zip(path.last());
    ends.map_or(0.0, |(from, to)| from.position.distance(to.position))
}

/// Log odds that the first gives, by whose hand was first where the hands met. The time between the two
/// is normal, with one mean or with its opposite.
fn offered(a: &[PathPoint], b: &[PathPoint], settings: &Settings) -> f64 {
    let Some(place) = met_at(a, b) else {
        return 0.0;
    };
    let Some((first, second)) = since(a, place).zip(since(b, place)) else {
        return 0.0;
    };
    let earlier = second.since(first);
    let variance = settings.reply_sigma_s * settings.reply_sigma_s;
    (2.0 * settings.reply_s * earlier / variance).clamp(-MOST_ODDS, MOST_ODDS)
}

/// Where the hands came nearest to one another.
fn met_at(a: &[PathPoint], b: &[PathPoint]) -> Option<Vec3> {
    let mut nearest: Option<(f64, Vec3)> = None;
    for one in a {
        for other in b.iter().filter(|other| other.time == one.time) {
            for x in one.wrists.iter().flatten() {
                for y in other.wrists.iter().flatten() {
                    let apart = x.distance(*y);
                    if nearest.is_none_or(|known| apart < known.0) {
                        nearest = Some((apart, (*x + *y) * 0.5));
                    }
                }
            }
        }
    }
    nearest.map(|near| near.1)
}

/// Since when a hand is at a place, at the end of a path.
fn since(path: &[PathPoint], place: Vec3) -> Option<Time> {
    let is_there = |point: &&PathPoint| is_at(point, place);
    let gone = |point: &&PathPoint| point.wrists.iter().all(Option::is_some) && !is_there(point);
    let left = path.iter().rev().skip_while(|p| !is_there(p)).find(gone);
    let after = left.map_or(Time(i64::MIN), |point| point.time);
    path.iter()
        .filter(|point| point.time > after)
        .find(is_there)
        .map(|point| point.time)
}
