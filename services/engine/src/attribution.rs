//! Who took what: from weight changes and evidence to decisions, jointly over products, quantities
//! and people.
//!
//! What is wanted:
//!
//! 1. A decision is the best explanation of all that is known, not of its own interaction alone: a
//!    later return revises an earlier take. Probabilities are posteriors over all explanations.
//! 2. Goods are conserved: what a party takes leaves a shelf, what it puts back comes from its hands.
//!    Nobody puts back what it does not hold.
//! 3. What stands on a plate is what the plan says and what was put there since.
//! 4. The same inputs in the same order give the same decisions; the order of the suspects within an
//!    interaction plays no part. A decision is revised only when its answer changes or, at last, how sure it is.
//! 5. Time and memory are bounded (below).
//!
//! How: [`explain`] ranks the explanations of one change in one world: a pure function. [`Book`] folds
//! interactions. It keeps what is certain, and *clusters* of open interactions whose explanations
//! depend on one another, each with its most probable joint worlds. Three things go beyond a single
//! change: what it leaves unexplained may belong to the next one of its plates ([`carried`]); what is put
//! back may be another's, or nobody's ([`returns`]); where a plate tells nothing, part of a weight is
//! enough ([`groups`]); and goods go from hand to hand, or to the floor ([`handing`]).
//!
//! The bound: an interaction is explained for at most [`Settings::views`] situations of shelf and hands
//! (fewer when many plates moved), makes at most [`Settings::beam`] × [`Settings::explanations`] worlds
//! of which the beam is kept, and looks at each open interaction once. Memory grows with the open
//! interactions, which end when their parties are settled. Given up for that: more than two kinds of
//! goods mixed on the very same plates; the suspects beyond [`Settings::suspects`] and the plates beyond
//! [`Settings::plates`] of one change; worlds outside beam and views (so that with people in doubt by
//! the dozen what remains looks surer than it is); an open interaction that is the oldest of a full
//! cluster is decided.

mod answers;
mod book;
mod carried;
mod cluster;
mod costs;
mod decision;
mod explain;
mod groups;
mod handing;
mod inspect;
mod known;
mod lain;
mod meeting;
mod outcome;
mod part;
mod reach;
mod returns;
mod review;
mod scene;
mod settings;
mod settle;
mod sight;
mod state;
mod taken;
mod ties;
mod together;
mod weight;

#[cfg(test)]
mod accuracy;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod later;
#[cfg(test)]
mod passing;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod shop;
#[cfg(test)]
mod without;

pub use book::{Book, Memory};
pub use costs::{Costs, Favoured};
pub use decision::{
    Alternative, Decision, HYPOTHESES, Holding, Hypothesis, InteractionId, Move, Review,
    SettledLine, Settlement, Standing,
};
pub use explain::{Explanation, Problem, explain};
pub use known::{Known, Place};
pub use part::Part;
pub use reach::Arms;
pub use scene::{Reading, Scene, Span, Suspect};
pub use settings::Settings;
pub use sight::Sight;
pub use state::{Piece, Stack, StackKey, View};
pub use taken::Taken;
pub(crate) use weight::fit;
