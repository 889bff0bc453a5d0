//! The explanations of one change in one world.
//!
//! The readings are cut into spans, each span is explained by a group of goods, each piece of goods
//! gets somebody who moved it; the best combinations of all three are found by dynamic programming
//! over the cuts, from the best few of each part. What goes beyond a single span (what a party holds
//! in all, what was seen in its hands, how many people and kinds there are) is then weighed again
//! exactly for the best of them.

use crate::layout::Product;

use super::{
    Settings,
    groups::{Group, Part, groups, nothing},
    returns::{Placed, owners, put_back},
    scene::Scene,
    state::{Piece, View},
    weight::log_sum_exp,
};

/// One change in one world.
#[derive(Clone, Copy, Debug)]
pub struct Problem<'a> {
    /// What the change shows.
    pub scene: &'a Scene,
    /// What the world knows of shelf and suspects.
    pub view: &'a View,
    /// The layout's products.
    pub products: &'a [Product],
    /// What is believed beforehand.
    pub settings: &'a Settings,
}

/// One way in which the change may have come about.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The goods that moved, ascending; empty when none did.
    pub pieces: Vec<Piece>,
    /// Log of prior times likelihood; comparable between the worlds of one interaction.
    pub score: f64,
}

/// A span explained.
struct Assigned {
    placed: [Option<Placed>; 2],
    weight: f64,
    score: f64,
}

/// The readings before some place explained.
#[derive(Clone)]
struct Partial {
    score: f64,
    /// (span, place in the span's list) of each span, in order.
    chosen: Vec<(usize, usize)>,
}

/// The explanations, the most probable first, at most [`Settings::explanations`]; never empty.
#[must_use]
pub fn explain(problem: &Problem<'_>) -> Vec<Explanation> {
    let scene = problem.scene;
    let spans: Vec<Vec<Assigned>> = (0..scene.spans.len()).map(|s| assign(problem, s)).collect();
    let finalists = cut(problem, &spans);
    let mut explanations: Vec<Explanation> = finalists
        .iter()
        .filter_map(|partial| finish(problem, &spans, partial))
        .collect();
    // Whatever the sensors say, it may have been nothing that we know; so there is always an answer.
    if explanations.iter().all(|e| !e.pieces.is_empty()) {
        explanations.push(nobody(problem));
    }
    ranked(explanations, problem.settings)
}

/// Each explanation once, the most probable first, at most [`Settings::explanations`].
pub(super) fn ranked(mut explanations: Vec<Explanation>, settings: &Settings) -> Vec<Explanation> {
    merge_equal(&mut explanations);
    explanations.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then_with(|| a.pieces.cmp(&b.pieces))
    });
    explanations.truncate(settings.explanations.max(1));
    explanations
}

/// All groups of a span with all suspects, the best first. What two pieces in the same hands mean for
/// one another is left to [`finish`].
fn assign(problem: &Problem<'_>, span: usize) -> Vec<Assigned> {
    let mut list = Vec::new();
    for group in groups(problem, &problem.scene.spans[span]) {
        let [first, second] = group.parts.map(|part| {
            let part = part?;
            Some(everyone(problem, part, span))
        });
        match (first, second) {
            (Some(first), Some(second)) => pairs(problem, &group, &first, &second, &mut list),
            (Some(first), None) => list.extend(first.iter().map(|&(placed, score)| Assigned {
                placed: [Some(placed), None],
                weight: group.weight,
                score: group.weight + score,
            })),
            (None, _) => list.push(Assigned {
                placed: [None; 2],
                weight: group.weight,
                score: group.weight,
            }),
        }
    }
    list.sort_by(|a, b| b.score.total_cmp(&a.score));
    list.truncate(problem.settings.explanations);
    list
}

/// A part in the hands of each suspect who may have moved it.
fn everyone(problem: &Problem<'_>, part: Part, span: usize) -> Vec<(Placed, f64)> {
    let by = |(suspect, owner)| {
        let placed = Placed {
            part,
            span,
            suspect,
            owner,
        };
        let prior = prior(problem, std::slice::from_ref(&placed), true)?;
        Some((placed, prior))
    };
    let suspects = 0..problem.scene.suspects.len();
    let whose = suspects.flat_map(|suspect| {
        let owners = owners(problem, &part, suspect);
        owners.into_iter().map(move |owner| (suspect, owner))
    });
    whose.filter_map(by).collect()
}

fn pairs(
    problem: &Problem<'_>,
    group: &Group,
    first: &[(Placed, f64)],
    second: &[(Placed, f64)],
    list: &mut Vec<Assigned>,
) {
    let settings = problem.settings;
    let (kind, party) = (settings.second_kind.ln(), settings.second_party.ln());
    for (a, one) in first {
        for (b, other) in second {
            // The same goods in the same hands are one piece, which the single groups have; equal
            // pieces in two pairs of hands are said once.
            let same = a.part.key == b.part.key;
            let equal = same && a.part.quantity == b.part.quantity;
            if same && a.suspect == b.suspect || equal && a.suspect > b.suspect {
                continue;
            }
            let joint = if a.suspect == b.suspect { kind } else { party };
            list.push(Assigned {
                placed: [Some(*a), Some(*b)],
                weight: group.weight,
                score: group.weight + one + other + joint,
            });
        }
    }
}

