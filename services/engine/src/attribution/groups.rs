//! Which goods may have moved on one span of plates, by weight and place alone.
//!
//! A group is one product in some quantity, or two products (or the same one in two pairs of hands)
//! whose weights add up on the same plates. Where a plate of the product's place tells nothing, any part
//! of the weight may be on it, all parts equally likely.
//!
//! What was put back is known better than by its kind: it was weighed there, plate by plate, and lies as it
//! lay until it is taken. In a wrong place it is all that can be taken of it; where it belongs, it stands in
//! front of its like.

use crate::layout::{PlateIx, ProductIx};

use super::{
    Part as Source,
    explain::Problem,
    scene::{Reading, Span},
    state::{Stack, StackKey},
    weight::{against, fit, log_sum_exp, split},
};

/// Goods that moved at one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part {
    /// The place.
    pub(super) key: StackKey,
    /// Positive when taken, negative when put back.
    pub(super) quantity: i32,
    /// Log prior of this product in this quantity moving at this place in this sense.
    pub(super) prior: f64,
    /// Whether this is where the product belongs.
    pub(super) home: bool,
}

/// Goods that explain one span together; none when nothing was taken or put back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Group {
    /// The goods.
    pub(super) parts: [Option<Part>; 2],
    /// Log density of the span's steps, given the goods.
    pub(super) weight: f64,
}

/// Something that may have moved, by the unit.
struct Candidate<'a> {
    key: StackKey,
    unit_g: f64,
    unit_variance: f64,
    /// 1 when it is taken, −1 when it is put back.
    sense: i32,
    prior: f64,
    home: bool,
    /// Whether a plate of its place tells nothing.
    silent: bool,
    /// What was put there lately, as it was put.
    lain: Option<&'a [Reading]>,
    /// Chance that it is just this which is taken, as it lay.
    lies: f64,
}

/// Units of one product that a pair of hands moves at once, at most.
const MOST_UNITS: i32 = 8;
/// The same when two kinds are mixed on the same plates.
const MOST_MIXED: i32 = 2;
/// Residuals beyond this many standard deviations are not looked at; the tail of [`fit`] reaches it.
const SIGMAS: f64 = 6.0;
/// Groups of one span that are worth asking who moved them.
const MOST_GROUPS: usize = 16;
/// Reach and sight may lift a pair by as much beside the best group of its span.
const MARGIN: f64 = 14.0;
/// Two places whose unrest does not overlap are rarely moved by one unit.
const APART: f64 = -4.0;
/// Chance that what was put into a wrong place was moved about since.
const MOVED: f64 = 0.1;
/// Chance that what was put back where it belongs stands in front and is taken next.
const FRONT: f64 = 0.5;
/// Chance that the hand which rested on some plates has left them, all at once.
const RESTED: f64 = 0.5;
/// Steps by which a product may be shifted along a shelf, all equally likely.
const SHIFT_RANGE_G: f64 = 1_000.0;

/// The groups of a span, the most probable first. Never empty.
pub(super) fn groups(problem: &Problem<'_>, span: &Span) -> Vec<Group> {
    let candidates = candidates(problem, span);
    let mut groups = Vec::new();
    for candidate in &candidates {
        singles(problem, span, candidate, &mut groups);
        if candidate.silent {
            partly(problem, span, candidate, &mut groups);
        }
    }
    pairs(problem, span, &candidates, &mut groups);
    groups.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
    groups.truncate(MOST_GROUPS);
    groups.extend(nothing(problem, span).into_iter().map(|weight| Group {
        parts: [None; 2],
        weight,
    }));
    groups
}

fn rank(group: &Group) -> f64 {
    group.weight + group.parts.iter().flatten().map(|p| p.prior).sum::<f64>()
}

fn candidates<'a>(problem: &Problem<'a>, span: &Span) -> Vec<Candidate<'a>> {
    let settings = problem.settings;
    let stacks = &problem.view.stacks;
    let plates = || plates(problem, span);
    let near: Vec<f64> = stacks
        .iter()
        .map(|s| {
            if !settings.uses(Source::Place) {
                return 1.0;
            }
            let off = plates().map(|p| off(s, p)).max().unwrap_or(0);
            settings
                .off_plate
                .powi(i32::try_from(off).unwrap_or(i32::MAX))
                .max(settings.elsewhere)
        })
        .collect();
    let stands = |s: &Stack| {
        if s.units > 0 {
            1.0
        } else if s.planned {
            settings.empty
        } else {
            0.0
        }
    };
    let all: f64 = stacks.iter().zip(&near).map(|(s, n)| stands(s) * n).sum();
    let mut candidates = Vec::new();
    let silent = |stack: &Stack| {
        stack
            .plates
            .iter()
            .any(|p| problem.scene.silent.contains(p))
    };
    let mut add = |key: StackKey, planned: bool, sense, prior: f64, home, silent| {
        if let Some(product) = problem.products.get(key.product.at())
            && product.unit_weight_g > 0.0
            && prior > 0.0
        {
            candidates.push(Candidate {
                key,
                unit_g: product.unit_weight_g,
                unit_variance: product.weight_sigma_g * product.weight_sigma_g,
                sense,
                prior: prior.ln(),
                home,
                silent,
                lain: (sense > 0)
                    .then(|| lain(problem, span, &key, planned))
                    .flatten(),
                lies: if planned { FRONT } else { 1.0 - MOVED },
            });
        }
    };
    for (stack, near) in stacks.iter().zip(&near) {
        let share = stands(stack) * near / all;
        let prior = (1.0 - settings.return_share) * share;
        add(stack.key, stack.planned, 1, prior, true, silent(stack));
    }
    for product in returnable(problem) {
        let home = stacks
            .iter()
            .zip(&near)
            .filter(|(s, near)| s.key.product == product && **near > settings.wrong_place)
            .max_by(|a, b| a.1.total_cmp(b.1));
        let (first, last) = (plates().min(), plates().max());
        if let Some((stack, near)) = home {
            let prior = settings.return_share * near;
            add(
                stack.key,
                stack.planned,
                -1,
                prior,
                stack.planned,
                silent(stack),
            );
        } else if let (Some(first), Some(last)) = (first, last) {
            let key = StackKey {
                product,
                first,
                last,
            };
            let prior = settings.return_share * settings.wrong_place;
            add(key, false, -1, prior, false, false);
        }
    }
    candidates
}

