//! Whose goods somebody puts back.
//!
//! 1. People put back what they hold; of all they hold, what they took last more often
//!    ([`Settings::latest_back`](super::Settings::latest_back)), and the very unit that they took, which is known
//!    by its weight ([`taken`](super::taken)).
//! 2. What was handed to somebody is still its taker's when it comes back: then it is the taker who
//!    no longer has it.
//! 3. Somebody may bring goods into the shop, and puts them where they belong: staff with a trolley, or a
//!    hand that nobody sees. That takes nothing off anybody. Who has done so before is the likelier to
//!    do it again: after `n` times, `n` in `n + 1` (Laplace's rule of succession).

use crate::{
    evidence::PartyId,
    layout::{Product, ProductIx},
};

use super::{
    explain::Problem,
    groups::Part,
    scene::Scene,
    state::{Piece, Stack},
    taken::{known_again, order, share},
    ties::fits_a_gain,
};

/// Log-likelihood ratio by which one suspect is told from the next: 20 to 1.
const CLEARLY: f64 = 3.0;

/// A piece of goods, the suspect who moved it, and whose it was or is.
#[derive(Clone, Copy)]
pub(super) struct Placed {
    pub(super) part: Part,
    pub(super) span: usize,
    pub(super) suspect: usize,
    pub(super) owner: Owner,
}

/// Whose goods these are, before they are put back or after they were taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// Of the suspect who moved them.
    Own,
    /// Of another party, which had handed them on.
    Other(PartyId),
    /// Of nobody who shops.
    Store,
}

impl Placed {
    /// Whose account the goods come off or go to.
    pub(super) fn party(&self, scene: &Scene) -> Option<PartyId> {
        match self.owner {
            Owner::Own => scene.suspects[self.suspect].party,
            Owner::Other(party) => Some(party),
            Owner::Store => None,
        }
    }
}

/// Whose goods a suspect may move.
pub(super) fn owners(problem: &Problem<'_>, part: &Part, suspect: usize) -> Vec<Owner> {
    let mut owners = vec![Owner::Own];
    if part.quantity < 0 && problem.scene.suspects[suspect].party.is_some() {
        if part.home {
            owners.push(Owner::Store);
        }
        let own = problem.scene.suspects[suspect].party;
        let others = problem.view.others.iter();
        let lent = others.filter(|o| o.1 == part.key.product && Some(o.0) != own);
        owners.extend(lent.map(|o| Owner::Other(o.0)));
    }
    owners
}

/// Log chance that of all that it could put back the suspect puts back just this; `None` when it can't.
/// When `lenient`, a suspect may put back what another span may let it take.
pub(super) fn put_back(
    problem: &Problem<'_>,
    goods: &[Placed],
    placed: &Placed,
    lenient: bool,
) -> Option<f64> {
    let (settings, part) = (problem.settings, &placed.part);
    if problem.scene.suspects[placed.suspect].party.is_none() {
        // Somebody whom nobody sees has nothing but what is brought.
        return part.home.then_some(0.0);
    }
    match placed.owner {
        Owner::Store => {
            let times = f64::from(problem.view.brought[placed.suspect]);
            let again = (times / (times + 1.0)).max(settings.restock);
            return part.home.then(|| again.ln());
        }
        Owner::Other(party) => {
            let mut others = problem.view.others.iter();
            let held = others.find(|o| (o.0, o.1) == (party, part.key.product))?;
            let left = held.2 + moved(problem, goods, placed);
            return (left >= 0)
                .then(|| settings.handed_on.ln() + recognised(problem, goods, placed));
        }
        Owner::Own => {}
    }
    let held = &problem.view.held[placed.suspect];
    let before = held
        .binary_search_by_key(&part.key.product, |h| h.0)
        .map_or(0, |at| held[at].1);
    let after = before + moved(problem, goods, placed);
    let borrowed = || lenient && taken_elsewhere(problem, placed);
    let taken = &problem.scene.taken;
    let share = || {
        let whose = problem.scene.suspects[placed.suspect].party;
        let arms = problem.scene.spans[placed.span].arms.get(placed.suspect);
        let order = whose
            .zip(arms)
            .map(|(p, by)| order(taken, p, by.track, held));
        let order = order.unwrap_or_default();
        share(
            held.len().max(1),
            &order,
            part.key.product,
            settings.latest_back,
        )
    };
    (after >= 0 || borrowed()).then(|| share().ln() + recognised(problem, goods, placed))
}

/// What the very units that the owner took say, when one of them is all that was put back on its plates.
fn recognised(problem: &Problem<'_>, goods: &[Placed], placed: &Placed) -> f64 {
    let product = placed.part.key.product;
    let alone = goods.iter().filter(|p| p.span == placed.span).count() == 1;
    let known = problem.products.get(product.at());
    let owner = placed.party(problem.scene);
    match owner.zip(known) {
        Some((owner, known)) if alone && placed.part.quantity == -1 => {
            let span = &problem.scene.spans[placed.span];
            known_again(&problem.scene.taken, owner, (product, known), span)
        }
        _ => 0.0,
    }
}

/// What all goods of the same product and account come to: positive when it has more of it.
fn moved(problem: &Problem<'_>, goods: &[Placed], placed: &Placed) -> i32 {
    let party = placed.party(problem.scene);
    let its = goods.iter().filter(|p| {
        p.part.key.product == placed.part.key.product && p.party(problem.scene) == party
    });
    its.map(|p| p.part.quantity).sum()
}

/// Whether another span lost what one such piece weighs: then it may have been taken there just now.
fn taken_elsewhere(problem: &Problem<'_>, placed: &Placed) -> bool {
    let here = &problem.scene.spans[placed.span];
    let Some(product) = problem.products.get(placed.part.key.product.at()) else {
        return false;
    };
    let units = f64::from(placed.part.quantity.abs());
    problem.scene.spans.iter().any(|span| {
        let apart = span.end <= here.first || here.end <= span.first;
        let lost = span.sum_g + units * product.unit_weight_g;
        let spread = units * product.weight_sigma_g * product.weight_sigma_g;
        apart && lost * lost < 36.0 * (span.variance + here.variance + spread)
    })
}

/// Who brought goods in, when `pieces` are what came of a change: the only one who can have reached it,
/// by [`CLEARLY`].
pub(super) fn bringer(scene: &Scene, pieces: &[Piece]) -> Option<PartyId> {
    let brought = |p: &Piece| p.party.is_none() && p.quantity < 0;
    if pieces.is_empty() || !pieces.iter().all(brought) {
        return None;
    }
    let reach = |suspect: usize| {
        let reaches = scene.spans.iter().map(|span| span.reach[suspect]);
        reaches.fold(f64::NEG_INFINITY, f64::max)
    };
    let mut all: Vec<(f64, Option<PartyId>)> = scene
        .suspects
        .iter()
        .enumerate()
        .map(|(at, suspect)| (reach(at), suspect.party))
        .collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    match all.as_slice() {
        [best, second, ..] if best.0 > second.0 + CLEARLY => best.1,
        _ => None,
    }
}

/// Products that belong on the scene's shelf and weigh what it gained.
pub(super) fn gained(scene: &Scene, stacks: &[Stack], products: &[Product]) -> Vec<ProductIx> {
    let mut gained: Vec<ProductIx> = stacks.iter().map(|s| s.key.product).collect();
    gained.retain(|p| {
        let product = products.get(p.at());
        product.is_some_and(|product| fits_a_gain(scene, product))
    });
    gained
}
