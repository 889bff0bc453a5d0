//! Whose goods somebody puts back.
//!
//! 1. People put back what they hold; of all they hold, any is as likely.
//! 2. What was handed to somebody is still its taker's when it comes back: then it is the taker who
//!    no longer has it.
//! 3. Somebody may bring goods into the shop, and puts them where they belong: staff with a trolley, or a
//!    hand that nobody sees. That takes nothing off anybody.

use crate::{evidence::PartyId, layout::ProductIx};

use super::{explain::Problem, groups::Part, scene::Scene, state::View, ties::fits_a_gain};

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
        Owner::Store => return part.home.then(|| settings.restock.ln()),
        Owner::Other(party) => {
            let asked = (party, part.key.product);
            let known = problem.view.others.contains(&asked) && part.quantity == -1;
            return known.then(|| settings.handed_on.ln());
        }
        Owner::Own => {}
    }
    let held = &problem.view.held[placed.suspect];
    let before = held
        .binary_search_by_key(&part.key.product, |h| h.0)
        .map_or(0, |at| held[at].1);
    let its = goods.iter().filter(|p| {
        let own = p.suspect == placed.suspect && p.owner == Owner::Own;
        own && p.part.key.product == part.key.product
    });
    let after: i32 = before + its.map(|p| p.part.quantity).sum::<i32>();
    let borrowed = || lenient && taken_elsewhere(problem, placed);
    (after >= 0 || borrowed()).then(|| -(held.len().max(1) as f64).ln())
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

/// Who in the shop holds goods that belong on the scene's shelf and weigh what it gained: `holdings`
/// are (party, product, units). Ascending.
pub(super) fn others(
    scene: &Scene,
    view: &View,
    products: &[crate::layout::Product],
    holdings: impl Iterator<Item = (PartyId, ProductIx, i32)>,
) -> Vec<(PartyId, ProductIx)> {
    let mut gained: Vec<ProductIx> = view.stacks.iter().map(|s| s.key.product).collect();
    gained.retain(|p| {
        let product = products.get(p.at());
        product.is_some_and(|product| fits_a_gain(scene, product))
    });
    if gained.is_empty() {
        return Vec::new();
    }
    let mut others: Vec<(PartyId, ProductIx)> = holdings
        .filter(|(_, product, units)| *units > 0 && gained.contains(product))
        .map(|(party, product, _)| (party, product))
        .collect();
    others.sort_unstable();
    others
}