/// The best ways to cut the readings into spans with their assignments.
fn cut(problem: &Problem<'_>, spans: &[Vec<Assigned>]) -> Vec<Partial> {
    let scene = problem.scene;
    let keep = problem.settings.explanations * 2;
    let further = problem.settings.second_party.ln();
    let nothing = Partial {
        score: 0.0,
        chosen: Vec::new(),
    };
    let mut best: Vec<Vec<Partial>> = vec![vec![nothing]];
    for end in 1..=scene.readings.len() {
        let mut here: Vec<(f64, usize, usize, usize, usize)> = Vec::new();
        for (at, span) in scene.spans.iter().enumerate().filter(|s| s.1.end == end) {
            for (before, partial) in best[span.first].iter().enumerate() {
                // Both lists are sorted: of all pairs, the one at (i, j) is at best (i + 1)(j + 1)-th.
                let worthwhile = spans[at].iter().take(keep / (before + 1));
                for (choice, assigned) in worthwhile.enumerate() {
                    let joint = if partial.chosen.is_empty() {
                        0.0
                    } else {
                        further
                    };
                    let score = partial.score + assigned.score + joint;
                    here.push((score, span.first, before, at, choice));
                }
            }
        }
        here.sort_by(|a, b| b.0.total_cmp(&a.0));
        here.truncate(keep);
        let extend = |&(score, first, before, at, choice): &(f64, usize, usize, usize, usize)| {
            let mut chosen = best[first][before].chosen.clone();
            chosen.push((at, choice));
            Partial { score, chosen }
        };
        let extended = here.iter().map(extend).collect();
        best.push(extended);
    }
    best.pop().unwrap_or_default()
}

/// The exact score of a whole combination; `None` when somebody puts back what it does not hold.
fn finish(
    problem: &Problem<'_>,
    spans: &[Vec<Assigned>],
    partial: &Partial,
) -> Option<Explanation> {
    let assigned = || partial.chosen.iter().map(|&(span, at)| &spans[span][at]);
    let goods: Vec<Placed> = assigned()
        .flat_map(|a| a.placed.iter().flatten().copied())
        .collect();
    let weight: f64 = assigned().map(|a| a.weight).sum();
    let score = weight + prior(problem, &goods, false)?;
    let mut pieces: Vec<Piece> = Vec::with_capacity(goods.len());
    for placed in &goods {
        let piece = Piece {
            party: placed.party(problem.scene),
            key: placed.part.key,
            quantity: placed.part.quantity,
        };
        let same = |p: &&mut Piece| p.party == piece.party && p.key == piece.key;
        match pieces.iter_mut().find(same) {
            Some(known) => known.quantity += piece.quantity,
            None => pieces.push(piece),
        }
    }
    pieces.retain(|p| p.quantity != 0);
    pieces.sort_unstable();
    Some(Explanation { pieces, score })
}

/// Nobody took or put back anything: each plate for itself.
fn nobody(problem: &Problem<'_>) -> Explanation {
    let scene = problem.scene;
    let single = scene.spans.iter().filter(|s| s.end - s.first == 1);
    let each = single.map(|span| log_sum_exp(nothing(problem, span).into_iter()));
    let further = scene.readings.len().saturating_sub(1) as f64;
    Explanation {
        pieces: Vec::new(),
        score: each.sum::<f64>() + further * problem.settings.second_party.ln(),
    }
}

/// Log prior of these goods in these hands, with what reach and sight say of the hands. When `lenient`,
/// a suspect may put back what another span may let it take.
fn prior(problem: &Problem<'_>, goods: &[Placed], lenient: bool) -> Option<f64> {
    let (scene, settings) = (problem.scene, problem.settings);
    let mut score = 0.0;
    let mut hands: u64 = 0;
    for placed in goods {
        hands |= 1 << placed.suspect.min(63);
        score += placed.part.prior;
        if placed.part.quantity < 0 {
            score += put_back(problem, goods, placed, lenient)?;
        }
    }
    let parties = i32::try_from(hands.count_ones()).unwrap_or(i32::MAX);
    let kinds = i32::try_from(goods.len()).unwrap_or(i32::MAX);
    score += f64::from((parties - 1).max(0)) * settings.second_party.ln();
    score += f64::from(kinds - parties) * settings.second_kind.ln();
    for (suspect, who) in scene.suspects.iter().enumerate() {
        let places = goods.iter().filter(|p| p.suspect == suspect);
        let places: Vec<usize> = places.map(|p| p.span).collect();
        score += scene.reached(suspect, &places);
        if who.party.is_some() && hands & (1 << suspect.min(63)) != 0 {
            let moved = goods.iter().filter(|p| p.suspect == suspect);
            let moved = moved.map(|p| (p.part.key.product, p.part.quantity));
            let held = &problem.view.held[suspect];
            let kinds = problem.view.stacks.len();
            score += who.sight.ratio(moved, held, kinds, settings);
        }
    }
    Some(score)
}

/// Different cuts may say the same: their probabilities add up.
fn merge_equal(explanations: &mut Vec<Explanation>) {
    explanations.sort_by(|a, b| {
        a.pieces
            .cmp(&b.pieces)
            .then_with(|| b.score.total_cmp(&a.score))
    });
    explanations.dedup_by(|again, first| {
        let same = again.pieces == first.pieces;
        if same {
            first.score = log_sum_exp([first.score, again.score].into_iter());
        }
        same
    });
}