fn plates(problem: &Problem<'_>, span: &Span) -> impl Iterator<Item = PlateIx> {
    problem.scene.readings[span.first..span.end]
        .iter()
        .map(|r| r.plate)
}

/// How what was put down last on the plates of a span was put there, when it may be of some place. At a place
/// that the plan does not know, it is all that stands there; one that it knows may have it on some of its plates,
/// unless it is known to be something else.
fn lain<'a>(
    problem: &Problem<'a>,
    span: &Span,
    key: &StackKey,
    planned: bool,
) -> Option<&'a [Reading]> {
    let readings = &problem.scene.readings[span.first..span.end];
    let here = ends(readings)?;
    let strange = |stack: &Stack| !stack.planned && (stack.key.first, stack.key.last) == here;
    let fits = if planned {
        here.0 >= key.first && here.1 <= key.last && !problem.view.stacks.iter().any(strange)
    } else {
        here == (key.first, key.last)
    };
    let mut all = problem.scene.lain.iter();
    all.find(|put| fits && ends(put) == Some(here))
        .map(Vec::as_slice)
}

/// The first and the last plate.
fn ends(readings: &[Reading]) -> Option<(PlateIx, PlateIx)> {
    readings
        .first()
        .zip(readings.last())
        .map(|(first, last)| (first.plate, last.plate))
}

/// How many plates a plate is away from a stack.
fn off(stack: &Stack, plate: PlateIx) -> u32 {
    let distances = stack.plates.iter().map(|p| p.0.abs_diff(plate.0));
    distances.min().unwrap_or(u32::MAX)
}

/// What may be put back: what a suspect holds, and what belongs here, ascending.
fn returnable(problem: &Problem<'_>) -> Vec<ProductIx> {
    let view = problem.view;
    let held = view.held.iter().flatten().map(|h| h.0);
    let mut products: Vec<ProductIx> = held
        .chain(view.stacks.iter().map(|s| s.key.product))
        .collect();
    products.sort_unstable();
    products.dedup();
    products
}

fn quantity_prior(problem: &Problem<'_>, units: i32) -> f64 {
    let further = problem.settings.further_unit;
    (1.0 - further).ln() + f64::from(units - 1) * further.ln()
}

fn part(problem: &Problem<'_>, candidate: &Candidate<'_>, units: i32) -> Part {
    Part {
        key: candidate.key,
        quantity: units * candidate.sense,
        prior: candidate.prior + quantity_prior(problem, units),
        home: candidate.home,
    }
}

fn singles(problem: &Problem<'_>, span: &Span, candidate: &Candidate<'_>, groups: &mut Vec<Group>) {
    let readings = &problem.scene.readings[span.first..span.end];
    let sense = f64::from(candidate.sense);
    for units in 1..=MOST_UNITS {
        let count = f64::from(units);
        let variance = span.variance + count * candidate.unit_variance;
        let residual = span.sum_g + sense * count * candidate.unit_g;
        if residual * residual > SIGMAS * SIGMAS * variance {
            continue;
        }
        let mut weight = fit(residual, variance)
            + split(count * candidate.unit_g, readings.len())
            + against(readings, -sense);
        if let (1, Some(lain)) = (units, candidate.lain) {
            let as_it_lay = [
                weight + (1.0 - candidate.lies).ln(),
                lifted(readings, lain) + candidate.lies.ln(),
            ];
            weight = log_sum_exp(as_it_lay.into_iter());
        }
        groups.push(Group {
            parts: [Some(part(problem, candidate, units)), None],
            weight: weight + if span.together { 0.0 } else { APART },
        });
    }
}

