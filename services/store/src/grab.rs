//! The steps of a grab, told to whoever traces it: events at debug level with the target [`TARGET`].
//!
//! 1. A step is told when it is done, with the interaction's name (L2), the same at every step and on every
//!    node, and with how long it took. So the steps of one grab find each other with nothing sent along.
//! 2. `close` is told by the zone or shelf that found the interaction, `record` when it is in the ledger,
//!    `decide` with each revision, `cart` when a shopper shows one, `receipt` when that is in the ledger, for
//!    each interaction on it. What is done again after a failure is told again.
//! 3. When nobody listens, a step costs a look at whether somebody does. What is told decides nothing.

use std::{
    fmt,
    time::{Duration, Instant},
};

use amble_engine::{
    attribution::{Decision, Move},
    evidence::{Interaction, WeightChange},
    layout::ShelfIx,
};
use tracing::{Level, debug, enabled};

use crate::{names::frame_name, shop::Shop};

/// What these events have for a target.
pub const TARGET: &str = "amble::grab";

/// An interaction, by its shelf and the frame that closed it.
pub(crate) type Name = (ShelfIx, u64);

/// Whether anybody wants to know.
pub(crate) fn listened() -> bool {
    enabled!(target: TARGET, Level::DEBUG)
}

/// Found; since the arrival of what showed it.
pub(crate) fn closed(shop: &Shop, name: Name, change: &WeightChange, since: Instant) {
    debug!(
        target: TARGET,
        step = "close",
        interaction = text(shop, name),
        took_us = us(since.elapsed()),
        closed_us = change.closed.0,
        plates = change.plates.len(),
        grams = change.plates.iter().map(|plate| plate.delta_g).sum::<f64>(),
    );
}

/// In the ledger; since it was found.
pub(crate) fn recorded(shop: &Shop, interaction: &Interaction, since: Instant) {
    debug!(
        target: TARGET,
        step = "record",
        interaction = text(shop, (interaction.shelf, interaction.sequence)),
        took_us = us(since.elapsed()),
        near = interaction.evidence.len(),
    );
}

/// Decided, or decided anew; since the bookkeeper began to think about what made it do so.
pub(crate) fn decided<'a>(
    shop: &Shop,
    name: Name,
    decision: &Decision,
    visit: impl Fn(&Move) -> Option<&'a str>,
    since: Instant,
) {
    let moves = Moves {
        shop,
        moves: &decision.moves,
        visit,
    };
    debug!(
        target: TARGET,
        step = "decide",
        interaction = text(shop, name),
        took_us = us(since.elapsed()),
        revision = decision.revision,
        probability = decision.probability,
        open = decision.open,
        %moves,
    );
}

/// Shown on a visit's cart; since its shopper heard of the decision.
pub(crate) fn shown(shop: &Shop, name: Name, visit: &str, version: u64, since: Instant) {
    debug!(
        target: TARGET,
        step = "cart",
        interaction = text(shop, name),
        took_us = us(since.elapsed()),
        visit,
        version,
    );
}

/// On a receipt that is in the ledger; since the bookkeeper began to settle.
pub(crate) fn settled(shop: &Shop, name: Name, visit: &str, receipt: &str, since: Instant) {
    debug!(
        target: TARGET,
        step = "receipt",
        interaction = text(shop, name),
        took_us = us(since.elapsed()),
        visit,
        receipt,
    );
}

fn text(shop: &Shop, (shelf, sequence): Name) -> String {
    frame_name(shop.plan.names.shelf(shelf), sequence)
}

fn us(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}

/// Who moved what: `visit-7 +1 4006381333931`, in a row when there are several.
struct Moves<'d, F> {
    shop: &'d Shop,
    moves: &'d [Move],
    visit: F,
}

impl<'a, F: Fn(&Move) -> Option<&'a str>> fmt::Display for Moves<'_, F> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, one) in self.moves.iter().enumerate() {
            let visit = (self.visit)(one).unwrap_or("a guest");
            let product = self.shop.plan.names.product(one.product);
            let between = if at == 0 { "" } else { ", " };
            write!(to, "{between}{visit} {:+} {product}", one.quantity)?;
        }
        Ok(())
    }
}
