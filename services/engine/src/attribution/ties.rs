//! What an interaction depends on: which open questions change its explanations.
//!
//! 1. A place of its shelf matters when the plan does not know it, or when so few stand there that one
//!    more or less decides whether any do.
//! 2. What a suspect holds matters when weight was put down that one or two units of it have.
//!
//! All else is taken as the most probable worlds have it, and hands as holding the least that they may
//! hold. So most open interactions stay independent
//! of one another, which is what keeps the joint worlds few.

use std::collections::BTreeMap;

use crate::{
    evidence::PartyId,
    layout::{Product, ProductIx, ShelfIx},
};

use super::{
    cluster::{Cluster, World},
    scene::{Scene, Span},
    state::{Piece, Stack, StackKey, View, move_stack},
};

/// With more units than this at a place, nobody doubts that some are left.
const SCARCE: i32 = 2;

/// One interaction's dependencies.
pub(super) struct Ties<'a> {
    pub(super) scene: &'a Scene,
    pub(super) products: &'a [Product],
    /// What stands on the scene's shelf in the most probable worlds.
    pub(super) stacks: &'a [Stack],
    /// Whether what stands there follows what people do.
    pub(super) living: bool,
}

impl Ties<'_> {
    /// Whether the scene's explanations depend on the outcome of a cluster.
    pub(super) fn matters(&self, cluster: &Cluster) -> bool {
        cluster.members.iter().any(|member| {
            let place = |piece: &Piece| self.place(member.shelf, piece);
            differ(&member.explanations, place)
                || differ(&member.explanations, |piece| self.hands(piece))
        })
    }

    /// The place that the piece changes, if it matters.
    fn place(&self, shelf: ShelfIx, piece: &Piece) -> Option<StackKey> {
        let known = || self.stacks.binary_search_by_key(&piece.key, |s| s.key);
        let plenty =
            || known().is_ok_and(|at| self.stacks[at].planned && self.stacks[at].units > SCARCE);
        let here = self.living && shelf == self.scene.shelf && piece.key.is_place();
        (here && !plenty()).then_some(piece.key)
    }

    /// The hands and the product that the piece changes, if they matter.
    fn hands(&self, piece: &Piece) -> Option<(PartyId, ProductIx)> {
        let suspect = piece
            .party
            .filter(|_| suspect(self.scene, piece.party).is_some())?;
        let product = self.products.get(piece.key.product.at())?;
        fits_a_gain(self.scene, product).then_some((suspect, piece.key.product))
    }

    /// What all worlds of the tied cluster see alike: `certain`, the likely stacks, and what the
    /// suspects hold whatever the open members turn out to be. The least counts, so that nobody puts
    /// back now what it turns out later not to have had.
    pub(super) fn common(&self, certain: View, free: &[Cluster], tied: &Cluster) -> View {
        let mut view = View {
            stacks: self.stacks.to_vec(),
            ..certain
        };
        for member in free.iter().flat_map(|c| &c.members) {
            self.hold_least(&mut view, &member.explanations, |_| true);
        }
        for member in &tied.members {
            self.hold_least(&mut view, &member.explanations, |p| self.hands(p).is_none());
        }
        for (shelf, piece) in tied.likely_pieces() {
            if self.place(shelf, piece).is_some() {
                let undone = Piece {
                    quantity: -piece.quantity,
                    ..*piece
                };
                move_stack(&mut view.stacks, &undone);
            }
        }
        view
    }

    /// What one world of the tied cluster sees.
    pub(super) fn view(&self, common: &View, tied: &Cluster, world: &World) -> View {
        let mut view = common.clone();
        for (shelf, piece) in tied.pieces(world) {
            if self.place(shelf, piece).is_some() {
                move_stack(&mut view.stacks, piece);
            }
            if self.hands(piece).is_some() {
                self.hold(&mut view, piece.party, piece.key.product, piece.quantity);
            }
        }
        tidy(&mut view);
        view
    }

    /// Adds to the suspects' hands the least that any of the explanations gives them.
    fn hold_least(
        &self,
        view: &mut View,
        explanations: &[Vec<Piece>],
        counts: impl Fn(&Piece) -> bool,
    ) {
        let ours = |p: &&Piece| suspect(self.scene, p.party).is_some() && counts(p);
        if !explanations.iter().flatten().any(|p| ours(&p)) {
            return;
        }
        let mut least: BTreeMap<(Option<PartyId>, ProductIx), (usize, i32)> = BTreeMap::new();
        for pieces in explanations {
            let mut gains: BTreeMap<_, i32> = BTreeMap::new();
            for piece in pieces.iter().filter(ours) {
                *gains.entry((piece.party, piece.key.product)).or_insert(0) += piece.quantity;
            }
            for (whose, gain) in gains {
                let known = least.entry(whose).or_insert((0, gain));
                *known = (known.0 + 1, known.1.min(gain));
            }
        }
        for ((party, product), (named, gain)) in least {
            // An explanation that does not name them gives them nothing.
            let gain = if named < explanations.len() {
                gain.min(0)
            } else {
                gain
            };
            self.hold(view, party, product, gain);
        }
    }

    fn hold(&self, view: &mut View, party: Option<PartyId>, product: ProductIx, units: i32) {
        let Some(suspect) = suspect(self.scene, party) else {
            return;
        };
        let held = &mut view.held[suspect];
        match held.binary_search_by_key(&product, |h| h.0) {
            Ok(at) => held[at].1 += units,
            Err(at) => held.insert(at, (product, units)),
        }
    }
}

/// Brings a view into the form in which two that mean the same are equal: an explanation asks only
/// whether any units stand at a place, and only for what is held.
fn tidy(view: &mut View) {
    for stack in &mut view.stacks {
        stack.units = stack.units.clamp(0, 1);
    }
    for held in &mut view.held {
        held.retain(|h| h.1 > 0);
    }
}

/// The suspect that this party is.
fn suspect(scene: &Scene, party: Option<PartyId>) -> Option<usize> {
    party?;
    scene.suspects.iter().position(|s| s.party == party)
}

/// Whether the explanations leave open how many units move under some key; pieces without one don't
/// count.
fn differ<K: Ord>(explanations: &[Vec<Piece>], key: impl Fn(&Piece) -> Option<K>) -> bool {
    if !explanations.iter().flatten().any(|p| key(p).is_some()) {
        return false;
    }
    let sums = |pieces: &[Piece]| {
        let mut sums = BTreeMap::new();
        for piece in pieces {
            if let Some(key) = key(piece) {
                *sums.entry(key).or_insert(0) += piece.quantity;
            }
        }
        sums
    };
    let mut each = explanations.iter().map(|e| sums(e));
    let first = each.next();
    each.any(|other| first.as_ref() != Some(&other))
}

/// Whether one or two units weigh what some span gained.
pub(super) fn fits_a_gain(scene: &Scene, product: &Product) -> bool {
    let fits = |span: &Span, units: f64| {
        let variance = span.variance + units * product.weight_sigma_g * product.weight_sigma_g;
        let residual = span.sum_g - units * product.unit_weight_g;
        residual * residual < 16.0 * variance
    };
    let mut gains = scene.spans.iter().filter(|s| s.sum_g > 0.0);
    gains.any(|s| [1.0, 2.0].iter().any(|&n| fits(s, n)))
}