/// Log density of lifting just what was put down.
fn lifted(readings: &[Reading], lain: &[Reading]) -> f64 {
    let plates = |readings: &[Reading]| -> Vec<PlateIx> {
        readings.iter().map(|reading| reading.plate).collect()
    };
    if plates(readings) != plates(lain) {
        return f64::NEG_INFINITY;
    }
    let each = readings.iter().zip(lain);
    each.map(|(now, then)| fit(now.delta_g + then.delta_g, now.variance + then.variance))
        .sum()
}

/// Some of the weight is on plates that tell nothing: what is seen is any part of it.
fn partly(problem: &Problem<'_>, span: &Span, candidate: &Candidate<'_>, groups: &mut Vec<Group>) {
    let readings = &problem.scene.readings[span.first..span.end];
    let sense = f64::from(candidate.sense);
    let seen_g = -sense * span.sum_g;
    for units in 1..=MOST_MIXED {
        let whole_g = f64::from(units) * candidate.unit_g;
        if seen_g <= 0.0 || seen_g >= whole_g {
            continue;
        }
        let weight = -whole_g.ln()
            + split(seen_g, readings.len())
            + against(readings, -sense)
            + if span.together { 0.0 } else { APART };
        groups.push(Group {
            parts: [Some(part(problem, candidate, units)), None],
            weight,
        });
    }
}

/// Some units of a candidate, with what they add to the span's sum.
struct Units<'a> {
    candidate: &'a Candidate<'a>,
    count: i32,
    effect_g: f64,
    variance: f64,
}

fn pairs(
    problem: &Problem<'_>,
    span: &Span,
    candidates: &[Candidate<'_>],
    groups: &mut Vec<Group>,
) {
    let least = least(problem, span, groups);
    let most = candidates
        .iter()
        .map(|c| c.prior)
        .fold(f64::NEG_INFINITY, f64::max);
    let mut units: Vec<Units<'_>> = Vec::with_capacity(candidates.len() * 2);
    for candidate in candidates.iter().filter(|c| c.prior + most >= least) {
        units.extend((1..=MOST_MIXED).map(|count| Units {
            candidate,
            count,
            effect_g: -f64::from(candidate.sense * count) * candidate.unit_g,
            variance: f64::from(count) * candidate.unit_variance,
        }));
    }
    units.sort_by(|a, b| a.effect_g.total_cmp(&b.effect_g));
    let widest = units.iter().map(|u| u.variance).fold(0.0, f64::max);
    for (at, a) in units.iter().enumerate() {
        let window = SIGMAS * (span.variance + a.variance + widest).sqrt();
        let wanted = span.sum_g - a.effect_g;
        let from = units
            .partition_point(|b| b.effect_g < wanted - window)
            .max(at);
        let fitting = units[from..]
            .iter()
            .take_while(|b| b.effect_g <= wanted + window);
        for b in fitting.filter(|b| a.candidate.prior + b.candidate.prior >= least) {
            groups.extend(pair(problem, span, a, b));
        }
    }
}

/// Prior that the candidates of a pair must have together to come near the best group so far, however
/// well their weights fit.
fn least(problem: &Problem<'_>, span: &Span, groups: &[Group]) -> f64 {
    let best = groups.iter().map(rank).fold(f64::NEG_INFINITY, f64::max);
    best - MARGIN - problem.settings.second_party.ln() - fit(0.0, span.variance)
}

fn pair(problem: &Problem<'_>, span: &Span, a: &Units<'_>, b: &Units<'_>) -> Option<Group> {
    let same_sense = a.candidate.sense == b.candidate.sense;
    if !same_sense && a.candidate.key.product == b.candidate.key.product {
        return None;
    }
    let residual = span.sum_g - a.effect_g - b.effect_g;
    let variance = span.variance + a.variance + b.variance;
    if residual * residual > SIGMAS * SIGMAS * variance {
        return None;
    }
    let readings = &problem.scene.readings[span.first..span.end];
    let moved_g = a.effect_g.abs() + b.effect_g.abs();
    let mut weight = fit(residual, variance) + split(moved_g, readings.len());
    if same_sense {
        weight += against(readings, -f64::from(a.candidate.sense));
    }
    let part = |units: &Units<'_>| Some(part(problem, units.candidate, units.count));
    Some(Group {
        parts: [part(a), part(b)],
        weight,
    })
}

/// Log densities of a span in which no known product was taken or put back.
pub(super) fn nothing(problem: &Problem<'_>, span: &Span) -> Vec<f64> {
    let settings = problem.settings;
    let count = span.end - span.first;
    let spread = split(span.sum_g.abs().max(SHIFT_RANGE_G), count);
    let mut weights = vec![settings.foreign.ln() - settings.foreign_range_g.ln() + spread];
    if count == 1 {
        // A jolt leaves a few grams: more than the noise, less than goods.
        weights.push(settings.jolt.ln() + fit(span.sum_g, 4.0 * span.variance));
        let rested = &problem.scene.rested;
        let plate = problem.scene.readings.get(span.first).map(|r| r.plate);
        if plate.is_some_and(|plate| rested.contains(&plate)) {
            let share = RESTED.ln() / rested.len() as f64;
            weights.push(share + fit(span.sum_g, span.variance));
        }
    } else {
        weights.push(settings.shift.ln() + fit(span.sum_g, span.variance) + spread);
    }
    weights
}
