//! Why lines are wrong: each beside what was done, what was recorded of it, and what was made of that.
//!
//! 1. An action at a shelf is looked for in the weight changes that moved one of its plates while it went
//!    on, a hand-over or a drop in the contacts of that moment; of several, in the one that ends nearest
//!    to it. So every action has one interaction, or none.
//! 2. Whose a track truly was, is who stood nearest to it while it was looked at, within [`NEAR_M`].
//! 3. An interaction goes wrong for a line when it says another quantity for it than its actions have. The
//!    line's cause is that of the first one that does ([`Cause`]).
//! 4. What is not known of a day (who stood where) explains nothing: then the cause is told without it.

mod cause;
mod scene;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeMap;

use amble_engine::{
    attribution::{Decision, Settings},
    evidence::{Interaction, PartyId},
    layout::Layout,
};
use amble_simulator::Truth;
use amble_store::Plan;
use serde::Serialize;

use super::{Prices, WrongLine};
use cause::Case;
pub use cause::Cause;
use scene::{Deeds, Happened, People};
pub use text::explained_text;

/// How near to its track somebody is, in metres.
const NEAR_M: f64 = 0.6;

/// What a shop wrote of a day.
pub struct Written<'a> {
    /// The shop.
    pub plan: &'a Plan,
    /// What attribution went by.
    pub settings: &'a Settings,
    /// All interactions by name, in the order of recording.
    pub interactions: &'a [(String, Interaction)],
    /// What was said last of each, by name.
    pub decisions: &'a BTreeMap<String, Decision>,
    /// By guest: the visit that claimed it.
    pub joined: &'a BTreeMap<PartyId, PartyId>,
}

impl Written<'_> {
    fn layout(&self) -> &Layout {
        &self.plan.layout
    }

    /// Who a party turned out to be.
    fn finally(&self, mut party: PartyId) -> PartyId {
        while let Some(&into) = self.joined.get(&party) {
            party = into;
        }
        party
    }
}

/// A wrong line explained.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explained {
    /// The line.
    pub line: WrongLine,
    /// What is wrong with it in money, in minor units.
    pub amount_minor: i64,
    /// What went wrong first.
    pub cause: Cause,
    /// The interactions that say or should say something of the line, in the order of recording.
    pub happened: Vec<Happened>,
    /// Actions of the line that nothing recorded, in words.
    pub unrecorded: Vec<String>,
}

/// Explains wrong lines.
#[must_use]
pub fn explain(
    lines: &[WrongLine],
    truth: &Truth,
    written: &Written<'_>,
    prices: &Prices,
) -> Vec<Explained> {
    let people = People::of(truth);
    let deeds = Deeds::of(truth, written, &people);
    let explain = |line: &WrongLine| {
        let party = amble_store::visit_party(&line.visit);
        let product = written.plan.names.find_product(&line.product);
        let concerned = (0..written.interactions.len())
            .filter(|&at| product.is_some_and(|p| deeds.concerns(written, at, party, p)));
        let concerned: Vec<usize> = concerned.collect();
        let mut cases = concerned.iter().filter_map(|&at| {
            let case = Case {
                written,
                deeds: &deeds,
                people: &people,
                at,
                party,
                product: product?,
            };
            case.cause()
        });
        let unrecorded = deeds.unrecorded(truth, line);
        let cause = if unrecorded.is_empty() {
            cases.next().unwrap_or(Cause::Settled)
        } else {
            Cause::Unrecorded
        };
        let happened = concerned.iter();
        Explained {
            line: line.clone(),
            amount_minor: prices.amount(&line.product, line.taken.abs_diff(line.charged)),
            cause,
            happened: happened
                .map(|&at| Happened::of(written, truth, &deeds, &people, at))
                .collect(),
            unrecorded,
        }
    };
    lines.iter().map(explain).collect()
}
