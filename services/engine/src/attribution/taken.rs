//! What each party took: how heavy just these units are, and whose hand took them.
//!
//! 1. Units of one product differ by a percent or more, but a unit weighs the same when it is put back as
//!    when it was taken: so what comes back is known again by its weight, better than by its kind. With
//!    [`ANOTHER`] it is another unit all the same, which somebody of the party gave.
//! 2. People give, leave and put back what they took themselves, of a party each for themselves, and mostly
//!    what they took last.
//! 3. Noted is what any explanation of a change says, with the run of plates that fits it best; which of it a
//!    party holds is for each world to say.
//! 4. It is kept while the party is in the shop, at most [`MOST`] for each.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    evidence::{PartyId, TrackId},
    layout::{Product, ProductIx},
};

use super::{
    decision::InteractionId,
    scene::{Scene, Span},
    state::Piece,
    weight::{fit, log_sum_exp},
};

/// See rule 1.
const ANOTHER: f64 = 0.05;
/// See rule 4.
const MOST: usize = 64;
/// Beyond so many standard deviations nothing is known again.
const SIGMAS: f64 = 6.0;

/// Some units of one product that somebody took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Taken {
    /// When: interactions count upwards.
    pub id: InteractionId,
    /// Who.
    pub party: PartyId,
    /// Whose hand.
    pub track: TrackId,
    /// What.
    pub product: ProductIx,
    /// What one of them weighs, in grams.
    pub unit_g: f64,
    /// Its variance, in g².
    pub variance: f64,
    /// How probable it was at first that it was these.
    pub probability: f64,
}

/// Notes what the explanations of a change, each with its probability, say was taken.
pub(super) fn note(
    all: &mut Vec<Taken>,
    id: InteractionId,
    scene: &Scene,
    explanations: &[(Vec<Piece>, f64)],
    products: &[Product],
) {
    let mut pieces: BTreeMap<&Piece, f64> = BTreeMap::new();
    for (explanation, probability) in explanations {
        for piece in explanation
            .iter()
            .filter(|p| p.quantity > 0 && p.key.is_place())
        {
            *pieces.entry(piece).or_insert(0.0) += probability;
        }
    }
    for (piece, probability) in pieces {
        let product = products.get(piece.key.product.at());
        let Some((party, product)) = piece.party.zip(product) else {
            continue;
        };
        let units = f64::from(piece.quantity);
        let off = |span: &Span| (span.sum_g + units * product.unit_weight_g).abs();
        let suspect = scene.suspects.iter().position(|s| s.party == Some(party));
        let span = scene.spans.iter().min_by(|a, b| off(a).total_cmp(&off(b)));
        let Some((span, &track)) = span.zip(suspect).and_then(|(span, suspect)| {
            let arms = span.arms.get(suspect)?;
            Some((span, &arms.track))
        }) else {
            continue;
        };
        // What was measured, of several their mean only, beside what is known of its kind.
        let spread = (product.weight_sigma_g * product.weight_sigma_g).max(f64::MIN_POSITIVE);
        let measured = span.variance / (units * units) + spread * (1.0 - units.recip());
        let trust = spread / (spread + measured);
        all.push(Taken {
            id,
            party,
            track,
            product: piece.key.product,
            unit_g: product.unit_weight_g - trust * (span.sum_g / units + product.unit_weight_g),
            variance: spread * (1.0 - trust),
            probability,
        });
        let own = || all.iter().filter(|taken| taken.party == party);
        if own().count() > MOST
            && let Some(oldest) = all.iter().position(|taken| taken.party == party)
        {
            all.remove(oldest);
        }
    }
}

/// What may matter to a change: what its suspects took, and whatever weighs what was gained.
pub(super) fn concerning(all: &[Taken], scene: &Scene) -> Vec<Taken> {
    let suspect = |taken: &Taken| scene.suspects.iter().any(|s| s.party == Some(taken.party));
    let gained = |taken: &Taken| {
        let mut spans = scene.spans.iter().filter(|span| span.sum_g > 0.0);
        spans.any(|span| {
            let off = span.sum_g - taken.unit_g;
            off * off <= SIGMAS * SIGMAS * (span.variance + taken.variance)
        })
    };
    let concerns = |taken: &&Taken| suspect(taken) || gained(taken);
    all.iter().filter(concerns).cloned().collect()
}

/// By how much better one unit that was put back on a span fits those that its owner took than any of its
/// product, as the log of a ratio (rule 1); 0 when the owner took none that we know.
pub(super) fn known_again(
    taken: &[Taken],
    owner: PartyId,
    product: (ProductIx, &Product),
    span: &Span,
) -> f64 {
    let own = || {
        let own = taken.iter();
        own.filter(|taken| (taken.party, taken.product) == (owner, product.0))
    };
    let all: f64 = own().map(|taken| taken.probability).sum();
    if all <= 0.0 {
        return 0.0;
    }
    let spread = product.1.weight_sigma_g * product.1.weight_sigma_g;
    let (off, variance) = (span.sum_g - product.1.unit_weight_g, span.variance + spread);
    if off * off > SIGMAS * SIGMAS * variance {
        return 0.0;
    }
    let any = fit(off, variance);
    let each = own().map(|taken| {
        let fit = fit(span.sum_g - taken.unit_g, span.variance + taken.variance);
        taken.probability.ln() + fit
    });
    let known = log_sum_exp(each) - all.ln();
    log_sum_exp([known + (1.0 - ANOTHER).ln(), any + ANOTHER.ln()].into_iter()) - any
}

/// What a hand took of what its party holds, the latest first.
pub(super) fn order(
    taken: &[Taken],
    party: PartyId,
    track: TrackId,
    held: &[(ProductIx, i32)],
) -> Vec<ProductIx> {
    let mut own: Vec<&Taken> = taken
        .iter()
        .filter(|taken| {
            let holds = || held.iter().any(|h| h.0 == taken.product && h.1 > 0);
            (taken.party, taken.track) == (party, track) && holds()
        })
        .collect();
    own.sort_by(|a, b| {
        let later = b.id.cmp(&a.id);
        later.then(b.probability.total_cmp(&a.probability))
    });
    let mut order = Vec::new();
    for taken in own {
        if !order.contains(&taken.product) {
            order.push(taken.product);
        }
    }
    order
}

/// Chance that of so many kinds that a party holds it is this one: the latest goes so `often`, else the one
/// before it as often, and so on; what somebody else took is as likely as any other of it.
pub(super) fn share(kinds: usize, order: &[ProductIx], product: ProductIx, often: f64) -> f64 {
    let seldom = 1.0 - often;
    let left = |count: usize| seldom.powi(i32::try_from(count).unwrap_or(i32::MAX));
    let others = kinds.saturating_sub(order.len());
    let all = if others == 0 {
        1.0 - left(order.len())
    } else {
        1.0
    };
    match order.iter().position(|own| *own == product) {
        Some(place) => often * left(place) / all.max(f64::MIN_POSITIVE),
        None => left(order.len()) / others.max(1) as f64,
    }
}
